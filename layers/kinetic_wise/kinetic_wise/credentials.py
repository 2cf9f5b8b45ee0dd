"""What a credential envelope holds: its mode of authentication, the fields each mode needs, and the Auth they make.

Epicor (epicor-kinetic-api.md 2.1), the API key always on top:
    basic            user, password                                              the default
    token_resource   user, password
    epicor_idp       client_id, client_secret; password grant with user and password; token_url, scope
    entra_id         tenant_id, client_id, client_secret, scope; token_url
Wise (wise-api.md 2.1 to 2.3), with client_certificate and client_key by mTLS:
    personal_token       personal_token                                          the default
    client_credentials   client_id, client_secret
    refresh_token        client_id, client_secret, refresh_token
`api_key_expires` and `password_expires` are dates; an alarm tells two weeks before.
`user` says, in the modes that do not need it, which Epicor user the token stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import requests

from kinetic_wise import authentication, epicor, oauth, wise
from kinetic_wise.epicor.auth import ENTRA_URL, IDP_URL, ClientLogin, EpicorToken, GuardedBasic, TokenResource
from kinetic_wise.epicor.errors import judge
from kinetic_wise.tokens import Issuer, SharedToken, TokenStore
from kinetic_wise.transport import Permits, Recorder, Transport, Unlimited
from kinetic_wise.wise.auth import Client, ClientCredentials, RefreshToken
from kinetic_wise.wise.environments import Environment
from kinetic_wise.wise.mtls import present_certificate

_CLIENT_SCOPE, _USER_SCOPE = "epicor_erp", "openid email epicor_erp"  # of the Identity Provider's two grants
_ENDINGS = {"api_key_expires": "API key", "password_expires": "password"}  # pragma: allowlist secret - names
ENDS_SOON = timedelta(days=14)
A = TypeVar("A", bound=authentication.Auth)


class EnvelopeIncomplete(Exception):
    """A credential envelope lacks a field, or has one that cannot be used; the message names it."""


class Envelope(Protocol):
    """A credential envelope. `version` changes whenever another is stored."""

    @property
    def version(self) -> str:
        """Which one of the envelopes stored under this name it is."""

    def __getitem__(self, name: str) -> Any:
        """A field. Raises EnvelopeIncomplete without it."""

    def get(self, name: str, default: Any = None) -> Any:
        """A field that may be missing."""


@dataclass(frozen=True)
class Tools:
    """What it takes to get tokens and share them. `store` makes one of system, name and envelope version."""

    store: Callable[[str, str, str], TokenStore]
    session: Callable[[], requests.Session]
    record: Recorder
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    alarm: Callable[[str], None]
    permits: Callable[[], Permits] = Unlimited
    tell_end: Callable[[str], None] = lambda problem: None


@dataclass
class Following(Generic[A]):
    """Credentials that are made anew when another envelope was stored."""

    envelope: Envelope = field(repr=False)
    make: Callable[[Envelope], A]
    _made: tuple[str, A] | None = field(default=None, init=False, repr=False)

    @property
    def current(self) -> A:
        """The credentials of the envelope as it is. Raises EnvelopeIncomplete."""
        version = self.envelope.version
        if self._made is None or self._made[0] != version:
            self._made = (version, self.make(self.envelope))
        return self._made[1]

    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request sent now."""
        return self.current.headers()

    def renew(self) -> bool:
        """Get a new token after a 401; False when there is none to get."""
        return self.current.renew()


class FollowingEpicor(Following[epicor.Auth]):
    """The same of an Epicor user, with the envelope's API key: an old key's 401 must not count for new credentials."""

    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request sent now."""
        return {"X-API-Key": self.envelope["api_key"], **super().headers()}

    @property
    def user(self) -> str:
        """The Epicor user that our writes carry; "" where it is not known."""
        return self.current.user


def epicor_auth(envelope: Envelope, tools: Tools) -> FollowingEpicor:
    """The credentials of Epicor's envelope. Raises EnvelopeIncomplete, at the latest with the first call."""
    return FollowingEpicor(envelope, lambda current: _epicor_auth(current, tools))


def wise_auth(envelope: Envelope, tools: Tools) -> Following[authentication.Auth]:
    """The credentials of Wise's envelope. Raises EnvelopeIncomplete and WrongEnvironment as `epicor_auth` does."""
    return Following(envelope, lambda current: _wise_auth(current, tools))


def endings(envelope: Envelope) -> dict[str, date]:
    """The last days of key and password, as far as the envelope names them. Raises EnvelopeIncomplete."""
    named = {name: str(envelope.get(field) or "") for field, name in _ENDINGS.items()}
    try:
        return {name: date.fromisoformat(day) for name, day in named.items() if day}
    except ValueError:
        raise EnvelopeIncomplete(f"{' and '.join(_ENDINGS)} must be dates like 2027-03-31") from None


def _tell_endings(envelope: Envelope, tools: Tools) -> None:
    """An alarm while there is time to renew: afterwards every call is refused (pitfall 41)."""
    for name, last in endings(envelope).items():
        if tools.now().date() >= last - ENDS_SOON:
            tools.tell_end(f"Epicor's {name} ends on {last}: store the envelope with another one before")


