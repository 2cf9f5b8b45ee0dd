"""When to pay: the day aimed at, working days, days for payments, cut-off, delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinetic_wise.calendars import is_working_day
from kinetic_wise.payments.pay_dates import NeverOpen, PayRules, pay_date

ZONE = ZoneInfo("Europe/Berlin")
RULES = PayRules(zone=ZONE)
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def working(day: date) -> bool:
    """A calendar without holidays."""
    return day.weekday() < 5


def test_an_invoice_is_paid_on_its_due_date() -> None:
    """An invoice due in a week is paid then, not before."""
    found = pay_date(date(2026, 11, 10), RULES, MONDAY, working)
    assert found.day == date(2026, 11, 10)
    assert found.start == datetime(2026, 11, 9, 23, 0, tzinfo=UTC), "midnight in Berlin"


def test_due_on_a_sunday_is_paid_on_the_friday_before() -> None:
    """Money leaves before a weekend, not after the due date."""
    assert pay_date(date(2026, 11, 8), RULES, MONDAY, working).day == date(2026, 11, 6)


def test_an_overdue_invoice_is_paid_at_once() -> None:
    """What is due already starts now."""
    assert pay_date(date(2026, 10, 1), RULES, MONDAY, working).start == MONDAY


def test_without_a_due_date_an_invoice_is_paid_at_once() -> None:
    """No due date is no reason to wait."""
    assert pay_date(None, RULES, MONDAY, working).start == MONDAY


def test_after_the_cut_off_a_payment_waits_for_the_next_working_day() -> None:
    """On a Friday evening the next start is on Monday when payments open."""
    rules = replace(RULES, opens=time(8, 0), cut_off=time(16, 0))
    friday_evening = datetime(2026, 11, 6, 15, 30, tzinfo=UTC)  # 16:30 in Berlin
    assert pay_date(date(2026, 11, 6), rules, friday_evening, working).start == datetime(2026, 11, 9, 7, 0, tzinfo=UTC)


def test_payments_are_made_on_their_weekdays_only() -> None:
    """With a run each Thursday an invoice due on Tuesday is paid on the Thursday before."""
    rules = replace(RULES, weekdays=frozenset({3}))
    assert pay_date(date(2026, 11, 10), rules, MONDAY, working).day == date(2026, 11, 5)


def test_never_earlier_than_the_earliest_day() -> None:
    """A run too long before the due date is left out: the next one pays, though late."""
    rules = replace(RULES, weekdays=frozenset({3}), earliest_days=2)
    assert pay_date(date(2026, 11, 10), rules, MONDAY, working).day == date(2026, 11, 12)


def test_arrive_by_leaves_room_for_the_delivery() -> None:
    """Two working days of delivery before a Monday: paid on the Thursday before."""
    rules = replace(RULES, arrive_by=True)
    assert pay_date(date(2026, 11, 16), rules, MONDAY, working, delivery_days=2).day == date(2026, 11, 12)


def test_days_before_due_are_taken_off() -> None:
    """Aiming at three days before the due date moves the payment there."""
    rules = replace(RULES, days_before_due=3)
    assert pay_date(date(2026, 11, 13), rules, MONDAY, working).day == date(2026, 11, 10)


def test_rules_that_no_day_fits_are_refused() -> None:
    """Payments on Sundays only never happen: the setting is named."""
    with pytest.raises(NeverOpen, match="pay_weekdays"):
        pay_date(date(2026, 11, 10), replace(RULES, weekdays=frozenset({6})), MONDAY, working)


def test_holidays_of_either_currency_are_no_working_days() -> None:
    """TARGET closes on Good Friday, the United States on Thanksgiving, an unknown calendar on weekends only."""
    good_friday, thanksgiving = date(2026, 4, 3), date(2026, 11, 26)
    assert not is_working_day(good_friday, frozenset({"EUR", "USD"}))
    assert not is_working_day(thanksgiving, frozenset({"EUR", "USD"}))
    assert is_working_day(thanksgiving, frozenset({"EUR"}))
    assert is_working_day(thanksgiving, frozenset({"XOF"}))
    assert not is_working_day(date(2026, 11, 28), frozenset({"XOF"}))


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, 2 * 365 * 24 * 60),
    st.sets(st.integers(0, 4), min_size=1),
    st.integers(0, 5),
    st.booleans(),
)
def test_every_start_keeps_the_rules(
    due: date, minutes: int, weekdays: set[int], delivery_days: int, arrive_by: bool
) -> None:
    """Whatever the dates: never before now, on a day for payments, before the cut-off, and late only when it must."""
    rules = replace(RULES, weekdays=frozenset(weekdays), cut_off=time(16, 0), arrive_by=arrive_by)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = pay_date(due, rules, moment, working, delivery_days)
    assert found.start >= moment
    assert found.day.weekday() in weekdays
    assert found.start.astimezone(ZONE).date() == found.day
    assert found.start.astimezone(ZONE).time() <= rules.cut_off
    assert found.day <= due or arrive_by or not any(day.weekday() in weekdays for day in open_until(due, rules, moment))
    assert found.day >= min(due - timedelta(days=rules.earliest_days), found.start.astimezone(ZONE).date())


def open_until(due: date, rules: PayRules, now: datetime) -> list[date]:
    """The days on which a payment could still start in time, weekends aside."""
    local = now.astimezone(ZONE)
    today = local.date() + timedelta(days=local.time().replace(second=0, microsecond=0) > rules.cut_off)
    first = max(today, due - timedelta(days=rules.earliest_days))
    return [first + timedelta(days=number) for number in range((due - first).days + 1)]
