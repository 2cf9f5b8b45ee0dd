"""What of an invoice is to be paid: instalments and discount (epicor-kinetic-api.md 5.6). Amounts in its currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kinetic_wise.payments.systems import Instalment, Invoice

FIRST_PAY_SEQ = 1


def open_instalments(invoice: Invoice, ours: Decimal = Decimal(0)) -> tuple[Instalment, ...]:
    """The instalments that nobody else has paid, each with what is left of it; others pay the first ones first.

    `ours` is what our own payments already took out of the unposted balance. An invoice without a schedule, or with one
    that does not add up, is one instalment of all that is open.
    """
    if not adds_up(invoice):
        return (Instalment(pay_seq=FIRST_PAY_SEQ, due=invoice.due_date, amount=invoice.unposted_balance),)
    left, found = invoice.unposted_balance + ours, []
    for instalment in reversed(invoice.instalments):
        amount = min(left, instalment.amount)
        left -= amount
        if amount > 0:
            found.append(instalment.model_copy(update={"amount": amount}))
    return tuple(reversed(found))


def adds_up(invoice: Invoice) -> bool:
    """Whether there are several instalments, each of them something, together the invoice's total."""
    amounts = [instalment.amount for instalment in invoice.instalments]
    return len(amounts) > 1 and min(amounts) > 0 and sum(amounts) == invoice.total


def planned(invoice: Invoice, pay_seq: int) -> Instalment | None:
    """What the schedule says for one instalment now; None when it has no such row, or there is no schedule."""
    return next((instalment for instalment in invoice.instalments if instalment.pay_seq == pay_seq), None)


def discount_on(invoice: Invoice, today: date) -> Decimal:
    """The discount that may be taken on a day of the company: up to and including DiscountDate, none on instalments."""
    last = invoice.discount_day
    if last is None or today > last or invoice.instalments:
        return Decimal(0)
    return invoice.discount
