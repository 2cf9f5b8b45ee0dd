"""`status`: how many payments stand where, why, and since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import typer

from cli.shell import Json, Shell, cells, many, say, say_json, screen, shell, table
from kinetic_wise.flows.binding import is_bound_to_its_table
from kinetic_wise.flows.overview import since_when, why
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.reasons import reason
from kinetic_wise.words import meaning_of, words_of

_FROM_INDEX = frozenset({Status.POSTED})  # so many; why, and since when, the others stand there is not in the index


@dataclass
class Row:
    """The payments of one status and reason; closed ones that were paid apart from those that were not."""

    status: Status
    reason: str
    count: int
    oldest: datetime  # since when it stands there
    was_paid: bool = False

    @property
    def meaning(self) -> str:
        """In plain words."""
        return reason(self.reason).meaning if self.reason else meaning_of(self.status, was_paid=self.was_paid)


def status(context: typer.Context, json: Json = False) -> None:
    """How many payments stand where, why, and since when."""
    here = shell(context)
    rows = sorted(counted(here).values(), key=lambda row: (list(Status).index(row.status), -row.count, row.reason))
    switch = here.connector.state.switch.read()
    bound = is_bound_to_its_table(here.connector.state, here.connector.reading)
    resting = waiting(here)
    due_rows = here.connector.state.due_rows.count()
    if json:
        payments = [_as_dict(here, row) for row in rows]
        days = {day.isoformat(): count for day, count in sorted(resting.items())}
        told = {"payments": payments, "waiting": days, "stopped": switch.stopped, "bound": bound}
        say_json({**told, "audit_rows_due": due_rows})
        return
    _show(here, rows)
    if resting:
        first = min(resting)
        say(f"{sum(resting.values())} of the queued wait for their day; the next {resting[first]} are paid on {first}.")
    if due_rows:
        say(f"Rows that Epicor's audit table still lacks: {due_rows}. Payments do not wait for them.")
    if not bound:
        text = "The ledger is bound to nothing yet, or was restored, so nothing is paid: `kinetic-wise ledger adopt`."
        say(text, "yellow")
    if switch.stopped:
        say("The stop switch is on, so nothing is funded: `kinetic-wise resume` switches it off.", "yellow")


def counted(here: Shell) -> dict[tuple[Status, str, bool], Row]:
    """The rows, by status, reason and whether they were paid."""
    rows: dict[tuple[Status, str, bool], Row] = {}
    for one in _each(here):
        row = rows.setdefault((one.status, one.reason, one.was_paid), one)
        if row is not one:
            row.count += 1
            row.oldest = min(row.oldest, one.oldest)
    return rows


def waiting(here: Shell) -> Counter[date]:
    """How many queued payments rest until which day, UTC."""
    reading = here.connector.reading
    queued = reading.payments(one.payment_id for one in reading.in_status(Status.QUEUED))
    return Counter(one.not_before.date() for one in queued if one.not_before and one.not_before > here.now())


def _each(here: Shell) -> Iterator[Row]:
    """A row of its own for each payment."""
    reading = here.connector.reading
    for state in Status:
        found = reading.in_status(state)
        if state in _FROM_INDEX:
            yield from (Row(state, "", 1, one.updated_at) for one in found)
        else:
            yield from (_row(payment) for payment in reading.payments(one.payment_id for one in found))


def _row(payment: Payment) -> Row:
    code, _ = why(payment)
    return Row(payment.status, code, 1, since_when(payment), payment.was_paid)


def _show(here: Shell, rows: list[Row]) -> None:
    if not rows:
        say("The ledger holds no payments yet.")
        return
    shown = table("Status", "Payments", "Oldest", "Reason", "Meaning", right=("Payments", "Oldest"))
    for row in rows:
        shown.add_row(*cells(row.status, row.count, words_of(here.age(row.oldest)), row.reason, row.meaning))
    screen().print(shown)
    say(many(sum(row.count for row in rows), "payment"))


def _as_dict(here: Shell, row: Row) -> dict[str, Any]:
    age = int(here.age(row.oldest).total_seconds())
    return {
        "status": row.status.value,
        "reason": row.reason,
        "meaning": row.meaning,
        "count": row.count,
        "oldest": row.oldest.isoformat(),
        "age_seconds": age,
    }
