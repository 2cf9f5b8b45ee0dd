"""How a payment ends unpaid: only on proof that its transfer is dead; Epicor first, then commitment (rule 6)."""

from __future__ import annotations

from typing import Any

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.undoing import take_back
from kinetic_wise.payments.life_cycle import Status


def end_unpaid(case: Case) -> Outcome:
    """Take back what stands in Epicor, give the commitment back, end. Safe to run again from any point.

    It ends as `returned` when the money had been paid out, else as `failed`.
    """
    if not case.attempt.dead:
        raise AssertionError("a draft is released only when its transfer is dead")
    outcome = take_back(case)
    if outcome is not None:
        return outcome
    draft = case.payment.draft
    status = Status.RETURNED if case.attempt.sent else Status.FAILED
    case.conclude(
        status.value,
        payment={"status": status, "draft": None},
        data=_told(case, voided=draft is not None and draft.posted),
        also=[case.deps.ledger.release_item(case.payment)],
    )
    _report(case)
    return Outcome.STOPPED


def _told(case: Case, *, voided: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"reason": case.payment.reason, "proof": case.attempt.dead, "voided": voided}
    if case.attempt.shortfall is not None:
        data["shortfall"] = str(case.attempt.shortfall)
    return data


def _report(case: Case) -> None:
    """Tell what came back short: no payment in Epicor stands for it any more."""
    short = case.attempt.shortfall
    if short is not None and short.amount != 0:
        case.deps.log("refund differs from what had left", payment_id=case.id, shortfall=str(short), alarm=True)
