"""Credential envelopes and the tools to get tokens with, over a database in process and simulators without a socket."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import requests

from kinetic_wise import epicor
from kinetic_wise.credentials import EnvelopeIncomplete, FollowingEpicor, Tools
from kinetic_wise.ledger.tokens import Tokens, TokenTable
from kinetic_wise.transport import Exchange, own_session
from simulators.common.simulator import Simulator
from tests.support.dynamodb import CONNECTOR, InProcessDynamoDb
from tests.support.in_process import InProcessAdapter


@dataclass
class FakeKms:
    """A KMS that opens a data key only under the encryption context it was made under."""

    keys: dict[bytes, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    opened: int = 0

    def generate_data_key(self, *, KeyId: str, KeySpec: str, EncryptionContext: dict[str, str]) -> dict[str, bytes]:  # noqa: N803 - KMS's names
        assert KeySpec == "AES_256"
        plain, blob = secrets.token_bytes(32), secrets.token_bytes(64)
        self.keys[blob] = (plain, dict(EncryptionContext))
        return {"Plaintext": plain, "CiphertextBlob": blob}

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: dict[str, str]) -> dict[str, bytes]:  # noqa: N803 - KMS's names
        self.opened += 1
        plain, context = self.keys[CiphertextBlob]
        if context != EncryptionContext:
            raise PermissionError("another encryption context")
        return {"Plaintext": plain}


@dataclass
class FakeEnvelope:
    """An envelope in memory; storing another changes its version."""

    values: Mapping[str, Any]
    number: int = 1

    @property
    def version(self) -> str:
        return f"version-{self.number}"

    def store(self, **changes: Any) -> None:
        self.values = {**self.values, **changes}
        self.number += 1

    def __getitem__(self, name: str) -> Any:
        if not self.values.get(name):
            raise EnvelopeIncomplete(f"the credential envelope lacks {name!r}")
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)


def with_key(auth: epicor.Auth, api_key: str) -> FollowingEpicor:
    """An Epicor user's credentials and the API key, together as a deployment has them."""
    return FollowingEpicor(FakeEnvelope({"api_key": api_key}), lambda _: auth)


@dataclass
class Office:
    """One deployment: a table, a key, a clock and one simulated system; workers are made from `tools()`."""

    database: InProcessDynamoDb
    simulator: Simulator
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    exchanges: list[Exchange] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    kms: FakeKms = field(default_factory=FakeKms)

    def __post_init__(self) -> None:
        self.adapter = InProcessAdapter(self.simulator, wait=self.sleep)
        lock = threading.RLock()  # the database in process is no server: calls of threads take turns

        def take_turn(_operation: str, _params: dict[str, Any]) -> None:
            lock.acquire()

        self.database.before = take_turn
        self.database.after = lambda operation, params: lock.release()

    def session(self) -> requests.Session:
        session = own_session()
        session.mount("http://", self.adapter)
        session.mount("https://", self.adapter)
        return session

    def store(self, system: str, name: str, version: str) -> Tokens:
        place = TokenTable(self.database.client, CONNECTOR, cast("Any", self.kms), "key-1", self.now)
        return Tokens(place, system, name, version)

    def tools(self) -> Tools:
        """What a worker of its own gets tokens with."""
        return Tools(
            store=self.store,
            session=self.session,
            record=self.exchanges.append,
            now=self.now,
            sleep=self.sleep,
            alarm=self.alarms.append,
        )

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(request.path.endswith(path) for request in self.adapter.requests)

    def stored(self) -> str:
        """All items of the connector table, as text."""
        return repr(list(self.database.rows(CONNECTOR)))
