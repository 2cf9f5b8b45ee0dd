"""Two people approve a vendor's bank details, each the same ones, before anything is paid to them (rule 14).

Epicor is read afresh each time. Details that change between the two approvals begin with the first one again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kinetic_wise.flows.bank_codes import code_of
from kinetic_wise.flows.case import Case, NoSuchPayment
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.holds import NotOrdered, release
from kinetic_wise.ledger import Entry, Moved
from kinetic_wise.ledger.approvals import Approval, BankRow
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments import bank_details
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.people import person
from kinetic_wise.transport import RemoteError

AWAITED = frozenset({"bank_details_new", "bank_details_changed"})  # holds that end with the second approval
_SOURCE = "bank_approvals"


@dataclass(frozen=True)
class Details:
    """The bank details that a payment would go to now, account numbers masked, beside those last approved."""

    bank: BankRow
    now: Approval  # approved by nobody yet, or by those of `first`
    approved: Approval | None
    first: Approval | None  # one person's approval of these very details

    @property
    def is_approved(self) -> bool:
        """Whether they may be paid."""
        return self.approved is not None and self.approved.fingerprint == self.now.fingerprint

    def as_dict(self) -> dict[str, Any]:
        """For the answer and the audit trail."""
        by = self.approved if self.is_approved else self.first
        return {
            "bank": str(self.bank),
            "old": self.approved.shown if self.approved else {},
            "new": self.now.shown,
            "code": code_of(self.now.fingerprint),
            "approved": self.is_approved,
            "approved_by": list(by.approved_by) if by else [],
        }


def look(deps: Deps, payment_id: str) -> Details:
    """The details of the bank row that the payment would go to. Raises NoSuchPayment, NotOrdered, RemoteError, Busy."""
    payment = Case.open(deps, payment_id).payment
    with deps.epicor_place() as epicor:
        invoice = epicor.invoice(payment.invoice)
        vendor = epicor.vendor(payment.invoice.company, payment.invoice.vendor_num)
    bank = vendor.bank_for(invoice) if vendor and invoice else None
    if vendor is None or bank is None:
        raise NotOrdered(f"invoice {payment.invoice.invoice_num!r} has no bank row to approve: fill it in Epicor first")
    row = BankRow(company=vendor.company, vendor_num=vendor.vendor_num, bank_id=bank.bank_id)
    fingerprint, shown = deps.fingerprint(bank), bank_details.masked(bank)
    now = Approval(fingerprint=fingerprint, fingerprint_key=deps.fingerprint.key_id, approved_by=(), shown=shown)
    first = deps.state.approvals.first(row)
    same = first if first and first.fingerprint == fingerprint else None
    return Details(row, now, deps.state.approvals.approved(row), same)


def approve(deps: Deps, payment_id: str, caller: str, why: str, code: str) -> dict[str, Any]:
    """Approve the details that the caller has seen under this code; the second person's approval lets them be paid.

    Payments that were held for them go on then. Raises NoSuchPayment, NotOrdered, Moved, RemoteError, Busy.
    """
    found = look(deps, payment_id)
    _check(deps, found, caller, code)
    approval = found.now.model_copy(update={"approved_by": (*(found.first.approved_by if found.first else ()), caller)})
    approvals, told = deps.state.approvals, {**found.as_dict(), "caller": caller, "why": why}
    if found.first is None:
        parts = approvals.begin(found.bank, approval, approvals.first(found.bank))
        deps.state.note(_SOURCE, Entry("bank_approved_once", told, deps.exchanges.take()), parts)
    else:
        parts = approvals.finish(found.bank, approval, found.first)
        deps.state.note(_SOURCE, Entry("bank_approved", told, deps.exchanges.take()), parts)
    released = _release_held(deps, found.bank, caller, why) if found.first else []
    return {**look(deps, payment_id).as_dict(), "released": released}


def _check(deps: Deps, found: Details, caller: str, code: str) -> None:
    if found.is_approved:
        raise NotOrdered(f"the details of bank {found.bank} are approved already: release the payment")
    if code != code_of(found.now.fingerprint):
        raise NotOrdered(f"the details of bank {found.bank} are not those with code {code}: they changed, look again")
    named = deps.settings.named_roles
    if found.first and person(caller, named) in {person(one, named) for one in found.first.approved_by}:
        raise NotOrdered(f"you approved the details of bank {found.bank} already: another person has to as well")


def _release_held(deps: Deps, bank: BankRow, caller: str, why: str) -> list[str]:
    """Release the payments that were held for these details; answers their ids."""
    held = [payment for payment in map(deps.ledger.get, deps.ledger.in_status(Status.HELD)) if _waits(payment, bank)]
    return [payment.id for payment in held if payment is not None and _release(deps, payment, bank, caller, why)]


def _waits(payment: Payment | None, bank: BankRow) -> bool:
    if payment is None or payment.status is not Status.HELD or payment.hold is None:
        return False
    key = payment.invoice
    return payment.hold.reason in AWAITED and (key.company, key.vendor_num) == (bank.company, bank.vendor_num)


def _release(deps: Deps, payment: Payment, bank: BankRow, caller: str, why: str) -> bool:
    """Release a payment that would go to this bank row now: the vendor may have others, approved by nobody."""
    deps.exchanges.take()  # what was read of one payment is none of the next one's
    try:
        if look(deps, payment.id).bank != bank:
            return False
        release(deps, payment.id, caller, why)
    except (Busy, Moved, NotOrdered, NoSuchPayment, RemoteError) as error:
        deps.log("not released after its bank details were approved", payment_id=payment.id, problem=str(error))
        return False
    return True
