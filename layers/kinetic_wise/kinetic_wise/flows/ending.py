"""How a payment ends unpaid: only on proof that its transfer is dead; Epicor first, then commitment (rule 6)."""

from __future__ import annotations

from typing import Any

from kinetic_wise.flows import facts
from kinetic_wise.flows.alive import earlier_alive
from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.undoing import take_back
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.life_cycle import MOVING, Status
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.systems import Transfer
from kinetic_wise.transport import NotArrived, Unclear

BY_ORDER = "rejected_by_person"
_TAKES_BACK = frozenset({Action.DELETE_DRAFT, Action.VOID})


def end_unpaid(case: Case) -> Outcome:
    """Take back what stands in Epicor, give the commitment back, end. Safe to run again from any point.

    It ends as `returned` when the money had been paid out, else as `failed`, or `rejected` where a person ordered it.
    What a person released begins again instead: under the next reservation and attempt, its commitment kept. What had
    been paid out does not: that it came back is news to whoever released it.
    """
    if not is_bound(case.deps):
        return Outcome.BUSY  # a ledger that was set back may not know the attempt that followed (money-cases.md H9)
    try:
        _look_once_more(case)
    except (NotArrived, Unclear):
        return Outcome.BUSY
    if case.attempt.revived:
        return moves_again(case)
    if not case.attempt.dead:
        raise AssertionError("a draft is released only when its transfer is dead")
    living = earlier_alive(case)
    if living is not None:
        return _stop(case, f"transfer {living.id} of an earlier attempt is {living.status} in Wise")
    outcome = take_back(case)
    if outcome is not None:
        return outcome
    if case.payment.order is not None and case.payment.order.action == "release" and not case.attempt.sent:
        return _start_over(case)
    draft, status = case.payment.draft, _end(case)
    case.conclude(
        status.value,
        payment={"status": status, "draft": None, "order": None, "reason": _why(case)},
        data=_told(case, voided=draft is not None and draft.posted),
        also=[case.deps.ledger.release_item(case.payment)],
        merge=False,  # what settlement saw meanwhile may have withdrawn the proof
    )
    _report(case)
    return Outcome.STOPPED


def _look_once_more(case: Case) -> None:
    """Read the proof again before anything is taken back: it may be days old, and no event tells of a late payment."""
    if case.intent is None and case.attempt.transfer is not None and case.attempt.refund is None:
        facts.look(case)


def moves_again(case: Case) -> Outcome:
    """What was proven dead lives: in any status the payment is held with what is left of it, and somebody is told.

    What was being taken back is not taken back any further; whether it was is seen when the money is booked.
    """
    transfer = case.transfer
    tell_alive(case, transfer)
    if case.status is Status.UNKNOWN and case.attempt.funded:
        case.write("processing", payment={"status": Status.PROCESSING})  # released, it is settlement's
    detail = f"transfer {transfer.id} was dead or its money back, and Wise shows {transfer.status}"
    return _stop(case, detail, attempt={"revived": False})


def _stop(case: Case, detail: str, attempt: dict[str, Any] | None = None) -> Outcome:
    taking_back = case.intent is not None and case.intent.action in _TAKES_BACK
    intent: dict[str, Any] = {"intent": None} if taking_back else {}
    case.hold("moves_again", detail, attempt=attempt, **intent)
    return Outcome.STOPPED


def tell_alive(case: Case, transfer: Transfer) -> None:
    """Raise the alarm: money where none was to be, or a transfer that somebody may fund."""
    if transfer.status == transfer_status.WAITING:
        case.deps.log("a transfer of an ended attempt waits", payment_id=case.id, transfer_id=transfer.id, alarm=True)
    else:
        case.deps.log("money in a dead attempt", payment_id=case.id, transfer_id=transfer.id, alarm=True)


def _end(case: Case) -> Status:
    if case.attempt.sent:
        return Status.RETURNED
    return Status.REJECTED if case.payment.order is not None and case.status in MOVING else Status.FAILED


def _why(case: Case) -> str:
    """The person's, where their order is what ended it; else the one known already, or what its proof of death says."""
    if _end(case) is Status.REJECTED:
        return BY_ORDER
    return case.payment.reason or ("transfer_returned" if case.attempt.sent else "transfer_cancelled")


def _start_over(case: Case) -> Outcome:
    begins = {"status": Status.QUEUED, "reservation": case.payment.reservation + 1, "draft": None}
    case.conclude(
        "starts_over",
        payment={**begins, "order": None, "reason": ""},
        data={"proof": case.attempt.dead},
        merge=False,  # as in `end_unpaid`
    )
    return Outcome.STOPPED


def _told(case: Case, *, voided: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"reason": _why(case), "proof": case.attempt.dead, "voided": voided}
    if case.attempt.shortfall is not None:
        data["shortfall"] = str(case.attempt.shortfall)
    return data


def _report(case: Case) -> None:
    """Tell what came back short: no payment in Epicor stands for it any more."""
    short = case.attempt.shortfall
    if short is not None and short.amount != 0:
        case.deps.log("refund differs from what had left", payment_id=case.id, shortfall=str(short), alarm=True)
