"""A payment's part in a batch: how its transfer joins one, and how it leaves (docs/batches.md, money-cases.md H29)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.case import Case, NotBound
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry, Moved
from kinetic_wise.payments.batch import (
    LIVE,
    MAY_BE_CANCELLED,
    Batch,
    BatchStatus,
    GroupAction,
    GroupIntent,
    Member,
)
from kinetic_wise.payments.model import BatchPlace
from kinetic_wise.transport import NotArrived, RemoteError
from kinetic_wise.wise import CANCELLED

OTHERS_FAILED = "batch_cancelled"  # why a member is cancelled that could have stayed
BECAUSE_OF_OTHERS = f"{OTHERS_FAILED}: another member of the batch cannot be paid"


class NotYet(Exception):
    """The batch to join is being made by somebody else: try again later."""


def batch_for(case: Case) -> Batch | None:
    """The batch that the attempt's transfer is to be made in; None: it is made by itself, and funded by itself.

    Raises NotYet, NotBound, and what making a group raises.
    """
    quote, settings = case.attempt.quote, case.deps.settings
    if settings.funding == "single" or quote is None or quote.rate_expires_at is None:
        return None
    if quote.rate_expires_at < case.now + timedelta(seconds=settings.batch_min_window):
        return None  # its rate would end before people have approved
    batch = case.deps.state.batches.taking_members(case.deps.wise_site.profile, quote.source_currency)
    if batch is None:
        return open_batch(case.deps, quote.source_currency)
    if batch.status is not BatchStatus.OPEN or batch.members >= settings.batch_size:
        raise NotYet(f"batch {batch.id} is {batch.status}")
    return batch


def open_batch(deps: Deps, currency: str) -> Batch:
    """Make a group at Wise. One whose answer is not clear is never used: it stays empty, under a name that says ours.

    Raises NotYet when somebody else was faster, NotBound, and what the client raises.
    """
    if not is_bound(deps):
        raise NotBound("the ledger is not bound to these systems: order `adopt`")
    intent = GroupIntent(action=GroupAction.CREATE, at=deps.now())
    entry = Entry("intent.create_group", {"currency": currency})
    name = f"{deps.ledger_id} {deps.now():%Y-%m-%d %H:%M} {currency}"
    try:
        batch = deps.state.batches.begin(deps.wise_site.profile, currency, name, {"intent": intent}, entry)
    except Moved:
        raise NotYet("somebody else is opening a batch") from None
    try:
        group = deps.wise.batches.create(currency, batch.name)
    except RemoteError as error:
        abandon(deps, batch, str(error), arrived=not isinstance(error, NotArrived))
        raise
    changes = {"status": BatchStatus.OPEN, "group": group.id, "intent": None}
    return deps.state.batches.write(batch, changes, _entry(deps, "group_created", {"group": group.id}))


def abandon(deps: Deps, batch: Batch, problem: str, *, arrived: bool) -> None:
    """Give a batch up whose group is not known."""
    data = {"problem": problem, "empty_group_may_be_left": arrived}
    changes = {"status": BatchStatus.ABANDONED, "intent": None}
    deps.state.batches.write(batch, changes, _entry(deps, "abandoned", data))


def _entry(deps: Deps, kind: str, data: dict[str, Any]) -> Entry:
    return Entry(kind, data, deps.exchanges.take())


def joining(case: Case, batch: Batch) -> list[dict[str, Any]]:
    """The parts of an add's intent by which the attempt joins; refused when the batch takes members no more."""
    most = case.deps.settings.batch_size
    return case.deps.state.batches.joining(batch, case.id, case.attempt.number, most)


def place_in(batch: Batch) -> BatchPlace:
    """What the attempt keeps of its batch."""
    return BatchPlace(id=batch.id, group=batch.group)


def not_taken(case: Case) -> None:
    """The group took no transfer, and no earlier try of ours was unclear: the attempt looks for another batch."""
    place = _place(case)
    case.conclude(
        "not_taken_by_group",
        attempt={"batch": None},
        data={"batch": place.id},
        also=case.deps.state.batches.leaving(place.id, case.id, case.attempt.number),
    )
    batch = case.deps.state.batches.get(place.id)
    if batch is not None and batch.status is BatchStatus.OPEN:
        changes = {"status": BatchStatus.CLOSING}
        case.deps.state.batches.write(batch, changes, Entry("closed_by_others", {"payment": case.id}))


def leave(case: Case, reason: str, detail: str) -> bool:
    """Have the batch cancelled, because this member cannot stay: none can be taken out by itself (H29).

    False when the batch is over and the transfer can only be cancelled by itself. Raises Moved.
    """
    place, batches = _place(case), case.deps.state.batches
    batch = batches.get(place.id)
    if batch is None or batch.status not in LIVE:
        return False
    note_objection(case.deps, batch, case, f"{reason}: {detail}")
    if batch.status in MAY_BE_CANCELLED:
        give_up(case.deps, batch, BECAUSE_OF_OTHERS, {"payment": case.id, "reason": reason})
    return True


def is_being_cancelled(case: Case) -> bool:
    """Whether the batch is about to cancel the transfer's group, or Wise is at it (asynchronous, section 7).

    Otherwise the transfer is cancelled by itself. Raises what the client raises.
    """
    place = case.attempt.batch
    batch = case.deps.state.batches.get(place.id) if place else None
    if place is None or batch is None or batch.status is not BatchStatus.CANCELLING or batch.cancel_refused:
        return False
    if batch.cancel_sent is None:
        return True
    group = case.deps.wise.batches.group(place.group)
    return group is not None and group.status != CANCELLED


def was_cancelled_by_us(case: Case) -> bool:
    """Whether the transfer was seen waiting just before we cancelled its group, or announced that (rule 7)."""
    place, transfer = case.attempt.batch, case.attempt.transfer
    batch = case.deps.state.batches.get(place.id) if place else None
    if batch is None or transfer is None:
        return False
    is_announced = batch.intent is not None and batch.intent.action is GroupAction.CANCEL
    return (is_announced or batch.cancel_sent is not None) and transfer.id not in batch.not_waiting


def is_filling(case: Case) -> bool:
    """Whether the batch is not closed yet: its members rest."""
    batch = case.deps.state.batches.get(_place(case).id)
    return batch is not None and batch.status in (BatchStatus.OPEN, BatchStatus.CLOSING)


def give_up(deps: Deps, batch: Batch, cause: str, data: dict[str, Any] | None = None) -> Batch:
    """From now on the batch is only cancelled, whatever was announced for its group before.

    `cause`, "reason: detail", is that of each member without an objection of its own.
    """
    changes = {"status": BatchStatus.CANCELLING, "intent": None, "cause": cause}
    return deps.state.batches.write(batch, changes, _entry(deps, "given_up", {"cause": cause, **(data or {})}))


def note_objection(deps: Deps, batch: Batch, case: Case, objection: str) -> None:
    """Keep why a batch cannot go on with a member: "reason: detail"."""
    deps.state.batches.note(batch.id, Member(payment_id=case.id, attempt=case.attempt.number, objection=objection))


def _place(case: Case) -> BatchPlace:
    if case.attempt.batch is None:
        raise AssertionError(f"payment {case.id} is in no batch")
    return case.attempt.batch
