"""Which bank details may be paid: those that were approved, and those that one of two people has approved (rule 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from kinetic_wise.ledger.items import dump, from_item, to_item
from kinetic_wise.payments.record import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_APPROVED, _FIRST = "APPROVED", "FIRST"


class BankRow(Record):
    """Names a vendor bank row."""

    company: str
    vendor_num: int
    bank_id: str

    def __str__(self) -> str:
        return f"{self.company}/{self.vendor_num}/{self.bank_id}"


class Approval(Record):
    """Details of a vendor bank row that were approved, by all or by the first of those who must."""

    fingerprint: str
    fingerprint_key: str
    approved_by: tuple[str, ...]
    shown: dict[str, str] = Field(default_factory=dict)  # column -> value, account numbers masked


class Approvals:
    """The approvals in the connector table. What is to be written goes into the audit entry's own transaction."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def approved(self, bank: BankRow) -> Approval | None:
        """The details that may be paid, or None."""
        return self._read(bank, _APPROVED)

    def first(self, bank: BankRow) -> Approval | None:
        """Details that one person has approved and that wait for another, or None."""
        return self._read(bank, _FIRST)

    def begin(self, bank: BankRow, approval: Approval, seen: Approval | None) -> list[dict[str, Any]]:
        """The parts that keep a first approval, in place of what was `seen` there. Refused when that has changed."""
        put = {"TableName": self._table, "Item": self._item(bank, _FIRST, approval), **_still(seen)}
        return [{"Put": put}]

    def finish(self, bank: BankRow, approval: Approval, first: Approval) -> list[dict[str, Any]]:
        """The parts that approve, and take the first approval away. Refused when that has changed."""
        put = {"TableName": self._table, "Item": self._item(bank, _APPROVED, approval)}
        delete = {"TableName": self._table, "Key": to_item(_key(bank, _FIRST)), **_still(first)}
        return [{"Put": put}, {"Delete": delete}]

    def approve_as_found(self, bank: BankRow, approval: Approval) -> None:
        """Approve without a second person: only a ledger's first `adopt` may."""
        self._client.put_item(TableName=self._table, Item=self._item(bank, _APPROVED, approval))

    def _read(self, bank: BankRow, kind: str) -> Approval | None:
        key = to_item(_key(bank, kind))
        values = from_item(self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {}))
        own = {name: value for name, value in values.items() if name not in ("pk", "sk")}
        return Approval.model_validate(own) if own else None

    def _item(self, bank: BankRow, kind: str, approval: Approval) -> dict[str, Any]:
        return to_item({**dump(approval), **_key(bank, kind)})


def _key(bank: BankRow, kind: str) -> dict[str, str]:
    return {"pk": f"BANK#{bank}", "sk": kind}


def _still(seen: Approval | None) -> dict[str, Any]:
    if seen is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "fingerprint = :fingerprint AND approved_by = :by",
        "ExpressionAttributeValues": to_item({":fingerprint": seen.fingerprint, ":by": list(seen.approved_by)}),
    }
