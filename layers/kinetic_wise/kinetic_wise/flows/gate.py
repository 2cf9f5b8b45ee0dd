"""The gate: the last look before money can move, and again for what waits (rule 9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.foreign import like_objection, list_if_stale
from kinetic_wise.flows.objections import bank_objection
from kinetic_wise.flows.quote import payee_objection
from kinetic_wise.flows.recipient import bank_name, unchanged_recipient
from kinetic_wise.flows.reserve import wanted
from kinetic_wise.payments import policy, transfer_status
from kinetic_wise.payments.payable import discount_on
from kinetic_wise.payments.policy import Objection
from kinetic_wise.payments.systems import Invoice, Vendor


class Verdict(StrEnum):
    """What the gate says."""

    OPEN = "open"
    CLOSED = "closed"
    RATE_OVER = "rate_over"
    MOVED = "moved"


@dataclass(frozen=True)
class Gate:
    """A verdict and, when closed, why."""

    verdict: Verdict
    objection: Objection | None = None


def look(case: Case) -> Gate:
    """Read everything afresh and say whether this payment may be funded now. Raises Busy and RemoteError."""
    transfer = facts.look(case)
    if transfer is None:
        return Gate(Verdict.CLOSED, Objection("transfer_gone", "Wise does not know the transfer any more"))
    if transfer.status != transfer_status.WAITING or case.attempt.funded:
        return Gate(Verdict.MOVED)
    objection = epicor_objection(case) or policy.disagreement(case.attempt, transfer) or _wise_objection(case)
    if objection is not None:
        return Gate(Verdict.CLOSED, objection)
    return Gate(Verdict.RATE_OVER if _rate_over(case) else Verdict.OPEN)


def _rate_over(case: Case) -> bool:
    """Whether the rate ends within the margin, or the transfer is so old that Wise will cancel it."""
    attempt, settings = case.attempt, case.deps.settings
    if attempt.quote is None:
        return True  # taken up again without its quote: nobody knows how long its rate is held
    ends = attempt.quote.rate_expires_at
    rate_over = ends is not None and ends <= case.now + timedelta(seconds=settings.rate_margin)
    return rate_over or attempt.started_at <= case.now - timedelta(days=settings.waiting_days)


def epicor_objection(case: Case) -> Objection | None:
    """Why Epicor does not want this payment paid as it is, or None. Raises Busy and RemoteError."""
    key = case.payment.invoice
    with case.deps.epicor_place() as epicor:
        look = epicor.look_again(key, case.payment.group_id)
    invoice, vendor = look.invoice, look.vendor
    if invoice is None or vendor is None:
        return Objection("invoice_gone", f"invoice {key.invoice_num!r} is not in Epicor any more")
    return (
        policy.objection(case.payment, invoice, vendor)
        or policy.draft_objection(look.draft, wanted(case))
        or _amount_objection(case, invoice)
        or policy.discount_objection(case.attempt.terms, discount_on(invoice, case.deps.today))
        or _bank_objection(case, invoice, vendor)
    )


def _amount_objection(case: Case, invoice: Invoice) -> Objection | None:
    """Our draft must still take exactly what is open: nothing less reserved, nothing more owed.

    Beside an instalment more may be open: that it is owed itself, the schedule has shown.
    """
    payment, reserved = case.payment.amount, invoice.balance - invoice.unposted_balance
    is_all = invoice.unposted_balance == 0 and invoice.balance >= payment
    if is_all or (case.payment.instalment is not None and invoice.unposted_balance >= 0 and reserved >= payment):
        return None
    detail = f"open {invoice.balance}, of it unreserved {invoice.unposted_balance}; this payment is for {payment}"
    return Objection("invoice_changed", detail)


def _bank_objection(case: Case, invoice: Invoice, vendor: Vendor) -> Objection | None:
    terms, bank = case.attempt.terms, vendor.bank_for(invoice)
    if bank is None or bank.bank_id != terms.vendor_bank_id:
        return Objection("bank_details_changed", f"another bank row is to be paid now, not {terms.vendor_bank_id!r}")
    return bank_objection(case.deps, vendor, bank, terms.fingerprint)


def _wise_objection(case: Case) -> Objection | None:
    attempt = case.attempt
    if attempt.recipient_id is None:
        raise AssertionError("a transfer has a recipient")
    recipient = unchanged_recipient(case.deps, attempt.recipient_id, attempt.recipient_hash)
    if recipient is None:
        return Objection(
            "recipient_changed", f"recipient {attempt.recipient_id} ({bank_name(case)}) changed or is gone"
        )
    unaccepted = payee_objection(recipient.id, recipient.payee_problem)
    if unaccepted is not None:
        return unaccepted
    list_if_stale(case.deps)
    return like_objection(case, recipient.id)
