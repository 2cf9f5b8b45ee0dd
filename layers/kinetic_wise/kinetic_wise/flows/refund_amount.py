"""A person's `refund_amount`: how much of a returned transfer came back, where neither event nor statement tells."""

from __future__ import annotations

from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment, Refund
from kinetic_wise.payments.money import Money


class NotTaken(Exception):
    """The amount is not taken; the message says why."""


def tell_refund(deps: Deps, payment_id: str, refund: Money, caller: str) -> Payment:
    """Write what came back as a person read it in Wise. The sweep wakes settlement, which goes on with it.

    It is that of the current attempt, or of the earlier one whose refund a ledger that was set back has forgotten.
    Raises NoSuchPayment, NotTaken, Moved, LedgerUnclear.
    """
    case = _waiting_for_it(Case.open(deps, payment_id))
    _check(case, refund)
    case.write("refund_amount", data={"caller": caller, "amount": str(refund)}, merge=False)
    facts.learn_refund(case, Refund(amount=refund.amount, currency=refund.currency, source=f"told by {caller}"))
    return case.payment


def _waiting_for_it(case: Case) -> Case:
    """The case with the attempt whose refund is not known: the current one, else the latest before it."""
    for number in range(case.payment.attempt - 1, 0, -1) if case.status is not Status.REFUND_UNKNOWN else ():
        earlier = case.deps.ledger.attempt(case.id, number)
        if earlier is not None and facts.is_back_unknown(earlier):
            return Case(case.deps, case.payment, earlier)
    return case


def _check(case: Case, refund: Money) -> None:
    transfer = case.current.transfer if case.current else None
    is_earlier = case.current is not None and case.current.number != case.payment.attempt
    if transfer is None or (case.status is not Status.REFUND_UNKNOWN and not is_earlier):
        raise NotTaken(f"payment {case.id} is {case.status.value}: no refund of it waits for its amount")
    if refund.currency != transfer.source_currency:
        raise NotTaken(f"the money left in {transfer.source_currency}, and comes back in it")
    if refund.amount <= 0:
        raise NotTaken("what came back must be above zero")
    if case.attempt.debited is not None and refund.amount > case.attempt.debited:
        raise NotTaken(f"only {case.attempt.debited} {refund.currency} had left")
