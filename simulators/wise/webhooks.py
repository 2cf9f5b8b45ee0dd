"""Webhook subscriptions of a profile (wise-api.md section 9.1)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulators.common.http import Response, json_response
from simulators.wise.books import Profile, Subscription
from simulators.wise.deliveries import Deliveries
from simulators.wise.errors import Problem, WiseError, invalid
from simulators.wise.events import APPLICATION_ONLY, VERSIONS
from simulators.wise.times import iso_seconds
from simulators.wise.world import USER, Call, World


@dataclass(frozen=True)
class Wish:
    """A subscription asked for, with everything checked but the address's answer."""

    name: str
    event: str
    version: str
    url: str


class Webhooks:
    """Create with a test POST, list, read, delete; there is no update."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries
        self._answers: dict[str, int | None] = {}

    def read_wish(self, call: Call) -> Wish:
        """What a create call asks for. Raises 422 for an event, version or address that Wise refuses."""
        body = call.json_object()
        delivery = body.get("delivery") if isinstance(body.get("delivery"), dict) else {}
        wish = Wish(
            name=str(body.get("name") or ""),
            event=str(body.get("trigger_on") or ""),
            version=str((delivery or {}).get("version") or ""),
            url=str((delivery or {}).get("url") or ""),
        )
        if not wish.name:
            raise invalid(422, Problem("MISSING", "name is required", "name"))
        if wish.event in APPLICATION_ONLY:
            raise invalid(422, Problem("EVENT_TYPE_NOT_PERMITTED", "Not for profiles", "trigger_on", (wish.event,)))
        if wish.event not in VERSIONS:
            raise invalid(422, Problem("invalid", "Unknown event type", "trigger_on", (wish.event,)))
        if wish.version not in VERSIONS[wish.event]:
            raise invalid(422, Problem("invalid", "Unknown schema version", "delivery.version", (wish.version,)))
        if not is_deliverable(wish.url, allow_local=self._world.settings.allow_local_webhooks):
            raise _bad_address(wish.url)
        return wish

    def probe(self, wish: Wish) -> None:
        """Send the test POST and remember how it was answered; run outside the simulator's lock."""
        self._answers[wish.url] = self._deliveries.test(wish.url, wish.event, wish.version)

    def create(self, call: Call, profile_id: int) -> Response:
        """POST profiles/{p}/subscriptions: 200 once the address answered the test POST with 2xx."""
        profile = self._world.profile(call, profile_id)
        wish = self.read_wish(call)
        answer = self._answers.get(wish.url)
        if answer is None or not 200 <= answer < 300:
            raise _bad_address(wish.url)
        subscription = Subscription(
            self._world.ids.uuid(), profile, wish.name, wish.event, wish.version, wish.url, self._world.now()
        )
        self._world.books.subscriptions[subscription.id] = subscription
        return json_response(200, _view(subscription))

    def list_all(self, call: Call, profile_id: int) -> Response:
        """GET profiles/{p}/subscriptions."""
        profile = self._world.profile(call, profile_id)
        known = self._world.books.subscriptions.values()
        return json_response(200, [_view(each) for each in known if each.profile is profile])

    def get(self, call: Call, profile_id: int, subscription_id: str) -> Response:
        """GET profiles/{p}/subscriptions/{id}."""
        return json_response(200, _view(self._owned(self._world.profile(call, profile_id), subscription_id)))

    def delete(self, call: Call, profile_id: int, subscription_id: str) -> Response:
        """DELETE profiles/{p}/subscriptions/{id}: 204; what is undelivered is dropped."""
        subscription = self._owned(self._world.profile(call, profile_id), subscription_id)
        del self._world.books.subscriptions[subscription.id]
        return Response(204)

    def _owned(self, profile: Profile, subscription_id: str) -> Subscription:
        subscription = self._world.books.subscriptions.get(subscription_id)
        if subscription is None or subscription.profile is not profile:
            raise invalid(404, Problem("NOT_FOUND", "Subscription not found", "id", (subscription_id,)))
        return subscription


def is_deliverable(url: str, *, allow_local: bool) -> bool:
    """Wise's rule: HTTPS on 443 without a port, a host name, no credentials, no query. `allow_local` lifts it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.scheme not in ("http", "https"):
        return False
    if allow_local:
        return True
    plain = port is None and not parts.query and not parts.username and not parts.password and not parts.fragment
    return parts.scheme == "https" and plain and "." in parts.hostname and not _is_ip(parts.hostname)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bad_address(url: str) -> WiseError:
    return invalid(422, Problem("INVALID_CALLBACK_URL", "The callback URL did not answer", "delivery.url", (url,)))


def _view(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "name": subscription.name,
        "trigger_on": subscription.event,
        "delivery": {"version": subscription.version, "url": subscription.url},
        "scope": {"domain": "profile", "id": subscription.profile.id},
        "created_by": {"type": "user", "id": str(USER)},
        "created_at": iso_seconds(subscription.created),
    }
