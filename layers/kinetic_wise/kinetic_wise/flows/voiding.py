"""Void in Epicor what was posted and came back (rule 12, epicor-kinetic-api.md 7.9)."""

from __future__ import annotations

from datetime import date

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import write_to_epicor
from kinetic_wise.flows.periods import first_open_day
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.systems import Draft
from kinetic_wise.transport import NotArrived, Unclear


def void(case: Case, draft: Draft) -> Outcome | None:
    """Void the payment that we posted; None once Epicor shows it voided. An open void is looked at first."""
    if case.intent is not None:
        return _look(case, draft)
    try:
        day = first_open_day(case)
    except (Busy, NotArrived, Unclear):
        return Outcome.BUSY
    return _void_on(case, draft, day)


def _void_on(case: Case, draft: Draft, day: date) -> Outcome | None:
    if day > case.deps.today and case.deps.settings.closed_period == "hold":
        case.hold("period_closed", f"payment {draft.head_num} is to be voided, and the first open day is {day}")
        return Outcome.STOPPED
    proof = case.attempt.dead
    data = {"group": draft.group_id, "head_num": draft.head_num, "day": day.isoformat(), "proof": proof}
    case.intend(Action.VOID, data=data)
    reason = f"Wise transfer {case.transfer.id}: {proof}"
    return write_to_epicor(
        case,
        lambda epicor: epicor.void(case.payment.invoice.company, draft, reason, day),
        done=lambda _: _read_back(case),
        refused=lambda error: _refused(case, str(error)),
    )


def _refused(case: Case, problem: str) -> Outcome:
    """A refusal is final only if no try before it was unclear: an earlier one may have voided (rule 4)."""
    if case.was_tried_before:
        case.unclear(f"refused after an unclear try: {problem}")
        return Outcome.UNKNOWN
    case.hold("void_refused", f"the money is back, and Epicor keeps the payment: {problem}", intent=None)
    return Outcome.STOPPED


def _read_back(case: Case) -> Outcome | None:
    """An answer does not mean voided: only the read-back does."""
    try:
        now = case.draft_in_epicor()
    except (Busy, NotArrived, Unclear) as error:
        case.unclear(f"voided, perhaps: {error}")
        return Outcome.UNKNOWN
    if now is not None and now.voided:
        return None
    case.unclear("not voided yet")
    return Outcome.UNKNOWN


def _look(case: Case, draft: Draft) -> Outcome | None:
    """An unclear void: read; not voided in two looks, it is sent again, which looks first as well."""
    try:
        now = case.draft_in_epicor()
        day = first_open_day(case)
    except (Busy, NotArrived, Unclear):
        return Outcome.BUSY
    if now is not None and now.voided:
        return None
    if case.must_look_again("not voided", case.deps.settings.epicor_look_pause):
        return Outcome.UNKNOWN
    if case.announced.tries >= case.deps.settings.tries:
        case.hold("void_unclear", f"nobody knows whether payment {draft.head_num} is voided")
        return Outcome.STOPPED
    return _void_on(case, draft, day)
