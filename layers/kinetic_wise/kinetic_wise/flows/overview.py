"""How all payments stand: counts, amounts by currency and ages, one row a status. Read only, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from kinetic_wise.ledger.reading import Reading
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Payment

SHOWN = 50  # of one status
RECENT = timedelta(days=30)  # what is at rest for longer is history: the ledger grows for ever
_STANDS_STILL = timedelta(hours=1)
# Those that an execution or settlement should bring on within minutes; the others wait for money, people or Wise.
_SHOULD_MOVE = frozenset(
    {Status.QUEUED, Status.RESERVED, Status.RECIPIENT_READY, Status.QUOTED, Status.CREATED, Status.SENT}
)
_GOES_WELL = frozenset({Status.PROCESSING, Status.SENT, Status.POSTED})


@dataclass
class Standing:
    """The payments of one status; of `closed` those that were paid, or those that were not."""

    status: Status
    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # by currency
    oldest: datetime | None = None
    stuck: int = 0  # should have moved within the last hour, and have not
    was_paid: bool = False

    def add(self, payment: Payment, now: datetime) -> None:
        """Count one more."""
        since = since_when(payment)
        self.count += 1
        self.amounts[payment.currency] += payment.amount
        self.oldest = since if self.oldest is None else min(self.oldest, since)
        self.stuck += _is_stuck(payment, now)


def look_over(
    reading: Reading, now: datetime, statuses: Iterable[Status] = tuple(Status)
) -> Iterator[tuple[Standing, list[Payment]]]:
    """A row for each status, with its longest waiting payments; at rest only those written in the last 30 days.

    Those that are closed because they were paid have a row of their own, without payments, where there are any.
    """
    for status in statuses:
        since = now - RECENT if status in AT_REST - {Status.HELD} else None
        ids = (standing.payment_id for standing in reading.in_status(status, since))
        row, paid, first = Standing(status), Standing(status, was_paid=True), list[Payment]()
        for payment in reading.payments(ids):
            if payment.status is status:
                (paid if payment.was_paid else row).add(payment, now)
                first.append(payment)
            if len(first) > 2 * SHOWN:  # memory does not grow with the ledger
                first = _longest(first)
        yield row, _longest(first)
        if paid.count:
            yield paid, []


def _longest(payments: list[Payment]) -> list[Payment]:
    return sorted(payments, key=since_when)[:SHOWN]


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
    if payment.status in _GOES_WELL or payment.was_paid:  # an order that came too late leaves its reason behind
        return "", ""
    return payment.reason, ""


def _is_stuck(payment: Payment, now: datetime) -> bool:
    due = payment.not_before if payment.status is Status.QUEUED else None
    return payment.status in _SHOULD_MOVE and max(payment.updated_at, due or payment.updated_at) + _STANDS_STILL < now
