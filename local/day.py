"""A day's work: driven where the systems are ours, watched until all is at rest or nothing moves any more."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.payable import FIRST_PAY_SEQ
from local import systems as systems_module
from local.accounts import never_begun
from local.books import EpicorBook, InvoiceKey, epicor_book, ledger_payments
from local.connector import Look
from local.stop import Stop
from local.systems import Systems
from simulators.sample_day import Day

_LOOK_SECONDS = 1.0
_CALM_SECONDS = 2.0  # of rest before the day may be over
_BOOK_SECONDS = 5.0  # between two readings of a book, which lists everything
_RESTING = frozenset(status.value for status in AT_REST)


@dataclass(frozen=True)
class Progress:
    """Where the day stands."""

    at_rest: int
    total: int
    moving: Mapping[str, int]  # status -> how many


class Meter(Protocol):
    """Shows progress."""

    def show(self, progress: Progress) -> None:
        """Show where the day stands."""


@dataclass
class Clock:
    """Time that passes, and waiting; `now` counts seconds from anywhere."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Outcome:
    """How watching ended."""

    settled: bool
    seconds: float  # from the first poll to the last change


class Ledger(Protocol):
    """What the day reads and feeds: the connector."""

    def look(self) -> Look:
        """One cheap look."""

    def ledger_items(self) -> list[dict[str, Any]]:
        """Every item of the payments table."""

    def payment(self, payment_id: str) -> dict[str, Any]:
        """A payment's STATE item."""

    def send_payment_messages(self, messages: list[dict[str, Any]]) -> None:
        """Put messages on the payments queue."""


class Polls(Protocol):
    """What starts functions: the rhythm."""

    @property
    def has_polled(self) -> bool:
        """Whether all invoices have been looked at once."""


class Works(Protocol):
    """People at work."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""

    def act(self) -> None:
        """Do what can be done now. Raises Stop."""


class Driver:
    """What happens on our sample day besides the connector's work. Nothing where an address was given."""

    def __init__(
        self, connector: Ledger, systems: Systems, day: Day, book: EpicorBook | None, people: Works | None = None
    ) -> None:
        self._connector = connector
        self._wise = systems.wise
        self._people = people
        self._top_ups: Mapping[str, Decimal] = dict(day.top_ups) if systems.wise.ours else {}
        self._duplicates = [_message(book, key) for key in day.duplicate_messages] if book else []

    def act(self, look: Look) -> None:
        """Do what is due by now."""
        if self._duplicates and look.statuses:
            self._connector.send_payment_messages(self._duplicates)
            self._duplicates = []
        if self._top_ups:
            self._top_up([payment for payment, status in look.statuses.items() if status == Status.AWAITING_FUNDS])
        if self._people:
            self._people.act()

    @property
    def is_done(self) -> bool:
        """Whether people have nothing left to do; the rest comes when it is due."""
        return self._people is None or self._people.is_done

    def _top_up(self, waiting: list[str]) -> None:
        short = {str(self._connector.payment(payment)["currency"]) for payment in waiting}
        due = {currency: amount for currency, amount in self._top_ups.items() if currency in short}
        if due:
            systems_module.top_up(self._wise, due, self._wise.book())
            self._top_ups = {currency: amount for currency, amount in self._top_ups.items() if currency not in due}


def _message(book: EpicorBook, key: InvoiceKey) -> dict[str, Any]:
    """The message that the poller sends for an invoice."""
    row = next(invoice.sys_row_id for invoice in book.invoices if invoice.key == key)
    company, vendor_num, invoice_num = key
    return {
        "company": company,
        "vendor_num": vendor_num,
        "invoice_num": invoice_num,
        "sys_row_id": row,
        "pay_seq": FIRST_PAY_SEQ,
    }


def eligible(book: EpicorBook) -> set[str]:
    """The rows of the invoices that are there to be paid."""
    return {invoice.sys_row_id for invoice in book.invoices if never_begun(invoice) is None}


@dataclass
class Watch:
    """Looks until the day is over. `to_pay` is how many payments are expected, None where the book is not ours."""

    connector: Ledger
    systems: Systems
    rhythm: Polls
    driver: Driver
    settle_seconds: float
    to_pay: int | None
    check: Callable[[], None] = lambda: None  # raises Stop when something we need has died
    clock: Clock = field(default_factory=Clock)

    def until_over(self, meter: Meter) -> Outcome:
        """Look until all is at rest, or nothing has changed for so long. Raises Stop."""
        begun = changed = self.clock.now()
        before: Look | None = None
        book_read = begun - _BOOK_SECONDS
        while True:
            self.check()
            look = self.connector.look()
            if before is None or look != before:
                before, changed = look, self.clock.now()
            self.driver.act(look)
            meter.show(self.progress(look))
            calm = self.clock.now() - changed
            if self._seems_over(look) and calm >= _CALM_SECONDS and self.clock.now() - book_read >= _BOOK_SECONDS:
                if self._is_over():
                    return Outcome(settled=True, seconds=changed - begun)
                book_read = self.clock.now()
            if calm >= self.settle_seconds:
                return Outcome(settled=False, seconds=changed - begun)
            self.clock.sleep(_LOOK_SECONDS)

    def progress(self, look: Look) -> Progress:
        """How far a look shows the day to be."""
        moving = Counter(status for status in look.statuses.values() if status not in _RESTING)
        total = max(len(look.statuses), self.to_pay or 0)
        return Progress(len(look.statuses) - moving.total(), total, dict(moving))

    def _seems_over(self, look: Look) -> bool:
        at_rest = not look.queued and _RESTING.issuperset(look.statuses.values())
        return at_rest and self.rhythm.has_polled and self.driver.is_done

    def _is_over(self) -> bool:
        """Whether the ledger knows every invoice that is there to be paid, as far as the book is ours to read."""
        if not self.systems.epicor.ours:
            return True
        known = {payment.sys_row_id for payment in ledger_payments(self.connector.ledger_items())}
        return eligible(epicor_book(self.systems.epicor.book())) <= known


def read_book(systems: Systems) -> EpicorBook | None:
    """Epicor's book where it is ours. Raises Stop."""
    return epicor_book(systems.epicor.book()) if systems.epicor.ours else None


def died(names: list[str]) -> Stop:
    """Something that the day needs is gone."""
    return Stop(f"{' and '.join(names)} ended in the middle of the day", "See the logs in .local/logs/; run again.")
