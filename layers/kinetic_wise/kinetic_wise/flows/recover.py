"""Take up again what a ledger that is new, or was set back, does not know: our drafts in Epicor, our keys in Wise.

Nothing is concluded from absence: a payment whose transfer is not in the list goes on under the same key (rule 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count, takewhile
from typing import Any

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.start import claim_open
from kinetic_wise.ledger import ClaimOutcome, Entry
from kinetic_wise.payments import identity, payable, policy
from kinetic_wise.payments.life_cycle import FOLLOWED, MOVING, Status
from kinetic_wise.payments.model import Attempt, Payment, Terms
from kinetic_wise.payments.systems import Draft, Invoice, Transfer, Vendor, VendorBank
from kinetic_wise.wise import reference_for

_MAY_HAVE_GONE_ON = tuple(status for status in Status if status not in (Status.POSTED, Status.CLOSED))


def recover(deps: Deps, company: str, transfers: Mapping[str, Transfer]) -> Iterator[str]:
    """Recover the payments behind our unposted drafts of a company; yields a line on each.

    `transfers` are those listed at Wise, by key. Raises RemoteError and Busy: then adopt again.
    """
    with deps.epicor_place() as epicor:
        drafts = list(epicor.unposted_drafts(company, f"{deps.ledger_id}-"))
    for draft in drafts:
        yield _recover(deps, company, draft, transfers)


def _recover(deps: Deps, company: str, draft: Draft, transfers: Mapping[str, Transfer]) -> str:
    line = draft.lines[0] if len(draft.lines) == 1 else None
    if line is None or draft.vendor_num is None:
        return f"{company}/{draft.group_id}: no single line, left for its payment to complete or a person to delete"
    with deps.epicor_place() as epicor:
        invoice = epicor.numbered_invoice(company, draft.vendor_num, line.invoice_num)
        vendor = epicor.vendor(company, draft.vendor_num)
    bank = next((bank for bank in vendor.banks if bank.bank_id == draft.bank_id), None) if vendor else None
    if invoice is None or vendor is None or bank is None:
        return f"{company}/{draft.group_id}: its invoice or bank row is gone, left for a person"
    payment = next(_payments(deps, invoice, vendor, draft), None)
    if payment is None:
        return f"{company}/{draft.group_id}: our reference in a group that is not derived from its invoice"
    told = _take_up(deps, payment, invoice, bank, transfers)
    if invoice.instalments:
        claim_open(deps, invoice)  # the poller drops a row of which anything is claimed
    return told


def _payments(deps: Deps, invoice: Invoice, vendor: Vendor, draft: Draft) -> Iterator[Payment]:
    """The payment of the instalment from which the draft's group is derived."""
    for pay_seq in [instalment.pay_seq for instalment in invoice.instalments] or [payable.FIRST_PAY_SEQ]:
        payment = _payment(deps, invoice, vendor, draft, pay_seq)
        if payment.group_id == draft.group_id:
            yield payment


def _payment(deps: Deps, invoice: Invoice, vendor: Vendor, draft: Draft, pay_seq: int) -> Payment:
    now = deps.now()
    plan = payable.planned(invoice, pay_seq)
    return Payment(
        id=invoice.key.payment_id(pay_seq),
        invoice=invoice.key,
        pay_seq=pay_seq,
        amount=draft.lines[0].amount,
        instalment=plan.amount if plan else None,
        currency=invoice.currency,
        currency_code=invoice.currency_code,
        vendor_id=vendor.vendor_id,
        vendor_name=vendor.name,
        reservation=int(draft.reference.rpartition("-")[2]),
        draft=draft,
        created_at=now,
        updated_at=now,
    )


def _take_up(
    deps: Deps, payment: Payment, invoice: Invoice, bank: VendorBank, transfers: Mapping[str, Transfer]
) -> str:
    """Claim the payment unless the ledger has it, and write down every attempt whose transfer exists."""
    entry = Entry("recovered", {"group": payment.group_id}, deps.exchanges.take())
    claim = payment.model_copy(update={"draft": None, "reservation": 0})
    if deps.ledger.claim(claim, invoice.total, entry) is ClaimOutcome.SECOND_IDENTITY:
        return f"{payment.id}: claimed under another identity, held"
    stored = deps.ledger.get(payment.id)
    if stored is None or stored.reservation:
        return f"{payment.id}: known"
    attempts = _attempts(deps, payment, bank, transfers)
    last = attempts[-1].transfer
    changes: dict[str, Any] = {
        "reservation": payment.reservation,
        "draft": payment.draft,
        "attempt": attempts[-1].number,
        "status": _status(last),
        "hold": None,
    }
    also = [deps.ledger.key_item(payment.id, attempt) for attempt in attempts]
    told = {"attempts": len(attempts), "transfer": last.id if last else None}
    taken_up = Entry("taken_up", told, deps.exchanges.take())
    deps.ledger.write(stored, stored.model_copy(update=changes), [taken_up], attempts, also)
    return f"{payment.id}: taken up as {changes['status'].value}"


