"""Every payment with its attempts, as a stream, and how each was reconciled: for looking at all, never to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from kinetic_wise.ledger.items import fields, query_status, read_each, to_item
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment
from kinetic_wise.payments.record import Record
from kinetic_wise.transport import system_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_STATE, _RECONCILED = "STATE", "RECONCILED"
_AT_ONCE = 50  # payments: their states and standings fit into one BatchGetItem
_LATE = timedelta(minutes=5)  # an index may lag behind, and clocks differ


class Standing(Record):
    """In which class a reconciliation last found a payment."""

    kind: str  # a RowClass of payments/reconciliation.py
    first: str  # the period, days
    last: str
    at: datetime


class History(Record):
    """A payment, all its attempts, and its last standing."""

    payment: Payment
    attempts: tuple[Attempt, ...]
    standing: Standing | None


class Histories:
    """Reads the payments table without scanning it: found by the index, read consistently, a page at a time."""

    def __init__(self, client: DynamoDBClient, payments_table: str, now: Callable[[], datetime] = system_time) -> None:
        self._client = client
        self._payments = payments_table
        self._now = now

    def everything(self) -> Iterator[History]:
        """Every payment; one that moves meanwhile may come twice, the newer one later."""
        started = self._now()
        yield from self._read(self._ids(None))
        yield from self._read(self._ids(started - _LATE))

    def standing(self, payment_id: str) -> Standing | None:
        """How a payment was last reconciled."""
        found = list(self._items([{"pk": payment_id, "sk": _RECONCILED}]))
        return Standing.model_validate(fields(found[0])) if found else None

    def keep_standing(self, payment_id: str, standing: Standing) -> None:
        """Write how a payment was reconciled: an item of its own, no part of its state."""
        item = {**standing.model_dump(mode="json"), "pk": payment_id, "sk": _RECONCILED}
        self._client.put_item(TableName=self._payments, Item=to_item(item))

    def _ids(self, since: datetime | None) -> Iterator[str]:
        for status in Status:
            yield from (item["pk"] for item in query_status(self._client, self._payments, status, since))

    def _read(self, payment_ids: Iterator[str]) -> Iterator[History]:
        while part := list(dict.fromkeys(islice(payment_ids, _AT_ONCE))):
            places = [{"pk": payment_id, "sk": sk} for payment_id in part for sk in (_STATE, _RECONCILED)]
            found = {(item["pk"], item["sk"]): fields(item) for item in self._items(places)}
            payments = [Payment.model_validate(found[one, _STATE]) for one in part if (one, _STATE) in found]
            attempts = self._attempts(payments)
            for payment in payments:
                kept = found.get((payment.id, _RECONCILED))
                standing = Standing.model_validate(kept) if kept else None
                yield History(payment=payment, attempts=tuple(attempts.get(payment.id, ())), standing=standing)

    def _attempts(self, payments: Sequence[Payment]) -> dict[str, list[Attempt]]:
        keys = [
            {"pk": payment.id, "sk": f"ATTEMPT#{number}"}
            for payment in payments
            for number in range(1, payment.attempt + 1)
        ]
        found: dict[str, list[Attempt]] = {}
        for item in self._items(keys):
            found.setdefault(item["pk"], []).append(Attempt.model_validate(fields(item)))
        return {payment_id: sorted(ones, key=lambda one: one.number) for payment_id, ones in found.items()}

    def _items(self, keys: Sequence[dict[str, str]]) -> Iterator[dict[str, Any]]:
        return read_each(self._client, self._payments, keys)
