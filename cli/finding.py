"""From what a person has in hand, an invoice number or a payment's id, to the payment."""

from __future__ import annotations

from itertools import islice

from cli.problem import Problem
from cli.stack import Connector
from kinetic_wise.payments.model import Payment

_SHOWN = 20


def find(connector: Connector, text: str) -> Payment:
    """The one payment meant. Raises Problem: none, or several, which it lists."""
    named = connector.reading.payment(text)
    if named is not None:
        return named
    found = list(islice(connector.reading.of_invoice(text), _SHOWN))
    if not found:
        raise _not_claimed(connector, text)
    if len(found) > 1:
        raise Problem(f"{len(found)} payments have the invoice number {text!r}", "name one of them by its id", found)
    payment = connector.reading.payment(found[0])
    if payment is None:
        raise Problem(f"payment {found[0]} is in the index but not in the table", "ask again in a moment")
    return payment


def _not_claimed(connector: Connector, text: str) -> Problem:
    """Why the ledger knows nothing of an invoice, as far as Epicor tells."""
    unknown = f"the ledger knows no invoice {text!r}"
    try:
        seen = connector.order("look_up", invoice=text)["invoices"]
    except Problem as problem:
        return Problem(unknown, f"check the number; Epicor could not be asked for it: {problem.message}")
    if not seen:
        return Problem(unknown, "check the number: Epicor has none of it either, in the companies that are paid for")
    lines = [f"{one['company']}, vendor {one['vendor_num']}: {one['detail'] or 'may be paid'}" for one in seen]
    if all(one["reason"] for one in seen):
        told = f"invoice {text!r} is not taken up, because Epicor does not offer it for payment"
        return Problem(told, "once that is changed in Epicor, the next poll takes it up", lines)
    return Problem(
        f"invoice {text!r} is not taken up yet", "the next poll does; `kinetic-wise preview` says when", lines
    )
