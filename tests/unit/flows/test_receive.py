"""A webhook is verified, found to be about us, queued, and only then remembered (rule 16, wise-api.md 9)."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kinetic_wise.flows.receive import Delivery, Receipt, receive

PROFILE, SUBSCRIPTION = 30000001, "0f0c8c0e-5f0b-4d3a-9d55-2d1d3c5b7a10"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)


@dataclass
class Memory:
    """What was delivered before."""

    seen: set[str] = field(default_factory=set)

    def delivered(self, delivery: str) -> bool:
        return delivery in self.seen

    def remember_delivery(self, delivery: str) -> None:
        self.seen.add(delivery)

    def subscriptions(self) -> dict[str, str]:
        return {SUBSCRIPTION: "transfers#state-change"}


@dataclass
class Kept:
    """A queue that keeps what it is sent, or refuses it."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    refuses: bool = False

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        if self.refuses:
            raise ConnectionError("no queue")
        self.messages += messages


def event(**changes: Any) -> dict[str, Any]:
    """A state change of our transfer, as section 9.4 shows it."""
    resource = {"type": "transfer", "id": 2147719999, "profile_id": PROFILE, "account_id": 700100200}
    data = {
        "resource": resource,
        "current_state": "outgoing_payment_sent",
        "previous_state": "funds_converted",
        "occurred_at": "2026-01-05T12:34:56.789Z",
    }
    body = {
        "data": data,
        "subscription_id": SUBSCRIPTION,
        "event_type": "transfers#state-change",
        "schema_version": "4.0.0",
        "sent_at": "2026-01-05T12:34:57.001Z",
    }
    return {**body, **changes}


def delivered(body: Any, *, sign: Callable[[bytes], bytes] | None = None, test: bool = False) -> Delivery:
    """A delivery of a body, rightly signed unless told otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = (sign or (lambda data: KEY.sign(data, padding.PKCS1v15(), hashes.SHA256())))(raw)
    return Delivery(raw, base64.b64encode(signature).decode(), "delivery-1", test)


def judge(delivery: Delivery, memory: Memory, queue: Kept) -> Receipt:
    """Receive a delivery."""
    return receive(delivery, public_key=PUBLIC, profile=PROFILE, deliveries=memory, queue=queue, now=NOW)


def test_a_genuine_event_wakes_settlement_once() -> None:
    """A signed event about our transfer is queued; the same delivery again is not (rule 16)."""
    memory, queue = Memory(), Kept()
    assert judge(delivered(event()), memory, queue) == Receipt(200, "queued")
    assert judge(delivered(event()), memory, queue) == Receipt(200, "duplicate")
    assert [message["transfer_id"] for message in queue.messages] == [2147719999]


def test_a_forged_event_wakes_nobody() -> None:
    """A signature of another key, and a changed byte, are refused for good."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    memory, queue = Memory(), Kept()
    forged = delivered(event(), sign=lambda data: other.sign(data, padding.PKCS1v15(), hashes.SHA256()))
    changed = Delivery(delivered(event()).body + b" ", delivered(event()).signature, "delivery-2", is_test=False)
    assert [judge(forged, memory, queue).status, judge(changed, memory, queue).status] == [401, 401]
    assert queue.messages == []


def test_a_genuine_event_about_others_wakes_nobody() -> None:
    """Wise signs for all customers with one key: profile and subscription must be ours (money-cases.md H34)."""
    memory, queue = Memory(), Kept()
    foreign_profile = event()
    foreign_profile["data"]["resource"]["profile_id"] = 99
    assert judge(delivered(foreign_profile), memory, queue).word == "not_ours"
    assert judge(delivered(event(subscription_id="another")), memory, queue).word == "not_ours"
    assert queue.messages == []


def test_a_queue_that_refuses_leaves_the_delivery_unremembered() -> None:
    """What was not queued is not remembered, so Wise's next try is taken."""
    memory, queue = Memory(), Kept(refuses=True)
    with pytest.raises(ConnectionError):
        judge(delivered(event()), memory, queue)
    queue.refuses = False
    assert judge(delivered(event()), memory, queue).word == "queued"


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"data": 1}'])
def test_what_is_no_event_is_refused_for_good_but_a_test_is_welcome(body: bytes) -> None:
    """A body that cannot be an event gets 400, yet Wise's test notification gets 2xx (wise-api.md 9.1)."""
    assert judge(delivered(body), Memory(), Kept()).status == 400
    assert judge(delivered(body, test=True), Memory(), Kept()).status == 200


def test_a_test_header_skips_no_signature() -> None:
    """The header is outside the signature: an unsigned test is refused all the same (money-cases.md H34)."""
    delivery = Delivery(json.dumps(event()).encode(), "", "delivery-1", is_test=True)
    assert judge(delivery, Memory(), Kept()).status == 401


def test_a_refund_carries_its_amount_exactly() -> None:
    """The refunded amount, which no GET tells, reaches settlement to the cent."""
    refund = event(event_type="transfers#refund")
    refund["data"]["resource"] |= {"refund_amount": 996.31, "refund_currency": "GBP"}
    queue = Kept()
    assert judge(delivered(refund), Memory(), queue).word == "queued"
    assert (queue.messages[0]["refund_amount"], queue.messages[0]["refund_currency"]) == ("996.31", "GBP")


def test_the_news_that_a_transfer_was_created_wakes_nobody() -> None:
    """A transfer that waits is in the hands of its execution: the event is answered and left."""
    created = event()
    created["data"] |= {"current_state": "incoming_payment_waiting", "previous_state": None}
    queue = Kept()
    assert judge(delivered(created), Memory(), queue) == Receipt(200, "ignored")
    assert queue.messages == []


def test_a_huge_body_is_refused() -> None:
    """Nobody fills the queue with megabytes."""
    assert judge(delivered(b"x" * 200_000), Memory(), Kept()).status == 413
