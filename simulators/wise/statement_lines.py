"""The lines of a statement: one a movement, or in FLAT statements its fee as a line of its own (wise-api.md 8.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from simulators.wise.books import Movement


@dataclass(frozen=True)
class Line:
    """One line: the amount (below zero when it left) with the fee in it, and the balance after it."""

    moment: datetime
    amount: Decimal
    fee: Decimal
    kind: str
    words: str
    after: Decimal
    reference: str


def lines(movement: Movement, currency: str, *, flat: bool) -> list[Line]:
    """A movement's line, or when `flat` its fee and then the amount without it; the fee is named beside both ways."""
    is_transfer = movement.reference.isdecimal()
    kind, reference = ("TRANSFER", "TRANSFER-") if is_transfer else ("MONEY_ADDED", "BALANCE-")
    reference += movement.reference
    words = _words(movement, currency, is_transfer=is_transfer)
    whole = Line(movement.moment, movement.amount, movement.fee, kind, words, movement.after, reference)
    if not flat or not movement.fee:
        return [whole]
    without = movement.amount + movement.fee
    charge = Line(
        moment=movement.moment,
        amount=-movement.fee,
        fee=Decimal(0),
        kind="TRANSFER",
        words=f"Wise Charges for: {reference}",
        after=movement.after - without,
        reference=f"FEE-{reference}",
    )
    return [charge, replace(whole, amount=without)]


def _words(movement: Movement, currency: str, *, is_transfer: bool) -> str:
    if not is_transfer:
        return f"Topped up {movement.amount} {currency}"
    if movement.amount > 0:
        return f"Refund of transfer {movement.reference}"
    return f"Sent money (fee: {movement.fee} {currency})"
