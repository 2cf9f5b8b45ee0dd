"""A webhook is verified, found to be about us, queued, and only then remembered (rule 16, wise-api.md 9)."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kinetic_wise.flows.receive import Delivery, Queues, Receipt, receive

PROFILE, SUBSCRIPTION = 30000001, "0f0c8c0e-5f0b-4d3a-9d55-2d1d3c5b7a10"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def pem(key: rsa.RSAPrivateKey) -> str:
    """The public half of a key."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()


def signature_of(key: rsa.RSAPrivateKey, body: bytes) -> bytes:
    """A key's signature over a body."""
    return key.sign(body, padding.PKCS1v15(), hashes.SHA256())


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = pem(KEY)


@dataclass
class Memory:
    """What was delivered before."""

    seen: set[str] = field(default_factory=set)
    is_heard: bool = False

    def delivered(self, delivery: str) -> bool:
        return delivery in self.seen

    def remember_delivery(self, delivery: str) -> None:
        self.seen.add(delivery)

    def subscriptions(self) -> dict[str, str]:
        return {SUBSCRIPTION: "transfers#state-change"}

    def heard(self) -> None:
        self.is_heard = True


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
    return Delivery(raw, base64.b64encode(signature).decode(), test)


def judge(delivery: Delivery, memory: Memory, queue: Kept, balances: Kept | None = None, keys: str = PUBLIC) -> Receipt:
    """Receive a delivery."""
    queues = Queues(queue, balances or Kept())
    return receive(delivery, public_key=keys, profile=PROFILE, deliveries=memory, queues=queues, now=NOW)


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
    changed = Delivery(delivered(event()).body + b" ", delivered(event()).signature, is_test=False)
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
    delivery = Delivery(json.dumps(event()).encode(), "", is_test=True)
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
    """Nobody fills the queue with megabytes; 400 is among the answers after which Wise soon gives up (9.2)."""
    assert judge(delivered(b"x" * 200_000), Memory(), Kept()) == Receipt(400, "too_large")


def test_while_wise_changes_its_key_both_are_taken() -> None:
    """The setting holds the old key and the new one: events signed by either are taken, by a third one refused."""
    old, third = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    keys = f"{pem(old)}\n{PUBLIC}"
    signed_by = [
        judge(delivered(event(sent_at=str(n)), sign=partial(signature_of, key)), Memory(), Kept(), keys=keys).word
        for n, key in enumerate((old, KEY, third))
    ]
    assert signed_by == ["queued", "queued", "bad_signature"]


def test_the_signed_event_is_remembered_and_no_header() -> None:
    """Replayed, sent by a second subscription or sent again later: the same event is a duplicate (9.2, 9.4)."""
    memory, queue = Memory(), Kept()
    judge(delivered(event()), memory, queue)
    assert judge(delivered(event(sent_at="2026-01-05T13:00:00Z")), memory, queue).word == "duplicate"
    later = event()
    later["data"]["occurred_at"] = "2026-01-06T12:34:56.789Z"
    assert judge(delivered(later), memory, queue).word == "queued"
    assert len(queue.messages) == 2


def test_active_cases_without_a_moment_are_told_apart_by_when_they_were_sent() -> None:
    """They carry no `occurred_at`: asked for, settled and asked for again are three events."""
    memory, queue = Memory(), Kept()
    for sent_at, cases in (("1", ["deposit_amount_less_invoice"]), ("2", []), ("3", ["deposit_amount_less_invoice"])):
        asked = event(event_type="transfers#active-cases", sent_at=sent_at)
        asked["data"] = {"resource": asked["data"]["resource"], "active_cases": cases}
        assert judge(delivered(asked), memory, queue).word == "queued"
    assert [message["cases"] for message in queue.messages] == [
        ["deposit_amount_less_invoice"],
        [],
        ["deposit_amount_less_invoice"],
    ]


def test_a_payout_failure_carries_its_reason() -> None:
    """It has no `resource` (9.4): transfer and profile are found, the code reaches settlement."""
    failed = event(event_type="transfers#payout-failure", schema_version="5.0.0")
    failed["data"] = {"transfer_id": 7, "profile_id": PROFILE, "failure_reason_code": "WRONG_NAME", "occurred_at": None}
    queue = Kept()
    assert judge(delivered(failed), Memory(), queue).word == "queued"
    assert [(message["transfer_id"], message["failure"]) for message in queue.messages] == [(7, "WRONG_NAME")]


@pytest.mark.parametrize(("reference", "kind", "woken"), [("2147719999", "credit", 1), ("BNK-1", "credit", 0),
                                                          ("2147719999", "debit", 0)])  # fmt: skip
def test_each_movement_of_a_balance_is_kept_and_a_refund_wakes_its_transfer(
    reference: str, kind: str, woken: int
) -> None:
    """Debits, top-ups and refunds are all told to the balances' queue, to the cent; a refund's credit to both."""
    moved = event(event_type="balances#update")
    moved["data"] = {
        "resource": {"id": 200001, "profile_id": PROFILE, "type": "balance-account"},
        "amount": 1000.10,
        "balance_id": 200001,
        "channel_name": "TRANSFER",
        "currency": "GBP",
        "occurred_at": "2026-01-05T11:32:00.123Z",
        "post_transaction_balance_amount": 9000.00,
        "step_id": 1234567,
        "transaction_type": kind,
        "transfer_reference": reference,
    }
    transfers, balances = Kept(), Kept()
    assert judge(delivered(moved), Memory(), transfers, balances).word == "queued"
    (message,) = balances.messages
    assert (message["amount"], message["after"], message["step_id"]) == ("1000.1", "9000.0", 1234567)
    assert len(transfers.messages) == woken


def test_an_unknown_event_of_ours_is_answered_and_told_in_the_log() -> None:
    """An event type or schema that nobody knows yet is no reason to have it sent again; a known type still wakes."""
    memory, queue = Memory(), Kept()
    strange = event(event_type="transfers#transfer-suspension", schema_version="1.0.0")
    assert judge(delivered(strange), memory, queue) == Receipt(200, "unknown_schema")
    assert judge(delivered(event(schema_version="9.0.0")), memory, queue) == Receipt(200, "queued")
    assert memory.is_heard


def test_what_others_send_is_no_sign_that_our_webhooks_work() -> None:
    """Only an event of our profile and subscription counts as heard."""
    memory = Memory()
    judge(delivered(event(subscription_id="another")), memory, Kept())
    judge(delivered(b"rubbish"), memory, Kept())
    assert not memory.is_heard


def test_how_late_an_event_comes_is_told() -> None:
    """The time since it happened at Wise stands beside the receipt of a queued event, for a metric."""
    memory, queue = Memory(), Kept()
    receipt = judge(delivered(event()), memory, queue)
    assert receipt.delay is not None
    assert receipt.delay > 0
    assert judge(delivered(event()), memory, queue).delay is None
