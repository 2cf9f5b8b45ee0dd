"""A client's desk in front of a simulated Wise: in process, with a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.datastructures import Headers

from simulators.common.clock import Clock
from simulators.common.http import Request, Response
from simulators.wise.deliveries import new_key
from simulators.wise.sample import Behaviour
from simulators.wise.simulator import BUSINESS_PROFILE, WiseSimulator
from simulators.wise.world import Settings

NOON = datetime(2026, 9, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOOK = "https://erp.example.com/wise/hook"
KEY: rsa.RSAPrivateKey = new_key()
NAMESPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")

GERMAN_IBAN = "DE89370400440532013000"
LYON = {
    "currency": "EUR",
    "type": "iban",
    "accountHolderName": "Galvano Lyon SAS",
    "details": {"legalType": "BUSINESS", "IBAN": GERMAN_IBAN},
}


@dataclass(frozen=True)
class Manner:
    """How Wise behaves toward one holder."""

    cancel_after_funding: bool = False
    rate_seconds: int | None = None
    webhooks: str | None = None


@dataclass(frozen=True)
class SmallDay:
    """Balances, and behaviours by holder."""

    balances: Mapping[str, Decimal] = field(
        default_factory=lambda: {"EUR": Decimal("10000.00"), "GBP": Decimal("5000.00"), "AUD": Decimal("0.00")}
    )
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)


@dataclass
class Post:
    """One webhook POST as the receiver sees it."""

    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The envelope."""
        return dict(json.loads(self.body))

    @property
    def state(self) -> str | None:
        """The state told, of a state change."""
        return str(self.event["data"].get("current_state")) if "current_state" in self.event["data"] else None


class Receiver:
    """Takes webhooks and answers them with the next of its statuses, the last one for ever."""

    def __init__(self, *statuses: int | None) -> None:
        self._statuses = list(statuses or (200,))
        self.posts: list[Post] = []

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
        self.posts.append(Post(url, headers, body))
        return self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]

    @property
    def events(self) -> list[Post]:
        """The posts that are no tests."""
        return [post for post in self.posts if "X-Test-Notification" not in post.headers]

    @property
    def states(self) -> list[str]:
        """The states told, in the order of arrival."""
        return [post.state for post in self.events if post.state]


@dataclass
class Reply:
    """An answer with its JSON read."""

    response: Response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def json(self) -> Any:
        """The body, numbers with a fraction as Decimal."""
        return json.loads(self.response.body, parse_float=Decimal)

    @property
    def codes(self) -> list[tuple[str, str | None]]:
        """(code, path) of every element of a validation error."""
        return [(error["code"], error["path"]) for error in self.json["errors"]]


class Desk:
    """Calls on the calendar-version paths with the personal token, unless told otherwise."""

    def __init__(
        self,
        day: SmallDay | None = None,
        settings: Settings | None = None,
        receiver: Receiver | None = None,
        time_scale: float = 1.0,
    ) -> None:
        self.time = NOON
        self.receiver = receiver or Receiver()
        self.wise = WiseSimulator(
            clock=Clock(lambda: self.time),
            time_scale=time_scale,
            day=day or SmallDay(),
            deliver=self.receiver,
            dice=Random(7),
            settings=settings,
            webhook_key=KEY,
        )
        self.profile = BUSINESS_PROFILE
        self.token = self.wise.credentials.personal_token
        self._keys = 0

    def call(self, method: str, path: str, body: Any = None, *, version: str = "/2026Q3", **headers: str) -> Reply:
        """Send a call; header names are given with underscores."""
        target, _, query = f"{version}{path}".partition("?")
        sent = Headers([("Authorization", f"Bearer {self.token}")])
        if body is not None:
            sent["Content-Type"] = "application/json"
        for name, value in headers.items():
            sent[name.replace("_", "-")] = value
        raw = b"" if body is None else json.dumps(body, default=float).encode()
        answer = self.wise.handle(Request(method, target, query, sent, raw))
        assert answer.response is not None
        return Reply(answer.response)

    def get(self, path: str, **kwargs: str) -> Reply:
        """A GET."""
        return self.call("GET", path, **kwargs)

    def post(self, path: str, body: Any, **kwargs: str) -> Reply:
        """A POST of JSON."""
        return self.call("POST", path, body, **kwargs)

    def wait(self, seconds: float) -> None:
        """Let time pass, and Wise do what is due; in steps, so that what follows is done as well."""
        for _ in range(4):
            self.time += timedelta(seconds=seconds / 4)
            self.wise.tick()

    def recipient(self, body: dict[str, Any] | None = None) -> int:
        """A recipient of the business profile."""
        reply = self.post("/accounts", {"profile": self.profile, **(body or LYON)})
        assert reply.status == 200, reply.json
        return int(reply.json["id"])

    def quote(
        self, recipient: int | None = None, source: str = "EUR", target: str = "EUR", **given: Any
    ) -> dict[str, Any]:
        """A quote; target amount 100 unless amounts are given."""
        body = {"sourceCurrency": source, "targetCurrency": target, **(given or {"targetAmount": 100})}
        if recipient:
            body["targetAccount"] = recipient
        reply = self.post(f"/profiles/{self.profile}/quotes", body)
        assert reply.status == 200, reply.json
        return dict(reply.json)

    def next_key(self) -> str:
        """A fresh customerTransactionId."""
        self._keys += 1
        return str(uuid5(NAMESPACE, str(self._keys)))

    def transfer(
        self, recipient: int | None = None, quote: dict[str, Any] | None = None, key: str = ""
    ) -> dict[str, Any]:
        """A transfer waiting for its money."""
        recipient = recipient or self.recipient()
        quote = quote or self.quote(recipient)
        reply = self.post(
            "/transfers",
            {
                "targetAccount": recipient,
                "quoteUuid": quote["id"],
                "customerTransactionId": key or self.next_key(),
                "details": {"reference": "INV 42"},
            },
        )
        assert reply.status == 200, reply.json
        return dict(reply.json)

    def fund(self, transfer_id: int, **headers: str) -> Reply:
        """Fund from the balance."""
        return self.post(f"/profiles/{self.profile}/transfers/{transfer_id}/payments", {"type": "BALANCE"}, **headers)

    def funded(self, holder: str = "Galvano Lyon SAS") -> int:
        """A transfer to a holder, funded just now."""
        transfer_id = int(self.transfer(self.recipient({**LYON, "accountHolderName": holder}))["id"])
        assert self.fund(transfer_id).json["status"] == "COMPLETED"
        return transfer_id

    def status(self, transfer_id: int) -> str:
        """A transfer's status, by GET."""
        return str(self.get(f"/transfers/{transfer_id}").json["status"])

    def balance(self, currency: str) -> Decimal:
        """The balance by the simulator's own book."""
        rows = self.wise.state()["balances"]
        return next(Decimal(row["amount"]) for row in rows if row["currency"] == currency)

    def subscribe(self, event: str = "transfers#state-change", version: str = "4.0.0", url: str = HOOK) -> Reply:
        """A webhook subscription of the business profile."""
        body = {"name": "ERP", "trigger_on": event, "delivery": {"version": version, "url": url}}
        return self.post(f"/profiles/{self.profile}/subscriptions", body)

    def people(self, **act: Any) -> Reply:
        """A person acting in Wise."""
        return self.call("POST", "/people", act, version="/_sim")
