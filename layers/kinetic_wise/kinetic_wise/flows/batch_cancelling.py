"""Cancel a batch: announced to each member, then its whole group, then each transfer tells (rules 6 and 7, H29)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kinetic_wise.flows.batch_members import InBatch, members_of
from kinetic_wise.flows.batch_waiting import over
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.batch import Batch, GroupAction, GroupIntent
from kinetic_wise.payments.life_cycle import MOVING, Status
from kinetic_wise.payments.model import Action
from kinetic_wise.transport import NotArrived, Refused, Unclear
from kinetic_wise.wise import COMPLETED, NEW, Group

_ANNOUNCED_TO = frozenset({Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL, Status.UNKNOWN})
_LOOKS = {"status": Status.UNKNOWN, "not_before": None}
_LIST_MARGIN = timedelta(days=1)  # clocks differ (money-cases.md H36)


def cancel(deps: Deps, batch: Batch) -> Batch:
    """Bring a batch that was given up as far as it goes now. Raises Moved and RemoteError: then try again."""
    if batch.cancel_sent is not None or batch.cancel_refused:
        return _finish(deps, batch)
    members = list(members_of(deps, batch))
    if any(each.is_on_its_way for each in members):
        return batch  # it would be cancelled without knowing whose doing that was
    for each in members:
        _announce(each, batch)
    return _cancel_group(deps, batch, members)


def _announce(each: InBatch, batch: Batch) -> None:
    """Write the member's cancel intent: from now on its execution looks for the proof, and does nothing else."""
    case = each.case
    if each.waits and not case.attempt.dead and case.intent is None and case.status in _ANNOUNCED_TO:
        reason = each.member.objection or batch.cause
        case.intend(Action.CANCEL, reason=reason, data={"batch": batch.id}, payment=_LOOKS)


def _cancel_group(deps: Deps, batch: Batch, members: list[InBatch]) -> Batch:
    group = deps.wise.batches.group(batch.group)
    if group is None:
        return _refused(deps, batch, "Wise does not know the group")
    if group.status not in (NEW, COMPLETED):
        return _is_cancelled(deps, batch, group)
    tries = batch.intent.tries + 1 if batch.intent else 1
    if tries > deps.settings.tries:
        return _refused(deps, batch, f"the group is {group.status} after {tries - 1} tries")
    intent = GroupIntent(action=GroupAction.CANCEL, at=deps.now(), tries=tries)
    moved = _moved(deps, batch, members)
    entry = Entry("intent.cancel_group", {"try": tries, "not_waiting": list(moved)}, deps.exchanges.take())
    batch = deps.state.batches.write(batch, {"intent": intent, "not_waiting": moved}, entry)
    return _send(deps, batch, group)


def _moved(deps: Deps, batch: Batch, members: list[InBatch]) -> tuple[int, ...]:
    """The members' transfers that do not wait just before we cancel: whatever became of those, we did not do it."""
    numbers = {each.case.attempt.transfer.id for each in members if each.case.attempt.transfer is not None}
    if not numbers:
        return ()
    listed = list(deps.wise.transfers(batch.opened_at - _LIST_MARGIN))
    return tuple(sorted(numbers - {transfer.id for transfer in listed if transfer.status == transfer_status.WAITING}))


def _send(deps: Deps, batch: Batch, group: Group) -> Batch:
    try:
        deps.wise.batches.cancel(group)
    except NotArrived as error:
        return _write(deps, batch, {"intent": None}, "not_arrived", {"problem": str(error)})
    except Unclear as error:  # a version conflict too: the next look shows which
        return _write(deps, batch, {}, "unclear", {"problem": str(error)})
    except Refused as error:
        return _refused(deps, batch, str(error))
    return _write(deps, batch, {"intent": None, "cancel_sent": deps.now()}, "group_cancelled", {"group": group.id})


def _is_cancelled(deps: Deps, batch: Batch, group: Group) -> Batch:
    """The group is cancelled, or about to be: by us if that was announced, else by a person."""
    changes: dict[str, Any] = {"intent": None, "cancel_sent": deps.now()}
    if batch.intent is None or batch.intent.action is not GroupAction.CANCEL:
        changes["not_waiting"] = tuple(sorted(group.transfer_ids))
    return _write(deps, batch, changes, "group_seen_cancelled", {"status": group.status})


def _refused(deps: Deps, batch: Batch, problem: str) -> Batch:
    """Each member that still waits is cancelled by itself, by its own execution."""
    deps.log("a batch cannot be cancelled as a whole", batch=batch.id, problem=problem, alarm=True)
    return _write(deps, batch, {"intent": None, "cancel_refused": True}, "cancel_refused", {"problem": problem})


def _write(deps: Deps, batch: Batch, changes: dict[str, Any], kind: str, data: dict[str, Any]) -> Batch:
    return deps.state.batches.write(batch, changes, Entry(kind, data, deps.exchanges.take()))


def _finish(deps: Deps, batch: Batch) -> Batch:
    """It is over when no member waits any more for what its own transfer tells; the sweep sees that they look."""
    pause = timedelta(seconds=deps.settings.sweep_after)
    if batch.looked_at is not None and batch.looked_at + pause > deps.now():
        return batch
    members = list(members_of(deps, batch))
    for each in members:
        _announce(each, batch)
    if any(each.waits and not each.case.attempt.dead and each.case.status in MOVING for each in members):
        return deps.state.batches.write(batch, {"looked_at": deps.now()}, None)
    return over(deps, batch, members)
