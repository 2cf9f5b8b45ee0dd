"""Rows of Epicor's audit table that are due: each written with the audit entry it copies, kept until Epicor has it.

They lie in the connector table under `AUDIT_ROW`, oldest first. Whoever writes an entry writes its row's due with it,
all or nothing: none is lost, and Epicor being away is in nobody's way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kinetic_wise.ledger.audit import Entry
from kinetic_wise.ledger.items import dump, fields, query, to_item
from kinetic_wise.payments.audit_rows import RowEvents
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.record import Amount, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DUE = "AUDIT_ROW"
_LONGEST_TOLD = 2_000  # characters; the trail has all of it


class DueRow(Record):
    """A copy of an audit entry that Epicor shall have. Amounts in major units, the time UTC."""

    chain: str  # the payment's id, or a system chain's name
    number: int
    hash: str
    at: datetime
    event: str  # the entry's kind
    told: str  # the entry's data
    company: str = ""  # empty: of no company
    status: str = ""  # of the payment, after the entry
    attempt: int = 0
    amount: Amount = Decimal(0)
    tries: int = 0  # refusals while other rows were taken


class DueRows:
    """The rows of the connector table that are due."""

    def __init__(self, client: DynamoDBClient, table: str, events: RowEvents) -> None:
        self._client = client
        self._table = table
        self._events = events

    # --- with the entry ------------------------------------------------------------------------------------------

    def of_payment(
        self, payment: Payment, before: Status | None, entry: Entry, item: Mapping[str, Any], at: datetime
    ) -> list[dict[str, Any]]:
        """The transaction parts for a payment's entry, written as `item`: one when a row is wanted, else none."""
        if not self._events.include(entry.kind, before, payment.status):
            return []
        row = _row(entry, item, at).model_copy(
            update={
                "company": payment.invoice.company,
                "status": payment.status.value,
                "attempt": payment.attempt,
                "amount": payment.amount,
            }
        )
        return [self._put(row)]

    def of_system(self, entry: Entry, item: Mapping[str, Any], at: datetime) -> list[dict[str, Any]]:
        """The transaction parts for an entry that belongs to no payment."""
        if not self._events.include(entry.kind, None, None):
            return []
        company = str(entry.data.get("bank", "")).partition("/")[0]  # of approvals: company/vendor/bank
        return [self._put(_row(entry, item, at).model_copy(update={"company": company}))]

    def _put(self, row: DueRow) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": to_item({**dump(row), **_key(row)})}}

    # --- until Epicor has it -------------------------------------------------------------------------------------

    def rows(self) -> Iterator[DueRow]:
        """The rows that are due, the oldest first, read as they are asked for."""
        yield from (DueRow.model_validate(fields(item)) for item in query(self._client, self._table, _DUE))

    def count(self) -> int:
        """How many are due."""
        return sum(1 for _ in self.rows())

    def keep(self, row: DueRow) -> None:
        """Write what is known of a row that was not taken."""
        self._client.put_item(**self._put(row)["Put"])

    def drop(self, rows: Iterable[DueRow]) -> None:
        """Forget rows that Epicor has, or will never take."""
        for row in rows:
            self._client.delete_item(TableName=self._table, Key=to_item(_key(row)))


def _row(entry: Entry, item: Mapping[str, Any], at: datetime) -> DueRow:
    told = "; ".join(f"{name}: {_text(value)}" for name, value in entry.data.items() if value not in ("", None))
    return DueRow(
        chain=item["pk"],
        number=int(item["sk"]),
        hash=item["hash"],
        at=at,
        event=entry.kind,
        told=told[:_LONGEST_TOLD],
    )


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(one) for one in value)
    return str(value)


def _key(row: DueRow) -> dict[str, str]:
    return {"pk": _DUE, "sk": f"{row.at.isoformat(timespec='microseconds')}#{row.chain}#{row.number:010d}"}
