"""The ledger as a person reads it: found by invoice number, counted, listed. Every list is a stream of pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from kinetic_wise.ledger.items import fields, query, query_status, read_each
from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 100  # what BatchGetItem takes


@dataclass(frozen=True)
class IndexRow:
    """A payment as the index shows it: eventually consistent, to find and count."""

    payment_id: str
    status: Status
    updated_at: datetime


class Reading:
    """Reads the payments table; writes nothing."""

    def __init__(self, client: DynamoDBClient, payments_table: str) -> None:
        self._client = client
        self._payments = payments_table

    def table_id(self) -> str:
        """The id of the table: a restored one has another (rule 15)."""
        return self._client.describe_table(TableName=self._payments)["Table"]["TableId"]

    def payment(self, payment_id: str) -> Payment | None:
        """The payment as last written, or None."""
        return next(self.payments([payment_id]), None)

    def payments(self, payment_ids: Iterable[str]) -> Iterator[Payment]:
        """The payments of these ids that are there, a hundred at a time, in no order."""
        waiting = iter(payment_ids)
        while part := list(islice(waiting, _AT_ONCE)):
            yield from (Payment.model_validate(fields(item)) for item in self._states(part))

    def _states(self, payment_ids: list[str]) -> Iterator[dict[str, Any]]:
        keys = [{"pk": payment_id, "sk": "STATE"} for payment_id in payment_ids]
        return read_each(self._client, self._payments, keys)

    def rows(self) -> Iterator[IndexRow]:
        """Every payment, status by status, the longest unchanged first."""
        for status in Status:
            yield from self.in_status(status)

    def in_status(self, status: Status, since: datetime | None = None) -> Iterator[IndexRow]:
        """The payments of one status, the longest unchanged first; with `since` only those written since then."""
        for item in query_status(self._client, self._payments, status, since):
            yield IndexRow(item["pk"], status, datetime.fromisoformat(item["updated_at"]))

    def of_invoice(self, invoice_num: str) -> Iterator[str]:
        """Ids of the payments of all invoices with this number, of any company and vendor; case does not count."""
        wanted = invoice_num.casefold()
        for row in self.rows():
            if identity.invoice_number(row.payment_id).casefold() == wanted:
                yield row.payment_id

    def attempt(self, payment_id: str, number: int) -> Attempt | None:
        """An attempt as last written, or None."""
        key = {"pk": payment_id, "sk": f"ATTEMPT#{number}"}
        found = next(read_each(self._client, self._payments, [key]), None)
        return Attempt.model_validate(fields(found)) if found else None

    def attempts(self, payment_id: str) -> Iterator[Attempt]:
        """A payment's attempts, the first first."""
        rows = query(self._client, self._payments, payment_id, "ATTEMPT#")
        found = [Attempt.model_validate(fields(item)) for item in rows]
        yield from sorted(found, key=lambda attempt: attempt.number)  # as text, ATTEMPT#10 comes before ATTEMPT#2
