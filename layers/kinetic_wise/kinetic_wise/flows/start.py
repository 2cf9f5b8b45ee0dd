"""Claim an invoice once and start its payment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field, ValidationError

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.due import due_of
from kinetic_wise.flows.shadow import rests
from kinetic_wise.ledger import ClaimOutcome, Entry, Moved
from kinetic_wise.payments import identity, life_cycle, payable, policy
from kinetic_wise.payments.model import Action, Payment
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Instalment, Invoice, InvoiceKey

_GUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"  # SysRowID (epicor-kinetic-api.md 3.2)


class NotOurs(Exception):
    """A message that is none of the connector's; it can never be worked off."""


class PaymentMessage(Record):
    """What the payments queue carries: identity only."""

    company: str = Field(min_length=1)
    vendor_num: int
    invoice_num: str = Field(min_length=1)
    sys_row_id: str = Field(pattern=_GUID)
    pay_seq: int = Field(1, ge=1)

    @property
    def key(self) -> InvoiceKey:
        """The invoice meant."""
        return InvoiceKey(**self.model_dump(exclude={"pay_seq"}))


def read_message(body: Any) -> PaymentMessage:
    """A message of the payments queue. Raises NotOurs."""
    try:
        return PaymentMessage.model_validate(body)
    except ValidationError as error:
        raise NotOurs(f"not a payment message: {error.error_count()} problems") from None


def start_payment(deps: Deps, message: PaymentMessage) -> str:
    """Claim the payment of a message, or find it claimed, and see that an execution works on it.

    Answers what happened: `gone`, `not_eligible`, `second_identity`, or what `start_execution` answers. Raises NotOurs
    for a company that this stack does not serve.
    """
    deps.exchanges.take()  # what an earlier call of this process left unwritten is none of this payment's
    if message.company not in deps.epicor_site.companies:
        raise NotOurs(f"company {message.company!r} is not one of this stack's")
    payment_id = identity.payment_id(message.company, message.vendor_num, message.invoice_num, message.pay_seq)
    existing = deps.ledger.get(payment_id)
    if existing is not None and existing.invoice.sys_row_id == message.sys_row_id:
        return start_execution(deps, existing)
    with deps.epicor_place() as epicor:
        invoice = epicor.invoice(message.key)
    if invoice is None:
        return "gone"
    if policy.not_eligible(invoice) is not None:
        return "not_eligible"
    return _start_all(deps, message, claim_open(deps, invoice, message.pay_seq))


def _start_all(deps: Deps, message: PaymentMessage, claims: dict[int, ClaimOutcome]) -> str:
    """Start an execution for each payment claimed; answers what became of the message's own."""
    answers = {pay_seq: _start_claimed(deps, message, pay_seq, outcome) for pay_seq, outcome in claims.items()}
    return answers.get(message.pay_seq, "not_eligible")


def _start_claimed(deps: Deps, message: PaymentMessage, pay_seq: int, outcome: ClaimOutcome) -> str:
    if outcome is ClaimOutcome.SECOND_IDENTITY:
        return outcome.value
    claimed = deps.ledger.get(message.key.payment_id(pay_seq))
    return start_execution(deps, claimed) if claimed else "gone"


def claim_open(deps: Deps, invoice: Invoice, last: int = payable.FIRST_PAY_SEQ) -> dict[int, ClaimOutcome]:
    """Claim together the instalments that are open and not claimed, by pay_seq: the row's lock hides what is missing.

    The instalment `last` is in the last transaction: while it is missing, the message that names it works all of them
    off again.
    """
    shares = payable.open_instalments(invoice, _in_drafts(deps, invoice))
    ordered = sorted(shares, key=lambda instalment: (instalment.pay_seq == last, instalment.pay_seq))
    claims = [_claim(deps, invoice, instalment) for instalment in ordered]
    outcomes = deps.ledger.claim_together(claims, invoice.total)
    for (payment, _), outcome in zip(claims, outcomes, strict=True):
        if outcome is ClaimOutcome.SECOND_IDENTITY:
            deps.log("second identity", payment_id=payment.id)
    return {payment.pay_seq: outcome for (payment, _), outcome in zip(claims, outcomes, strict=True)}


def _in_drafts(deps: Deps, invoice: Invoice) -> Decimal:
    """What drafts and postings of ours already take of an invoice by instalments."""
    ids = [invoice.key.payment_id(instalment.pay_seq) for instalment in invoice.instalments]
    known = [payment for payment in map(deps.ledger.get, ids) if payment is not None]
    return sum((payment.amount for payment in known if payment.draft is not None), Decimal(0))


def _claim(deps: Deps, invoice: Invoice, instalment: Instalment) -> tuple[Payment, Entry]:
    payment = new_payment(deps, invoice, instalment)
    data = {"amount": str(payment.amount), "currency": payment.currency, "invoice_total": str(invoice.total)}
    if payment.not_before is not None:
        data["not_before"] = payment.not_before.isoformat()
    return payment, Entry("claimed", data, deps.exchanges.take())


def new_payment(deps: Deps, invoice: Invoice, instalment: Instalment) -> Payment:
    """The payment of an instalment as it would be claimed now."""
    now = deps.now()
    plan = payable.planned(invoice, instalment.pay_seq) if payable.adds_up(invoice) else None
    return Payment(
        id=invoice.key.payment_id(instalment.pay_seq),
        invoice=invoice.key,
        pay_seq=instalment.pay_seq,
        amount=instalment.amount,
        instalment=plan.amount if plan else None,
        currency=invoice.currency,
        currency_code=invoice.currency_code,
        due=plan.due if plan else invoice.due_date,
        not_before=due_of(deps, invoice, instalment.pay_seq),
        created_at=now,
        updated_at=now,
    )


def start_execution(deps: Deps, payment: Payment, *, again: bool = False) -> str:
    """Start an execution for a payment that needs one. `again`: the last one is known not to be running.

    Answers `not_moving`, `shadow`, `not_due`, `running`, `waits_for_room`, `moved` or `started`. The ledger counts
    the run first: a name, once used, stays taken for 90 days (money-cases.md H33).
    """
    if payment.status not in life_cycle.MOVING:
        return "not_moving"
    if rests(deps, payment):
        return "shadow"
    if payment.not_before is not None and payment.not_before > deps.now():
        return "not_due"
    if payment.run and not again:
        return "running"
    if deps.executions.running(deps.settings.running) >= deps.settings.running:
        return "waits_for_room"
    try:
        payment = deps.ledger.write(
            payment, payment.model_copy(update={"run": payment.run + 1}), [Entry("run", {"run": payment.run + 1})]
        )
    except Moved:
        return "moved"
    name = identity.execution_name(payment.id, payment.attempt, payment.run)
    pauses = {"busy": deps.settings.busy_pause, "unknown": unknown_pause(deps, payment)}
    deps.executions.start(
        name, {"payment_id": payment.id, "attempt": payment.attempt, "run": payment.run, "round": 0, "pauses": pauses}
    )
    return "started"


def unknown_pause(deps: Deps, payment: Payment) -> int:
    """How long to wait before looking again; funding is looked at twice, at least 60 s apart (rule 5)."""
    if payment.intent is not None and payment.intent.action is Action.FUND:
        return max(deps.settings.unknown_pause, round(deps.settings.fund_look_pause))
    return deps.settings.unknown_pause
