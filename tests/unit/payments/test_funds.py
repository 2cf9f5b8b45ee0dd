"""Whom the money in a balance is for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kinetic_wise.payments.funds import Need, covered

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
_amounts = st.decimals(Decimal("0.01"), Decimal(1000), places=2)
_needs = st.lists(
    st.builds(
        Need,
        payment_id=st.uuids().map(str),
        currency=st.sampled_from(("EUR", "GBP")),
        amount=_amounts,
        due=st.none() | st.dates(date(2026, 11, 1), date(2026, 12, 31)),
        claimed_at=st.integers(0, 100).map(lambda hours: NOW + timedelta(hours=hours)),
    ),
    max_size=12,
)


def need(payment_id: str, amount: str, day: int | None = None, hours: int = 0, currency: str = "EUR") -> Need:
    """What a payment needs that is due on a day of November."""
    due = date(2026, 11, day) if day else None
    return Need(payment_id, currency, Decimal(amount), due, NOW + timedelta(hours=hours))


def test_who_is_due_first_is_paid_first() -> None:
    """By due date, then by when it was claimed; what has no due date comes last."""
    waiting = [need("none", "10"), need("late", "10", 28), need("second", "10", 24, 2), need("first", "10", 24, 1)]
    assert covered(waiting, {"EUR": Decimal(40)}) == ["first", "second", "late", "none"]
    assert covered(waiting, {"EUR": Decimal("29.99")}) == ["first", "second"]


def test_what_does_not_fit_is_passed_over() -> None:
    """A large one that the balance does not cover keeps no smaller one waiting."""
    waiting = [need("large", "500", 24), need("small", "30", 25), need("smaller", "20", 26)]
    assert covered(waiting, {"EUR": Decimal(50)}) == ["small", "smaller"]


def test_each_currency_has_a_balance_of_its_own() -> None:
    """Money in one currency pays nothing in another; a currency without a balance pays nothing."""
    waiting = [need("eur", "10", 24), need("gbp", "10", 24, currency="GBP"), need("usd", "10", 24, currency="USD")]
    assert covered(waiting, {"EUR": Decimal(0), "GBP": Decimal(10)}) == ["gbp"]


@given(waiting=_needs, eur=_amounts, gbp=_amounts)
def test_never_more_than_the_balance_covers(waiting: list[Need], eur: Decimal, gbp: Decimal) -> None:
    """Whatever waits: the turns sum to no more than each balance, and nobody left out fits into what is left."""
    available = {"EUR": eur, "GBP": gbp}
    turns = covered(waiting, available)
    by_id = {one.payment_id: one for one in waiting}
    for currency, amount in available.items():
        spent = sum((by_id[turn].amount for turn in turns if by_id[turn].currency == currency), Decimal(0))
        left_out = [one.amount for one in waiting if one.payment_id not in turns and one.currency == currency]
        assert spent <= amount
        assert all(missed > amount - spent for missed in left_out)
