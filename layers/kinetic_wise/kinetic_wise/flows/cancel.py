"""Cancel our own unfunded transfer, read back that it took no money, and go on only where rule 7 lets us."""

from __future__ import annotations

from datetime import timedelta

from kinetic_wise.flows import batch as batches
from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.ending import end_unpaid
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import write_to_wise
from kinetic_wise.flows.reserve import new_attempt
from kinetic_wise.flows.settle import follow
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action
from kinetic_wise.transport import NotArrived, Refused, Unclear

_CANCELLABLE = frozenset({Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})
# Reasons after which the next attempt begins -> why it is held when that happens too often, in a code and in words.
_GOES_ON = {
    "rate_over": ("rate_keeps_expiring", "the rate was over"),
    batches.OTHERS_FAILED: ("batch_keeps_failing", "other members of its batch could not be paid"),
}
_ENDS = "funding_refused"
_OURS_WITHIN = timedelta(minutes=10)  # a cancel seen later than this after the announced one is taken as a person's


def cancel(case: Case) -> Outcome:
    """The rate is over: cancel, and begin the next attempt."""
    if case.intent is not None:
        return Outcome.UNKNOWN
    if case.status is Status.RESERVED:
        return Outcome.NEXT_ATTEMPT
    if case.status not in _CANCELLABLE:
        return Outcome.STOPPED
    return withdraw(case, "rate_over", "the rate ends within the margin")


def withdraw(case: Case, reason: str, detail: str) -> Outcome:
    """Cancel the transfer for a reason.

    A rate that ends begins the next attempt, a refused funding or a person's order ends the payment, all else holds it
    with its draft. Raises RemoteError.
    """
    transfer = facts.look(case)
    if transfer is not None and (transfer.status != transfer_status.WAITING or case.attempt.funded):
        return follow(case) if case.intent is None else Outcome.UNKNOWN
    if case.attempt.batch is not None and batches.leave(case, reason, detail):
        return Outcome.WAITING
    case.intend(Action.CANCEL, reason=f"{reason}: {detail}", attempt={"seen_waiting_at": case.now})
    return _send(case)


def _send(case: Case) -> Outcome:
    return write_to_wise(
        case,
        lambda wise: wise.cancel(case.transfer.id),
        done=lambda _: _read_back(case, ours=True),
        refused=lambda error: _refused(case, error),
    )


def _refused(case: Case, error: Refused) -> Outcome:
    case.deps.log("cancel refused", payment_id=case.id, problem=str(error))
    return _read_back(case, ours=case.announced.tries > 1)  # only a cancel before this one may be what we see


def look_at_cancel(case: Case) -> Outcome:
    """An unclear cancel: read; still waiting, cancel again, which is harmless. Raises RemoteError."""
    transfer = facts.look(case)
    if transfer is not None and transfer.status == transfer_status.WAITING and batches.is_being_cancelled(case):
        return Outcome.UNKNOWN
    if transfer is not None and transfer.status == transfer_status.WAITING:
        if case.announced.tries >= case.deps.settings.tries:
            case.hold("cancel_unclear", f"transfer {transfer.id} cannot be cancelled: cancel it in Wise")
            return Outcome.STOPPED
        by_itself = {"seen_waiting_at": case.now} if case.attempt.batch else None  # no longer with its group
        case.intend(Action.CANCEL, reason=case.announced.reason, attempt=by_itself)
        return _send(case)
    if transfer is None:
        case.hold("transfer_gone", "Wise does not know the transfer any more")
        return Outcome.STOPPED
    since = case.attempt.seen_waiting_at
    ours = since is not None and case.now <= since + _OURS_WITHIN
    return _read_back(case, ours=ours or batches.was_cancelled_by_us(case))


def _read_back(case: Case, *, ours: bool) -> Outcome:
    """What became of the transfer: dead, still waiting, or funded by somebody meanwhile.

    `ours`: our call may have cancelled it. Otherwise a person did, and the connector does not go on (rule 7).
    """
    try:
        transfer = facts.look(case)
    except (NotArrived, Unclear) as error:
        case.unclear(str(error))
        return Outcome.UNKNOWN
    if transfer is None or transfer.status == transfer_status.WAITING:
        case.unclear("the transfer is still waiting after the cancel")
        return Outcome.UNKNOWN
    if not case.attempt.dead or case.attempt.funded:  # with money in it, even if it is back: a person decides (rule 7)
        case.conclude("cancel_too_late", data={"status": transfer.status})
        return follow(case)
    if not ours and case.announced.reason.startswith(tuple(_GOES_ON)):
        case.conclude("cancelled_by_others", data={"proof": case.attempt.dead})
        return follow(case)
    return _dead(case)


def _dead(case: Case) -> Outcome:
    """Our cancel worked: the transfer is dead by our hand."""
    reason, _, detail = case.announced.reason.partition(": ")
    if reason == _ENDS or case.payment.order is not None:
        case.conclude("cancelled_by_us", payment={"reason": reason} if reason == _ENDS else None)
        return end_unpaid(case)
    if reason not in _GOES_ON:
        case.hold(reason, detail, intent=None)
        return Outcome.STOPPED
    if case.payment.own_cancels >= case.deps.settings.own_cancels:
        code, why = _GOES_ON[reason]
        case.hold(code, f"cancelled {case.payment.own_cancels + 1} times, now because {why}", intent=None)
        return Outcome.STOPPED
    return _next_attempt(case)


def _next_attempt(case: Case) -> Outcome:
    """The draft stays; a new key, a new quote, under the environment and profile of now (rules 2 and 7)."""
    site = case.deps.wise_site
    terms = case.attempt.terms.model_copy(update={"environment": site.environment, "profile": site.profile})
    attempt = new_attempt(case, terms)
    case.write(
        "next_attempt",
        payment={
            "status": Status.RESERVED,
            "intent": None,
            "attempt": attempt.number,
            "own_cancels": case.payment.own_cancels + 1,
        },
        new_attempt=attempt,
        data={"attempt": attempt.number, "proof": case.attempt.dead},
        also=[case.deps.ledger.key_item(case.id, attempt)],
        merge=False,  # what settlement saw meanwhile may have withdrawn the proof
    )
    return Outcome.NEXT_ATTEMPT
