"""The two credential envelopes, as Secrets Manager holds them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import simplejson

from kinetic_wise.credentials import EnvelopeIncomplete
from kinetic_wise.wiring.surroundings import aws, env
from kinetic_wise.wise import environment_of
from kinetic_wise.wise.webhooks import PUBLIC_KEYS

_SECRET_SECONDS = 300.0


@dataclass
class Envelope:
    """A credential envelope from Secrets Manager, kept for a few minutes."""

    name: str
    read_at: float = -_SECRET_SECONDS
    values: dict[str, Any] | None = field(default=None, repr=False)
    version_id: str = ""

    @property
    def version(self) -> str:
        """Which of the envelopes stored under this name it is."""
        self._values()
        return self.version_id

    def __getitem__(self, name: str) -> Any:
        if not self._values().get(name):
            self.values = None  # it may be stored any moment
            raise EnvelopeIncomplete(f"the credential envelope in {self.name} lacks {name!r}: store it with `init`")
        return self._values()[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A field that may be missing."""
        return self._values().get(name, default)

    def _values(self) -> dict[str, Any]:
        if self.values is None or time.monotonic() - self.read_at > _SECRET_SECONDS:
            answer = aws("secretsmanager").get_secret_value(SecretId=env(self.name))
            self.values, self.version_id = simplejson.loads(answer["SecretString"]), answer["VersionId"]
            self.read_at = time.monotonic()
        return self.values


@cache
def epicor_envelope() -> Envelope:
    """Epicor's address and credentials: url, company, companies, api_key, and what `credentials.py` says."""
    return Envelope("EPICOR_SECRET_ARN")


@cache
def wise_envelope() -> Envelope:
    """Wise's address and credentials: url, profile_id, webhook_public_key, and what `credentials.py` says."""
    return Envelope("WISE_SECRET_ARN")


def webhook_keys() -> str:
    """The keys that Wise signs with, PEM: those of the envelope, else the one published for its environment."""
    envelope = wise_envelope()
    published = PUBLIC_KEYS.get(environment_of(envelope["url"]), "")
    return str(envelope.get("webhook_public_key") or published or envelope["webhook_public_key"])
