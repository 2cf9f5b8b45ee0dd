"""Receiving while other things break: Epicor away, queues that refuse, old deliveries again."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from kinetic_wise.flows.receive import Delivery, Queues, Receipt, receive
from kinetic_wise.payments.life_cycle import Status
from local.rain import make_rain, new_key, public_pem
from tests.support.acts import HOUR, only_payment, small_day, story
from tests.support.world import World, webhook_key


class Recorded(World):
    """A world that keeps every delivery it was sent."""

    def _deliver(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
        self.delivered.append((headers, body))
        return super()._deliver(url, headers, body)

    def __init__(self) -> None:
        self.delivered: list[tuple[dict[str, str], bytes]] = []
        super().__init__(small_day())


@pytest.fixture
def world() -> Recorded:
    """A world whose one payment is posted."""
    recorded = Recorded()
    recorded.poll()
    recorded.run(HOUR)
    assert only_payment(recorded).status is Status.POSTED
    return recorded


def again(world: Recorded) -> list[Receipt]:
    """Every delivery once more, each under another delivery id."""
    queues = Queues(world.events_queue, world.balances_queue)
    ready = world.wise_ready
    return [
        receive(
            Delivery(body, headers["X-Signature-SHA256"], is_test=False),
            public_key=ready["webhook_public_key"],
            profile=ready["profile_id"],
            deliveries=world.deps.state,
            queues=queues,
            now=world.time,
        )
        for headers, body in world.delivered
    ]


def test_a_replay_of_everything_changes_nothing(world: Recorded) -> None:
    """Old, valid deliveries come again: duplicates all, and a month later, forgotten, they still do no harm."""
    before = len(story(world, only_payment(world)))
    words = Counter(receipt.word for receipt in again(world))
    assert words["duplicate"] >= 4
    assert words["queued"] == 0
    for item in [row for row in world.database.rows("connector") if row["pk"]["S"].startswith("DELIVERY#")]:
        world.database.client.delete_item(TableName="connector", Key={"pk": item["pk"], "sk": item["sk"]})
    assert Counter(receipt.word for receipt in again(world))["queued"] >= 4
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert len(story(world, only_payment(world))) == before
    assert [t["funded_count"] for t in world.wise.state()["transfers"]] == [1]


def test_the_answer_is_quick_while_epicor_is_down(world: Recorded) -> None:
    """The receiver asks neither Epicor nor Wise: 300 ms is plenty, whatever is down."""
    for simulator in (world.epicor, world.wise):
        simulator.faults.replace([{"match": {}, "fault": "status", "status": 503, "times": -1}])
    calls = world.epicor.calls, world.wise.calls
    began = time.perf_counter()
    receipts = again(world)
    assert (time.perf_counter() - began) / len(receipts) < 0.3
    assert (world.epicor.calls, world.wise.calls) == calls


def rain_on(world: Recorded, count: int) -> Counter[tuple[str, bool]]:
    """Let events rain on a world while it works; answers what became of how many, by word and whether forged."""
    key, ready = new_key(), world.wise_ready
    transfers = world.wise.state()["transfers"]
    drops = make_rain(count, transfers, next(iter(world.deps.state.subscriptions())), key, seed=1)
    queues = Queues(world.events_queue, world.balances_queue)
    words: Counter[tuple[str, bool]] = Counter()
    for drop in drops:
        receipt = receive(
            Delivery(drop.body, drop.signature, is_test=False),
            public_key=f"{ready['webhook_public_key']}\n{public_pem(key)}",
            profile=ready["profile_id"],
            deliveries=world.deps.state,
            queues=queues,
            now=world.time,
        )
        words[receipt.word, drop.forged] += 1
    world.run(HOUR)
    return words


def test_a_rain_of_events_leaves_every_payment_right(world: Recorded) -> None:
    """Two hundred, a fifth twice, some forged or damaged, in any order: each event taken once, and the books stand."""
    before = len(story(world, only_payment(world)))
    words = rain_on(world, 200)
    taken = {word for word, forged in words if forged}
    assert taken <= {"bad_signature"}
    assert words["bad_signature", True] == 10
    assert words["queued", False] == 150
    assert words["duplicate", False] == 40
    assert only_payment(world).status is Status.POSTED
    assert len(story(world, only_payment(world))) == before
    assert [t["funded_count"] for t in world.wise.state()["transfers"]] == [1]
    assert world.errors == []


def test_a_forged_refund_is_acted_on_by_nobody(world: Recorded) -> None:
    """A stranger's refund of a posted payment: refused, nothing looked at, nothing voided."""
    (transfer,) = world.wise.state()["transfers"]
    resource = {"type": "transfer", "id": transfer["id"], "profile_id": world.wise_ready["profile_id"]}
    refund = {"refund_amount": 10, "refund_currency": "EUR"}
    body = json.dumps(
        {
            "data": {"resource": resource | refund, "occurred_at": "2026-11-23T10:00:00.000Z"},
            "subscription_id": next(iter(world.deps.state.subscriptions())),
            "event_type": "transfers#refund",
            "schema_version": "4.0.0",
        }
    ).encode()
    good = base64.b64encode(webhook_key().sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
    world.delivered = [({"X-Signature-SHA256": good[:-8] + "AAAAAA=="}, body)]
    assert [receipt.status for receipt in again(world)] == [401]
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
