"""What falls due against what is there, by currency and day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True)
class Demand:
    """What is to leave a balance on a day, as far as it is known; in the balance's currency (ISO 4217)."""

    currency: str
    amount: Decimal
    day: date


@dataclass(frozen=True)
class ForecastDay:
    """What leaves a balance on a day, and what is left of it then: below zero it falls short."""

    day: date
    amount: Decimal
    left: Decimal


@dataclass(frozen=True)
class Forecast:
    """A balance and the days to come on which something leaves it, in order."""

    currency: str
    balance: Decimal
    days: tuple[ForecastDay, ...]

    @property
    def short_on(self) -> date | None:
        """The first day on which the balance does not suffice."""
        return next((day.day for day in self.days if day.left < 0), None)

    @property
    def short_by(self) -> Decimal:
        """How much is missing at the end; zero when nothing is."""
        return max(Decimal(0), -self.days[-1].left) if self.days else Decimal(0)


def forecast(
    balances: Mapping[str, Decimal], demands: Iterable[Demand], today: date, days: int
) -> tuple[Forecast, ...]:
    """The forecast of each currency, for today and so many days after it. What is overdue is due today.

    A currency without a balance has none: its balance is zero.
    """
    sums: dict[str, dict[date, Decimal]] = {currency: {} for currency in balances}
    for demand in demands:
        day = max(demand.day, today)
        if day <= today + timedelta(days=days):
            by_day = sums.setdefault(demand.currency, {})
            by_day[day] = by_day.get(day, Decimal(0)) + demand.amount
    return tuple(
        _of_one(currency, balances.get(currency, Decimal(0)), by_day) for currency, by_day in sorted(sums.items())
    )


def _of_one(currency: str, balance: Decimal, by_day: Mapping[date, Decimal]) -> Forecast:
    left, days = balance, []
    for day, amount in sorted(by_day.items()):
        left -= amount
        days.append(ForecastDay(day, amount, left))
    return Forecast(currency, balance, tuple(days))
