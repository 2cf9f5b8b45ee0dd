"""Take back in Epicor what a dead transfer does not pay: an unposted draft is deleted, what we posted is voided."""

from __future__ import annotations

from kinetic_wise.epicor import EpicorClient, ForeignDraft
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import reading_back, write_to_epicor
from kinetic_wise.flows.reserve import wanted
from kinetic_wise.flows.voiding import void
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments import policy
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.systems import Draft
from kinetic_wise.transport import NotArrived, Refused, Unclear

_FOR_THE_REGISTER = "for the register, to be voided"
_LOOKED_AT_FIRST = frozenset({Action.POST, Action.BOOK_COSTS, Action.REMAKE_DRAFT})


def take_back(case: Case) -> Outcome | None:
    """Leave nothing of the payment in Epicor that takes from the invoice; None when that is so, else what to do.

    Safe to run again from any point. A payment is voided only when we posted it: what a person posted is held.
    """
    found = case.intent
    if found is not None and found.action in _LOOKED_AT_FIRST:
        outcome = _close(case, found.action)
        if outcome is not None:
            return outcome
    draft = case.payment.draft
    if draft is None:
        return _take_back_unknown(case)
    if draft.posted:
        return void(case, draft)
    was_tried = found is not None and found.reason == _FOR_THE_REGISTER
    if case.intent is None and not was_tried and _keeps_a_register(case):
        return _register(case, draft)
    return _delete(case, draft)


def _take_back_unknown(case: Case) -> Outcome | None:
    """The ledger knows no draft. What its reservation began before it was set back goes as well, if it is ours (H9)."""
    try:
        found = case.draft_in_epicor() if case.payment.reservation else None
    except (Busy, NotArrived, Unclear):
        return Outcome.BUSY
    if found is None or found.voided or not _is_ours(case, found):
        return None
    case.write("draft_seen", payment={"draft": found}, data={"head_num": found.head_num, "posted": found.posted})
    return void(case, found) if found.posted else _delete(case, found)


def _is_ours(case: Case, draft: Draft) -> bool:
    """Whether it is as we made it, or so empty that it is nobody's yet."""
    if draft.reference or draft.vendor_num or draft.lines:
        return draft.reference == wanted(case).reference and is_as_made(case, draft)
    return True


def _keeps_a_register(case: Case) -> bool:
    return case.attempt.funded and case.deps.settings.failed_payments == "post_and_void"


def _close(case: Case, action: Action) -> Outcome | None:
    """Close what was unclear before the money came back: by reading, twice where nothing shows (rule 5).

    A draft that is being made again is waited for until nobody can be at work on it any more: once the payment has
    ended nobody would own it.
    """
    settings = case.deps.settings
    pause = settings.sweep_after if action is Action.REMAKE_DRAFT else settings.epicor_look_pause
    try:
        draft = case.draft_in_epicor()
    except (Busy, NotArrived, Unclear):
        return Outcome.BUSY
    done = draft is not None and (draft.posted or (action is not Action.POST and bool(draft.lines)))
    if not done and case.must_look_again(f"{action} shows no effect yet", pause):
        return Outcome.UNKNOWN
    if draft is not None and draft.post_in_process:
        return Outcome.UNKNOWN
    known = draft if draft is not None and is_as_made(case, draft) else case.payment.draft
    if known is None and draft is not None and not draft.voided:
        return _not_deleted(case, f"group {draft.group_id} holds a payment that is not as we made it")
    changes = {"draft": known, "status": Status.PROCESSING if case.status is Status.UNKNOWN else case.status}
    case.conclude("seen_before_taking_back", payment=changes, data={"posted": bool(known and known.posted)})
    return None


def is_as_made(case: Case, draft: Draft) -> bool:
    """Only what we made may be taken back: a payment without lines yet, or exactly the one that was wanted (rule 8)."""
    return not draft.lines or policy.terms_objection(draft, wanted(case)) is None


def _register(case: Case, draft: Draft) -> Outcome | None:
    """Post the failed payment, then void it, for sites that want every attempt in their register (7.8).

    What Epicor does not post is deleted as usual: the register is a wish, the open invoice is not.
    """
    company = case.payment.invoice.company

    def post(epicor: EpicorClient) -> Draft | None:
        epicor.post(company, draft)
        with reading_back():
            return epicor.draft(company, draft.group_id)

    case.intend(Action.POST, reason=_FOR_THE_REGISTER, data={"group": draft.group_id})
    return write_to_epicor(
        case,
        post,
        done=lambda now: _registered(case, draft, now),
        refused=lambda error: _not_registered(case, draft, str(error)),
    )


def _registered(case: Case, draft: Draft, now: Draft | None) -> Outcome | None:
    if now is not None and now.posted:
        case.conclude("posted_for_the_register", payment={"draft": now}, data={"head_num": now.head_num})
        return void(case, now)
    if now is not None and now.post_error and not now.post_in_process:
        return _not_registered(case, draft, now.post_error)
    case.unclear("not posted yet")  # it may still be: nothing is deleted before two looks
    return Outcome.UNKNOWN


def _not_registered(case: Case, draft: Draft, problem: str) -> Outcome | None:
    case.conclude("not_registered", data={"problem": problem})
    return _delete(case, draft)


def _delete(case: Case, draft: Draft) -> Outcome | None:
    """Delete the draft, or answer what to do instead. `delete_draft` looks before it acts, so it may be repeated."""
    company = case.payment.invoice.company

    def delete(epicor: EpicorClient) -> Draft | None:
        epicor.delete_draft(company, draft)
        with reading_back():
            return epicor.draft(company, draft.group_id)

    case.intend(Action.DELETE_DRAFT, data={"group": draft.group_id, "why": case.attempt.dead})
    return write_to_epicor(
        case,
        delete,
        done=lambda left: _deleted(case, left),
        refused=lambda error: _kept(case, draft, error),
    )


def _kept(case: Case, draft: Draft, error: Refused | ForeignDraft) -> Outcome | None:
    """Epicor keeps it; a draft of ours that a person posted and voided takes nothing, whatever was changed before."""
    if isinstance(error, ForeignDraft) and error.draft.voided and error.draft.reference == draft.reference != "":
        return None
    return _not_deleted(case, f"Epicor keeps the draft: {error}")


def _deleted(case: Case, left: Draft | None) -> Outcome | None:
    if left is None or left.head_num is None or left.voided:  # what is voided takes nothing
        return None
    return _not_deleted(case, f"group {left.group_id} still holds a payment")


def _not_deleted(case: Case, problem: str) -> Outcome:
    case.hold("draft_not_deleted", f"the transfer is dead, but {problem}")
    return Outcome.STOPPED
