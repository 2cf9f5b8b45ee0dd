"""Receive a webhook: verify, see that it is about us, queue, and only then remember it (rule 16, wise-api.md 9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from kinetic_wise.flows.ports import Queue
from kinetic_wise.payments import policy
from kinetic_wise.wise import webhooks
from kinetic_wise.wise.webhooks import NotAnEvent, WiseEvent

_LARGEST_BODY = 100_000
_WAKING = frozenset(
    {"transfers#state-change", "transfers#refund", "transfers#payout-failure", "transfers#active-cases"}
)


class Deliveries(Protocol):
    """What the receiver remembers: part of the connector's state."""

    def delivered(self, delivery: str) -> bool:
        """Whether this delivery was queued before."""

    def remember_delivery(self, delivery: str) -> None:
        """Remember a delivery that was queued."""

    def subscriptions(self) -> dict[str, str]:
        """Our subscriptions: id -> event type."""


@dataclass(frozen=True)
class Delivery:
    """One POST as it came: the raw bytes decide."""

    body: bytes
    signature: str
    delivery_id: str
    is_test: bool


@dataclass(frozen=True)
class Receipt:
    """The HTTP status to answer and a word for the log. 4xx only when a retry can never help (wise-api.md 9.2)."""

    status: int
    word: str


def receive(
    delivery: Delivery, *, public_key: str, profile: int, deliveries: Deliveries, queue: Queue, now: datetime
) -> Receipt:
    """Judge one delivery. A queue that refuses raises: the caller answers 503 and Wise tries again."""
    if len(delivery.body) > _LARGEST_BODY:
        return Receipt(413, "too_large")
    if not webhooks.verify(delivery.body, delivery.signature, public_key):
        return Receipt(401, "bad_signature")
    try:
        event = webhooks.parse(delivery.body)
    except NotAnEvent:
        return Receipt(200 if delivery.is_test else 400, "test" if delivery.is_test else "not_an_event")
    if delivery.is_test:
        return Receipt(200, "test")
    if event.profile_id != profile or event.subscription_id not in deliveries.subscriptions():
        return Receipt(200, "not_ours")
    return _accept(event, delivery, deliveries, queue, now)


def _accept(event: WiseEvent, delivery: Delivery, deliveries: Deliveries, queue: Queue, now: datetime) -> Receipt:
    message = _message(event, now)
    if message is None:
        return Receipt(200, "ignored")
    if deliveries.delivered(delivery.delivery_id):
        return Receipt(200, "duplicate")
    queue.send([message])
    deliveries.remember_delivery(delivery.delivery_id)
    return Receipt(200, "queued")


def _message(event: WiseEvent, now: datetime) -> dict[str, Any] | None:
    """What settlement is told: which transfer to look at, and what no GET tells. None: nobody needs to be woken."""
    if event.credit is not None:
        return _refund(event.credit.transfer_id, now, event.credit.amount, event.credit.currency, event.event_type)
    if event.event_type not in _WAKING or event.transfer_id is None or event.state == policy.WAITING:
        return None  # a transfer that waits is in the hands of its execution
    if event.refund_amount is not None:
        return _refund(event.transfer_id, now, event.refund_amount, event.refund_currency, event.event_type)
    told = {"state": event.state} if event.state == policy.SENT else {}
    return {"transfer_id": event.transfer_id, "first_seen": now.isoformat(), **told}


def _refund(transfer_id: int, now: datetime, amount: Decimal, currency: str, source: str) -> dict[str, Any]:
    told = {"refund_amount": str(amount), "refund_currency": currency, "refund_source": source}
    return {"transfer_id": transfer_id, "first_seen": now.isoformat(), **told}
