"""How many working days Wise takes to deliver a currency, as its last quotes told; kept in the connector's state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from kinetic_wise.calendars import is_working_day
from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.pay_dates import working_days_between
from kinetic_wise.payments.systems import Quote

_QUOTES = 10  # the slowest of so many counts: early money costs a little interest, late money a vendor's trust
_MOST = 20  # working days, as in the setting; an estimate further away is none


def delivery_days(deps: Deps, currency: str) -> int:
    """Working days from funding to delivery: of the slowest of the last quotes; without one the setting."""
    seen = _seen(deps, currency)
    return max(seen) if seen else deps.settings.delivery_days


def learn_delivery(deps: Deps, quote: Quote) -> None:
    """Keep what a quote estimates (wise-api.md 4.2, `estimatedDelivery`). Two workers may lose one: no matter."""
    if quote.delivers_at is None:
        return
    zone = ZoneInfo(deps.settings.time_zone)
    working = working_in(frozenset({quote.source_currency, quote.target_currency}))
    days = working_days_between(deps.today, quote.delivers_at.astimezone(zone).date(), working)
    before = _seen(deps, quote.target_currency)
    after = [*before, days][-_QUOTES:]
    if days <= _MOST and after != before:
        deps.state.move_cursor(_name(quote.target_currency), {"days": after})


def working_in(currencies: frozenset[str]) -> Callable[[date], bool]:
    """Whether the banks of all these currencies work on a day."""
    return lambda day: is_working_day(day, currencies)


def _seen(deps: Deps, currency: str) -> list[int]:
    return [int(days) for days in deps.state.cursor(_name(currency)).get("days", [])]


def _name(currency: str) -> str:
    return f"delivery/{currency}"
