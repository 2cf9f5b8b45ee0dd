"""Set-up makes one subscription for each event type, at our address, in our version, and knows which are ours."""

from __future__ import annotations

import pytest

from kinetic_wise.flows.subscribe import EVENTS, subscribe, unsubscribe
from kinetic_wise.transport import Refused, Unclear
from kinetic_wise.wise.webhooks import KNOWN
from simulators.wise.books import Subscription
from tests.integration.test_doctor_wise import URL, Desk
from tests.support.acts import fault, small_day, system_entries
from tests.support.world import World

POST = ("POST", "/subscriptions$")


def at_wise(world: World) -> list[Subscription]:
    """The subscriptions by Wise's own book."""
    return list(world.wise._world.books.subscriptions.values())


def placed(world: World) -> list[tuple[str, str, str]]:
    """Event type, version and address of each, in order."""
    return sorted((each.event, each.version, each.url) for each in at_wise(world))


WANTED = sorted((event, version, URL) for event, version in EVENTS.items())


def test_events_and_versions_are_those_that_wise_has() -> None:
    """What we subscribe to we can read, and Wise took each of them (9.4)."""
    assert placed(World(small_day())) == WANTED
    assert all(version in KNOWN[event] for event, version in EVENTS.items())


def test_subscribing_again_keeps_what_is_there() -> None:
    """The same subscriptions, by their ids, and the ledger knows all of them."""
    world = World(small_day())
    before = {each.id for each in at_wise(world)}
    assert set(subscribe(world.deps, URL, "anna")) == before
    assert {each.id for each in at_wise(world)} == before == set(world.deps.state.subscriptions())


def test_what_is_not_as_it_should_be_is_replaced() -> None:
    """Of an older version, doubled, of an event not used, ours at an address of before: gone; the right ones stand."""
    world = World(small_day())
    refund = next(each for each in at_wise(world) if each.event == "transfers#refund")
    refund.version = "2.0.0"
    world.deps.wise.subscribe("by hand", "balances#update", "4.0.0", URL)
    world.deps.wise.subscribe("kinetic-wise TESTLEDG", "transfers#refund", "4.0.0", "https://old.example/hook")
    made = subscribe(world.deps, URL, "anna")
    assert placed(world) == WANTED
    assert refund.id not in made
    assert set(world.deps.state.subscriptions()) == set(made) == {each.id for each in at_wise(world)}
    assert refund.id in system_entries(world, "subscriptions")[-1]["data"]["removed"]


def test_a_new_address_takes_all_of_them_along() -> None:
    """After a move nothing is told to the old address any more."""
    world = World(small_day())
    subscribe(world.deps, "https://new.example/wise/webhook", "anna")
    assert {url for _, _, url in placed(world)} == {"https://new.example/wise/webhook"}
    assert len(at_wise(world)) == len(EVENTS)


def test_other_programs_subscriptions_stay() -> None:
    """Neither subscribing nor removing touches what is not ours."""
    world = World(small_day())
    other = world.deps.wise.subscribe("their ERP", "transfers#refund", "4.0.0", "https://their.example/hook")
    subscribe(world.deps, URL, "anna")
    unsubscribe(world.deps, "anna")
    assert [each.id for each in at_wise(world)] == [other.id]
    assert world.deps.state.subscriptions() == {}


def test_a_lost_answer_leaves_no_double() -> None:
    """The subscription exists although nobody heard so: subscribing again finds it."""
    world = World(small_day(), webhooks=False)
    fault(world.wise, POST, "lost")
    with pytest.raises(Unclear):
        subscribe(world.deps, URL, "anna")
    subscribe(world.deps, URL, "anna")
    assert placed(world) == WANTED


def test_an_address_that_does_not_answer_is_refused_by_wise() -> None:
    """Wise tries the address first: the refusal is told with its code, and nothing is subscribed."""
    world = World(small_day(), webhooks=False)
    with pytest.raises(Refused, match="INVALID_CALLBACK_URL"):
        subscribe(world.deps, "https://10.0.0.1/hook", "anna")
    assert at_wise(world) == []


def test_what_the_doctor_finds_missing_subscribing_mends() -> None:
    """After `webhooks subscribe` the doctor has nothing to say about them; `webhooks remove` takes them away."""
    desk = Desk(World(small_day(), webhooks=False))
    assert ("webhooks", "warning") in desk.found()
    told = desk.command("webhooks", "subscribe")
    assert told.stdout == f"{len(EVENTS)} event types are told to {URL}.\n"
    assert ("webhooks", "warning") not in desk.found()
    assert desk.command("webhooks", "remove").exit_code == 0
    assert ("webhooks", "warning") in desk.found()