def catch_up(deps: Deps, transfers: Mapping[str, Transfer]) -> Iterator[str]:
    """Write down the later attempts of payments that the ledger knows, where it was set back to an earlier one.

    Their earlier transfer would look dead, and the draft go from under the later one, which may have the money.
    """
    for status in _MAY_HAVE_GONE_ON:
        for payment_id in list(deps.ledger.in_status(status)):
            loaded = deps.ledger.load(payment_id)
            if loaded and loaded[1]:
                yield from _catch_up(deps, loaded[0], loaded[1], transfers)


def _catch_up(deps: Deps, payment: Payment, current: Attempt, transfers: Mapping[str, Transfer]) -> Iterator[str]:
    row, pay_seq = payment.invoice.sys_row_id, payment.pay_seq
    keys = (identity.transfer_key(row, pay_seq, number) for number in count(current.number + 1))
    made = [transfers[key] for key in takewhile(lambda key: key in transfers, keys)]
    if not made:
        return
    attempts = [
        _attempt(deps, number, transfer.key, current.terms, transfer)
        for number, transfer in enumerate(made, start=current.number + 1)
    ]
    changes: dict[str, Any] = {
        "attempt": attempts[-1].number,
        "intent": None,
        "own_cancels": payment.own_cancels + len(made),
    }
    if payment.status in MOVING | FOLLOWED:
        changes["status"] = _status(made[-1])
    also = [deps.ledger.key_item(payment.id, attempt) for attempt in attempts]
    told = {"attempt": attempts[-1].number, "transfer": made[-1].id}
    caught_up = Entry("caught_up", told, deps.exchanges.take())
    deps.ledger.write(payment, payment.model_copy(update=changes), [caught_up], attempts, also)
    yield f"{payment.id}: caught up with attempt {attempts[-1].number}"


def _status(transfer: Transfer | None) -> Status:
    if transfer is None:
        return Status.RESERVED
    return Status.CREATED if transfer.status in (policy.WAITING, policy.CANCELLED) else Status.PROCESSING


def _attempts(deps: Deps, payment: Payment, bank: VendorBank, transfers: Mapping[str, Transfer]) -> list[Attempt]:
    """Attempt 1, and each later one whose transfer exists."""
    keys = (identity.transfer_key(payment.invoice.sys_row_id, payment.pay_seq, number) for number in count(1))
    made = list(takewhile(lambda key: key in transfers, keys)) or [
        identity.transfer_key(payment.invoice.sys_row_id, payment.pay_seq, 1)
    ]
    terms = _terms(deps, payment, bank)
    return [_attempt(deps, number, key, terms, transfers.get(key)) for number, key in enumerate(made, start=1)]


def _terms(deps: Deps, payment: Payment, bank: VendorBank) -> Terms:
    discount = payment.draft.lines[0].discount if payment.draft else Decimal(0)
    return Terms(
        environment=deps.wise_site.environment,
        profile=deps.wise_site.profile,
        amount=payment.amount - discount,
        discount=discount,
        currency=payment.currency,
        vendor_bank_id=bank.bank_id,
        fingerprint=deps.fingerprint(bank),
        fingerprint_key=deps.fingerprint.key_id,
        reference=reference_for(payment.currency, payment.invoice.invoice_num),
    )


def _attempt(deps: Deps, number: int, key: str, terms: Terms, transfer: Transfer | None) -> Attempt:
    attempt = Attempt(number=number, key=key, terms=terms, started_at=deps.now())
    if transfer is None:
        return attempt.model_copy(update={"is_unsure": True})
    recipient = deps.wise.recipient(transfer.recipient_id)
    return attempt.model_copy(
        update={
            "started_at": transfer.created or attempt.started_at,
            "recipient_id": transfer.recipient_id,
            "recipient_hash": recipient.hash if recipient else "",
            "transfer": transfer,
            "may_have_money": policy.may_have_money(transfer.status),
        }
    )
