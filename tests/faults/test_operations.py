"""What befalls the connector itself: broken releases, a second stack, a ledger set back, cancels that cross."""

import random
from datetime import timedelta

from kinetic_wise.payments.life_cycle import Status
from tests.faults import days
from tests.faults.invariants import broken
from tests.faults.operations import OTHER_PROFILE, Operations
from tests.faults.orders import Orders
from tests.faults.scenarios import SCENARIOS, Played
from tests.faults.truths import crossed_cancels
from tests.faults.watching import watched
from tests.faults.world import FaultWorld


def _played(name: str) -> Played:
    played = Played(SCENARIOS[name])
    SCENARIOS[name].prepare(played)
    played.world.run_to_rest()
    return played


def test_a_message_that_fails_too_often_is_redriven_and_nothing_is_lost() -> None:
    """With `start_payment` broken for an hour the message dies, a person has it redriven, and the invoice is paid."""
    world = FaultWorld(days.PLAIN)
    world.watch = watched
    world.main.broken["start_payment"] = world.time + timedelta(hours=1)
    world.run_to_rest()
    assert world.main.claims.dead > 0
    assert [payment.status for payment in world.payments().values()] == [Status.POSTED]
    assert broken(world) == []


def test_a_second_stack_on_the_same_company_pays_nothing_again() -> None:
    """Two ledgers, one company and profile: each invoice is paid by one of them, and the books agree."""
    world = FaultWorld(days.day_of("4500018", "TF-20931"))
    world.watch = watched
    orders = Orders(world, random.Random(0), lambda what: None)
    Operations(world, random.Random(0), orders).acts()["second_stack"]()
    world.run_to_rest()
    assert len(world.stacks) == 2
    assert [t["funded_count"] for t in world.wise.state()["transfers"]] == [1, 1]
    assert broken(world) == []


def test_an_attempt_creates_nothing_under_another_profile() -> None:
    """The profile was changed, and even adopted, under an attempt: it makes no transfer there, and is held."""
    played = _played("profile_changed")
    profiles = [transfer["profile"] for transfer in played.world.wise.state()["transfers"]]
    assert played.world.main.profile == OTHER_PROFILE
    assert OTHER_PROFILE not in profiles
    assert broken(played.world) == []


def test_a_cancel_that_crosses_our_own_is_counted_and_not_failed() -> None:
    """Nobody can tell it from ours: the next attempt pays, the run says so once."""
    played = _played("cancelled_at_once")
    assert [payment.status for payment in played.world.payments().values()] == [Status.POSTED]
    assert crossed_cancels(played.world) == 1
    assert broken(played.world) == []


def test_a_cancel_seen_before_is_never_answered_with_a_payment() -> None:
    """A cancel that a look of ours saw, with money there to pay again: the payment fails and nothing is paid."""
    played = _played("cancelled_while_poor")
    assert crossed_cancels(played.world) == 0
    assert not any(transfer["funded_count"] for transfer in played.world.wise.state()["transfers"])
    assert broken(played.world) == []
