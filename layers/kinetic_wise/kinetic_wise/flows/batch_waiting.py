"""A closed batch: funded by one call where the token may, else handed to a person, and watched (rules 5, 9 and 11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kinetic_wise.flows.batch import BECAUSE_OF_OTHERS, give_up
from kinetic_wise.flows.batch_closing import cost, has_room
from kinetic_wise.flows.batch_members import InBatch, members_of, pass_gates
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry
from kinetic_wise.payments.batch import Batch, BatchStatus, GroupAction, GroupIntent
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.transport import NotArrived, Unclear
from kinetic_wise.wise import FundingStatus

_NOT_TOLD = frozenset({Status.CREATED, Status.AWAITING_FUNDS})


def wait(deps: Deps, batch: Batch, until: datetime) -> Batch:
    """Bring a closed batch as far as it goes now. Raises Moved, Stopped, Busy and RemoteError: then try again."""
    if batch.approve_by is not None and batch.approve_by <= deps.now():
        return _at_its_end(deps, batch)
    if batch.intent is not None:  # a funding whose answer nobody read: never sent again, each transfer tells
        return _asked(deps, batch, "funding_unclear", {"problem": "nobody read the answer"})
    if not batch.asked_to_fund:
        return _fund(deps, batch, until)
    if not batch.handed_over:
        return _hand_over(deps, batch)
    return _watch(deps, batch)


# --- one funding for all -------------------------------------------------------------------------------------------


def _fund(deps: Deps, batch: Batch, until: datetime) -> Batch:
    members = [each for each in members_of(deps, batch) if each.case.attempt.transfer is not None]
    passed = pass_gates(deps, batch, members, until)
    if passed is None or passed.status is not BatchStatus.CLOSED:
        return passed or batch
    if not has_room(deps, batch, cost(members)):
        return batch
    seen = deps.state.switch.read()
    if seen.stopped:
        return batch
    intent = GroupIntent(action=GroupAction.FUND, at=deps.now())
    entry = Entry("intent.fund_group", {"total": str(batch.total)}, deps.exchanges.take())
    batch = deps.state.batches.write(batch, {"intent": intent}, entry, admission=deps.state.switch.checking(seen))
    try:
        funding = deps.wise.batches.fund(batch.group)
    except NotArrived as error:
        not_sent = Entry("not_arrived", {"problem": str(error)}, deps.exchanges.take())
        return deps.state.batches.write(batch, {"intent": None}, not_sent)
    except Unclear as error:
        return _asked(deps, batch, "funding_unclear", {"problem": str(error)})
    told = {"answer": funding.status.value, "code": funding.error_code}
    return _asked(deps, batch, "funding_answered", told, accepted=funding.status is FundingStatus.PENDING)


def _asked(deps: Deps, batch: Batch, kind: str, data: dict[str, Any], *, accepted: bool = False) -> Batch:
    """Asked once is enough. Accepted or not, each transfer tells whether it was paid; the rest wait for a person."""
    changes = {"intent": None, "asked_to_fund": True, "handed_over": accepted}
    return deps.state.batches.write(batch, changes, Entry(kind, data, deps.exchanges.take()))


def _hand_over(deps: Deps, batch: Batch) -> Batch:
    """Say at each member where in Wise a person can approve them all, and until when."""
    page = deps.settings.batch_page.replace("{id}", batch.group)
    told = {"approve_in_wise": page, "approve_by": batch.approve_by.isoformat() if batch.approve_by else ""}
    for each in members_of(deps, batch):
        if each.waits and each.case.intent is None and each.case.status in _NOT_TOLD:
            status, until = {"status": Status.AWAITING_APPROVAL, "not_before": None}, {"approve_by": batch.approve_by}
            each.case.write("awaiting_approval", payment=status, attempt=until, data=told)
    deps.log("a batch waits for approval", batch=batch.id, **told)
    return deps.state.batches.write(batch, {"handed_over": True}, Entry("handed_over", told))


# --- what becomes of it --------------------------------------------------------------------------------------------


def _watch(deps: Deps, batch: Batch) -> Batch:
    pause = timedelta(seconds=deps.settings.recheck_waiting)
    if batch.looked_at is not None and batch.looked_at + pause > deps.now():
        return batch
    members = list(members_of(deps, batch))
    waiting = [each for each in members if each.waits and not each.case.attempt.dead]
    if not waiting:
        return over(deps, batch, members)
    if any(each.case.attempt.dead and not each.case.attempt.funded for each in members):
        return give_up(deps, batch, BECAUSE_OF_OTHERS)  # one cancelled by itself blocks its batch (section 7)
    return deps.state.batches.write(batch, {"looked_at": deps.now()}, None)


def _at_its_end(deps: Deps, batch: Batch) -> Batch:
    """Nobody approved in time: what still waits is cancelled and made anew at another rate."""
    members = list(members_of(deps, batch))
    if not any(each.waits and not each.case.attempt.dead for each in members):
        return over(deps, batch, members)
    return give_up(deps, batch, "rate_over: nobody approved the batch in time")


def over(deps: Deps, batch: Batch, members: list[InBatch]) -> Batch:
    """No member waits any more."""
    paid = sum(1 for each in members if each.case.attempt.may_have_money)
    status = BatchStatus.PAID if paid else BatchStatus.CANCELLED
    return deps.state.batches.write(batch, {"status": status, "intent": None}, Entry(status.value, {"paid": paid}))
