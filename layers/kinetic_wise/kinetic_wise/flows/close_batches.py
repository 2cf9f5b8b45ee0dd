"""On schedule: bring every batch that is not over as far as it goes (docs/batches.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kinetic_wise.flows.batch import abandon
from kinetic_wise.flows.batch_cancelling import cancel
from kinetic_wise.flows.batch_closing import close
from kinetic_wise.flows.batch_waiting import wait
from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry, LedgerUnclear, Moved, Stopped
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.batch import LIVE, Batch, BatchStatus
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.transport import NotArrived, Refused, Unclear

TURN_SECONDS = 600.0  # what a turn may take; the function lives longer (template.yaml)
_TURN_IS_DEAD = 930.0
_OPENING_IS_DEAD = timedelta(minutes=10)  # longer than a function lives
_STEPS = 4  # closing, funding and handing over may follow each other
_ON_THE_WAY = (Status.QUEUED, Status.RESERVED, Status.RECIPIENT_READY, Status.QUOTED)


@dataclass
class BatchReport:
    """What a turn saw and did."""

    live: int = 0
    moved: int = 0
    over: int = 0


def close_batches(deps: Deps) -> BatchReport:
    """Take a turn at all batches, unless somebody else has it. Raises AccessRefused."""
    report = BatchReport()
    live = deps.state.batches.live()
    turn = deps.state.batches.take_turn(_TURN_IS_DEAD) if live else None
    if turn is None:
        return report
    try:
        _bring_all_on(deps, live, report)
    finally:
        deps.state.batches.end_turn(turn)
    return report


def _bring_all_on(deps: Deps, live: list[Batch], report: BatchReport) -> None:
    until = deps.now() + timedelta(seconds=TURN_SECONDS)
    for batch in live:
        after = _bring_on(deps, batch, until)
        report.live += 1
        report.moved += after.status is not batch.status
        report.over += after.status not in LIVE


def _bring_on(deps: Deps, batch: Batch, until: datetime) -> Batch:
    if batch.profile != deps.wise_site.profile:
        deps.log("a batch of another Wise profile", batch=batch.id, profile=batch.profile, alarm=True)
        return batch
    deps.exchanges.take()
    try:
        for _ in range(_STEPS):
            before, batch = batch, _step(deps, batch, until)
            if batch.version == before.version:
                break
    except (Busy, NotArrived, Unclear, Refused, Moved, Stopped, LedgerUnclear) as error:
        deps.log("batch later", batch=batch.id, problem=str(error))
    return batch


def _step(deps: Deps, batch: Batch, until: datetime) -> Batch:
    if batch.status is BatchStatus.CANCELLING:
        return cancel(deps, batch)
    if batch.status is BatchStatus.OPENING:
        return _look_at_opening(deps, batch)
    if batch.status is BatchStatus.OPEN:
        return _begin_to_close(deps, batch) if _is_time(deps, batch) else batch
    if not is_bound(deps):
        return batch  # nothing is closed or funded (rule 15)
    if batch.status is BatchStatus.CLOSING:
        return close(deps, batch, until)
    return wait(deps, batch, until) if batch.status is BatchStatus.CLOSED else batch


def _look_at_opening(deps: Deps, batch: Batch) -> Batch:
    """Whoever made the group died before its id was written: it stays empty."""
    if batch.opened_at + _OPENING_IS_DEAD > deps.now():
        return batch
    abandon(deps, batch, "its maker died", arrived=True)
    return deps.state.batches.get(batch.id) or batch


def _is_time(deps: Deps, batch: Batch) -> bool:
    """Whether a batch is full, old, or nobody is on the way to it any more."""
    settings, now = deps.settings, deps.now()
    if batch.members >= settings.batch_size or batch.opened_at + timedelta(seconds=settings.batch_open_seconds) <= now:
        return True
    is_quiet = batch.joined_at + timedelta(seconds=settings.batch_quiet_seconds) <= now
    return is_quiet and not any(_someone_in(deps, status) for status in _ON_THE_WAY)


def _someone_in(deps: Deps, status: Status) -> bool:
    return next(deps.ledger.in_status(status, deps.now()), None) is not None


def _begin_to_close(deps: Deps, batch: Batch) -> Batch:
    changes = {"status": BatchStatus.CLOSING}
    return deps.state.batches.write(batch, changes, Entry("closing", {"members": batch.members}))
