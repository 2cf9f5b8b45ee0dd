"""When to pay: the due date, working days, the days on which payments are made, and the delivery at the payee's bank.

Pure: which days are working days in a currency is asked of a calendar (`calendars.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WorkingDay = Callable[[date], bool]

_LONGEST_CLOSURE = 30  # days; no currency's banks are closed for longer


@dataclass(frozen=True)
class PayRules:
    """When payments are made. Days are those of `zone`; weekdays count from 0, Monday."""

    zone: ZoneInfo
    days_before_due: int = 0  # the day to aim at: so many days before the due date
    earliest_days: int = 14  # never paid earlier than so many days before the due date
    arrive_by: bool = False  # the money is to be with the payee on the day aimed at
    weekdays: frozenset[int] = frozenset(range(5))  # the days on which payments are made
    opens: time = time(0, 0)
    cut_off: time = time(23, 59)  # what is not started in that minute waits for the next day


@dataclass(frozen=True)
class PayDate:
    """When a payment may start: `start` is aware and UTC."""

    start: datetime
    day: date


class NeverOpen(Exception):
    """No day fits the rules; the message names the setting."""


def pay_date(due: date | None, rules: PayRules, now: datetime, working: WorkingDay, delivery_days: int = 0) -> PayDate:
    """The day on which an invoice is paid, seen from `now`. No due date: as soon as possible.

    The last day for payments that keeps the day aimed at, but none before the earliest; then the next one. `working`
    tells whether the banks of both currencies work on a day; `delivery_days` are working days (wise-api.md 4.2,
    `estimatedDelivery`). Raises NeverOpen.
    """
    first = _first_open(rules, now, working)
    if due is None:
        return _from(first, rules, now)
    aim = due - timedelta(days=rules.days_before_due)
    latest = _working_days_before(aim, delivery_days if rules.arrive_by else 0, working)
    if first > latest:
        return _from(first, rules, now)
    day = _last_open(rules, latest, max(first, due - timedelta(days=rules.earliest_days)), working)
    return _from(day or _next_open(rules, latest, working), rules, now)


def _from(day: date, rules: PayRules, now: datetime) -> PayDate:
    opens = datetime.combine(day, rules.opens, rules.zone).astimezone(UTC)
    return PayDate(max(opens, now), day)


def _first_open(rules: PayRules, now: datetime, working: WorkingDay) -> date:
    local = now.astimezone(rules.zone)
    today = local.date()
    minute = local.time().replace(second=0, microsecond=0)
    return _next_open(rules, today if minute <= rules.cut_off else today + timedelta(days=1), working)


def _next_open(rules: PayRules, day: date, working: WorkingDay) -> date:
    found = next(_open_days(rules, _days(day, 1), working), None)
    if found is None:
        raise NeverOpen(f"no working day within {_LONGEST_CLOSURE} days of {day} is a day for payments: pay_weekdays")
    return found


def _last_open(rules: PayRules, latest: date, earliest: date, working: WorkingDay) -> date | None:
    days = _open_days(rules, _days(latest, -1, (latest - earliest).days + 1), working)
    return next(days, None)


def _open_days(rules: PayRules, days: Iterator[date], working: WorkingDay) -> Iterator[date]:
    return (day for day in days if day.weekday() in rules.weekdays and working(day))


def _working_days_before(day: date, count: int, working: WorkingDay) -> date:
    """The last working day up to `day`, and `count` working days before that."""
    days = (candidate for candidate in _days(day, -1, _LONGEST_CLOSURE + 2 * count) if working(candidate))
    for _ in range(count):
        next(days, None)
    return next(days, day)


def working_days_between(start: date, end: date, working: WorkingDay) -> int:
    """How many working days come after `start` up to and including `end`."""
    return sum(working(day) for day in _days(start + timedelta(days=1), 1, max((end - start).days, 0)))


def _days(start: date, step: int, count: int = _LONGEST_CLOSURE) -> Iterator[date]:
    return (start + timedelta(days=step * number) for number in range(count))
