"""What persons order: repeated until answered, kept, and known to the invariants; and how long anybody waits."""

import random
from datetime import timedelta

from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from tests.faults import days
from tests.faults.concurrent import ConcurrentWorld
from tests.faults.effects import Effects, Fault, WorkerDied
from tests.faults.invariants import broken
from tests.faults.limits import life, patience
from tests.faults.orders import ANNA
from tests.faults.scenarios import SCENARIOS, Played
from tests.faults.world import Ordered


def _played(name: str, *faults: tuple[str, Fault]) -> Played:
    played = Played(SCENARIOS[name])
    played.left = list(faults)
    SCENARIOS[name].prepare(played)
    played.world.run_to_rest()
    return played


def test_an_order_without_an_answer_is_given_again_and_obeyed_once() -> None:
    """The function dies with the order written: the person orders again, and the payment ends rejected, once."""
    world = _played("ended_while_poor", ("write order.cancel", Fault.DIES_AFTER)).world
    assert [payment.status for payment in world.payments().values()] == [Status.REJECTED]
    assert [row["kind"] for row in world.main.audit_rows()].count("rejected") == 1
    assert len(world.ordered) > 1
    assert broken(world) == []


def test_an_accepted_order_that_is_in_no_trail_is_found() -> None:
    """What a person was told is done has to stand in the payment's trail with their name."""
    world = _played("ended_while_poor").world
    payment = next(iter(world.payments()))
    world.accepted.append(Ordered(world.time, "release", "4500018", payment, ANNA))
    assert [found.partition(":")[0] for found in broken(world)] == ["orders_are_kept"]


def test_two_persons_have_a_new_account_paid() -> None:
    """After the second approval the changed account may be paid, and no invariant minds."""
    played = Played(SCENARIOS["approved_alone"])
    invoice = played.scenario.day.invoices[0]
    SCENARIOS["approved_alone"].prepare(played)
    played.at(150, lambda: played.orders.mean_to("approve_bank", invoice))
    played.world.run_to_rest()
    assert [payment.status for payment in played.world.payments().values()] == [Status.POSTED]
    assert played.world.accounts.allowed[invoice.vendor_num] == {played.world.accounts.current(invoice)}
    assert broken(played.world) == []


def test_limits_are_those_of_the_deployment() -> None:
    """Every function that a history starts has a time-out, and only a step and an order are given up by somebody."""
    functions = ("poll_invoices", "start_payment", "settle_payment", "poll_transfers", "sweep", "receive_webhook")
    assert all(life(name) > 0 and patience(name) is None for name in functions)
    assert (patience("step fund") or 0) > life("step fund") > (patience("operate") or 0) > 0


def _concurrent() -> ConcurrentWorld:
    return ConcurrentWorld(days.PLAIN, random.Random(0), Effects(), Settings())


def _run_worker(world: ConcurrentWorld, *pauses: float) -> tuple[list[bool], list[Exception | None]]:
    """A step that sleeps so long before each effect: whether it got to its end, and what was told of it."""
    did: list[bool] = []
    told: list[Exception | None] = []

    def work(deps: Deps) -> None:
        for pause in pauses:
            world.sleep(pause)
            deps.ledger.get("no such payment")
        did.append(True)

    world.spawn("step fund", work, told.append)
    end = world.time + timedelta(hours=1)
    while world._step(end):
        pass
    return did, told


def test_a_worker_that_stalls_too_long_is_ended_at_its_time_out() -> None:
    """It does nothing any more, and whoever waits for it hears so."""
    did, told = _run_worker(_concurrent(), 1.0, life("step fund") + 100)
    assert did == []
    assert [type(error) for error in told] == [WorkerDied]


def test_a_step_that_begins_late_is_given_up_while_it_works() -> None:
    """Its function's time counts from its beginning: it ends its work, and nobody waits for it any more."""
    did, told = _run_worker(_concurrent(), (patience("step fund") or 0) - 10, 60.0)
    assert did == [True]
    assert [str(error) for error in told] == ["step fund timed out"]
