"""The forecast: what falls due in the coming days against the balances, as data; an alarm before a run falls short.

Kept in the connector's state for the dashboard: amounts as text, days ISO. What is claimed counts, held payments do
not: whether they will be paid is for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.recipient import paying_currency
from kinetic_wise.ledger import ConnectorState
from kinetic_wise.payments.forecast import Demand, Forecast, forecast
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment
from kinetic_wise.payments.money import NO_CURRENCY
from kinetic_wise.transport import Refused
from kinetic_wise.wise.answers import Balance

_CURSOR = "forecast"
_EVERY = timedelta(hours=1)
_UNPAID = (
    Status.QUEUED,
    Status.RESERVED,
    Status.RECIPIENT_READY,
    Status.QUOTED,
    Status.CREATED,
    Status.AWAITING_FUNDS,
    Status.AWAITING_APPROVAL,
)
_CENT = Decimal("0.01")


def forecast_if_due(deps: Deps) -> None:
    """Make the forecast anew once an hour. Raises RemoteError."""
    made = deps.state.cursor(_CURSOR).get("at", "")
    if not made or datetime.fromisoformat(made) + _EVERY <= deps.now():
        make_forecast(deps)


def make_forecast(deps: Deps) -> tuple[Forecast, ...]:
    """Look ahead as many days as the setting says, keep what is seen, and tell of a coming run that will fall short.

    Told once a day for each currency. That money is short today already shows by `awaiting_funds`. Raises RemoteError.
    """
    balances = deps.wise.balances()
    demands = _Demands(deps, balances)
    amounts = {currency: balance.amount for currency, balance in balances.items()}
    found = forecast(amounts, demands.all(), deps.today, deps.settings.forecast_days)
    deps.exchanges.take()
    told = dict(deps.state.cursor(_CURSOR).get("told", {}))
    for one in found:
        if one.short_on is not None and one.short_on > deps.today and told.get(one.currency) != deps.today.isoformat():
            told[one.currency] = deps.today.isoformat()
            deps.log("a payment run will fall short", **_as_data(one), alarm=True)
    kept = [_as_data(one) for one in found]
    deps.state.move_cursor(_CURSOR, {"at": deps.now().isoformat(), "currencies": kept, "told": told})
    return found


def kept_forecast(state: ConnectorState) -> tuple[list[dict[str, Any]], datetime | None]:
    """The last forecast as kept (currency, balance, days of day, amount, left; short_on, short_by), and its time."""
    kept = state.cursor(_CURSOR)
    return list(kept.get("currencies", [])), datetime.fromisoformat(kept["at"]) if kept.get("at") else None


def _as_data(one: Forecast) -> dict[str, Any]:
    days = [{"day": day.day.isoformat(), "amount": str(day.amount), "left": str(day.left)} for day in one.days]
    short_on = one.short_on.isoformat() if one.short_on else ""
    return {
        "currency": one.currency,
        "balance": str(one.balance),
        "days": days,
        "short_on": short_on,
        "short_by": str(one.short_by),
    }


class _Demands:
    """What all unpaid payments will take, each from the balance that will pay it."""

    def __init__(self, deps: Deps, balances: Mapping[str, Balance]) -> None:
        self._deps = deps
        self._balances = balances
        self._rates: dict[tuple[str, str], Decimal | None] = {}

    def all(self) -> Iterator[Demand]:
        """One for each payment that is not funded yet."""
        for status in _UNPAID:
            for payment_id in self._deps.ledger.in_status(status):
                loaded = self._deps.ledger.load(payment_id)
                if loaded and loaded[0].status is status:
                    yield from self._of(*loaded)

    def _of(self, payment: Payment, attempt: Attempt | None) -> Iterator[Demand]:
        day = self._day(payment)
        if attempt is not None and attempt.quote is not None:
            yield Demand(attempt.quote.source_currency, attempt.quote.source_amount, day)
            return
        if payment.currency == NO_CURRENCY:
            return
        source = paying_currency(self._balances, payment.currency, self._deps.settings.funding_currency)
        rate = self._rate(source, payment.currency)
        if rate is not None:
            yield Demand(source, (payment.amount / rate).quantize(_CENT, ROUND_UP), day)

    def _day(self, payment: Payment) -> date:
        """When its run is: in the companies' time zone, today unless it waits for a later day."""
        if payment.status is not Status.QUEUED or payment.not_before is None:
            return self._deps.today
        return payment.not_before.astimezone(ZoneInfo(self._deps.settings.time_zone)).date()

    def _rate(self, source: str, target: str) -> Decimal | None:
        """Wise's rate now, asked once a pair; None where Wise has none, and so will not pay it either."""
        if source == target:
            return Decimal(1)
        if (source, target) not in self._rates:
            try:
                self._rates[source, target] = self._deps.wise.rate(source, target)
            except Refused:
                self._rates[source, target] = None
        return self._rates[source, target]
