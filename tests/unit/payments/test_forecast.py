"""What falls due against what is there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kinetic_wise.payments.forecast import Demand, ForecastDay, forecast

TODAY = date(2026, 11, 23)


def due(amount: str, day: int, currency: str = "EUR") -> Demand:
    """What leaves a balance on a day of November."""
    return Demand(currency, Decimal(amount), date(2026, 11, day))


def test_each_day_is_taken_from_what_the_day_before_left() -> None:
    """Day by day in order, sums of a day together; the first day that falls short and how much is missing are told."""
    (found,) = forecast({"EUR": Decimal(100)}, [due("50", 26), due("30", 24), due("40", 26)], TODAY, 7)
    assert found.days == (
        ForecastDay(date(2026, 11, 24), Decimal(30), Decimal(70)),
        ForecastDay(date(2026, 11, 26), Decimal(90), Decimal(-20)),
    )
    assert (found.short_on, found.short_by) == (date(2026, 11, 26), Decimal(20))


def test_what_is_overdue_is_due_today() -> None:
    """Yesterday's payments still want their money."""
    (found,) = forecast({"EUR": Decimal(10)}, [due("10", 20)], TODAY, 7)
    assert [day.day for day in found.days] == [TODAY]
    assert (found.short_on, found.short_by) == (None, Decimal(0))


def test_what_lies_beyond_the_horizon_is_not_counted() -> None:
    """The last day of the horizon counts, the next does not."""
    (found,) = forecast({"EUR": Decimal(10)}, [due("5", 25), due("500", 26)], TODAY, 2)
    assert [day.amount for day in found.days] == [Decimal(5)]


def test_every_balance_and_every_currency_owed_is_shown() -> None:
    """A balance that nothing leaves stands there with its amount; a currency without a balance has zero."""
    found = forecast({"GBP": Decimal(7)}, [due("5", 24, "USD")], TODAY, 7)
    assert [(one.currency, one.balance, one.short_by) for one in found] == [
        ("GBP", Decimal(7), Decimal(0)),
        ("USD", Decimal(0), Decimal(5)),
    ]
