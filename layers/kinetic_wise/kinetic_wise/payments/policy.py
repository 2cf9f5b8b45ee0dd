"""Whether an invoice may be paid, decided on what Epicor says now. Reasons are the codes of docs/holds.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.model import Attempt, Payment, Terms
from kinetic_wise.payments.money import NO_CURRENCY, Money
from kinetic_wise.payments.payable import adds_up, planned
from kinetic_wise.payments.systems import Draft, Invoice, Reservation, Transfer, Vendor


@dataclass(frozen=True)
class Objection:
    """Why not: a code and a sentence that names what to look at."""

    reason: str
    detail: str


def not_eligible(invoice: Invoice) -> Objection | None:
    """Why an unclaimed invoice is not for us to pay now, or None (epicor-kinetic-api.md 5.3)."""
    checks = (
        (not invoice.posted, "not_posted", "Posted is false: the invoice is still in data entry"),
        (not invoice.open_payable, "closed", "OpenPayable is false: nothing is owed any more"),
        (invoice.pay_hold, "on_payment_hold", "PayHold is set"),
        (invoice.debit_memo, "debit_memo", "DebitMemo is set: the vendor owes us"),
        (invoice.unposted_balance <= 0, "nothing_to_pay", "DocUnpostedBal is zero: paid, or reserved by a payment"),
        (not invoice.for_wise, "other_payment_method", f"payment method {invoice.payment_method} is not one for Wise"),
        (not invoice.approved, "not_approved", "the approval column is false"),
    )
    return _first(checks)


def objection(payment: Payment, invoice: Invoice, vendor: Vendor) -> Objection | None:
    """Why a claimed payment must be held before anything is done for it, or None."""
    return (
        changed_since_claim(payment, invoice)
        or _unsupported(invoice)
        or _schedule_objection(payment, invoice)
        or _vendor_objection(invoice, vendor)
    )


def changed_since_claim(payment: Payment, invoice: Invoice) -> Objection | None:
    """What an invoice says otherwise than when it was claimed, or None."""
    key, now = payment.invoice, invoice.key
    if (key.vendor_num, key.invoice_num) != (now.vendor_num, now.invoice_num):
        then = f"claimed as {key.invoice_num!r} of vendor {key.vendor_num}"
        return Objection("invoice_changed", f"{then}, now {now.invoice_num!r} of vendor {now.vendor_num}")
    if payment.currency not in (invoice.currency, NO_CURRENCY):  # a code that was missing may have been given since
        return Objection("invoice_changed", f"claimed in {payment.currency}, now in {invoice.currency}")
    return None


def amount_changed(payment: Payment, invoice: Invoice) -> Objection | None:
    """Whether another amount is open than was claimed, before our draft lowers it.

    Beside an instalment the others may be open, or reserved by their own drafts.
    """
    enough = payment.instalment is not None and invoice.unposted_balance >= payment.amount
    if enough or invoice.unposted_balance == payment.amount:
        return None
    then, now = Money(payment.amount, payment.currency), Money(invoice.unposted_balance, payment.currency)
    return Objection("invoice_changed", f"claimed with {then} open, now {now}")


def _unsupported(invoice: Invoice) -> Objection | None:
    return _first(
        (
            (
                invoice.currency == NO_CURRENCY,
                "currency_without_iso",
                f"currency {invoice.currency_code!r} has no ISO code (ISOCurrCode in Currency Maintenance)",
            ),
            (not invoice.open_payable, "invoice_closed", "OpenPayable is false: the invoice was closed otherwise"),
            (invoice.pay_hold, "on_payment_hold", "PayHold was set after the invoice was claimed"),
            (
                not invoice.for_wise,
                "other_payment_method",
                f"payment method {invoice.payment_method} was chosen after the invoice was claimed",
            ),
            (not invoice.approved, "not_approved", "the approval was withdrawn after the invoice was claimed"),
            (invoice.locked, "invoice_locked", "the invoice is locked by a review journal or a running posting"),
            (invoice.debit_memo, "debit_memo", "DebitMemo was set after the invoice was claimed: the vendor owes us"),
            (
                invoice.withholding != 0,
                "withholding_tax",
                f"DocWithholdAmt is {invoice.withholding}: what the vendor is to get depends on the localisation",
            ),
            (invoice.central_payment, "central_payment", "CPay or CPayLinked is set: paid by another company"),
            (
                invoice.prepayment,
                "prepayment",
                "PrePayment is set, or DocPrePaymentAmt is not zero: how it is applied is booked by hand",
            ),
        )
    )


def _schedule_objection(payment: Payment, invoice: Invoice) -> Objection | None:
    """Why the payment schedule does not bear this payment out any more (money-cases.md H23), or None."""
    if payment.instalment is None and not invoice.instalments:
        return None
    now = planned(invoice, payment.pay_seq)
    if payment.instalment is None:
        amounts = " + ".join(str(instalment.amount) for instalment in invoice.instalments)
        return Objection("instalments_unclear", f"the schedule says {amounts}, the invoice is for {invoice.total}")
    if now is None or now.amount != payment.instalment or not adds_up(invoice):
        said = now.amount if now else "nothing"
        return Objection(
            "instalment_changed", f"instalment {payment.pay_seq} was {payment.instalment}, the schedule says {said} now"
        )
    return None


def amount_objection(payment: Payment, invoice: Invoice, discount: Decimal) -> Objection | None:
    """Why this payment less this discount cannot be paid exactly, or None."""
    net = Money(payment.amount - discount, invoice.currency)
    return _first(
        (
            (
                discount != 0 and (payment.amount != invoice.total or not 0 < discount < payment.amount),
                "discount_unclear",
                f"DocDiscountAmt is {discount}, but of {invoice.total} only {payment.amount} is to be paid",
            ),
            (not net.is_exact, "amount_not_exact", f"Wise cannot deliver {net} to the cent"),
        )
    )


def discount_objection(terms: Terms, offered: Decimal) -> Objection | None:
    """Why the discount agreed for an attempt does not hold any more, or None. One that was not taken is not missed."""
    if terms.discount in (0, offered):
        return None
    return Objection("discount_changed", f"the draft takes a discount of {terms.discount}, now it would be {offered}")


def memo_objection(memos: Sequence[str]) -> Objection | None:
    """Whether open debit memos that refer to the invoice lower what is owed on it (5.6), or None."""
    if not memos:
        return None
    numbers = ", ".join(repr(number) for number in memos)
    return Objection("debit_memo_open", f"debit memo {numbers} refers to this invoice (InvoiceRef) and is not applied")


def _vendor_objection(invoice: Invoice, vendor: Vendor) -> Objection | None:
    named = f"the invoice names bank {invoice.bank_id!r}" if invoice.bank_id else "the vendor has no primary bank"
    return _first(
        (
            (vendor.pay_hold, "vendor_on_hold", f"vendor {vendor.vendor_id} is on payment hold (Vendor.PayHold)"),
            (vendor.inactive, "vendor_inactive", f"vendor {vendor.vendor_id} is inactive (Vendor.Inactive)"),
            (
                vendor.bank_for(invoice) is None,
                "bank_details_missing",
                f"vendor {vendor.vendor_id}: {named}, and no such row exists (VendBank)",
            ),
        )
    )


def draft_objection(draft: Draft | None, wanted: Reservation) -> Objection | None:
    """Why the draft in Epicor is not the one we made, unposted and unchanged, or None (rules 8 and 9)."""
    if draft is None or draft.head_num is None:
        return Objection("draft_missing", f"the draft payment in group {wanted.group_id} is gone")
    line = draft.lines[0] if len(draft.lines) == 1 else None
    return _first(
        (
            (draft.reference != wanted.reference, "draft_changed", f"XRefCheckNum is {draft.reference!r}"),
            (draft.voided, "draft_voided", "the payment was voided in Epicor"),
            (draft.vendor_num != wanted.vendor_num, "draft_changed", f"the draft is for vendor {draft.vendor_num}"),
            (draft.bank_id != wanted.bank_id, "draft_changed", f"VendorBankID is {draft.bank_id!r}"),
            (draft.other_payments > 0, "draft_changed", "the group holds further payments"),
            (line is None, "draft_changed", f"the draft has {len(draft.lines)} lines"),
            (
                line is not None and line.invoice_num != wanted.invoice_num,
                "draft_changed",
                "the line is for another invoice",
            ),
            (line is not None and line.amount != wanted.amount, "draft_changed", "the line's amount was changed"),
            (line is not None and line.discount != wanted.discount, "draft_changed", "the line's discount was changed"),
            (draft.posted, "draft_posted", "the payment was posted in Epicor before any money moved"),
        )
    )


def terms_objection(draft: Draft | None, wanted: Reservation) -> Objection | None:
    """Why a payment in Epicor is not the one we made, whatever became of it and its group since, or None (rule 8)."""
    since = {"posted": False, "voided": False, "other_payments": 0}
    return draft_objection(draft.model_copy(update=since) if draft else None, wanted)


def disagreement(attempt: Attempt, transfer: Transfer) -> Objection | None:
    """What a transfer says otherwise than its attempt's frozen terms, or None (rule 2)."""
    terms = attempt.terms
    amount_known = transfer.target_amount != 0  # 0 while the rate is over (wise-api.md 6.1)
    return _first(
        (
            (transfer.key != attempt.key, "transfer_disagrees", "customerTransactionId differs"),
            (transfer.profile != terms.profile, "transfer_disagrees", f"profile is {transfer.profile}"),
            (
                transfer.recipient_id != attempt.recipient_id,
                "transfer_disagrees",
                f"recipient is {transfer.recipient_id}",
            ),
            (
                transfer.target_currency != terms.currency,
                "transfer_disagrees",
                f"currency is {transfer.target_currency}",
            ),
            (
                amount_known and transfer.target_amount != terms.amount,
                "transfer_disagrees",
                f"amount is {transfer.target_amount}, not {terms.amount}",
            ),
        )
    )


def lives(attempt: Attempt) -> bool:
    """Whether an attempt's transfer, as last seen, can take money, or has some that is not back (rule 6)."""
    transfer = attempt.transfer
    return (
        transfer is not None and not attempt.dead and (transfer.status != transfer_status.CANCELLED or attempt.funded)
    )


def contradicts(transfer: Transfer, attempt: Attempt, *, funded: bool) -> bool:
    """Whether a transfer, as just seen, is not what the proof of its death says: it waits or moves, or has money."""
    has_money = attempt.refund is None and (funded or transfer_status.may_have_money(transfer.status))
    return bool(attempt.dead) and (transfer.status in transfer_status.COURSE or has_money)


def _first(checks: tuple[tuple[bool, str, str], ...]) -> Objection | None:
    return next((Objection(reason, detail) for failed, reason, detail in checks if failed), None)
