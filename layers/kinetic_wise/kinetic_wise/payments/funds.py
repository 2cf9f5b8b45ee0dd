"""Whom the money in a balance is for: by due date, never more than the balance covers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class Need:
    """What a payment takes from a balance, fee included, in the balance's currency (ISO 4217)."""

    payment_id: str
    currency: str
    amount: Decimal
    due: date | None
    claimed_at: datetime


def covered(waiting: Sequence[Need], available: Mapping[str, Decimal]) -> list[str]:
    """Whose turn it is, in turn. What does not fit is passed over: a smaller one due later may still be paid."""
    left = dict(available)
    turns = []
    for need in sorted(waiting, key=_turn):
        if need.amount <= left.get(need.currency, Decimal(0)):
            left[need.currency] -= need.amount
            turns.append(need.payment_id)
    return turns


def _turn(need: Need) -> tuple[date, datetime, str]:
    return need.due or date.max, need.claimed_at, need.payment_id
