"""Step 4: fund the transfer from the balance, behind the gate (rules 9 and 11, wise-api.md 6.5)."""

from __future__ import annotations

from kinetic_wise.flows import batch as batches
from kinetic_wise.flows import facts, gate
from kinetic_wise.flows.admission import admission
from kinetic_wise.flows.cancel import withdraw
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.funds import has_turn
from kinetic_wise.flows.gate import Verdict
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import write_to_wise
from kinetic_wise.flows.settle import follow
from kinetic_wise.ledger import Stopped
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.life_cycle import FOLLOWED, Status
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.policy import Objection
from kinetic_wise.transport import NotArrived, Unclear
from kinetic_wise.wise import Funding, FundingStatus

_FUNDABLE = frozenset({Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})
_WAITS = {
    FundingStatus.NO_MONEY: Status.AWAITING_FUNDS,
    FundingStatus.NEEDS_APPROVAL: Status.AWAITING_APPROVAL,
}
_WAITING = "waiting, without payments"
_REPEATS = 2


def fund(case: Case) -> Outcome:
    """Fund the current attempt's transfer if the gate lets it. Raises Busy and RemoteError."""
    if case.intent is not None:
        return Outcome.UNKNOWN
    if case.status not in _FUNDABLE:
        return Outcome.FUNDED if case.status in FOLLOWED or case.status is Status.POSTED else Outcome.STOPPED
    if case.attempt.dead:
        return follow(case)
    if case.status is Status.CREATED and case.attempt.batch is not None and batches.is_filling(case):
        return Outcome.WAITING  # `close_batches` has every member pass the gate, and funds them together
    return _pass(case, gate.look(case))


def _pass(case: Case, found: gate.Gate) -> Outcome:
    if found.verdict is Verdict.MOVED:
        if case.intent is not None:  # a funding that was unclear has become clear between two looks
            case.conclude("funding_seen", data={"funded": case.attempt.funded})
        return follow(case)
    if found.verdict is Verdict.CLOSED and found.objection is not None:
        return withdraw(case, found.objection.reason, found.objection.detail)
    if found.verdict is Verdict.RATE_OVER:
        return Outcome.RATE_OVER
    if case.status is Status.AWAITING_APPROVAL or case.attempt.batch is not None:
        return Outcome.WAITING  # a person funds it in Wise: asking again would only send them another request
    if not has_turn(case):
        return Outcome.WAITING  # the money that is there is for others, that are due before
    return _send(case)


def _send(case: Case) -> Outcome:
    transfer = case.transfer
    admitted = admission(case)
    if admitted is None:
        return Outcome.WAITING
    if isinstance(admitted, Objection):
        return withdraw(case, admitted.reason, admitted.detail)
    counted = {"counted_on": admitted.day}
    try:
        case.intend(Action.FUND, data={"transfer": transfer.id}, admission=admitted.part, attempt=counted)
    except Stopped:
        return Outcome.BUSY  # a person's order, or another funding, came between: decided again
    return write_to_wise(case, lambda wise: wise.fund(transfer.id), done=lambda funding: _answered(case, funding))


def _answered(case: Case, funding: Funding) -> Outcome:
    if funding.status is FundingStatus.FUNDED:
        return _funded(case)
    if case.was_tried_before:
        told = f"answered {funding.status} {funding.error_code} after an unclear try"
        case.unclear(told, answer=funding.status.value)
        return Outcome.UNKNOWN
    if funding.status in _WAITS:
        return _waits(case, funding.status, {"answer": funding.status.value, "code": funding.error_code})
    if funding.status is FundingStatus.PENDING:
        case.unclear("Wise accepted the funding and has not settled it")
        return Outcome.UNKNOWN
    case.conclude("funding_refused", attempt={"counted_on": ""}, data={"code": funding.error_code})
    return withdraw(case, "funding_refused", f"Wise refused to fund the transfer: {funding.error_code}")


def _waits(case: Case, answer: FundingStatus, data: dict[str, str]) -> Outcome:
    """No money moved: the transfer waits for some, or for a person, whose funding stays counted."""
    status = _WAITS[answer]
    uncounted = {"counted_on": ""} if answer is FundingStatus.NO_MONEY else None
    case.conclude(status.value, payment={"status": status}, attempt=uncounted, data=data)
    return Outcome.WAITING


def _funded(case: Case) -> Outcome:
    """COMPLETED: the money left. Write that first, then read amounts, fee and rate (rule 11)."""
    case.conclude("funded", payment={"status": Status.PROCESSING}, attempt={"funded": True, "may_have_money": True})
    try:
        facts.look(case)
    except (NotArrived, Unclear):
        case.deps.log("amounts not read yet", payment_id=case.id)
    return Outcome.FUNDED


def look_at_funding(case: Case) -> Outcome:
    """An unclear funding: two looks, a minute apart; then the gate and the same funding again, at most twice.

    A repeat that was answered "no money", or "a person must", is not sent again: the looks show what the first did.
    Raises Busy and RemoteError.
    """
    transfer = facts.look(case)
    if transfer is not None and (transfer.status != transfer_status.WAITING or case.attempt.funded):
        case.conclude("funding_seen", data={"status": transfer.status, "funded": case.attempt.funded})
        return follow(case)
    if case.must_look_again(_WAITING, case.deps.settings.fund_look_pause):
        return Outcome.UNKNOWN
    answer = case.announced.answer
    if answer in _WAITS:  # the earlier, unclear try moved no money either
        return _waits(case, FundingStatus(answer), {"answer": answer, "saw": _WAITING})
    return _fund_again(case)


def _fund_again(case: Case) -> Outcome:
    if case.announced.tries > _REPEATS:
        case.hold("funding_unclear", "the transfer stays unfunded after three tries, each without a clear answer")
        return Outcome.STOPPED
    found = gate.look(case)
    if found.verdict is Verdict.RATE_OVER:
        return withdraw(case, "rate_over", "the rate ends before the funding became clear")
    return _pass(case, found)
