"""Take up again what a ledger that is new, or was set back, does not know: our payments in Epicor, our keys in Wise.

Nothing is concluded from absence: a payment whose transfer is not in the list goes on under the same key (rule 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.start import claim_open
from kinetic_wise.ledger import ClaimOutcome, Entry
from kinetic_wise.payments import identity, payable, policy, transfer_status
from kinetic_wise.payments.life_cycle import FOLLOWED, MOVING, Status
from kinetic_wise.payments.model import Attempt, Hold, Payment, Terms
from kinetic_wise.payments.policy import Objection
from kinetic_wise.payments.systems import Draft, DraftLine, Invoice, Transfer, Vendor, VendorBank
from kinetic_wise.wise import reference_for

_MAY_HAVE_GONE_ON = tuple(status for status in Status if status not in (Status.POSTED, Status.CLOSED))
_BY_DECISION = frozenset({Status.CLOSED, Status.REJECTED})  # only money that may be out goes against it
_ENDED = _BY_DECISION | {Status.FAILED, Status.RETURNED}
_WAS_SENT = frozenset(
    {transfer_status.SENT, transfer_status.BOUNCED, transfer_status.REFUNDED, transfer_status.CHARGED_BACK}
)
_MOST_INSTALMENTS = 36  # whose ids are tried before the invoice is read


class Finding(NamedTuple):
    """What was found, in a sentence that begins with the payment, or with company and group; `left` for a person."""

    text: str
    left: bool = False


def own_drafts(deps: Deps, company: str, since: date) -> list[Draft]:
    """The payments of a company that carry this ledger's reference: all in entry, posted ones dated since a day.

    Raises RemoteError and Busy.
    """
    start = f"{deps.ledger_id}-"
    with deps.epicor_place() as epicor:
        return [*epicor.unposted_drafts(company, start), *epicor.posted_drafts(company, start, since)]


def recover(deps: Deps, company: str, drafts: Iterable[Draft], transfers: Mapping[str, Transfer]) -> Iterator[Finding]:
    """Recover the payments behind our complete drafts of a company, posted ones too; yields what was found of each.

    A posted one that the ledger knows is passed over: there may be thousands. `transfers` are those listed at Wise, by
    key. Raises RemoteError and Busy: then adopt again.
    """
    for draft in drafts:
        if is_complete(draft) and not (draft.posted and _is_known(deps, company, draft)):
            yield _recover(deps, company, draft, transfers)


def is_complete(draft: Draft) -> bool:
    """Whether it came to pay something; what was only begun is told by `leftovers`."""
    return draft.posted or _line(draft) is not None


def _is_known(deps: Deps, company: str, draft: Draft) -> bool:
    """Whether the ledger knows this reservation, told by what the draft itself says."""
    line, reservation = _line(draft), _reservation(draft)
    if line is None or draft.vendor_num is None:
        return False
    for pay_seq in range(payable.FIRST_PAY_SEQ, _MOST_INSTALMENTS + 1):
        payment = identity.payment_id(company, draft.vendor_num, line.invoice_num, pay_seq)
        if identity.group_id(payment, reservation) == draft.group_id:
            stored = deps.ledger.get(payment)
            return stored is not None and stored.reservation >= reservation
    return False


def _line(draft: Draft) -> DraftLine | None:
    return draft.lines[0] if len(draft.lines) == 1 else None


def _reservation(draft: Draft) -> int:
    number = draft.reference.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def _recover(deps: Deps, company: str, draft: Draft, transfers: Mapping[str, Transfer]) -> Finding:
    line, where = _line(draft), f"{company}/{draft.group_id}"
    if line is None or draft.vendor_num is None:
        return Finding(f"{where}: posted with {len(draft.lines)} lines, left for a person", left=True)
    with deps.epicor_place() as epicor:
        invoice = epicor.numbered_invoice(company, draft.vendor_num, line.invoice_num)
        vendor = epicor.vendor(company, draft.vendor_num)
    bank = next((bank for bank in vendor.banks if bank.bank_id == draft.bank_id), None) if vendor else None
    if invoice is None or vendor is None or bank is None:
        return Finding(f"{where}: its invoice or bank row is gone, left for a person{_watching(draft)}", left=True)
    payment = next(_payments(deps, invoice, vendor, draft), None)
    if payment is None:
        detail = "our reference in a group that is not derived from its invoice, left for a person"
        return Finding(f"{where}: {detail}{_watching(draft)}", left=True)
    found = _take_up(deps, payment, invoice, bank, transfers)
    if invoice.instalments:
        claim_open(deps, invoice)  # the poller drops a row of which anything is claimed
    return found


def _watching(draft: Draft) -> str:
    return " to watch in Wise, for its money may come back" if draft.posted else ""


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
        reservation=_reservation(draft),
        draft=draft,
        created_at=now,
        updated_at=now,
    )


def _take_up(
    deps: Deps, payment: Payment, invoice: Invoice, bank: VendorBank, transfers: Mapping[str, Transfer]
) -> Finding:
    """Claim the payment unless the ledger has it, and write down every attempt whose transfer exists."""
    where, listed = f"{payment.invoice.company}/{payment.group_id}", _listed(payment, transfers)
    if payment.draft is not None and payment.draft.posted and not listed:
        return Finding(
            f"{where}: posted, and this Wise profile has no transfer of {payment.id}, left for a person", left=True
        )
    entry = Entry("recovered", {"group": payment.group_id}, deps.exchanges.take())
    claim = payment.model_copy(update={"draft": None, "reservation": 0})
    if deps.ledger.claim(claim, invoice.total, entry) is ClaimOutcome.SECOND_IDENTITY:
        return Finding(f"{payment.id}: claimed under another identity, held")
    stored, current = deps.ledger.load(payment.id) or (None, None)
    if stored is None or stored.reservation >= payment.reservation:
        return Finding(f"{payment.id}: known")
    later = [(number, transfer) for number, transfer in listed if number > stored.attempt]
    own = _paid_by(deps, current, transfers) if current and not later else None
    why_not = "" if own else _why_not(stored, later)
    if why_not:
        detail = f"reservation {payment.reservation} of {payment.id}, {why_not}"
        return Finding(f"{where}: {detail}, left for a person to delete", left=True)
    return _write(deps, payment, stored, invoice, [own] if own else _attempts(deps, payment, bank, later))


def _paid_by(deps: Deps, current: Attempt, transfers: Mapping[str, Transfer]) -> Attempt | None:
    """The attempt that the ledger knows, if it was paid: a later reservation is its draft, made again (H22)."""
    transfer = transfers.get(current.key)
    if transfer is None or current.dead or not transfer_status.may_have_money(transfer.status):
        return None
    if current.transfer is None:
        return _attempt(deps, current.number, current.key, current.terms, transfer)
    return current.model_copy(update={"transfer": transfer, "may_have_money": True})


def _why_not(stored: Payment, later: list[tuple[int, Transfer]]) -> str:
    """Why a reservation that the ledger does not know may not be taken up, or ""."""
    last = later[-1][1] if later else None
    if stored.reservation and last is None:
        return f"of which the ledger knows {stored.reservation}, without a transfer of a later attempt"
    if stored.status in _BY_DECISION and not (last and transfer_status.may_have_money(last.status)):
        return f"which is {stored.status.value} by now{f', once transfer {last.id} is cancelled' if last else ''}"
    return ""


def _write(deps: Deps, payment: Payment, stored: Payment, invoice: Invoice, attempts: list[Attempt]) -> Finding:
    last = attempts[-1].transfer
    changes: dict[str, Any] = {
        "reservation": payment.reservation,
        "draft": payment.draft,
        "attempt": attempts[-1].number,
        "status": _status(last, payment.draft),
        "intent": None,
        "hold": None,
        "reason": "",
    }
    objection = _objection(deps, attempts[-1], posted=changes["status"] is Status.POSTED)
    if objection is not None:
        came_from = changes["status"]
        hold = Hold(reason=objection.reason, detail=objection.detail, since=deps.now(), came_from=came_from)
        changes |= {"status": Status.HELD, "hold": hold}
    also = [deps.ledger.key_item(payment.id, attempt) for attempt in attempts if attempt.number > stored.attempt]
    if stored.status in _ENDED and stored.draft is None:  # its commitment was given back
        also.append(deps.ledger.commit_item([payment], invoice.total))
    told = {"attempts": len(attempts), "transfer": last.id if last else None}
    entries = [Entry("taken_up", told, deps.exchanges.take())]
    if stored.order is not None and changes["status"] not in MOVING:
        changes["order"] = None
        entries.append(Entry("order_too_late", {"status": changes["status"].value}))
    deps.ledger.write(stored, stored.model_copy(update=changes), entries, attempts, also)
    return Finding(f"{payment.id}: taken up as {changes['status'].value}")


def _objection(deps: Deps, attempt: Attempt, *, posted: bool) -> Objection | None:
    """Why what was taken up waits for a person, or None."""
    if attempt.transfer is not None:
        return policy.disagreement(attempt, attempt.transfer) if posted else None
    binding, site = deps.state.binding(), deps.wise_site
    if binding is None or (binding.wise, binding.profile) == (site.environment, site.profile):
        return None
    before = f"profile {binding.profile} of {binding.wise}"  # whether a key counts in both, Wise does not say (H8)
    return Objection("create_unclear", f"{before}, to which the ledger was bound, may have its transfer: look there")


def catch_up(deps: Deps, transfers: Mapping[str, Transfer]) -> Iterator[Finding]:
    """Write down the later attempts of payments that the ledger knows, where it was set back to an earlier one.

    Their earlier transfer would look dead, and the draft go from under the later one, which may have the money.
    """
    for status in _MAY_HAVE_GONE_ON:
        for payment_id in list(deps.ledger.in_status(status)):
            loaded = deps.ledger.load(payment_id)
            if loaded and loaded[1]:
                yield from _catch_up(deps, loaded[0], loaded[1], transfers)


def _catch_up(deps: Deps, payment: Payment, current: Attempt, transfers: Mapping[str, Transfer]) -> Iterator[Finding]:
    made = _listed(payment, transfers, after=current.number)
    if not made:
        return
    attempts = [_attempt(deps, number, transfer.key, current.terms, transfer) for number, transfer in made]
    changes: dict[str, Any] = {
        "attempt": attempts[-1].number,
        "intent": None,
        "own_cancels": payment.own_cancels + len(made),
    }
    if payment.status in MOVING | FOLLOWED:
        changes["status"] = _status(attempts[-1].transfer)
    elif payment.status in _ENDED and policy.lives(attempts[-1]):
        detail = f"it ended, and transfer {made[-1][1].id} of its attempt {attempts[-1].number} lives in Wise"
        hold = Hold(reason="moves_again", detail=detail, since=deps.now(), came_from=payment.status)
        changes |= {"status": Status.HELD, "hold": hold}
    also = [deps.ledger.key_item(payment.id, attempt) for attempt in attempts]
    told = {"attempt": attempts[-1].number, "transfer": made[-1][1].id}
    caught_up = Entry("caught_up", told, deps.exchanges.take())
    deps.ledger.write(payment, payment.model_copy(update=changes), [caught_up], attempts, also)
    yield Finding(f"{payment.id}: caught up with attempt {attempts[-1].number}")


def _status(transfer: Transfer | None, draft: Draft | None = None) -> Status:
    """Where a payment stands by its transfer. Posted it is only if Wise sent the money, whoever posted the draft."""
    if transfer is None:
        return Status.RESERVED
    if draft is not None and draft.posted and transfer.status in _WAS_SENT:
        return Status.POSTED
    return Status.PROCESSING if transfer_status.may_have_money(transfer.status) else Status.CREATED


def _listed(payment: Payment, transfers: Mapping[str, Transfer], after: int = 0) -> list[tuple[int, Transfer]]:
    """The transfers of a payment's attempts above `after`, with the attempts' numbers.

    One that Wise refused to make, or that is too old for the list, leaves a gap: later ones count all the same.
    """
    keys = identity.attempt_keys(payment.invoice.sys_row_id, payment.pay_seq, after)
    return [(number, transfers[key]) for key, number in keys.items() if key in transfers]


def _attempts(deps: Deps, payment: Payment, bank: VendorBank, made: list[tuple[int, Transfer]]) -> list[Attempt]:
    """An attempt for each transfer made; attempt 1 where there is none."""
    terms = _terms(deps, payment, bank)
    first = identity.transfer_key(payment.invoice.sys_row_id, payment.pay_seq, 1)
    attempts = [_attempt(deps, number, transfer.key, terms, transfer) for number, transfer in made]
    return attempts or [_attempt(deps, 1, first, terms, None)]


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
            "may_have_money": transfer_status.may_have_money(transfer.status),
        }
    )
