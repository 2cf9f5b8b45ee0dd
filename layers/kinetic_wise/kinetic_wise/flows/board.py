"""What finance looks at: the board of all payments, and the story of one. Reads, and writes nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from kinetic_wise.flows.binding import is_bound_to_its_table
from kinetic_wise.flows.forecast import kept_forecast
from kinetic_wise.flows.overview import SHOWN, StatusRow, look_over
from kinetic_wise.flows.stuck import Watch
from kinetic_wise.ledger import ConnectorState
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.trail import Trail, read_entry
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment

# Where nothing goes on without a person, the most urgent first.
FOR_PEOPLE = (
    Status.UNKNOWN,
    Status.HELD,
    Status.AWAITING_APPROVAL,
    Status.RETURNED,
    Status.REFUND_UNKNOWN,
    Status.FAILED,
)
_ENTRIES = 200


@dataclass(frozen=True)
class Board:
    """How all payments stand at a moment, and which of them wait for a person."""

    at: datetime
    rows: tuple[StatusRow, ...]
    waiting: tuple[Payment, ...]  # for a person; the first of each status, last those that stand still
    unshown: int  # how many more do
    forecast: tuple[dict[str, Any], ...]  # as `kept_forecast` says
    forecast_at: datetime | None
    stopped: bool
    bound: bool  # to its table; what it is bound to else is not told here


@dataclass(frozen=True)
class Story:
    """One payment: how it stands, its attempts, its last audit entries (n, at, kind, data) and how many came before."""

    at: datetime
    payment: Payment
    attempts: tuple[Attempt, ...]
    entries: tuple[dict[str, Any], ...]
    earlier: int


@dataclass(frozen=True)
class Books:
    """What there is to read."""

    reading: Reading
    trail: Trail
    state: ConnectorState


def read_board(books: Books, now: datetime) -> Board:
    """Read the board."""
    forecast, forecast_at = kept_forecast(books.state)
    rows = tuple(look_over(Watch(books.reading, books.state, now)))
    asking = [row for status in FOR_PEOPLE for row in rows if row.status is status]
    asking += [row for row in rows if row.is_stuck]
    waiting = tuple(payment for row in asking for payment in row.longest)
    return Board(
        at=now,
        rows=rows,
        waiting=waiting,
        unshown=sum(row.count for row in asking) - len(waiting),
        forecast=tuple(forecast),
        forecast_at=forecast_at,
        stopped=books.state.switch.read().stopped,
        bound=is_bound_to_its_table(books.state, books.reading),
    )


def read_story(books: Books, payment_id: str, now: datetime) -> Story | None:
    """Read one payment's story; None when the ledger knows no such payment."""
    payment = books.reading.payment(payment_id)
    if payment is None:
        return None
    kept = deque(_entries(books.trail, payment_id), maxlen=_ENTRIES)
    earlier = payment.audit_count - len(kept)
    return Story(now, payment, tuple(books.reading.attempts(payment_id)), tuple(kept), max(0, earlier))


def find_payments(books: Books, text: str) -> list[str]:
    """Ids of the payments that a person may mean: by payment id, else by invoice number."""
    if books.reading.payment(text) is not None:
        return [text]
    return list(islice(books.reading.of_invoice(text), SHOWN))


def _entries(trail: Trail, payment_id: str) -> Iterator[dict[str, Any]]:
    """The entries without their exchanges: those are evidence, for `kinetic-wise audit show`."""
    for item in trail.entries(payment_id):
        entry = read_entry(item)
        yield {name: entry[name] for name in ("n", "at", "kind", "data")}
