"""Whose payments take something of an invoice in Epicor: ours must be the only live line of its part (rule 8)."""

from __future__ import annotations

from kinetic_wise.epicor import LivePayment
from kinetic_wise.flows.case import Case
from kinetic_wise.payments import identity
from kinetic_wise.payments.systems import Invoice


def reservation_problem(case: Case, invoice: Invoice | None) -> str:
    """What is wrong with how our draft shows in the invoice's balances; "" when it takes its amount and is alone.

    Drafts of the invoice's other instalments may stand beside it. One look more where something else is in entry.
    Raises Busy and RemoteError.
    """
    if invoice is None:
        return "the invoice is gone"
    in_entry = invoice.balance - invoice.unposted_balance
    if in_entry == case.payment.amount:
        return ""
    if in_entry < case.payment.amount:
        return "the unposted balance did not fall by its amount"
    key = invoice.key
    with case.deps.epicor_place() as epicor:
        live = epicor.live_payments(key.company, key.vendor_num, key.invoice_num)
    strangers = [other for other in live if not other.posted and not _is_ours(case, invoice, other)]
    told = ", ".join(f"{other.head_num} ({other.entry_person})" for other in strangers)
    return f"payment {told} takes part of the invoice as well" if strangers else ""


def _is_ours(case: Case, invoice: Invoice, live: LivePayment) -> bool:
    """By reference and derived group, of this payment or of another instalment's."""
    ledger_id, _, number = live.reference.rpartition("-")
    if ledger_id != case.deps.ledger_id or not number.isdecimal():
        return False
    pay_seqs = {case.payment.pay_seq, *(instalment.pay_seq for instalment in invoice.instalments)}
    groups = {identity.group_id(invoice.key.payment_id(pay_seq), int(number)) for pay_seq in pay_seqs}
    return live.group_id in groups
