"""The lines of a statement: one a movement, or in FLAT statements its fee as a line of its own (wise-api.md 8.3)."""

from __future__ import annotations

from dataclasses import dataclass
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
    """A movement's line, or when `flat` the amount without the fee and then the fee."""
    is_transfer = movement.reference.isdecimal()
    kind, reference = ("TRANSFER", "TRANSFER-") if is_transfer else ("MONEY_ADDED", "BALANCE-")
    words = _words(movement, currency, is_transfer=is_transfer)
    reference += movement.reference
    if not flat or not movement.fee:
        return [Line(movement.moment, movement.amount, movement.fee, kind, words, movement.after, reference)]
    before_fee = movement.after + movement.fee
    return [
        Line(movement.moment, movement.amount + movement.fee, Decimal(0), kind, words, before_fee, reference),
        Line(
            movement.moment,
            -movement.fee,
            Decimal(0),
            "TRANSFER",
            f"Wise Charges for: {reference}",
            movement.after,
            f"FEE-{reference}",
        ),
    ]


def _words(movement: Movement, currency: str, *, is_transfer: bool) -> str:
    if not is_transfer:
        return f"Topped up {movement.amount} {currency}"
    return "Sent money" if movement.amount < 0 else f"Refund of transfer {movement.reference}"
