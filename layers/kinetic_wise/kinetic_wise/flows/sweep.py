"""The sweep: whatever is not at rest and has nobody working on it is taken up again (rule 18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.funds import planned
from kinetic_wise.flows.start import start_execution
from kinetic_wise.flows.watch import close_watched
from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment

# Nearest to money first, so that what is begun gets finished before more is begun.
_MOVING_IN_ORDER = (
    Status.UNKNOWN,
    Status.CREATED,
    Status.QUOTED,
    Status.RECIPIENT_READY,
    Status.RESERVED,
    Status.AWAITING_FUNDS,
    Status.AWAITING_APPROVAL,
    Status.QUEUED,
)
_WAITING = frozenset({Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})
_UNFINISHED = (Status.SENT, Status.REFUND_UNKNOWN)
_CURSOR = "sweep"


@dataclass
class SweepReport:
    """What a sweep took up."""

    started: int = 0
    woken: int = 0
    closed: int = 0


def sweep(deps: Deps) -> SweepReport:
    """Start executions for moving payments without one, as far as there is room; wake settlement for the others."""
    report = SweepReport()
    room = deps.settings.running - deps.executions.running(deps.settings.running)
    for payment in _idle(deps):
        if room <= 0:
            break
        if start_execution(deps, payment, again=True) == "started":
            report.started += 1
            room -= 1
    report.woken = _wake_settlement(deps)
    report.closed = close_watched(deps)
    deps.log("swept", started=report.started, woken=report.woken, closed=report.closed)
    return report


def _idle(deps: Deps) -> Iterator[Payment]:
    yield from _with_money(deps)
    for status in _MOVING_IN_ORDER:
        for payment_id in deps.ledger.in_status(status, deps.now() - _patience(deps, status)):
            payment = deps.ledger.get(payment_id)
            if payment is not None and payment.status is status and not _has_execution(deps, payment):
                yield payment


def _with_money(deps: Deps) -> Iterator[Payment]:
    """Those that waited for money, by their turn; one that was tried since the plan waits for the next."""
    turns, at = planned(deps)
    for payment_id in turns:
        payment = deps.ledger.get(payment_id)
        if payment is None or payment.status is not Status.AWAITING_FUNDS or at is None or payment.updated_at > at:
            continue
        if not _has_execution(deps, payment):
            yield payment


def _patience(deps: Deps, status: Status) -> timedelta:
    """How long a payment may stand before somebody looks. One that was never started need not wait."""
    settings = deps.settings
    if status is Status.QUEUED:
        return timedelta()
    return timedelta(seconds=settings.recheck_waiting if status in _WAITING else settings.sweep_after)


def _has_execution(deps: Deps, payment: Payment) -> bool:
    """Whether the last execution still runs. The run is part of the attempt it was started in or a later one."""
    if not payment.run:
        return False
    names = {identity.execution_name(payment.id, number, payment.run) for number in range(payment.attempt + 1)}
    return any(deps.executions.is_running(name) for name in names)


def _wake_settlement(deps: Deps) -> int:
    """Wake settlement for what it has not brought to its end, at most once in `sweep_after`.

    What is in process needs none: listing shows it when it moves.
    """
    pause, now = timedelta(seconds=deps.settings.sweep_after), deps.now()
    woken_at = deps.state.cursor(_CURSOR).get("woken_at", "")
    if woken_at and datetime.fromisoformat(woken_at) + pause > now:
        return 0
    messages = []
    for status in _UNFINISHED:
        for payment_id in deps.ledger.in_status(status, now - pause):
            loaded = deps.ledger.load(payment_id)
            if loaded and loaded[1] and loaded[1].transfer:
                messages.append({"transfer_id": loaded[1].transfer.id, "first_seen": now.isoformat(), "once": True})
    if messages:
        deps.events_queue.send(messages)
        deps.state.move_cursor(_CURSOR, {"woken_at": now.isoformat()})
    return len(messages)
