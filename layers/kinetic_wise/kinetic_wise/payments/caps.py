"""Caps on what the connector funds: per payment and per day, each by currency (rule 9)."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from kinetic_wise.payments.model import Attempt
from kinetic_wise.payments.money import Money
from kinetic_wise.payments.policy import Objection
from kinetic_wise.payments.record import Amount, Record


class Caps(Record):
    """The most that may leave, in major units by the currency that vendors get; no entry: no cap."""

    payment: dict[str, Amount] = Field(default_factory=dict)
    day: dict[str, Amount] = Field(default_factory=dict)  # days are UTC


def counted_day(attempt: Attempt) -> str:
    """The day (ISO, UTC) whose caps an attempt counts for; "" for none, as once its transfer provably took no money.

    Money that left and came back had left: it stays counted.
    """
    took_none = bool(attempt.dead) and not attempt.funded and attempt.refund is None
    return "" if took_none else attempt.counted_on


def breach(caps: Caps, money: Money, counted: Decimal) -> Objection | None:
    """Why this payment may not be funded now, with both figures, or None. `counted`: the day's other fundings."""
    single, daily = caps.payment.get(money.currency), caps.day.get(money.currency)
    if single is not None and money.amount > single:
        return Objection(
            "over_payment_cap", f"{money} is more than the cap of {Money(single, money.currency)} a payment"
        )
    if daily is not None and counted + money.amount > daily:
        others, cap = Money(counted, money.currency), Money(daily, money.currency)
        return Objection(
            "over_day_cap", f"{money} on top of {others} counted today is more than the cap of {cap} a day"
        )
    return None
