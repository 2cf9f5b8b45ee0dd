"""How a request shows who we are (epicor-kinetic-api.md 2.1). The API key comes on top in every mode."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from kinetic_wise import authentication
from kinetic_wise.oauth import TIMEOUT_SECONDS, TokenEndpoint, token_of
from kinetic_wise.tokens import SharedToken, Token, TokenStore, refused_lately
from kinetic_wise.transport import AccessRefused, Call, Effect, NotArrived, Transport, Unclear, system_time

IDP_URL = "https://login.epicor.com/connect/token"
ENTRA_URL = "https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/token"
_LOOK_AGAIN = timedelta(seconds=1)  # at most so often a worker asks whether others met a refusal


class Auth(authentication.Auth, Protocol):
    """Credentials of an Epicor user."""

    @property
    def user(self) -> str:
        """The Epicor user that our writes carry; "" where it is not known."""


@dataclass(frozen=True)
class BasicAuth:
    """User and password of a native Epicor account: there is nothing to renew, a second try risks a lock-out."""

    user: str
    password: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """The Basic header; text outside ASCII goes as UTF-8."""
        return {"Authorization": f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"}

    def renew(self) -> bool:
        """A wrong password stays wrong."""
        return False


@dataclass(kw_only=True)
class GuardedBasic:
    """Basic without a lock-out: what one worker saw refused nobody presents for a while, then one (pitfall 40)."""

    basic: BasicAuth
    store: TokenStore
    alarm: Callable[[str], None]
    now: Callable[[], datetime] = system_time
    _looked_at: datetime | None = field(default=None, init=False, repr=False)
    _tries: bool = field(default=False, init=False, repr=False)

    @property
    def user(self) -> str:
        """The user."""
        return self.basic.user

    def headers(self) -> dict[str, str]:
        """The Basic header. Raises RenewalRefused after a refusal, NotArrived while another worker tries again."""
        if self._tries:  # the call before this one was not refused
            self._tries = False
            self.store.accept()
            self.store.leave_lease()
        elif self._looked_at is None or self.now() - self._looked_at >= _LOOK_AGAIN:
            self._look()
        return self.basic.headers()

    def _look(self) -> None:
        refusal = self.store.refusal()
        if refusal is not None:
            if self.now() < refusal.until:
                raise refused_lately(refusal)
            if not self.store.try_lease():
                raise NotArrived("another worker tries credentials that were refused before", code="token")
            self._tries = True
        self._looked_at = self.now()

    def renew(self) -> bool:
        """A wrong password stays wrong: remember it."""
        self._looked_at = None
        if self.store.refuse("401 to user and password"):
            self.alarm("Epicor refused user, password or API key: nobody presents them again for a while")
        if self._tries:
            self._tries = False
            self.store.leave_lease()
        return False


@dataclass(kw_only=True)
class EpicorToken(SharedToken):
    """A bearer token, shared by all workers. `user` is the Epicor user behind it, "" where the envelope names none."""

    user: str


@dataclass(frozen=True)
class TokenResource:
    """Epicor's own tokens, for user and password; the refresh token it mentions does not work (2.1)."""

    transport: Transport
    user: str
    password: str = field(repr=False)
    now: Callable[[], datetime] = system_time

    def issue(self, _before: Token | None) -> Token:
        """Ask with user and password. Raises RemoteError."""
        headers = {"username": _header("user", self.user), "password": _header("password", self.password)}
        call = Call("POST", "/TokenResource.svc/", Effect.WRITE, headers=headers, timeout_seconds=TIMEOUT_SECONDS)
        answer = self.transport.send(call)
        if not isinstance(answer.data, dict) or not answer.data.get("AccessToken"):
            raise Unclear("TokenResource answered without a token", exchange=answer.exchange)
        return token_of(answer.data["AccessToken"], answer.data.get("ExpiresIn"), self.now())


def _header(what: str, text: str) -> str:
    """A text as a header's value, UTF-8 on the wire. Never handed on where it cannot go: errors would quote it."""
    if text != text.strip() or not text.isprintable():
        raise AccessRefused(f"the {what} in Epicor's credential envelope has blanks around it or control characters")
    return text.encode().decode("latin-1")


@dataclass(frozen=True)
class ClientLogin:
    """Epicor's Identity Provider or Microsoft Entra ID: a client's credentials, with a user's password if need be."""

    endpoint: TokenEndpoint
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    user: str = ""
    password: str = field(default="", repr=False)

    def issue(self, _before: Token | None) -> Token:
        """Ask with the credentials: a refresh token saves nothing. Raises RemoteError."""
        form = {"client_id": self.client_id, "client_secret": self.client_secret, "scope": self.scope}
        if self.password:
            return self.endpoint.ask(
                {**form, "grant_type": "password", "username": self.user, "password": self.password}
            )
        return self.endpoint.ask({**form, "grant_type": "client_credentials"})