def _mode(envelope: Envelope, modes: tuple[str, ...]) -> str:
    mode = str(envelope.get("auth") or modes[0])
    if mode not in modes:
        raise EnvelopeIncomplete(f"the credential envelope has `auth` {mode!r}: it must be one of {', '.join(modes)}")
    return mode


def _epicor_auth(envelope: Envelope, tools: Tools) -> epicor.Auth:
    _tell_endings(envelope, tools)
    mode = _mode(envelope, ("basic", "token_resource", "epicor_idp", "entra_id"))
    makers = {"token_resource": _token_resource, "epicor_idp": _epicor_idp, "entra_id": _entra_id}
    if mode == "basic":
        basic = epicor.BasicAuth(envelope["user"], envelope["password"])
        return GuardedBasic(
            basic=basic, store=_store(envelope, tools, "epicor", mode, basic.user), alarm=tools.alarm, now=tools.now
        )
    issuer, who = makers[mode](envelope, tools)
    return EpicorToken(
        issuer=issuer,
        store=_store(envelope, tools, "epicor", mode, who),
        alarm=tools.alarm,
        now=tools.now,
        sleep=tools.sleep,
        user=str(envelope.get("user") or ""),
    )


def _token_resource(envelope: Envelope, tools: Tools) -> tuple[Issuer, str]:
    way = Transport("epicor", envelope["url"], judge, oauth.mask, tools.session(), tools.record, tools.now, tools.sleep)
    return TokenResource(way, envelope["user"], envelope["password"], tools.now), envelope["user"]


def _epicor_idp(envelope: Envelope, tools: Tools) -> tuple[Issuer, str]:
    user = envelope["user"] if envelope.get("password") else ""
    scope = envelope.get("scope") or (_USER_SCOPE if user else _CLIENT_SCOPE)
    return _client_login(envelope, tools, IDP_URL, scope, user)


def _entra_id(envelope: Envelope, tools: Tools) -> tuple[Issuer, str]:
    return _client_login(envelope, tools, ENTRA_URL.format(tenant_id=envelope["tenant_id"]), envelope["scope"])


def _client_login(
    envelope: Envelope, tools: Tools, usual_url: str, scope: str, user: str = ""
) -> tuple[ClientLogin, str]:
    endpoint = _endpoint("epicor", envelope.get("token_url") or usual_url, "", tools, tools.session())
    password = envelope["password"] if user else ""
    login = ClientLogin(endpoint, envelope["client_id"], envelope["client_secret"], scope, user, password)
    return login, f"{login.client_id}/{user}" if user else login.client_id


def _wise_auth(envelope: Envelope, tools: Tools) -> authentication.Auth:
    mode = _mode(envelope, ("personal_token", "client_credentials", "refresh_token"))
    wise.require_environment(envelope["url"], _meant(envelope))
    if mode == "personal_token":
        return wise.PersonalToken(envelope["personal_token"])
    session = wise_session(envelope, tools.session)
    endpoint = _endpoint("wise", envelope["url"], "/oauth/token", tools, session, tools.permits())
    client = Client(endpoint, envelope["client_id"], envelope["client_secret"])
    refreshes = mode == "refresh_token"
    issuer: Issuer = RefreshToken(client, envelope["refresh_token"]) if refreshes else ClientCredentials(client)
    store = _store(envelope, tools, "wise", mode, client.client_id)
    return SharedToken(issuer=issuer, store=store, alarm=tools.alarm, now=tools.now, sleep=tools.sleep)


def _meant(envelope: Envelope) -> Environment:
    """The environment that the credentials are for. They are taken for the sandbox's unless they say production."""
    declared = envelope.get("environment")
    if declared in ("production", "sandbox", "other"):
        return declared  # type: ignore[no-any-return]  # one of its literals
    if declared:
        raise EnvelopeIncomplete(f"Wise's credential envelope has `environment` {declared!r}: production or sandbox")
    return "other" if wise.environment_of(envelope["url"]) == "other" else "sandbox"


def wise_session(envelope: Envelope, make: Callable[[], requests.Session]) -> requests.Session:
    """A session to Wise, with our certificate when the envelope has one. Raises EnvelopeIncomplete without its key."""
    session = make()
    host = urlsplit(envelope["url"]).hostname or ""
    if envelope.get("client_certificate") or envelope.get("client_key") or host.startswith("api-mtls."):
        present_certificate(session, envelope["client_certificate"], envelope["client_key"])
    return session


def _endpoint(
    system: str, url: str, path: str, tools: Tools, session: requests.Session, permits: Permits | None = None
) -> oauth.TokenEndpoint:
    way = Transport(
        system,
        url,
        oauth.judge,
        oauth.mask,
        session,
        tools.record,
        tools.now,
        tools.sleep,
        permits=permits or Unlimited(),
    )
    return oauth.TokenEndpoint(way, path, tools.now)


def _store(envelope: Envelope, tools: Tools, system: str, mode: str, who: str) -> TokenStore:
    """Named after everything but the secrets: a token of other credentials, or of another address, is never used."""
    return tools.store(system, f"{system}/{mode}/{who}@{envelope['url']}", envelope.version)
