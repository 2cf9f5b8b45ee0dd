"""How it stands, as metrics: counts and amounts, ages, balances against what is due. Every five minutes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from kinetic_wise import metrics
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.forecast import kept_forecast
from kinetic_wise.flows.overview import StatusRow, look_over
from kinetic_wise.flows.stuck import Watch
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.payments.life_cycle import Status

_CURSOR = "measured"
_EVERY = timedelta(minutes=5)
# What only grows is counted as it happens (metrics.MOVED, metrics.PAID), not read again every five minutes.
_MEASURED = tuple(status for status in Status if status not in {Status.POSTED, Status.CLOSED, Status.REJECTED})


def measure_if_due(deps: Deps, reading: Reading) -> None:
    """Measure anew once in five minutes."""
    at, now = deps.state.cursor(_CURSOR).get("at", ""), deps.now()
    if not at or datetime.fromisoformat(at) + _EVERY <= now:
        deps.state.move_cursor(_CURSOR, {"at": now.isoformat()})
        measure(deps, reading)


def measure(deps: Deps, reading: Reading) -> None:
    """Measure how all payments stand, and the balances as the last forecast saw them."""
    _measure_payments(deps, look_over(Watch(reading, deps.state, deps.now()), _MEASURED))
    _measure_balances(deps)


def _measure_payments(deps: Deps, rows: Iterable[StatusRow]) -> None:
    stuck, oldest = 0, dict[Status, datetime | None]()
    counts, amounts = Counter[Status](), defaultdict[tuple[Status, str], Decimal](Decimal)
    for row in rows:
        stuck, oldest[row.status] = stuck + (row.count if row.is_stuck else 0), row.oldest
        counts[row.status] += row.count
        for currency, amount in row.amounts.items():
            amounts[row.status, currency] += amount
    for status, count in counts.items():
        deps.meter(metrics.PAYMENTS, count, status=status.value)
    for (status, currency), amount in amounts.items():
        deps.meter(metrics.AMOUNT, amount, status=status.value, currency=currency)
    deps.meter(metrics.STUCK, stuck)
    for metric, status in ((metrics.OLDEST_HOLD, Status.HELD), (metrics.OLDEST_UNKNOWN, Status.UNKNOWN)):
        since = oldest[status]
        deps.meter(metric, 0 if since is None else (deps.now() - since).total_seconds())


def _measure_balances(deps: Deps) -> None:
    forecasts, _ = kept_forecast(deps.state)
    for one in forecasts:
        currency = one["currency"]
        deps.meter(metrics.BALANCE, Decimal(one["balance"]), currency=currency)
        deps.meter(metrics.DUE, sum((Decimal(day["amount"]) for day in one["days"]), Decimal(0)), currency=currency)
        deps.meter(metrics.SHORT, Decimal(one["short_by"]), currency=currency)
    deps.meter(metrics.SHORT_CURRENCIES, sum(bool(one["short_on"]) for one in forecasts))
