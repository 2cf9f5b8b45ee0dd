"""What is not due rests without a trace in Epicor and Wise, and is paid on its day."""

from datetime import date, timedelta

import pytest

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings, SettingsError, read
from tests.support.acts import only_payment, people_in_epicor, small_day
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
        ('{"pay_when": "sometime"}', "pay_when"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(text: str, named: str) -> None:
    """A setting that contradicts itself or the calendar is refused with its name."""
    with pytest.raises(SettingsError, match=named):
        read(text)
