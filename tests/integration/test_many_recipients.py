"""Two thousand recipients at Wise: a list that long neither keeps an entry from being written nor its evidence away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kinetic_wise.flows.sync_vendors import sync_vendors
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.ledger.verify import Bodies, verify
from kinetic_wise.payments.life_cycle import Status
from tests.integration.test_command_line import Desk
from tests.support.acts import only_payment, rest_until, small_day, story, system_entries
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.world import START, World

LATER = START.replace(year=START.year + 1)
MANY = 2_000
LISTED = "seekPosition="
DYNAMODB_TAKES = 409_600  # bytes of an item


@pytest.fixture
def world() -> World:
    """Every vendor had a recipient; all were deactivated in Wise, and two thousand others were made there."""
    world = World(small_day())
    sync_vendors(world.deps, LATER)
    books = world.wise._world.books
    like = next(one for one in books.recipients.values() if one.currency == "EUR")
    for recipient in books.recipients.values():
        recipient.active = False
    for number in range(10**8, 10**8 + MANY):
        books.recipients[number] = replace(like, id=number, name=f"Somebody {number}", hash=f"h{number}", active=True)
    return world


def proved(world: World) -> None:
    """Every item would fit into DynamoDB, and the trail with its long bodies is as it was written."""
    sizes = [len(row["text"]["S"].encode()) for row in world.database.rows(AUDIT)]
    assert max(sizes) < DYNAMODB_TAKES - 20_000
    trail = Trail(world.database.client, PAYMENTS, AUDIT, CONNECTOR)
    assert [found for chain in verify(trail, Bodies(world.evidence)) for found in chain.findings] == []


def _shown(desk: Desk, payment_id: str, *options: str) -> str:
    return desk.run("audit", "show", payment_id, *options).output


def test_the_second_run_of_the_vendors_writes_what_it_does(world: World) -> None:
    """It lists them once, each recipient is made anew, and no entry carries the list that only served to find names."""
    before = len(system_entries(world, "vendors"))
    told = sync_vendors(world.deps, LATER)
    entries = system_entries(world, "vendors")[before:]
    made = [entry for entry in entries if entry["kind"] == "intent.create_recipient"]
    assert told["made"] == len(made) > 0
    assert all(entry["exchanges"] for entry in made), "the forms that were asked are evidence"
    assert not [one["url"] for entry in entries for one in entry["exchanges"] if LISTED in one["url"]]
    proved(world)


def test_a_payment_without_a_recipient_is_paid_and_its_list_is_evidence(world: World) -> None:
    """That none of them is the payee's is why one is made: the entry tells the last pages, and keeps the others."""
    rest_until(world, Status.POSTED)
    (made,) = [one for one in story(world, only_payment(world)) if one["kind"] == "intent.create_recipient"]
    listed = [one for one in made["exchanges"] if LISTED in one["url"]]
    assert made["earlier"] + len(listed) >= MANY / 20
    proved(world)
    desk, payment = Desk(world), only_payment(world)
    assert f"{made['earlier']} earlier exchanges, kept whole as bodies/" in _shown(desk, payment.id)
    assert _shown(desk, payment.id, "--bodies").count(LISTED) >= MANY / 20 - 1
