"""How a payment ends unpaid: only on proof that its transfer is dead; draft first, then commitment (rule 6)."""

from __future__ import annotations

from kinetic_wise.epicor import ForeignDraft
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action
from kinetic_wise.transport import NotArrived, Refused, Unclear


def end_unpaid(case: Case) -> Outcome:
    """Delete the draft, give the commitment back, end as `failed`. Safe to run again from any point."""
    if not case.attempt.dead:
        raise AssertionError("a draft is released only when its transfer is dead")
    if case.payment.draft is not None:
        case.intend(Action.DELETE_DRAFT, data={"group": case.payment.group_id, "why": case.attempt.dead})
        outcome = _delete_draft(case)
        if outcome is not None:
            return outcome
    case.conclude(
        "failed",
        payment={"status": Status.FAILED, "draft": None},
        data={"reason": case.payment.reason, "proof": case.attempt.dead},
        also=[case.deps.ledger.release_item(case.payment)],
    )
    return Outcome.STOPPED


def _delete_draft(case: Case) -> Outcome | None:
    """Delete the draft, or answer what to do instead. `delete_draft` looks before it acts, so it may be repeated."""
    company, draft = case.payment.invoice.company, case.payment.draft
    if draft is None:
        return None
    try:
        with case.deps.epicor_place() as epicor:
            epicor.delete_draft(company, draft)
            left = epicor.draft(company, draft.group_id)
    except (Busy, NotArrived) as error:
        case.not_arrived(str(error))
        return Outcome.BUSY
    except Unclear as error:
        case.unclear(str(error))
        return Outcome.UNKNOWN
    except (Refused, ForeignDraft) as error:
        case.hold("draft_not_deleted", f"the transfer is dead, but Epicor keeps the draft: {error}")
        return Outcome.STOPPED
    if left is not None and left.head_num is not None:
        case.hold("draft_not_deleted", f"the transfer is dead, but group {draft.group_id} still holds a payment")
        return Outcome.STOPPED
    return None
