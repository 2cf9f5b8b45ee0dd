"""On which days the banks of a currency work, from the `holidays` library."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays

_EURO = "XECB"  # TARGET, the euro's own calendar
_SATURDAY = 5


def is_working_day(day: date, currencies: frozenset[str]) -> bool:
    """Whether banks work on a day in all of these currencies (ISO 4217)."""
    return day.weekday() < _SATURDAY and not any(day in _closed(currency) for currency in sorted(currencies))


@cache
def _closed(currency: str) -> holidays.HolidayBase | frozenset[date]:
    """The holidays of a currency: an ISO 4217 code begins with its country's; XOF and the like have none we know."""
    if currency == "EUR":
        return holidays.financial_holidays(_EURO)
    try:
        return holidays.country_holidays(currency[:2])
    except NotImplementedError:
        return frozenset()
