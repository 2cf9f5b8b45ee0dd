"""What stands still is counted and listed, whatever a sweep writes meanwhile; what rests for a reason is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kinetic_wise import metrics
from kinetic_wise.flows.board import Books, read_board
from kinetic_wise.flows.measure import measure
from kinetic_wise.flows.overview import look_over
from kinetic_wise.flows.stuck import Watch
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.settings import Settings
from kinetic_wise.widget.page import answer
from tests.support.acts import fault, only_payment, paid_day, small_day, work_until
from tests.support.dynamodb import FIRST
from tests.support.meter import Meter
from tests.support.world import World
from tests.unit.widget.parsing import Page

_QUOTE = ("POST", "/quotes$")


def _reading(world: World) -> Reading:
    return Reading(world.database.client, FIRST.payments)


def _stuck(world: World, hours: float = 0) -> list[Payment]:
    """What stands still some hours from now."""
    watch = Watch(_reading(world), world.deps.state, world.now() + timedelta(hours=hours))
    return [payment for row in look_over(watch) if row.is_stuck for payment in row.longest]


@pytest.fixture(scope="module")
def silent() -> World:
    """Hours after Wise stopped answering: nobody has a price for what is reserved."""
    world = World(small_day())
    fault(world.wise, _QUOTE, "status", times=-1, status=503)
    world = paid_day(world, 3)
    assert only_payment(world).run > 5
    return world


def test_a_sweeps_new_runs_make_nothing_younger(silent: World) -> None:
    """A payment that stays where it is for hours counts as stuck, however often it was started again meanwhile."""
    assert only_payment(silent).updated_at > silent.now() - timedelta(hours=1)
    meter = Meter()
    silent.deps.meter = meter
    with silent.acting("sweep"):
        measure(silent.deps, _reading(silent))
    assert meter.last(metrics.STUCK) == 1
    status = only_payment(silent).status
    assert meter.all(metrics.PAYMENTS, status=status.value) == [1]


def test_the_board_lists_what_stands_still(silent: World) -> None:
    """It stands among those that need a person, with the remedy, and counts with them and not as on the way."""
    trail = Trail(silent.database.client, FIRST.payments, FIRST.audit, FIRST.connector)
    books = Books(_reading(silent), trail, silent.deps.state)
    with silent.acting("dashboard_widget"):
        board = read_board(books, silent.now())
    assert ([one.id for one in board.waiting], board.unshown) == ([only_payment(silent).id], 0)
    text = Page(answer({}, books, "arn", silent.now())).text
    assert "it stands still though nothing holds it" in text
    assert "Need a person1" in text
    assert "On the way0" in text


def test_what_the_stop_switch_keeps_is_not_stuck() -> None:
    """A transfer that is made and waits for `resume` stands still by order."""
    world = World(small_day())
    world.deps.state.switch.stop()
    assert only_payment(paid_day(world, 3)).status is Status.CREATED
    assert _stuck(world) == []
    world.deps.state.switch.resume()
    assert _stuck(world) == [only_payment(world)]


def test_what_is_shadowed_rests_a_day() -> None:
    """A payment that was only looked at is queued till it is looked at again; an hour after that it stands still."""
    world = paid_day(World(small_day(), Settings(shadow=True), webhooks=False), 3)
    assert only_payment(world).shadowed_at is not None
    assert _stuck(world, hours=20) == []
    assert _stuck(world, hours=26) == [only_payment(world)]


def test_a_member_of_a_batch_waits_for_the_others() -> None:
    """A transfer in a batch counts from when somebody joined it last: it is funded with them, and not before."""
    world = World(small_day(), Settings(funding="batch"))
    work_until(world, Status.CREATED)
    (batch,) = world.deps.state.batches.live()
    joined = {"joined_at": world.now() + timedelta(minutes=50)}
    world.deps.state.batches.write(batch, joined, None)
    assert _stuck(world, hours=1.5) == []
    assert _stuck(world, hours=2) == [only_payment(world)]
