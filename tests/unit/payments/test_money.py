"""Amounts are exact Decimals with a currency."""

from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.payments.money import Money, decimals


@pytest.mark.parametrize(("amount", "currency", "exact"), [
    ("1234.56", "EUR", True),
    ("1234.567", "EUR", False),
    ("1234", "JPY", True),
    ("1234.50", "JPY", False),
    ("1234.56", "HUF", False),
    ("1234.00", "HUF", True),
])  # fmt: skip
def test_what_wise_can_deliver_to_the_cent(amount: str, currency: str, exact: bool) -> None:
    """An amount is exact only with the decimals Wise has for the currency (money-cases.md H27)."""
    assert Money(Decimal(amount), currency).is_exact is exact


@pytest.mark.parametrize("amount", [1.5, 1, "1.50", Decimal("NaN"), Decimal("Infinity")])
def test_only_finite_decimals_are_money(amount: Any) -> None:
    """Binary floats, text and infinities never become money (rule 13)."""
    with pytest.raises(TypeError, match="finite Decimal"):
        Money(amount, "EUR")


@pytest.mark.parametrize("currency", ["", "eur", "US$", "EURO"])
def test_only_iso_codes_are_currencies(currency: str) -> None:
    """Epicor's internal currency codes never pass as ISO codes (epicor-kinetic-api.md pitfall 13)."""
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(Decimal(1), currency)


def test_money_reads_like_money() -> None:
    """On screens an amount has the currency's decimals and thousands separators, and hides none it has."""
    assert str(Money(Decimal("1234.5"), "EUR")) == "1,234.50 EUR"
    assert str(Money(Decimal(120000), "JPY")) == "120,000 JPY"
    assert str(Money(Decimal("1.005"), "EUR")) == "1.005 EUR"


def test_whole_unit_currencies_follow_wise_not_iso() -> None:
    """HUF has two decimals in ISO 4217 and none at Wise."""
    assert (decimals("HUF"), decimals("EUR")) == (0, 2)
