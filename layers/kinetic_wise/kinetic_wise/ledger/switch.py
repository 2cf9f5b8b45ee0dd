"""The stop switch with the caps in one item: checked, and counted, by the transaction that announces a funding.

Counts stand in the same item, one attribute a day and currency, so that two fundings cannot both see the last room.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import Field

from kinetic_wise.ledger.items import dump, from_item, to_item
from kinetic_wise.payments.caps import Caps
from kinetic_wise.payments.money import Money
from kinetic_wise.payments.record import Amount, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"pk": "SWITCH", "sk": "-"}
_COUNT = "counted/"


class Switch(Record):
    """The switch as it was read."""

    stopped: bool = False
    caps: Caps = Caps()
    revision: int = 0  # rises with each order of a person
    counts: dict[str, Amount] = Field(default_factory=dict)

    def counted(self, day: str, currency: str) -> Decimal:
        """What the fundings announced on a day (ISO, UTC) count in a currency."""
        return self.counts.get(_name(day, currency), Decimal(0))


class StopSwitch:
    """The switch item of the connector table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self) -> Switch:
        """The switch as last written; off and without caps before the first order."""
        answer = self._client.get_item(TableName=self._table, Key=to_item(_KEY), ConsistentRead=True)
        values = from_item(answer.get("Item", {}))
        counts = {name: Decimal(value) for name, value in values.items() if name.startswith(_COUNT)}
        caps = {kind: {cur: Decimal(cap) for cur, cap in values.get(f"{kind}_caps", {}).items()} for kind in _CAPS}
        return Switch(
            stopped=values.get("stopped", False), caps=Caps(**caps), revision=values.get("revision", 0), counts=counts
        )

    def stop(self) -> None:
        """No further funding is announced, whoever was about to."""
        self._turn(stopped=True)

    def resume(self) -> None:
        """Fundings may be announced again."""
        self._turn(stopped=False)

    def _turn(self, *, stopped: bool) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=to_item(_KEY),
            UpdateExpression=f"SET stopped = :stopped, {_RISES}",
            ExpressionAttributeValues=to_item({":stopped": stopped, **_ONE_MORE}),
        )

    def setting(self, caps: Caps, revision: int | None) -> dict[str, Any]:
        """The part that replaces all caps: refused when a person changed the switch since it had this revision.

        None: whatever it has. That is for who means to replace all caps, and looked at none.
        """
        kinds = dump(caps)  # as text, so that 10000.00 stays 10000.00
        condition, values = _same(revision) if revision is not None else ("", {})
        return self._update(
            f"SET #payment = :payment, #day = :day, {_RISES}",
            {"#payment": "payment_caps", "#day": "day_caps"},
            {":payment": kinds["payment"], ":day": kinds["day"], **_ONE_MORE, **values},
            **({"ConditionExpression": condition} if condition else {}),
        )

    # --- parts of a funding's transactions -----------------------------------------------------------------------

    def counting(self, seen: Switch, day: str, money: Money) -> dict[str, Any]:
        """The part that counts a funding on a day: refused when a person changed the switch, or the room is gone."""
        condition, values = _unchanged(seen)
        cap = seen.caps.day.get(money.currency)
        if cap is not None:
            condition += " AND (attribute_not_exists(#count) OR #count <= :room)"
            values |= {":room": cap - money.amount}
        old = {f"#old{n}": name for n, name in enumerate(sorted(seen.counts)) if name < _name(day, "")}
        return self._update(
            "SET #count = if_not_exists(#count, :none) + :amount" + (f" REMOVE {', '.join(old)}" if old else ""),
            {"#count": _name(day, money.currency), **old},
            {**values, ":none": 0, ":amount": money.amount},
            ConditionExpression=condition,
        )

    def checking(self, seen: Switch) -> dict[str, Any]:
        """The part for a funding that is counted already: refused when a person changed the switch."""
        condition, values = _unchanged(seen)
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": to_item(_KEY),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def giving_back(self, day: str, money: Money) -> dict[str, Any]:
        """The part that takes a count back: the funding provably moved no money. Never refused."""
        return self._adding(day, money, -money.amount)

    def counting_again(self, day: str, money: Money) -> dict[str, Any]:
        """The part that undoes `giving_back`: money may move after all. Never refused: it is a fact (rule 10)."""
        return self._adding(day, money, money.amount)

    def _adding(self, day: str, money: Money, amount: Decimal) -> dict[str, Any]:
        change = "SET #count = if_not_exists(#count, :none) + :amount"
        return self._update(change, {"#count": _name(day, money.currency)}, {":none": 0, ":amount": amount})

    def _update(self, change: str, names: dict[str, str], values: dict[str, Any], **condition: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_item(_KEY),
                "UpdateExpression": change,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": to_item(values),
                **condition,
            }
        }


_CAPS = ("payment", "day")
_RISES, _ONE_MORE = "revision = if_not_exists(revision, :none) + :one", {":none": 0, ":one": 1}


def _unchanged(seen: Switch) -> tuple[str, dict[str, Any]]:
    same, values = _same(seen.revision)
    return f"(attribute_not_exists(stopped) OR stopped = :no) AND {same}", {":no": False, **values}


def _same(revision: int) -> tuple[str, dict[str, Any]]:
    return ("revision = :revision", {":revision": revision}) if revision else ("attribute_not_exists(revision)", {})


def _name(day: str, currency: str) -> str:
    return f"{_COUNT}{day}/{currency}"
