"""What the three books say of a payment, for comparing them: Epicor's payments, our ledger, Wise and its statement.

Amounts are Decimals in major units. `Subject` is everything that belongs together, found by our own references.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kinetic_wise.payments.record import Amount, Record
from kinetic_wise.payments.systems import Transfer


class BadPeriod(ValueError):
    """These days cannot be reconciled; the message says why."""


@dataclass(frozen=True)
class Period:
    """Whole days, both included, as they begin and end in a time zone."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def of(cls, first: date, last: date, zone: ZoneInfo, now: datetime) -> Period:
        """The days from `first` to `last`. Raises BadPeriod."""
        if last < first:
            raise BadPeriod(f"the period ends on {last}, before it begins on {first}")
        today = now.astimezone(zone).date()
        if last > today:
            raise BadPeriod(f"the period ends on {last}, which is yet to come: today is {today}")
        return cls(first, last, zone)

    @property
    def start(self) -> datetime:
        """The first moment in it."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def day(self, moment: datetime) -> date:
        """The day of a moment."""
        return moment.astimezone(self.zone).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


class BookedPayment(Record):
    """A payment in Epicor that is to be, or was, made by Wise (CheckHed with its lines, epicor-kinetic-api.md 7.3)."""

    company: str
    head_num: int
    group_id: str
    reference: str
    vendor_num: int
    posted: bool
    voided: bool
    day: date | None  # CheckDate
    void_day: date | None = None
    currency: str  # ISO 4217
    amount: Amount  # what the vendor gets: lines less their discounts
    invoices: tuple[str, ...] = ()


class LedgerAttempt(Record):
    """What the ledger knows of one try."""

    number: int
    amount: Amount
    currency: str
    started_at: datetime
    transfer: Transfer | None = None  # as it was last seen
    took_money: bool = False
    fee: Amount | None = None
    shortfall: Amount | None = None  # by how much less came back than had left


class LedgerPayment(Record):
    """What the ledger knows of a payment."""

    id: str
    company: str
    vendor_num: int
    vendor_name: str
    invoice_num: str
    status: str
    reconciled: str = ""  # the class that the last reconciliation found it in
    attempts: tuple[LedgerAttempt, ...] = ()


class CashLine(Record):
    """A line of a balance's statement (wise-api.md 8.3): below zero it left; the fee is in it."""

    currency: str
    at: datetime
    amount: Amount
    fee: Amount
    reference: str
    running_balance: Amount
    transfer_id: int | None = None


@dataclass
class Subject:
    """What belongs together: one payment of ours, or something that is nobody's or somebody else's."""

    key: str
    ledger: LedgerPayment | None = None
    booked: list[BookedPayment] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    lines: list[CashLine] = field(default_factory=list)


def cash_of(lines: Iterable[CashLine]) -> Decimal:
    """What came in less what left, fees included."""
    return sum((line.amount for line in lines), Decimal(0))


def fees_of(lines: Iterable[CashLine]) -> Decimal:
    """The fees in these lines."""
    return sum((line.fee for line in lines), Decimal(0))
