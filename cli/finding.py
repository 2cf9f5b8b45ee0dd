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
        raise Problem(
            f"the ledger knows no invoice {text!r}",
            "check the number; if it is right, Epicor does not offer the invoice for payment yet:"
            " docs/holds.md, Not eligible, says why",
        )
    if len(found) > 1:
        raise Problem(f"{len(found)} payments have the invoice number {text!r}", "name one of them by its id", found)
    payment = connector.reading.payment(found[0])
    if payment is None:
        raise Problem(f"payment {found[0]} is in the index but not in the table", "ask again in a moment")
    return payment
