"""What a day measures: every payment's moves, how it stands, and ages that looks do not make younger."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kinetic_wise import metrics
from kinetic_wise.flows.measure import measure, measure_if_due
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action, Intent
from tests.support.dynamodb import FIRST
from tests.support.meter import Meter
from tests.support.world import World


@pytest.fixture(scope="module")
def day() -> tuple[World, Meter]:
    """A day worked off with a meter."""
    world, meter = World(), Meter()
    world.deps.meter = meter
    world.poll()
    world.run(3 * 3600)
    return world, meter


def _reading(world: World) -> Reading:
    return Reading(world.database.client, FIRST.payments)


def test_moves_and_money_are_counted(day: tuple[World, Meter]) -> None:
    """Each posted payment is one move to `posted`, and its amount counts in its currency, once."""
    world, meter = day
    posted = [payment for payment in world.payments().values() if payment.status is Status.POSTED]
    assert len(posted) > 5
    assert meter.all(metrics.MOVED, status="posted") == [1] * len(posted)
    for currency in {payment.currency for payment in posted}:
        paid = sum((Decimal(value) for value in meter.all(metrics.PAID, currency=currency)), Decimal(0))
        assert paid == sum((p.amount for p in posted if p.currency == currency), Decimal(0))
    assert all(0 < seconds < 3 * 3600 for seconds in meter.all(metrics.TIME_TO_PAY))


def test_standing_is_measured_as_the_ledger_has_it(day: tuple[World, Meter]) -> None:
    """Counts by status and amounts by status and currency are the ledger's, also where there is none."""
    world, _ = day
    meter = Meter()
    world.deps.meter = meter
    measure(world.deps, _reading(world))
    payments = list(world.payments().values())
    for status in set(Status) - {Status.POSTED, Status.CLOSED, Status.REJECTED}:  # those only grow
        assert meter.last(metrics.PAYMENTS, status=status.value) == sum(p.status is status for p in payments)
    held = [payment for payment in payments if payment.status is Status.HELD]
    for currency in {payment.currency for payment in held}:
        total = sum((p.amount for p in held if p.currency == currency), Decimal(0))
        assert meter.last(metrics.AMOUNT, status="held", currency=currency) == total
    oldest = min(payment.hold.since for payment in held if payment.hold)
    assert meter.last(metrics.OLDEST_HOLD) == (world.now() - oldest).total_seconds()
    assert meter.last(metrics.STUCK) == 0


def test_balances_are_measured_against_what_is_due(day: tuple[World, Meter]) -> None:
    """For each currency of the forecast: balance, what falls due, and what is missing."""
    world, _ = day
    meter = Meter()
    world.deps.meter = meter
    measure(world.deps, _reading(world))
    balances = world.deps.wise.balances()
    assert set(meter.values["Balance"]) == {(("currency", currency),) for currency in balances}
    assert set(meter.values["Due"]) == set(meter.values["Short"]) == set(meter.values["Balance"])


def test_measured_every_five_minutes(day: tuple[World, Meter]) -> None:
    """The sweep runs each minute; a measurement is taken once in five."""
    world, _ = day
    meter = Meter()
    world.deps.meter = meter
    world.deps.state.move_cursor("measured", {})
    for _ in range(7):
        measure_if_due(world.deps, _reading(world))
        world.time += timedelta(minutes=1)
    assert len(meter.all(metrics.STUCK)) == 2


def test_looks_do_not_make_the_unknown_younger(day: tuple[World, Meter]) -> None:
    """An unclear call counts from when it was sent; a payment that no execution moved for an hour counts as stuck."""
    world, _ = day
    meter = Meter()
    world.deps.meter = meter
    first, second = [p for p in world.payments().values() if p.status is Status.HELD][:2]
    sent = world.now() - timedelta(hours=3)
    unknown = first.model_copy(
        update={"status": Status.UNKNOWN, "intent": Intent(action=Action.FUND, at=sent, looks=9)}
    )
    world.deps.ledger.write(first, unknown, [], [], [])
    world.deps.ledger.write(second, second.model_copy(update={"status": Status.RESERVED}), [], [], [])
    world.time += timedelta(hours=2)
    measure(world.deps, _reading(world))
    assert meter.last(metrics.OLDEST_UNKNOWN) == 5 * 3600
    assert meter.last(metrics.STUCK) == 1
