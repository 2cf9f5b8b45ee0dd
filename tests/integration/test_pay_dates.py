"""What is not due rests without a trace in Epicor and Wise, and is paid on its day."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.delivery import delivery_days, learn_delivery
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.systems import Quote
from kinetic_wise.settings import Settings, SettingsError, read
from tests.support.acts import day_with, only_payment, people_in_epicor, small_day
from tests.support.world import World

_DAY = 86_400.0


def _due_on(world: World, day: str) -> None:
    invoice = world.day.invoices[0]
    people_in_epicor(world, "change_due_date", invoice, invoice_num=invoice.invoice_num, due_date=day)


@pytest.fixture
def world() -> World:
    """One invoice, due tomorrow, Tuesday."""
    world = World(small_day(), Settings(pay_when="due_date", time_zone="Europe/Berlin", epicor_slot_wait=2))
    _due_on(world, "2026-11-24")
    world.poll()
    world.run(3600)
    return world


def test_what_is_not_due_is_claimed_and_nothing_more(world: World) -> None:
    """The invoice is claimed with its day; there is no draft, no execution and no transfer."""
    payment = only_payment(world)
    assert payment.status is Status.QUEUED
    assert payment.not_before is not None
    assert payment.not_before.isoformat() == "2026-11-23T23:00:00+00:00", "midnight in Berlin"
    assert payment.run == 0
    assert world.epicor.state()["payments"] == []
    assert world.wise.state()["transfers"] == []


def test_what_has_become_due_is_paid(world: World) -> None:
    """The sweep starts it on its day."""
    world.run(0.75 * _DAY)
    assert only_payment(world).status is Status.POSTED
    (draft,) = world.epicor.state()["payments"]
    assert draft["posted"]


def test_the_day_is_computed_again_from_a_fresh_read(world: World) -> None:
    """A due date moved in Epicor meanwhile puts the payment off once more, still without a draft."""
    _due_on(world, "2026-11-25")
    world.run(0.75 * _DAY)
    waiting = only_payment(world)
    assert waiting.status is Status.QUEUED
    assert waiting.not_before is not None
    assert waiting.not_before.date() == date(2026, 11, 24)
    assert world.epicor.state()["payments"] == []
    world.run((waiting.not_before - world.time + timedelta(hours=2)).total_seconds())
    assert only_payment(world).status is Status.POSTED


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"time_zone": "Berlin"}', "time_zone: .*IANA"),
        ('{"pay_weekdays": ["sat"]}', "pay_weekdays"),
        ('{"pay_opens": "17:00", "pay_cut_off": "16:00"}', "pay_opens .* before pay_cut_off"),
        ('{"pay_cut_off": "16:00"}', "pay_cut_off: not with pay_when at_once"),
        ("{", "Invalid JSON"),
        ("[]", "no JSON object"),
        ('{"pay_when": "sometime"}', "pay_when"),
        ('{"pay_days_before_due": 10, "pay_earliest_days": 5}', "pay_days_before_due .* aims before pay_earliest_days"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(text: str, named: str) -> None:
    """A setting that contradicts itself or the calendar is refused with its name."""
    with pytest.raises(SettingsError, match=named):
        read(text)


def test_a_parameter_of_the_template_is_not_set_twice() -> None:
    """What is a parameter of the template cannot stand in Settings too; the message names the parameter."""
    with pytest.raises(SettingsError, match="pay_when is the parameter PayWhen"):
        read('{"pay_when": "due_date"}', '{"pay_when": "at_once", "pay_weekdays": "mon,tue,wed,thu,fri"}')
    assert read('{"running": 6}', '{"pay_when": "arrive_by"}').pay_when == "arrive_by"


def test_a_weekly_run_pays_on_its_day_and_within_its_hours() -> None:
    """With next_pay_day nothing waits for its due date, and nothing starts on another day or after the cut-off."""
    settings = Settings(pay_when="next_pay_day", pay_weekdays=("thu",), pay_opens=time(9), epicor_slot_wait=2)
    world = World(small_day(), settings)
    world.poll()
    world.run(600)
    waiting = only_payment(world)
    assert (waiting.status, waiting.not_before) == (Status.QUEUED, _next_thursday(world.time))
    assert waiting.not_before is not None
    world.run((waiting.not_before - world.time + timedelta(hours=2)).total_seconds())
    assert only_payment(world).status is Status.POSTED


def _next_thursday(now: datetime) -> datetime:
    day = now.date() + timedelta(days=(3 - now.weekday()) % 7)
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


# --- delivery and discounts ------------------------------------------------------------------------------------------


def _arriving(days: int) -> World:
    """One invoice due on Friday the 4th of December, which must be with the vendor by then."""
    world = World(small_day(), Settings(pay_when="arrive_by", delivery_days=days, epicor_slot_wait=2))
    _due_on(world, "2026-12-04")
    return world


def _starts(world: World) -> str:
    world.poll()
    world.run(3600)
    start = only_payment(world).not_before
    assert start is not None
    return f"{start:%Y-%m-%d}"


def _quoted(world: World, *deliveries: str) -> None:
    """What quotes estimated before."""
    for day in deliveries:
        quote = Quote(
            id="q", source_currency="EUR", target_currency="EUR", target_amount=Decimal(1), source_amount=Decimal(1),
            fee=Decimal(0), rate=Decimal(1), expires_at=world.time, rate_expires_at=None, recipient_id=1,
            delivers_at=datetime.fromisoformat(f"{day}T12:00:00+00:00"),
        )  # fmt: skip
        learn_delivery(world.deps, quote)


def test_until_a_quote_has_told_the_setting_says_how_long_wise_takes() -> None:
    """Two working days before Friday is Wednesday."""
    assert _starts(_arriving(2)) == "2026-12-02"


def test_what_quotes_told_of_a_currency_counts_from_then_on() -> None:
    """The slowest of the last quotes: a week-end between is no working day, so Monday to Monday is five."""
    world = _arriving(2)
    _quoted(world, "2026-11-24", "2026-11-30", "2026-11-24")
    assert delivery_days(world.deps, "EUR") == 5
    assert delivery_days(world.deps, "GBP") == 2, "nothing known of it: the setting"
    assert _starts(world) == "2026-11-27"


def test_a_slow_quote_is_forgotten_after_ten_more() -> None:
    """One slow day long ago does not make every payment early for ever; an absurd estimate never counts."""
    world = _arriving(2)
    _quoted(world, "2026-12-04", *["2026-11-24"] * 10, "2027-11-24")
    assert delivery_days(world.deps, "EUR") == 1


def test_every_quote_teaches() -> None:
    """A payment made tells how long its currency takes: the simulated Wise says one day."""
    world = World(small_day())
    world.poll()
    world.run(3600)
    assert only_payment(world).status is Status.POSTED
    assert delivery_days(world.deps, "EUR") == 1


def _discounted(days: int, **settings: Any) -> World:
    """One invoice due on the 4th of December with 30.00 off until so many days from Monday, the 23rd of November."""
    day = day_with("1000.00", discount=Decimal("30.00"), discount_days=days)
    world = World(day, Settings(**{"pay_when": "due_date", "epicor_slot_wait": 2, **settings}))
    _due_on(world, "2026-12-04")
    return world


def test_a_discount_is_paid_for_by_its_date() -> None:
    """What is cheaper until Friday is paid on Friday, a week before it is due, and with the discount."""
    world = _discounted(4)
    assert _starts(world) == "2026-11-27"
    world.run(5 * _DAY)
    assert only_payment(world).status is Status.POSTED
    assert world.wise.state()["transfers"][0]["target_amount"] == "970.00"


@pytest.mark.parametrize(("days", "settings"), [(4, {"take_discounts": False}), (0, {"pay_cut_off": "08:00"})])
def test_a_discount_that_cannot_be_had_changes_nothing(days: int, settings: dict[str, Any]) -> None:
    """A site that takes none, or a discount that ends before the next day for payments: the due date counts."""
    assert _starts(_discounted(days, **settings)) == "2026-12-04"
