"""How all payments stand: counts, amounts by currency and ages, one row a status. Read only, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from kinetic_wise.flows.stuck import Watch
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Payment

SHOWN = 50  # of one status
RECENT = timedelta(days=30)  # what is at rest for longer is history: the ledger grows for ever
_GOES_WELL = frozenset({Status.PROCESSING, Status.SENT, Status.POSTED})


@dataclass
class StatusRow:
    """The payments of one status.

    Of `closed` those that were paid, or those that were not; of others those that stand still, or those that do not.
    """

    status: Status
    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # by currency
    oldest: datetime | None = None
    was_paid: bool = False
    is_stuck: bool = False  # flows/stuck.py
    _kept: list[Payment] = field(default_factory=list, repr=False)

    @property
    def longest(self) -> list[Payment]:
        """The first of them, those that stand there longest first."""
        return sorted(self._kept, key=since_when)[:SHOWN]

    def add(self, payment: Payment) -> None:
        """Count one more."""
        since = since_when(payment)
        self.count += 1
        self.amounts[payment.currency] += payment.amount
        self.oldest = since if self.oldest is None else min(self.oldest, since)
        self._kept.append(payment)
        if len(self._kept) > 2 * SHOWN:  # memory does not grow with the ledger
            self._kept = self.longest


def look_over(watch: Watch, statuses: Iterable[Status] = tuple(Status)) -> Iterator[StatusRow]:
    """A row for each status; at rest only those written in the last 30 days.

    Where there are any, those that are closed because they were paid, and those that stand still, have their own rows.
    """
    for status in statuses:
        since = watch.now - RECENT if status in AT_REST - {Status.HELD} else None
        ids = (one.payment_id for one in watch.reading.in_status(status, since))
        row, paid, stuck = StatusRow(status), StatusRow(status, was_paid=True), StatusRow(status, is_stuck=True)
        for payment in watch.reading.payments(ids):
            if payment.status is status:
                (paid if payment.was_paid else stuck if watch.is_stuck(payment) else row).add(payment)
        yield row
        yield from (own for own in (paid, stuck) if own.count)


def since_when(payment: Payment) -> datetime:
    """Since when a payment stands where it stands. A look at what is unknown does not make it younger."""
    if payment.status is Status.HELD and payment.hold is not None:
        return payment.hold.since
    if payment.status is Status.UNKNOWN and payment.intent is not None:
        return payment.intent.at
    return payment.stands_since


def why(payment: Payment) -> tuple[str, str]:
    """The code and the words of why a payment stands where it stands; both empty when nothing is wrong."""
    if payment.status is Status.HELD and payment.hold is not None:
        return payment.hold.reason, payment.hold.detail
    if payment.status in _GOES_WELL or payment.was_paid:  # an order that came too late leaves its reason behind
        return "", ""
    return payment.reason, ""
