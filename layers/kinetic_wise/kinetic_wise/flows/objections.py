"""What stands in the way of a payment before anything is done for it: asked by the reservation, and by previews."""

from __future__ import annotations

from decimal import Decimal

from kinetic_wise.epicor.looks import Look
from kinetic_wise.flows.bank_codes import unapproved
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger.approvals import BankRow
from kinetic_wise.payments import payable, policy
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.policy import Objection
from kinetic_wise.payments.systems import Invoice, Vendor, VendorBank


def invoice_objection(deps: Deps, payment: Payment, look: Look, *, begun: bool) -> Objection | None:
    """Why Epicor's data, as just read, keeps this payment from being reserved, or None.

    `begun`: a draft of ours may lower what is open already, so the amount says nothing.
    """
    if look.invoice is None or look.vendor is None:
        return Objection("invoice_gone", f"invoice {payment.invoice.invoice_num!r} is not in Epicor any more")
    objection = policy.objection(payment, look.invoice, look.vendor)
    if objection is not None or begun:
        return objection
    return (
        policy.amount_changed(payment, look.invoice)
        or policy.amount_objection(payment, look.invoice, discount(deps, look.invoice))
        or policy.memo_objection(look.memos)
    )


def discount(deps: Deps, invoice: Invoice) -> Decimal:
    """The discount that a payment may take today."""
    return payable.discount_on(invoice, deps.today) if deps.settings.take_discounts else Decimal(0)


def bank_objection(deps: Deps, vendor: Vendor, bank: VendorBank, frozen: str = "") -> Objection | None:
    """Why the details of a bank row are not those approved, or not those that an attempt is frozen for (rule 14).

    Asked by the reservation and by the gate with the attempt's fingerprint as `frozen`, by previews without.
    """
    fingerprint = deps.fingerprint(bank)
    row = BankRow(company=vendor.company, vendor_num=vendor.vendor_num, bank_id=bank.bank_id)
    approval = deps.state.approvals.approved(row)
    if approval is not None and approval.fingerprint == fingerprint == (frozen or fingerprint):
        return None
    where = f"bank {bank.bank_id!r} of vendor {vendor.vendor_id}"
    told = unapproved(bank, fingerprint, approval)
    if approval is None:
        return Objection("bank_details_new", f"the details of {where} were never approved: {told}")
    return Objection("bank_details_changed", f"the details of {where} differ from those last approved: {told}")
