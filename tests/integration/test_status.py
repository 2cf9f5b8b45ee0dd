"""What `status` and the board say of the whole ledger: since when, and whether it is bound to its table."""

from __future__ import annotations

from datetime import timedelta

from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.board import Books, read_board
from kinetic_wise.flows.operate import operate
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action, Intent
from kinetic_wise.words import at, words_of
from tests.integration.test_command_line import Desk
from tests.support.acts import poor_day, rest_until, small_day
from tests.support.dynamodb import FIRST
from tests.support.world import World


def _books(world: World) -> Books:
    client = world.database.client
    trail = Trail(client, FIRST.payments, FIRST.audit, FIRST.connector)
    return Books(Reading(client, FIRST.payments), trail, world.deps.state)


def test_looks_do_not_make_the_unknown_younger() -> None:
    """An unclear call counts from when it was sent, wherever it is told, however often it was looked at since."""
    world = World(poor_day())
    payment = rest_until(world, Status.AWAITING_FUNDS)
    intent = Intent(action=Action.FUND, at=world.now() - timedelta(hours=3), looks=9)
    world.deps.ledger.write(payment, payment.model_copy(update={"status": Status.UNKNOWN, "intent": intent}), [])
    told = Desk(world)
    (row,) = told.json("status")["payments"]
    assert (row["status"], row["age_seconds"]) == ("unknown", 3 * 3600)
    assert (
        f"Since       {at(intent.at)} UTC, {words_of(timedelta(hours=3))} ago"
        in told.run("payment", "show", payment.id).stdout
    )


def test_a_restored_ledger_is_not_called_bound() -> None:
    """A new table under the old binding: status and board say so, as creating does."""
    world = World(small_day())
    desk, state = Desk(world), world.deps.state
    assert "bound to nothing" not in desk.run("status").output
    binding = state.binding()
    assert binding is not None
    state.bind(binding.model_copy(update={"table_id": "the table before"}))
    assert not is_bound(world.deps)
    assert desk.json("status")["bound"] is False
    assert "or was restored, so nothing is paid: `kinetic-wise ledger adopt`" in desk.run("status").output
    assert not read_board(_books(world), world.now()).bound
    operate(world.deps, {"action": "adopt"}, "anna")
    assert desk.json("status")["bound"] is True
    assert read_board(_books(world), world.now()).bound
