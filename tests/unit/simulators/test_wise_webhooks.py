"""Webhooks of the simulated Wise."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulators.wise.deliveries import Later, retry_delay
from simulators.wise.webhooks import is_deliverable
from simulators.wise.world import Settings
from tests.unit.simulators.wise_desk import HOOK, Desk, Manner, Receiver, SmallDay

ALL_STATES = ["incoming_payment_waiting", "processing", "funds_converted", "outgoing_payment_sent"]


def desk_with(behaviour: Manner | None = None, *statuses: int | None) -> Desk:
    day = SmallDay(behaviours={"Galvano Lyon SAS": behaviour} if behaviour else {})
    return Desk(day, receiver=Receiver(*statuses))


def told(behaviour: Manner | None = None) -> list[str]:
    desk = desk_with(behaviour)
    assert desk.subscribe().status == 200
    desk.funded()
    desk.wait(40)
    return desk.receiver.states


def test_signature_is_over_the_raw_body() -> None:
    """Each POST is signed with the key of the ready line over the very bytes that arrive; tests are marked."""
    desk = Desk()
    desk.subscribe()
    desk.funded()
    desk.wait(20)
    key = serialization.load_pem_public_key(desk.wise.ready("http://x")["webhook_public_key"].encode())
    assert isinstance(key, rsa.RSAPublicKey)
    for post in desk.receiver.posts:
        signature = base64.b64decode(post.headers["X-Signature-SHA256"])
        key.verify(signature, post.body, padding.PKCS1v15(), hashes.SHA256())
    assert desk.receiver.posts[0].headers["X-Test-Notification"] == "true"
    assert all(post.headers["X-Delivery-Id"] for post in desk.receiver.posts)


def test_happy_path_is_told_in_order() -> None:
    """Creation (without a previous state) and every step are told once, in order."""
    assert told() == ALL_STATES


def test_lost_webhook() -> None:
    """The behaviour `lost` withholds just the event that the money was sent."""
    assert told(Manner(webhooks="lost")) == ALL_STATES[:-1]


def test_webhook_three_times() -> None:
    """The behaviour `thrice` delivers each event three times."""
    assert told(Manner(webhooks="thrice")) == [state for state in ALL_STATES for _ in range(3)]


def test_webhooks_reversed() -> None:
    """The behaviour `reversed` delivers processing and funds_converted only after the transfer was sent, backwards."""
    assert told(Manner(webhooks="reversed")) == [ALL_STATES[0], *reversed(ALL_STATES[1:])]


def test_event_bodies_by_version() -> None:
    """State changes say seconds in 2.0.0 and milliseconds in 4.0.0, with numbers as ids."""
    desk = Desk()
    subscription = desk.subscribe().json["id"]
    desk.subscribe(version="2.0.0", url="https://erp.example.com/old")
    transfer = desk.transfer()
    desk.wait(1)
    new, old = (next(post.event for post in desk.receiver.events if post.url.endswith(end)) for end in ("hook", "old"))
    assert new["data"] == {
        "resource": {
            "type": "transfer",
            "id": transfer["id"],
            "profile_id": desk.profile,
            "account_id": transfer["targetAccount"],
        },
        "current_state": "incoming_payment_waiting",
        "previous_state": None,
        "occurred_at": "2026-09-01T12:00:00.123Z",
    }
    assert (new["subscription_id"], new["schema_version"]) == (subscription, "4.0.0")
    assert old["data"]["occurred_at"] == "2026-09-01T12:00:00Z"


def test_refund_and_balance_events() -> None:
    """A refund is told with its amount, and the balance's debit and credit with the transfer's number."""
    desk = desk_with(Manner(cancel_after_funding=True))
    desk.subscribe("transfers#refund")
    desk.subscribe("balances#update")
    desk.subscribe("transfers#payout-failure")
    transfer = desk.funded()
    desk.wait(20)
    events = [post.event for post in desk.receiver.events]
    refund = next(event["data"]["resource"] for event in events if event["event_type"] == "transfers#refund")
    moves = [event["data"] for event in events if event["event_type"] == "balances#update"]
    assert (refund["id"], refund["refund_currency"]) == (transfer, "EUR")
    assert [move["transaction_type"] for move in moves] == ["debit", "credit"]
    assert {move["transfer_reference"] for move in moves} == {str(transfer)}
    assert refund["refund_amount"] == moves[0]["amount"] == moves[1]["amount"]
    assert moves[0]["step_id"] < moves[1]["step_id"]


def test_payout_failure_event_has_no_resource() -> None:
    """A payout failure names transfer and reason at the top of its data."""
    desk = Desk()
    desk.subscribe("transfers#payout-failure", "2.0.0")
    transfer = desk.funded()
    for status in ("funds_converted", "outgoing_payment_sent", "bounced_back"):
        desk.get(f"/simulation/transfers/{transfer}/{status}")
    desk.post(f"/simulation/transfers/{transfer}/payout-failure", {"failure_reason_code": "ACCOUNT_CLOSED"})
    desk.wait(1)
    data = desk.receiver.events[-1].event["data"]
    assert (data["transfer_id"], data["failure_reason_code"]) == (transfer, "ACCOUNT_CLOSED")
    assert data["occurred_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("url", "deliverable"),
    [
        (HOOK, True),
        ("http://erp.example.com/hook", False),
        ("https://erp.example.com:8443/hook", False),
        ("https://10.0.0.1/hook", False),
        ("https://user:secret@erp.example.com/hook", False),
        ("https://erp.example.com/hook?token=1", False),
        ("https://localhost/hook", False),
    ],
)
def test_address_rule(url: str, *, deliverable: bool) -> None:
    """Only HTTPS on 443 to a host name, without port, credentials or query; the local switch lifts that alone."""
    assert is_deliverable(url, allow_local=False) is deliverable
    assert is_deliverable(url, allow_local=True)
    assert not is_deliverable("ftp://erp.example.com", allow_local=True)


def test_subscription_needs_an_answer() -> None:
    """Nothing is subscribed when the test POST is not answered with 2xx, or the address is not allowed."""
    dead = desk_with(None, 404)
    assert dead.subscribe().codes == [("INVALID_CALLBACK_URL", "delivery.url")]
    assert desk_with(None, None).subscribe().status == 422
    assert Desk().subscribe(url="http://127.0.0.1:1/x").codes == [("INVALID_CALLBACK_URL", "delivery.url")]
    assert Desk(settings=Settings(allow_local_webhooks=True)).subscribe(url="http://127.0.0.1:1/x").status == 200
    assert dead.wise.state()["subscriptions"] == 0


@pytest.mark.parametrize(
    ("event", "version", "problem"),
    [
        ("transfers#nonsense", "4.0.0", ("invalid", "trigger_on")),
        ("transfers#state-change", "3.0.0", ("invalid", "delivery.version")),
        ("balances#credit", "2.0.0", ("invalid", "trigger_on")),
        ("recipients#state-change", "4.0.0", ("EVENT_TYPE_NOT_PERMITTED", "trigger_on")),
    ],
)
def test_unknown_events_are_refused(event: str, version: str, problem: tuple[str, str]) -> None:
    """Events and schema versions that a profile cannot have are refused, without any POST."""
    desk = Desk()
    assert desk.subscribe(event, version).codes == [problem]
    assert desk.receiver.posts == []


def test_subscriptions_are_listed_read_and_deleted() -> None:
    """A subscription can be read until it is deleted; what it still had to deliver is dropped."""
    desk = desk_with(None, 200, 500)
    created = desk.subscribe().json
    path = f"/profiles/{desk.profile}/subscriptions"
    assert desk.get(path).json == [created] == [desk.get(f"{path}/{created['id']}").json]
    desk.transfer()
    desk.wait(1)
    assert desk.call("DELETE", f"{path}/{created['id']}").status == 204
    assert desk.get(f"{path}/{created['id']}").status == 404
    tried = len(desk.receiver.posts)
    desk.wait(3600)
    assert len(desk.receiver.posts) == tried
    assert desk.wise.state()["deliveries_waiting"] == 0


def test_retry_schedule() -> None:
    """Retries double from a minute eleven times, then come daily; a retry is the same delivery, byte by byte."""
    assert [retry_delay(retry) for retry in (1, 2, 3, 10, 11, 12, 25)] == [60, 120, 240, 30_720, 61_440, 86_400, 86_400]
    desk = desk_with(None, 200, 503, None, 200)
    desk.subscribe()
    desk.transfer()
    desk.wait(1)
    assert len(desk.receiver.events) == 1
    desk.wait(60)
    assert len(desk.receiver.events) == 2
    desk.wait(121)
    first, *_, last = desk.receiver.events
    assert (first.headers["X-Delivery-Id"], first.body) == (last.headers["X-Delivery-Id"], last.body)
    assert desk.wise.state()["deliveries_accepted"] == 1


def test_a_receiver_says_when_to_come_again() -> None:
    """A Retry-After counts instead of the schedule's delay, once (9.2)."""
    desk = desk_with(None, 200, Later(503, 900), 503, 200)
    desk.subscribe()
    desk.transfer()
    desk.wait(1)
    desk.wait(890)
    assert len(desk.receiver.events) == 1
    desk.wait(10)
    assert len(desk.receiver.events) == 2
    desk.wait(121)
    assert desk.wise.state()["deliveries_accepted"] == 1


@pytest.mark.parametrize(("status", "tries"), [(404, 4), (422, 4), (500, 26), (302, 26)])
def test_refusals_are_retried_less(status: int, tries: int) -> None:
    """Certain 4xx answers are retried three times only, everything else for about two weeks."""
    desk = desk_with(None, 200, status)
    desk.subscribe()
    desk.transfer()
    for _ in range(40):
        desk.wait(86_400 * 4 if len(desk.receiver.events) > 10 else 40_000)
        if desk.wise.state()["deliveries_given_up"]:
            break
    assert sum(post.state == "incoming_payment_waiting" for post in desk.receiver.events) == tries


def test_probe_waits_for_valid_calls() -> None:
    """A create call without a valid token sends no test POST anywhere."""
    desk = Desk()
    body: dict[str, Any] = {
        "name": "x",
        "trigger_on": "transfers#state-change",
        "delivery": {"version": "4.0.0", "url": HOOK},
    }
    assert desk.post(f"/profiles/{desk.profile}/subscriptions", body, Authorization="Bearer no").status == 401
    assert desk.receiver.posts == []
