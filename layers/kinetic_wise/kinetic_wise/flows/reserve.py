"""Step 0: look afresh, freeze the attempt's terms, reserve the invoice in Epicor by an unposted draft (rule 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kinetic_wise.epicor import EpicorClient, ForeignDraft, Look
from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.due import due_of
from kinetic_wise.flows.live import reservation_problem
from kinetic_wise.flows.objections import bank_objection, discount, invoice_objection
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import reading_back, write_to_epicor
from kinetic_wise.flows.shadow import shadow
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments import identity, policy
from kinetic_wise.payments.life_cycle import MOVING, Status
from kinetic_wise.payments.model import Action, Attempt, Terms
from kinetic_wise.payments.systems import Draft, Invoice, Reservation, Vendor, VendorBank
from kinetic_wise.transport import NotArrived, Refused, Unclear
from kinetic_wise.wise import reference_for

_GROUPS_TRIED = 3
BOOKED = frozenset({"draft_posted", "draft_voided"})


def reserve(case: Case) -> Outcome:
    """Reserve the invoice, or say why not. Skips what is done. Raises Busy and RemoteError."""
    if case.intent is not None:
        return Outcome.UNKNOWN
    if case.status is not Status.QUEUED:
        return Outcome.RESERVED if case.status in MOVING else Outcome.STOPPED
    try:
        return _reserve(case)
    except Refused as error:
        return _refused(case, error)


@dataclass(frozen=True)
class _Fresh:
    invoice: Invoice
    vendor: Vendor
    bank: VendorBank


def _reserve(case: Case) -> Outcome:
    fresh = _look(case)
    if fresh is None:
        return Outcome.STOPPED
    if _put_off(case, fresh.invoice):
        return Outcome.STOPPED
    begun = _begun(case)
    objection = bank_objection(case.deps, fresh.vendor, fresh.bank, begun.terms.fingerprint if begun else "")
    if objection is not None:
        names: dict[str, Any] = {"vendor_id": fresh.vendor.vendor_id, "vendor_name": fresh.vendor.name}
        case.hold(objection.reason, objection.detail, **names)
        return Outcome.STOPPED
    if case.deps.settings.shadow:
        shadow(case, fresh.invoice, fresh.vendor, fresh.bank)
        return Outcome.STOPPED
    _begin(case, fresh, case.deps.fingerprint(fresh.bank))
    return make_draft(case)


def _look(case: Case) -> _Fresh | None:
    """Read invoice and vendor afresh; hold or close the payment when they object."""
    payment = case.payment
    with case.deps.epicor_place() as epicor:
        look = epicor.look_before(payment.invoice)
    invoice, vendor = look.invoice, look.vendor
    if invoice is None or vendor is None:
        case.hold("invoice_gone", f"invoice {payment.invoice.invoice_num!r} is not in Epicor any more")
        return None
    if not invoice.open_payable and invoice.balance == 0:
        if is_bound(case.deps):  # else it may be paid by us: `adopt` knows
            _close(case, "paid_outside")
        return None
    names: dict[str, Any] = {"vendor_id": vendor.vendor_id, "vendor_name": vendor.name}
    objection = invoice_objection(case.deps, payment, look, begun=_begun(case) is not None)
    if objection is not None:
        case.hold(objection.reason, objection.detail, **names)
        return None
    bank = vendor.bank_for(invoice)
    if bank is None:
        raise AssertionError("an invoice without a bank row is objected to")
    return _Fresh(invoice, vendor, bank)


def _begun(case: Case) -> Attempt | None:
    """The attempt that this step began before and goes on with; one whose transfer is dead is over."""
    return case.current if case.current is not None and not case.current.dead else None


def _put_off(case: Case, invoice: Invoice) -> bool:
    """Whether the payment is not due after all, seen afresh: then it waits; the sweep starts it again."""
    later = due_of(case.deps, invoice, case.payment.pay_seq) if case.payment.reservation == 0 else None
    if later is not None:
        case.write("not_due", payment={"not_before": later}, data={"not_before": later.isoformat()})
    return later is not None


def _close(case: Case, reason: str) -> None:
    """The invoice was paid otherwise: give the commitment back and end."""
    case.write(
        "closed",
        payment={"status": Status.CLOSED, "reason": reason},
        data={"reason": reason},
        also=[case.deps.ledger.release_item(case.payment)],
    )


def _begin(case: Case, fresh: _Fresh, fingerprint: str) -> None:
    """Freeze an attempt and announce the reservation, in one transaction (rules 2 and 3)."""
    begun = _begun(case)
    attempt = begun or _fresh_attempt(case, fresh, fingerprint)
    also = [] if begun else [case.deps.ledger.key_item(case.id, attempt)]
    case.intend(
        Action.RESERVE,
        data={"group": identity.group_id(case.id, case.payment.reservation or 1), "amount": str(case.payment.amount)},
        new_attempt=attempt,
        also=also,
        payment={
            "attempt": attempt.number,
            "reservation": case.payment.reservation or 1,
            "vendor_id": fresh.vendor.vendor_id,
            "vendor_name": fresh.vendor.name,
            "currency": attempt.terms.currency,
        },
    )


def _fresh_attempt(case: Case, fresh: _Fresh, fingerprint: str) -> Attempt:
    payment, deps, currency = case.payment, case.deps, fresh.invoice.currency
    less = discount(case.deps, fresh.invoice)
    terms = Terms(
        environment=deps.wise_site.environment,
        profile=deps.wise_site.profile,
        amount=payment.amount - less,
        discount=less,
        currency=currency,
        vendor_bank_id=fresh.bank.bank_id,
        fingerprint=fingerprint,
        fingerprint_key=deps.fingerprint.key_id,
        reference=reference_for(currency, payment.invoice.invoice_num),
    )
    return new_attempt(case, terms)


def new_attempt(case: Case, terms: Terms) -> Attempt:
    """The next attempt of a payment under these terms, with its key."""
    number = case.payment.attempt + 1
    key = identity.transfer_key(case.payment.invoice.sys_row_id, case.payment.pay_seq, number)
    return Attempt(number=number, key=key, terms=terms, started_at=case.now)


def wanted(case: Case) -> Reservation:
    """What the current draft must say."""
    payment, terms = case.payment, case.attempt.terms
    return Reservation(
        company=payment.invoice.company,
        group_id=payment.group_id,
        reference=identity.draft_reference(case.deps.ledger_id, payment.reservation),
        vendor_num=payment.invoice.vendor_num,
        vendor_id=payment.vendor_id,
        bank_id=terms.vendor_bank_id,
        invoice_num=payment.invoice.invoice_num,
        amount=terms.amount + terms.discount,
        discount=terms.discount,
        currency=terms.currency,
        currency_code=payment.currency_code,
    )


def make_draft(case: Case) -> Outcome:
    """Make the announced draft, or what is missing of it, and read it back. The intent is open."""

    def make(epicor: EpicorClient) -> tuple[Draft, Look]:
        draft = epicor.reserve(wanted(case))
        with reading_back():
            return draft, epicor.look_back(case.payment.invoice, draft)

    return write_to_epicor(
        case, make, done=lambda made: _read_back(case, *made), refused=lambda error: _refused(case, error)
    )


def _read_back(case: Case, draft: Draft, look: Look) -> Outcome:
    objection = policy.draft_objection(look.draft, wanted(case))
    if objection is not None:
        hold_draft(case, look.draft or draft, objection)
        return Outcome.STOPPED
    return reserved(case, look.draft or draft, look.invoice)


def hold_draft(case: Case, draft: Draft, objection: policy.Objection) -> None:
    """Hold for a draft that was made and is not as it should be. One that a person posted or voided is all there.

    Then nothing is unclear any more: released, the payment starts over once what was posted is voided.
    """
    if objection.reason not in BOOKED:
        case.hold(objection.reason, objection.detail)
        return
    known = None if draft.voided else draft.model_copy(update={"posted": False})  # as we made it
    case.hold(objection.reason, objection.detail, draft=known, intent=None)


def reserved(case: Case, draft: Draft, invoice: Invoice | None) -> Outcome:
    """The draft is there: check that it alone reserves exactly our amount, and go on."""
    try:
        problem = reservation_problem(case, invoice)
    except (Busy, NotArrived, Unclear) as error:
        case.unclear(str(error))
        return Outcome.UNKNOWN
    except Refused as error:
        return _refused(case, error)
    if problem:
        case.hold("reservation_disagrees", f"the draft is there, but {problem}")
        return Outcome.STOPPED
    case.conclude("reserved", payment={"status": Status.RESERVED, "draft": draft}, data={"head_num": draft.head_num})
    return Outcome.RESERVED


def _foreign(case: Case, error: ForeignDraft) -> Outcome:
    """The group is somebody else's: take the next derived one; a stranger that pays the same invoice stops us."""
    same_invoice = any(line.invoice_num == case.payment.invoice.invoice_num for line in error.draft.lines)
    if same_invoice or case.payment.reservation >= _GROUPS_TRIED:
        case.hold("foreign_draft", f"group {error.draft.group_id} in Epicor holds a payment that is not ours")
        return Outcome.STOPPED
    case.conclude(
        "group_taken", payment={"reservation": case.payment.reservation + 1}, data={"group": error.draft.group_id}
    )
    return Outcome.BUSY


def _refused(case: Case, error: Refused | ForeignDraft) -> Outcome:
    """Epicor refuses the draft: a person must look. What was made of it stays until then."""
    if isinstance(error, ForeignDraft):
        return _foreign(case, error)
    case.hold("epicor_refused", str(error))
    return Outcome.STOPPED
