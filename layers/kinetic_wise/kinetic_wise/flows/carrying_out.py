"""Carry out what a person ordered of a payment: what is unclear first, then the transfer, then the draft (rule 6).

Any step may call it at any time, and it does only what is still missing. An order that comes too late for the money
is told as such and dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from kinetic_wise.flows import facts
from kinetic_wise.flows.binding import is_bound, may_have_forgotten
from kinetic_wise.flows.cancel import look_at_cancel, withdraw
from kinetic_wise.flows.case import Case, NotBound
from kinetic_wise.flows.create import listed, repeat_create, take_over
from kinetic_wise.flows.ending import BY_ORDER, end_unpaid
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.recipient import look_for_recipient
from kinetic_wise.flows.reserve import wanted
from kinetic_wise.flows.settle import follow
from kinetic_wise.flows.undoing import is_as_made
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.life_cycle import MOVING, Status
from kinetic_wise.payments.model import Action, Order

_NEVER_MADE = "no transfer was ever made: none was sent, and Wise lists none under its key"
_ADOPT_FIRST = "the ledger is not bound to these systems: order `adopt`, then this again"
_MAY_BE_MADE = "whether it has a transfer shows when it goes on: release it, then cancel it"


def carry_out(case: Case) -> Outcome:
    """Go on with the payment's order; it is done when the payment has none any more.

    Raises NotBound, and what the clients raise.
    """
    if case.status not in MOVING:
        return Outcome.STOPPED
    if case.current is None:
        return _end_unbegun(case)
    if case.intent is not None:
        outcome = _CLOSES[case.intent.action](case)
        if outcome is not None:
            return outcome
    if case.attempt.dead:
        if not is_bound(case.deps):  # nothing ends before `adopt`: whoever ordered it hears so, instead of waiting
            raise NotBound(_ADOPT_FIRST)
        return end_unpaid(case)
    if case.attempt.transfer is None:
        return _end_without_transfer(case)
    return _withdraw(case)


def _withdraw(case: Case) -> Outcome:
    if _order(case).action == "release":  # it has a transfer after all, which only the gate may let pass
        case.write("released_to_the_gate", payment={"order": None, "status": Status.CREATED})
        return Outcome.BUSY
    return withdraw(case, BY_ORDER, _order(case).why)


def _order(case: Case) -> Order:
    if case.payment.order is None:
        raise AssertionError("there is an order to carry out")
    return case.payment.order


def _end_unbegun(case: Case) -> Outcome:
    """Nothing was begun anywhere. The record of a second identity has committed nothing either."""
    if may_have_forgotten(case.deps):
        return Outcome.BUSY  # the order waits for `adopt`
    also = [case.deps.ledger.release_item(case.payment)] if case.payment.has_claim else []
    end = {"status": Status.REJECTED, "reason": BY_ORDER, "order": None}
    case.write("rejected", payment=end, data={"reason": BY_ORDER, "proof": "nothing was begun"}, also=also, merge=False)
    return Outcome.STOPPED


def _end_without_transfer(case: Case) -> Outcome:
    """No create was ever sent, or each provably had no effect. The list is read nevertheless: it may prove us wrong."""
    if may_have_forgotten(case.deps):
        return Outcome.BUSY  # as above: the create may have been sent since the backup
    if not is_bound(case.deps):
        raise NotBound(_ADOPT_FIRST)
    found = listed(case)
    if found is not None:
        outcome = take_over(case, found)
        return _withdraw(case) if outcome is Outcome.CREATED else outcome
    if case.attempt.is_unsure:  # taken up from its draft alone: absence proves nothing (rule 5)
        case.hold("create_unclear", _MAY_BE_MADE)
        return Outcome.STOPPED
    case.write("never_made", attempt={"dead": _NEVER_MADE}, data={"proof": _NEVER_MADE}, merge=False)
    return end_unpaid(case)


# --- what is open is closed first, each kind of write in its own way (rule 5) ----------------------------------------


def _close_reservation(case: Case) -> Outcome | None:
    """Whether there is a draft to delete: by reading, twice with a pause where none of ours shows.

    What was begun and is still empty is deleted with it, if our user made it (rule 8): the client looks.
    """
    draft = case.draft_in_epicor()
    if draft is not None and draft.voided:
        draft = None  # it takes nothing
    ours = draft is not None and draft.head_num is not None and draft.reference == wanted(case).reference
    if not ours and case.must_look_again("no draft of ours", case.deps.settings.epicor_look_pause):
        return Outcome.UNKNOWN
    if draft is not None and ours and (draft.posted or not is_as_made(case, draft)):
        told = "posted: void it" if draft.posted else "changed: delete it"
        case.hold("draft_not_deleted", f"the draft in group {draft.group_id} was {told} by hand")
        return Outcome.STOPPED
    there = ours or (draft is not None and not (draft.reference or draft.vendor_num or draft.lines))
    case.conclude("reservation_seen", payment={"draft": draft if there else None}, data={"there": there})
    return None


def _close_recipient(case: Case) -> Outcome | None:
    outcome = look_for_recipient(case)
    return None if case.intent is None else outcome


def _close_create(case: Case) -> Outcome | None:
    """An unclear create is repeated, then cancelled (rule 6)."""
    outcome = repeat_create(case)
    return None if outcome is Outcome.CREATED else outcome


def _close_funding(case: Case) -> Outcome | None:
    """Money that moved is followed; a transfer that waits is cancelled, and what is read then decides (rule 5)."""
    transfer = facts.look(case)
    if transfer is None or (transfer.status == transfer_status.WAITING and not case.attempt.funded):
        return None
    case.conclude("funding_seen", payment={"status": Status.CREATED}, data={"status": transfer.status})
    return follow(case)


def _close_booking(case: Case) -> Outcome | None:
    """A write in Epicor after the money: it ends when the money is back, else the order came too late."""
    if case.attempt.dead:
        return None
    case.write("order_too_late", payment={"order": None}, data={"status": case.status.value})
    return Outcome.UNKNOWN


_CLOSES: dict[Action, Callable[[Case], Outcome | None]] = {
    Action.RESERVE: _close_reservation,
    Action.CREATE_RECIPIENT: _close_recipient,
    Action.CREATE_TRANSFER: _close_create,
    Action.FUND: _close_funding,
    Action.CANCEL: look_at_cancel,
    Action.DELETE_DRAFT: end_unpaid,
    Action.POST: _close_booking,
    Action.BOOK_COSTS: _close_booking,
    Action.REMAKE_DRAFT: _close_booking,
    Action.VOID: _close_booking,
}
