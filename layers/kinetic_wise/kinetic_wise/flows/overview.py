"""How all payments stand: counts, amounts by currency and ages, one row a status. Read only, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from kinetic_wise.ledger.reading import Reading
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Payment

RECENT = timedelta(days=30)  # what is at rest for longer is history: the ledger grows for ever
_STANDS_STILL = timedelta(hours=1)
# Those that an execution or settlement should bring on within minutes; the others wait for money, people or Wise.
_SHOULD_MOVE = frozenset(
    {Status.QUEUED, Status.RESERVED, Status.RECIPIENT_READY, Status.QUOTED, Status.CREATED, Status.SENT}
)


@dataclass
class Standing:
    """The payments of one status."""

    status: Status
    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # by currency
    oldest: datetime | None = None
    stuck: int = 0  # should have moved within the last hour, and have not


def look_over(reading: Reading, now: datetime) -> Iterator[tuple[Standing, list[Payment]]]:
    """A row for each status, with its payments, the longest waiting first; at rest only those of the last 30 days."""
    for status in Status:
        since = now - RECENT if status in AT_REST - {Status.HELD} else None
        ids = (standing.payment_id for standing in reading.in_status(status, since))
        payments = [payment for payment in reading.payments(ids) if payment.status is status]
        payments.sort(key=since_when)
        yield _standing(status, payments, now), payments


def since_when(payment: Payment) -> datetime:
    """Since when a payment stands where it stands. A look at what is unknown does not make it younger."""
    if payment.status is Status.HELD and payment.hold is not None:
        return payment.hold.since
    if payment.status is Status.UNKNOWN and payment.intent is not None:
        return payment.intent.at
    return payment.updated_at


def why(payment: Payment) -> tuple[str, str]:
    """The code and the words of why a payment stands where it stands; both empty when nothing is wrong."""
    if payment.status is Status.HELD and payment.hold is not None:
        return payment.hold.reason, payment.hold.detail
    return payment.reason, ""


def _standing(status: Status, payments: list[Payment], now: datetime) -> Standing:
    row = Standing(status, len(payments), oldest=since_when(payments[0]) if payments else None)
    for payment in payments:
        row.amounts[payment.currency] += payment.amount
        row.stuck += _is_stuck(payment, now)
    return row


def _is_stuck(payment: Payment, now: datetime) -> bool:
    due = payment.not_before if payment.status is Status.QUEUED else None
    return payment.status in _SHOULD_MOVE and max(payment.updated_at, due or payment.updated_at) + _STANDS_STILL < now
