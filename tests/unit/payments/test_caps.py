"""Caps, decided on figures alone: what is exactly at the cap passes, a cent above does not."""

from decimal import Decimal

import pytest

from kinetic_wise.payments.caps import Caps, breach
from kinetic_wise.payments.money import Money

CAPS = Caps(payment={"EUR": Decimal("100.00")}, day={"EUR": Decimal("250.00")})


@pytest.mark.parametrize(
    ("amount", "counted", "reason"),
    [
        ("100.00", "0", None),
        ("100.01", "0", "over_payment_cap"),
        ("100.00", "150.00", None),
        ("100.00", "150.01", "over_day_cap"),
        ("0.01", "250.00", "over_day_cap"),
        ("100.01", "250.00", "over_payment_cap"),
    ],
)
def test_a_cap_is_the_most_that_may_leave(amount: str, counted: str, reason: str | None) -> None:
    """The cap itself is allowed, alone or together with what is counted already."""
    found = breach(CAPS, Money(Decimal(amount), "EUR"), Decimal(counted))
    assert (found.reason if found else None) == reason


def test_a_breach_tells_its_figures() -> None:
    """Whoever reads the hold sees the amount, what was counted before, and the cap."""
    found = breach(CAPS, Money(Decimal("60.50"), "EUR"), Decimal("200.00"))
    assert found is not None
    assert all(figure in found.detail for figure in ("60.50 EUR", "200.00 EUR", "250.00 EUR"))


def test_a_currency_without_a_cap_has_none() -> None:
    """Caps are by the currency that vendors get; others are not limited by them."""
    assert breach(CAPS, Money(Decimal(1_000_000), "JPY"), Decimal(0)) is None
    assert breach(Caps(), Money(Decimal(1_000_000), "EUR"), Decimal(0)) is None
