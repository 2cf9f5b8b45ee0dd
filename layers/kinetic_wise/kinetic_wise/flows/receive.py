"""Receive a webhook: verify, see that it is about us, queue, and only then remember it (rule 16, wise-api.md 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from kinetic_wise.flows.ports import Queue
from kinetic_wise.payments import transfer_status
from kinetic_wise.wise import webhooks
from kinetic_wise.wise.webhooks import NotAnEvent, WiseEvent

_LARGEST_BODY = 100_000
_WAKING = frozenset(
    {"transfers#state-change", "transfers#refund", "transfers#payout-failure", "transfers#active-cases"}
)


class Deliveries(Protocol):
    """What the receiver remembers: part of the connector's state."""

    def delivered(self, event: str) -> bool:
        """Whether the event of this fingerprint was queued before."""

    def remember_delivery(self, event: str) -> None:
        """Remember an event that was queued."""

    def subscriptions(self) -> dict[str, str]:
        """Our subscriptions: id -> event type."""

    def heard(self) -> None:
        """Note that Wise's webhooks reach us."""


@dataclass(frozen=True)
class Queues:
    """Where events go."""

    transfers: Queue
    balances: Queue


@dataclass(frozen=True)
class Delivery:
    """One POST as it came: the raw bytes decide. No other header does, as the signature covers none."""

    body: bytes
    signature: str
    is_test: bool


@dataclass(frozen=True)
class Receipt:
    """The HTTP status to answer and a word for the log.

    4xx only when a retry can never help, and then one of those after which Wise soon gives up (wise-api.md 9.2).
    """

    status: int
    word: str
    delay: float | None = field(default=None, compare=False)  # seconds since it happened at Wise; no part of the answer


def receive(
    delivery: Delivery, *, public_key: str, profile: int, deliveries: Deliveries, queues: Queues, now: datetime
) -> Receipt:
    """Judge one delivery. A queue that refuses raises: the caller answers 503 and Wise tries again."""
    if len(delivery.body) > _LARGEST_BODY:
        return Receipt(400, "too_large")
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
    deliveries.heard()
    return _accept(event, deliveries, queues, now)


def _accept(event: WiseEvent, deliveries: Deliveries, queues: Queues, now: datetime) -> Receipt:
    transfer, movement = _transfer_message(event, now), _movement_message(event, now)
    if transfer is None and movement is None:
        return Receipt(200, "ignored" if event.is_known else "unknown_schema")
    if deliveries.delivered(event.fingerprint):
        return Receipt(200, "duplicate")
    if transfer is not None:
        queues.transfers.send([transfer])
    if movement is not None:
        queues.balances.send([movement])
    deliveries.remember_delivery(event.fingerprint)
    return Receipt(200, "queued", None if event.occurred_at is None else (now - event.occurred_at).total_seconds())


def _transfer_message(event: WiseEvent, now: datetime) -> dict[str, Any] | None:
    """What settlement is told: which transfer to look at, and what no GET tells. None: nobody needs to be woken."""
    if event.credit is not None:
        return _refund(event.credit.transfer_id, now, event.credit.amount, event.credit.currency, event.event_type)
    if event.event_type not in _WAKING or event.transfer_id is None or event.state == transfer_status.WAITING:
        return None  # a transfer that waits is in the hands of its execution
    if event.refund_amount is not None:
        return _refund(event.transfer_id, now, event.refund_amount, event.refund_currency, event.event_type)
    return {"transfer_id": event.transfer_id, "first_seen": now.isoformat(), **_told(event)}


def _told(event: WiseEvent) -> dict[str, Any]:
    if event.cases is not None:
        return {"cases": list(event.cases)}
    if event.failure:
        return {"failure": event.failure}
    return {"state": event.state} if event.state == transfer_status.SENT else {}


def _refund(transfer_id: int, now: datetime, amount: Decimal, currency: str, source: str) -> dict[str, Any]:
    told = {"refund_amount": str(amount), "refund_currency": currency, "refund_source": source}
    return {"transfer_id": transfer_id, "first_seen": now.isoformat(), **told}


def _movement_message(event: WiseEvent, now: datetime) -> dict[str, Any] | None:
    """What is kept of a balance that moved; None: the event tells of none."""
    moved = event.movement
    if moved is None:
        return None
    return {
        "event": event.fingerprint,
        "balance_id": moved.balance_id,
        "kind": moved.kind,
        "amount": str(moved.amount),
        "currency": moved.currency,
        "reference": moved.reference,
        "channel": moved.channel,
        "after": None if moved.after is None else str(moved.after),
        "step_id": moved.step_id,
        "occurred_at": (event.occurred_at or now).isoformat(),
        "first_seen": now.isoformat(),
    }
