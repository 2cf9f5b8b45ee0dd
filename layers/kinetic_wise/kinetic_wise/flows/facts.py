"""What a look at Wise teaches about an attempt: written in any status (rules 6, 10 and 11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kinetic_wise.flows.case import Case
from kinetic_wise.payments import policy, transfer_status
from kinetic_wise.payments.model import Action, Attempt, Refund
from kinetic_wise.payments.systems import Transfer, WisePayment

# Statuses in which money that was taken is back or on its way back: Wise cancels funded transfers too (rule 6).
_COMES_BACK = frozenset({transfer_status.REFUNDED, transfer_status.CANCELLED})

_SENT = frozenset({transfer_status.SENT, transfer_status.BOUNCED})


def look(case: Case) -> Transfer | None:
    """GET the current attempt's transfer, learn from it, and answer it. None: Wise does not know it for us."""
    known = case.attempt.transfer
    if known is None:
        return None
    transfer = case.deps.wise.transfer(known.id)
    return learn(case, transfer) if transfer is not None else None


def learn(case: Case, transfer: Transfer) -> Transfer:
    """Write what a transfer, as GET showed it, says anew about the current attempt; answers it as believed.

    Moved is raised when others write meanwhile.
    """
    attempt = case.attempt
    changes = learned(case, attempt, transfer)
    transfer = changes["transfer"]
    if any(getattr(attempt, name) != value for name, value in changes.items()):
        case.write("facts", attempt=changes, data=_told(transfer, changes), merge=False)
        if transfer.status not in transfer_status.KNOWN:
            case.deps.log("status never seen before", payment_id=case.id, status=transfer.status, alarm=True)
    return transfer


def learned(case: Case, attempt: Attempt, transfer: Transfer) -> dict[str, Any]:
    """What a transfer, as GET showed it, says about its attempt, as changes of the attempt.

    A worker that stalled may bring a look older than what is known: a status that went back, or comes after one that
    seemed the last, is looked at again, now that the attempt is read. What contradicts a proof of death withdraws it.
    """
    if _went_back(attempt, transfer):
        transfer = case.deps.wise.transfer(transfer.id) or transfer
    payments = case.deps.wise.payments(transfer.id) if _worth_asking(case, attempt, transfer) else None
    changes = {**_money(attempt, transfer, payments), **_cases(case, attempt, transfer), "transfer": transfer}
    dead = _death(attempt, transfer, payments)
    if dead and not attempt.dead:
        changes["dead"] = dead
    elif policy.contradicts(transfer, attempt, funded=changes.get("funded", attempt.funded)):
        changes |= {"dead": "", "revived": True}
    return changes


def _went_back(attempt: Attempt, transfer: Transfer) -> bool:
    if attempt.transfer is None or attempt.transfer.status == transfer.status:
        return False
    known = _progress(attempt.transfer.status)
    return known == len(transfer_status.COURSE) or _progress(transfer.status) < known


def _progress(status: str) -> int:
    course = transfer_status.COURSE
    return course.index(status) if status in course else len(course)


def learn_sent(case: Case) -> None:
    """Write that Wise had paid the transfer out once, told by an event whose moment no look caught."""
    transfer = case.attempt.transfer
    if transfer is not None and not case.attempt.sent and transfer.status not in (transfer_status.WAITING, ""):
        case.write("was_sent", attempt={"sent": True}, data={"status": transfer.status})


def learn_refund(case: Case, refund: Refund) -> None:
    """Write the amount that came back. It proves the transfer dead once GET shows that the money is back (rule 6).

    Event and GET race each other, so it is kept whichever comes first. A second source that tells another amount after
    that changes nothing: a person compares.
    """
    known = case.attempt.refund
    if case.attempt.transfer is None or (known and (known.amount, known.currency) == (refund.amount, refund.currency)):
        return
    data = refund.model_dump(mode="json")
    if case.attempt.dead:
        if refund == case.attempt.refund_differs:
            return  # the message came again
        case.write("refund_differs", attempt={"refund_differs": refund}, data=data)
        case.deps.log("a refund was told in another amount", payment_id=case.id, amount=str(refund.amount), alarm=True)
        return
    changes: dict[str, Any] = {"refund": refund}
    if case.attempt.transfer.status in _COMES_BACK and case.attempt.funded:
        changes["dead"] = _back(refund)
    case.write("refund", attempt=changes, data=data)


def is_back_unknown(attempt: Attempt) -> bool:
    """Whether an attempt's money is back, or on its way, in an amount that nobody told yet."""
    transfer = attempt.transfer
    back = transfer is not None and transfer.status in _COMES_BACK and attempt.funded
    return back and attempt.refund is None and not attempt.dead


def _worth_asking(case: Case, attempt: Attempt, transfer: Transfer) -> bool:
    if transfer.status == transfer_status.CANCELLED:
        return not attempt.dead or attempt.refund is None  # a payment may be listed later than the cancel
    is_unclear = case.intent is not None and case.intent.action is Action.FUND  # its payment may show first (rule 5)
    return attempt.debited is None and (is_unclear or transfer_status.may_have_money(transfer.status))


def _money(attempt: Attempt, transfer: Transfer, payments: tuple[WisePayment, ...] | None) -> dict[str, Any]:
    paid = bool(payments)
    funded = attempt.funded or paid or transfer_status.proves_funding(transfer.status)
    facts: dict[str, Any] = {
        "funded": funded,
        "may_have_money": attempt.may_have_money or paid or transfer_status.may_have_money(transfer.status),
        "sent": attempt.sent or transfer.status in _SENT,
    }
    debited = _debited(transfer, payments or ())
    if debited is not None and attempt.debited is None:
        facts |= {"debited": debited, "fee": debited - transfer.source_amount}
    return facts


def _debited(transfer: Transfer, payments: tuple[WisePayment, ...]) -> Decimal | None:
    """What left the balance; None while nothing is listed, or where it is told in another currency than it left in."""
    if {payment.currency for payment in payments} != {transfer.source_currency}:
        return None
    return sum((payment.amount for payment in payments), Decimal(0))


def _cases(case: Case, attempt: Attempt, transfer: Transfer) -> dict[str, Any]:
    """Since when Wise asks for something; once it does not any more, nothing of it is left."""
    if not transfer.has_active_issues:
        return {"cases": (), "cases_since": None, "cases_told_at": None} if attempt.cases_since else {}
    return {} if attempt.cases_since else {"cases_since": case.now}


def _death(attempt: Attempt, transfer: Transfer, payments: tuple[WisePayment, ...] | None) -> str:
    """The proof that this transfer took no money, or that its money is back in a known amount; "" while alive."""
    if transfer.status == transfer_status.CANCELLED and payments == () and not attempt.funded:
        return "Wise shows it cancelled and without payments"
    if transfer.status in _COMES_BACK and attempt.refund is not None:
        return _back(attempt.refund)
    return ""


def _back(refund: Refund) -> str:
    return f"its money is back: {refund.amount} {refund.currency}, known from {refund.source}"


def _told(transfer: Transfer, changes: dict[str, Any]) -> dict[str, Any]:
    told = {
        "transfer": transfer.id,
        "status": transfer.status,
        "source": f"{transfer.source_amount} {transfer.source_currency}",
        "target": f"{transfer.target_amount} {transfer.target_currency}",
        "rate": str(transfer.rate),
    }
    return told | {name: str(changes[name]) for name in ("funded", "debited", "fee", "sent", "dead") if name in changes}
