"""Look at what is unclear: each open intent has its own look or repeat (rule 5)."""

from __future__ import annotations

from collections.abc import Callable

from kinetic_wise.flows import reserve
from kinetic_wise.flows.cancel import look_at_cancel
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.create import repeat_create
from kinetic_wise.flows.ending import end_unpaid
from kinetic_wise.flows.fund import look_at_funding
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.posting import look_at_posting
from kinetic_wise.flows.recipient import look_for_recipient
from kinetic_wise.flows.settle import follow
from kinetic_wise.payments import policy
from kinetic_wise.payments.life_cycle import MOVING, Status
from kinetic_wise.payments.model import Action


def resolve(case: Case) -> Outcome:
    """Close the open intent if a look or repeat can, else it is still unknown. Raises Busy and RemoteError."""
    if case.intent is None:
        return Outcome.RESOLVED if case.status in MOVING else Outcome.STOPPED
    if case.status not in MOVING and case.intent.action is not Action.POST:
        return Outcome.STOPPED
    if case.is_overtaken:
        case.conclude("overtaken")
        return follow(case)
    outcome = _LOOKS_BY_ACTION[case.intent.action](case)
    return follow(case) if case.status is Status.POSTED else outcome  # news that came while the posting was unclear


def look_at_draft(case: Case) -> Outcome:
    """An unclear reservation: by group, reference and line; absent twice with a pause, it is made again.

    Made, and posted or voided by a person since, it is held: only released it takes the next reservation.
    Raises Busy and RemoteError.
    """
    with case.deps.epicor_place() as epicor:
        draft = epicor.draft(case.payment.invoice.company, case.payment.group_id)
        invoice = epicor.invoice(case.payment.invoice)
    objection = policy.draft_objection(draft, reserve.wanted(case))
    if draft is not None and objection is None:
        return reserve.reserved(case, draft, invoice)
    if draft is not None and objection is not None and objection.reason in reserve.BOOKED:
        reserve.hold_draft(case, draft, objection)
        return Outcome.STOPPED
    if case.must_look_again("no complete draft yet", case.deps.settings.epicor_look_pause):
        return Outcome.UNKNOWN
    if case.announced.tries >= case.deps.settings.tries:
        case.hold("reservation_unclear", f"nobody knows whether group {case.payment.group_id} reserves the invoice")
        return Outcome.STOPPED
    case.intend(Action.RESERVE, data={"group": case.payment.group_id})
    return reserve.make_draft(case)


_LOOKS_BY_ACTION: dict[Action, Callable[[Case], Outcome]] = {
    Action.RESERVE: look_at_draft,
    Action.CREATE_RECIPIENT: look_for_recipient,
    Action.CREATE_TRANSFER: repeat_create,
    Action.FUND: look_at_funding,
    Action.CANCEL: look_at_cancel,
    Action.POST: look_at_posting,
    Action.DELETE_DRAFT: end_unpaid,
    Action.VOID: end_unpaid,
    Action.BOOK_COSTS: end_unpaid,  # settlement's own, and unknown only while what is dead is taken back
    Action.REMAKE_DRAFT: end_unpaid,
}
