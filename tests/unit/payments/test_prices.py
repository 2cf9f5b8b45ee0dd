"""What a payment may cost."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kinetic_wise.payments.prices import PriceLimits, fee_objection, rate_objection
from kinetic_wise.payments.systems import Quote


def quote(fee: str = "4.00", source: str = "1004.00", rate: str = "1.2000") -> Quote:
    return Quote(
        id="q",
        source_currency="GBP",
        target_currency="EUR",
        target_amount=Decimal(1200),
        source_amount=Decimal(source),
        fee=Decimal(fee),
        rate=Decimal(rate),
        expires_at=datetime(2026, 11, 21, tzinfo=UTC),
        rate_expires_at=None,
        recipient_id=1,
    )


def percent(limit: str) -> PriceLimits:
    return PriceLimits(fee_percent=Decimal(limit))


def test_without_limits_nothing_is_too_dear() -> None:
    """No limit is set unless somebody sets one."""
    assert fee_objection(quote("999.00"), PriceLimits()) == ""
    assert rate_objection(quote(rate="0.0001"), Decimal("1.2"), PriceLimits()) == ""


@pytest.mark.parametrize(("limit", "over"), [("4.00", False), ("4", False), ("3.99", True), ("0", True)])
def test_a_fee_may_reach_its_limit_and_not_pass_it(limit: str, over: bool) -> None:
    """The absolute limit is that of the paying currency; both figures are told."""
    told = fee_objection(quote(), PriceLimits(fees={"GBP": Decimal(limit), "EUR": Decimal(0)}))

    assert bool(told) == over
    assert not told or told == f"the fee is 4.00 GBP, above the limit of {limit} GBP"


@pytest.mark.parametrize(("limit", "over"), [("0.4", False), ("0.39999", True)])
def test_per_cent_are_of_what_is_converted(limit: str, over: bool) -> None:
    """The fee is compared with what leaves without it, not with the whole debit."""
    assert bool(fee_objection(quote(), percent(limit))) == over
    assert not over or "0.40 % of 1000.00 GBP, above the limit of 0.39999 %" in fee_objection(quote(), percent(limit))


def test_a_fee_of_everything_is_too_dear() -> None:
    """Where nothing is left to convert any limit is passed, and nothing is divided by zero."""
    assert "all that is paid" in fee_objection(quote("5.00", "5.00"), percent("99"))


@pytest.mark.parametrize(("limit", "over"), [("0.5", False), ("0.4999", True)])
def test_a_rate_may_be_a_little_below_mid_market(limit: str, over: bool) -> None:
    """Lower is worse for who pays; a better rate than mid-market is always good."""
    limits = PriceLimits(rate_percent=Decimal(limit))

    told = rate_objection(quote(rate="1.194"), Decimal("1.2"), limits)

    assert bool(told) == over
    assert not told or "the rate GBP-EUR is 1.194, 0.50 % below the mid-market rate 1.2" in told
    assert rate_objection(quote(rate="1.3"), Decimal("1.2"), PriceLimits(rate_percent=Decimal(0))) == ""
