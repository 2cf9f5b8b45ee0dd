"""Post the draft in Epicor when the money was sent, and read back that it is posted (rule 12)."""

from __future__ import annotations

from datetime import date

from kinetic_wise.epicor import ForeignDraft
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.costs import book_costs, costs_are_wanted
from kinetic_wise.flows.ending import end_unpaid
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import write_to_epicor
from kinetic_wise.flows.periods import late_day
from kinetic_wise.flows.remaking import remake_draft
from kinetic_wise.flows.reserve import wanted
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments import policy, transfer_status
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.systems import Draft
from kinetic_wise.transport import NotArrived, Refused, Unclear


def post(case: Case) -> Outcome:
    """Post the payment's draft. The payment is `sent`; it becomes `posted`, stays (busy, unknown) or is held.

    The draft we know is posted unseen: the client posts exactly that one or none, so a look before would be one too
    many. What it finds otherwise is looked at here: a draft that is gone is made again first.
    """
    known = case.payment.draft
    if known is None or known.posted or costs_are_wanted(case):
        return _post_as_found(case)
    return _announce(case, known, unseen=True)


def _post_as_found(case: Case) -> Outcome:
    try:
        draft = case.draft_in_epicor()
    except (Busy, NotArrived, Unclear):
        return Outcome.BUSY
    if draft is None or draft.head_num is None or (draft.voided and case.payment.draft is None):
        return remake_draft(case) or _post_as_found(case)
    if draft.posted or draft.voided:
        return _found_booked(case, draft)
    objection = policy.draft_objection(draft, wanted(case))
    if objection is not None:
        case.hold(objection.reason, objection.detail)
        return Outcome.STOPPED
    return book_costs(case, draft) or _announce(case, draft)


def _announce(case: Case, draft: Draft, day: date | None = None, *, unseen: bool = False) -> Outcome:
    data = {"group": draft.group_id, "head_num": draft.head_num, **({"dated": day.isoformat()} if day else {})}
    case.intend(Action.POST, data=data)

    def not_taken(error: Refused | ForeignDraft) -> Outcome:
        if unseen and isinstance(error, ForeignDraft):
            return _not_as_known(case, str(error))
        return _refused(case, str(error))

    return write_to_epicor(
        case,
        lambda epicor: epicor.post(case.payment.invoice.company, draft, day),
        done=lambda _: _read_back(case, redated=day is not None),
        refused=not_taken,
    )


def _not_as_known(case: Case, problem: str) -> Outcome:
    """Nothing was posted, because the draft is gone or was changed: what to do is decided on what is there."""
    case.conclude("not_posted", data={"problem": problem})
    return _post_as_found(case)


def _refused(case: Case, problem: str) -> Outcome:
    """A refusal is final only if no try before it was unclear: an earlier one may have posted (rule 4)."""
    if case.was_tried_before:
        case.unclear(f"refused after an unclear try: {problem}")
        return Outcome.UNKNOWN
    case.hold("posting_refused", problem, intent=None)
    return Outcome.STOPPED


def _read_back(case: Case, *, redated: bool) -> Outcome:
    """HTTP 200 does not mean posted: only the read-back does (epicor-kinetic-api.md 7.6)."""
    try:
        draft = case.draft_in_epicor()
    except (Busy, NotArrived, Unclear) as error:
        case.unclear(f"posted, perhaps: {error}")
        return Outcome.UNKNOWN
    if draft is not None and (draft.posted or draft.voided):
        return _found_booked(case, draft)
    if draft is not None and draft.post_error and not draft.post_in_process:
        return _not_posted(case, draft, redated=redated)
    case.unclear("not posted yet")
    return Outcome.UNKNOWN


def _not_posted(case: Case, draft: Draft, *, redated: bool) -> Outcome:
    """Epicor says why it did not post. Whether its period is closed is read, never taken from the words."""
    try:
        day = None if redated else late_day(case, draft)
    except (Busy, NotArrived, Unclear) as error:
        case.conclude("not_posted", data={"problem": draft.post_error, "period": str(error)})
        return Outcome.BUSY
    if day is None:
        case.hold("posting_refused", f"Epicor did not post: {draft.post_error}", intent=None)
        return Outcome.STOPPED
    if case.deps.settings.closed_period == "hold":
        case.hold("period_closed", f"the payment's period is closed, the first open day is {day}", intent=None)
        return Outcome.STOPPED
    case.conclude("period_closed", data={"problem": draft.post_error, "next_open": day.isoformat()})
    case.deps.log("dated into the next open period", payment_id=case.id, day=day.isoformat(), alarm=True)
    return _announce(case, draft, day)


def look_at_posting(case: Case) -> Outcome:
    """An unclear posting: read; not posted in two looks and not in process, it is posted again."""
    if case.attempt.dead:
        return end_unpaid(case)  # the money came back meanwhile
    try:
        draft = case.draft_in_epicor()
    except (Busy, NotArrived, Unclear):
        return Outcome.BUSY
    if draft is not None and (draft.posted or draft.voided):
        return _found_booked(case, draft)
    in_process = draft is not None and draft.post_in_process
    if case.must_look_again("not posted", case.deps.settings.epicor_look_pause, still_moving=in_process):
        return Outcome.UNKNOWN
    if case.announced.tries >= case.deps.settings.tries:
        case.hold("posting_unclear", f"nobody knows whether group {case.payment.group_id} was posted")
        return Outcome.STOPPED
    return _again(case, draft)


def _again(case: Case, draft: Draft | None) -> Outcome:
    """Looked at twice, it is not posted: what was posted would still be there. Post it now, if it is still to be."""
    transfer = case.attempt.transfer
    if transfer is None or transfer.status != transfer_status.SENT:  # stepped back meanwhile (wise-api.md 6.4)
        case.conclude("not_posted", payment={"status": Status.PROCESSING})
        return Outcome.FUNDED
    if draft is None or draft.head_num is None:
        case.conclude("draft_gone", payment={"status": Status.SENT})
        return _post_as_found(case)
    return _announce(case, draft)


def _found_booked(case: Case, draft: Draft) -> Outcome:
    """Epicor shows it posted: that is believed of exactly what Wise paid, and of nothing that was voided since.

    One that was voided is known no more: released, the payment is reserved and posted anew.
    """
    if draft.voided:
        case.hold("draft_voided", "the payment was voided in Epicor", intent=None, draft=None)
        return Outcome.STOPPED
    objection = policy.terms_objection(draft, wanted(case))
    if objection is None:
        return posted(case, draft)
    case.hold(objection.reason, f"posted otherwise than Wise paid it: {objection.detail}", intent=None)
    return Outcome.STOPPED


def posted_by_hand(case: Case) -> Outcome | None:
    """Whether a person posted what the connector does not, its difference booked; None while nothing is posted."""
    try:
        draft = case.draft_in_epicor()
    except (Busy, NotArrived, Unclear):
        return Outcome.BUSY
    return posted(case, draft) if draft is not None and draft.posted and not draft.voided else None


def posted(case: Case, draft: Draft) -> Outcome:
    """Epicor shows it posted: write that."""
    case.conclude(
        "posted",
        payment={"status": Status.POSTED, "draft": draft, "reason": ""},
        data={"head_num": draft.head_num, "group": draft.group_id, "check_num": draft.check_num},
    )
    return Outcome.STOPPED
