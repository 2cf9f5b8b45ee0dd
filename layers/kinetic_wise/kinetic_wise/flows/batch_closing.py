"""Close a batch: every member passes the gate, the balance holds for all, then its group is completed (rule 9, H28)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from kinetic_wise.flows.batch import BECAUSE_OF_OTHERS, give_up
from kinetic_wise.flows.batch_members import InBatch, members_of, pass_gates
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry
from kinetic_wise.payments.batch import Batch, BatchStatus, GroupAction, GroupIntent
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.transport import NotArrived, Refused, Unclear
from kinetic_wise.wise import COMPLETED, NEW, Group

_MAY_TAKE = frozenset({BatchStatus.CLOSED, BatchStatus.CANCELLING})  # a person may still pay for these


def close(deps: Deps, batch: Batch, until: datetime) -> Batch:
    """Bring a closing batch as far as it goes now. Raises Moved, Stopped, Busy and RemoteError: then try again."""
    if batch.intent is not None:
        return _look(deps, batch)
    members = list(members_of(deps, batch))
    inside = [each for each in members if each.case.attempt.transfer is not None]
    on_the_way = [each for each in members if each.is_on_its_way]
    if not inside:
        return batch if on_the_way else give_up(deps, batch, BECAUSE_OF_OTHERS, {"members": 0})
    approve_by = deadline(deps, inside)
    if approve_by <= deps.now():
        return give_up(deps, batch, "rate_over: the rate of a member ends before the batch can be approved")
    if on_the_way:
        return batch
    passed = pass_gates(deps, batch, inside, until)
    if passed is None or passed.status is not BatchStatus.CLOSING:
        return passed or batch
    return _close(deps, batch, inside, approve_by)


def deadline(deps: Deps, members: list[InBatch]) -> datetime:
    """Until when a batch may be paid: the earliest end of a member's rate, less the margin (H26)."""
    ends = [each.case.attempt.quote.rate_expires_at for each in members if each.case.attempt.quote is not None]
    margin = timedelta(seconds=deps.settings.rate_margin)
    return min((end for end in ends if end is not None), default=deps.now()) - margin


def cost(members: list[InBatch]) -> Decimal:
    """What the members take from the balance, fees included."""
    quotes = [each.case.attempt.quote for each in members]
    return sum((quote.source_amount for quote in quotes if quote is not None), Decimal(0))


def has_room(deps: Deps, batch: Batch, total: Decimal) -> bool:
    """Whether the balance holds for it beside those that wait for a person: Wise would convert another one (H28)."""
    balance = deps.wise.balances().get(batch.currency)
    others = [
        other.total or Decimal(0)
        for other in deps.state.batches.live()
        if other.id != batch.id
        and (other.profile, other.currency) == (batch.profile, batch.currency)
        and other.status in _MAY_TAKE
    ]
    return balance is not None and total + sum(others, Decimal(0)) <= balance.amount


def _close(deps: Deps, batch: Batch, members: list[InBatch], approve_by: datetime) -> Batch:
    total = cost(members)
    if not has_room(deps, batch, total):
        _wait_for_money(members, total)
        return batch
    group = deps.wise.batches.group(batch.group)
    if group is None or group.status != NEW:
        return give_up(deps, batch, BECAUSE_OF_OTHERS, {"group": group.status if group else "gone"})
    if not _is_as_known(deps, batch, group, members):
        return batch
    seen = deps.state.switch.read()
    if seen.stopped:
        return batch
    intent = GroupIntent(action=GroupAction.COMPLETE, at=deps.now())
    data = {"members": len(members), "total": str(total), "approve_by": approve_by.isoformat()}
    changes = {"intent": intent, "total": total, "approve_by": approve_by}
    entry = Entry("intent.complete_group", data, deps.exchanges.take())
    batch = deps.state.batches.write(batch, changes, entry, admission=deps.state.switch.checking(seen))
    return _complete(deps, batch, group)


def _wait_for_money(members: list[InBatch], total: Decimal) -> None:
    for each in members:
        if each.case.status is Status.CREATED:
            data = {"batch_costs": str(total)}
            each.case.write("awaiting_funds", payment={"status": Status.AWAITING_FUNDS, "not_before": None}, data=data)


def _is_as_known(deps: Deps, batch: Batch, group: Group, members: list[InBatch]) -> bool:
    """Whether the group holds exactly the members that passed the gate; its version makes sure that it stays so."""
    ours = {each.case.attempt.transfer.id: each for each in members if each.case.attempt.transfer is not None}
    for number in group.transfer_ids - ours.keys():
        deps.log("a batch holds a transfer that is no member", batch=batch.id, transfer_id=number, alarm=True)
    for number in ours.keys() - group.transfer_ids:  # made elsewhere, under our key: it is funded by itself
        ours[number].case.write("not_in_group", attempt={"batch": None}, data={"batch": batch.id})
    return group.transfer_ids == ours.keys()


def _complete(deps: Deps, batch: Batch, group: Group) -> Batch:
    try:
        deps.wise.batches.complete(group)
    except NotArrived as error:
        return _not_completed(deps, batch, str(error))
    except Unclear as error:  # a version conflict too: the next look shows which
        return deps.state.batches.write(batch, {}, Entry("unclear", {"problem": str(error)}, deps.exchanges.take()))
    except Refused as error:
        return give_up(deps, batch, BECAUSE_OF_OTHERS, {"problem": str(error)})
    return _closed(deps, batch)


def _look(deps: Deps, batch: Batch) -> Batch:
    """An announced completion: what the group shows decides. Sent again it meets its own version (wise-api.md 7)."""
    group = deps.wise.batches.group(batch.group)
    if group is not None and group.status == COMPLETED:
        return _closed(deps, batch)
    if group is not None and group.status == NEW:
        return _not_completed(deps, batch, "the group is still NEW")
    return give_up(deps, batch, BECAUSE_OF_OTHERS, {"group": group.status if group else "gone"})


def _not_completed(deps: Deps, batch: Batch, problem: str) -> Batch:
    entry = Entry("not_completed", {"problem": problem}, deps.exchanges.take())
    return deps.state.batches.write(batch, {"intent": None}, entry)


def _closed(deps: Deps, batch: Batch) -> Batch:
    entry = Entry("closed", {"group": batch.group}, deps.exchanges.take())
    return deps.state.batches.write(batch, {"status": BatchStatus.CLOSED, "intent": None}, entry)
