"""Webhook deliveries: signature, attempts, retries (wise-api.md sections 9.2 and 9.3)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulators.common.http import dump_json
from simulators.wise.books import Subscription
from simulators.wise.times import iso_millis
from simulators.wise.world import World


class Later(int):
    """The status of a receiver that says in how many seconds to come again (Retry-After)."""

    retry_after: float

    def __new__(cls, status: int, retry_after: float) -> Self:
        """A status like any other, with the seconds."""
        made = super().__new__(cls, status)
        made.retry_after = retry_after
        return made


Deliver = Callable[[str, dict[str, str], bytes], int | None]
Post = Callable[[], int | None]
# Runs the post, in another thread if it likes, then reports its answer under the simulator's lock.
Courier = Callable[[Post, Callable[[int | None], None]], None]

_DAY = 86_400
_DOUBLING_RETRIES = 11
_ALL_RETRIES = 25
_RETRIES_AFTER_REFUSAL = 3
_REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 410, 417, 422})


def new_key() -> rsa.RSAPrivateKey:
    """A key pair of the simulator's own."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """The public half, as Wise publishes its own."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()


def signature(key: rsa.RSAPrivateKey, body: bytes) -> str:
    """RSA PKCS#1 v1.5 with SHA-256 over the raw body, base64."""
    return base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()


def retry_delay(retry: int) -> int:
    """Seconds before retry number 1, 2, ...: doubling from a minute eleven times, then daily."""
    return min(60 * 2 ** (retry - 1), _DAY) if retry <= _DOUBLING_RETRIES else _DAY


@dataclass
class _Parcel:
    """One delivery with its tries; a retry keeps the delivery's id and its bytes."""

    subscription: Subscription
    delivery_id: str
    body: bytes
    then: Callable[[], None] | None
    retries: int = 0


class Deliveries:
    """Sends events. `deliver` posts and answers the status (None: no answer); the courier runs it."""

    def __init__(self, world: World, key: rsa.RSAPrivateKey, deliver: Deliver, courier: Courier) -> None:
        self._world = world
        self._key = key
        self._deliver = deliver
        self._courier = courier
        self.attempts = 0
        self.accepted = 0
        self.waiting = 0
        self.given_up = 0

    def send(self, subscription: Subscription, data: dict[str, Any], then: Callable[[], None] | None = None) -> None:
        """Deliver an event soon; `then` runs once it was accepted."""
        body = dump_json(self.envelope(subscription.id, subscription.event, subscription.version, data)).encode()
        parcel = _Parcel(subscription, self._world.ids.uuid(), body, then)
        self.waiting += 1
        self._world.agenda.after(0, lambda: self._attempt(parcel))

    def envelope(self, subscription_id: str, event: str, version: str, data: dict[str, Any]) -> dict[str, Any]:
        """An event's envelope, sent now."""
        return {
            "data": data,
            "subscription_id": subscription_id,
            "event_type": event,
            "schema_version": version,
            "sent_at": iso_millis(self._world.now()),
        }

    def test(self, url: str, event: str, version: str) -> int | None:
        """The test POST of a new subscription: its answer's status. Takes as long as the receiver takes."""
        resource = {"id": 0, "profile_id": 0, "account_id": 0, "type": "transfer"}
        states = {"current_state": "processing", "previous_state": "incoming_payment_waiting"}
        data = {"resource": resource, **states, "occurred_at": iso_millis(self._world.now())}
        body = dump_json(self.envelope(self._world.ids.uuid(), event, version, data)).encode()
        return self._deliver(url, {**self._headers(self._world.ids.uuid(), body), "X-Test-Notification": "true"}, body)

    def _headers(self, delivery_id: str, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "X-Delivery-Id": delivery_id,
            "X-Signature-SHA256": signature(self._key, body),
        }

    def _attempt(self, parcel: _Parcel) -> None:
        if parcel.subscription.id not in self._world.books.subscriptions:
            self.waiting -= 1  # dropped with its subscription
            return
        self.attempts += 1

        def post() -> int | None:
            return self._deliver(parcel.subscription.url, self._headers(parcel.delivery_id, parcel.body), parcel.body)

        self._courier(post, lambda status: self._finish(parcel, status))

    def _finish(self, parcel: _Parcel, status: int | None) -> None:
        if status is not None and 200 <= status < 300:
            self.waiting -= 1
            self.accepted += 1
            if parcel.then:
                parcel.then()
            return
        parcel.retries += 1
        if parcel.retries > (_RETRIES_AFTER_REFUSAL if status in _REFUSALS else _ALL_RETRIES):
            self.waiting -= 1
            self.given_up += 1
            return
        seconds = status.retry_after if isinstance(status, Later) else retry_delay(parcel.retries)
        self._world.agenda.after(seconds, lambda: self._attempt(parcel))
