"""Who may call: API keys with scopes, users, tokens (section 2)."""

from __future__ import annotations

import base64
import binascii
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulators.common.http import Request
from simulators.epicor.errors import EpicorError

USER, PASSWORD, API_KEY = "wisepay", "Wise-Pay-2026", "KHZk3yq7TfE0sampleKeyForTheSimulator9xQp"
PERSON = "jsmith"
WRONG_IN_A_ROW = 5  # wrong passwords lock an account until an administrator unlocks it (pitfall 40)


@dataclass
class ApiKey:
    """An API key: what a caller may use, whoever they are (2.2)."""

    text: str
    enabled: bool = True
    expires: datetime | None = None
    companies: frozenset[str] | None = None  # None: all companies
    services: frozenset[str] | None = None  # None: every service is in its scope
    without: frozenset[str] = frozenset()  # services, or single methods as Service/Method, out of its scope


@dataclass(frozen=True)
class Rights:
    """What a user may not use, whatever the key says: services or methods, and all companies but these."""

    without: frozenset[str] = frozenset()
    companies: frozenset[str] | None = None


@dataclass
class Access:
    """Keys, users and tokens of the site."""

    now: Callable[[], datetime]
    dice: random.Random
    users: dict[str, str] = field(default_factory=lambda: {USER: PASSWORD, PERSON: "Person-2026"})
    keys: dict[str, ApiKey] = field(default_factory=lambda: {API_KEY: ApiKey(API_KEY)})
    wrong: dict[str, int] = field(default_factory=dict)  # wrong passwords in a row, by user name
    rights: dict[str, Rights] = field(default_factory=dict)  # of users who may not do everything
    _tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def check(self, request: Request, company: str, service: str, method: str = "") -> str:
        """The user who calls. Raises EpicorError: 401 without valid key or credentials, 403 outside scope or rights."""
        key = self.keys.get(request.headers.get("X-API-Key") or request.params.get("api-key", ""))
        if key is None or not key.enabled or (key.expires is not None and key.expires <= self.now()):
            raise unauthorised()
        user = self._user(request.headers.get("Authorization", ""))
        if user is None:
            raise unauthorised()
        if key.companies is not None and company not in key.companies:
            raise forbidden(f"The API key is not valid for company {company}.")
        if (key.services is not None and service not in key.services) or _named(key.without, service, method):
            raise forbidden(f"Access denied to {service}.")
        self._check_rights(user, company, service, method)
        return user

    def _check_rights(self, user: str, company: str, service: str, method: str) -> None:
        rights = self.rights.get(user, Rights())
        if rights.companies is not None and company not in rights.companies:
            raise forbidden(f"User {user} is not authorized for company {company}.")
        if _named(rights.without, service, method):
            raise forbidden(f"User {user} is not authorized to use {service}.")

    def _user(self, authorization: str) -> str | None:
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "bearer":
            user, until = self._tokens.get(credentials, ("", self.now()))
            return user if until > self.now() else None
        if scheme.lower() != "basic":
            return None
        try:
            name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return name if self.knows(name, password) else None

    def knows(self, name: str, password: str) -> bool:
        """Whether name and password are right and the account is not locked: five wrong ones in a row lock it."""
        if self.wrong.get(name, 0) >= WRONG_IN_A_ROW:
            return False
        if name not in self.users or self.users[name] != password:
            self.wrong[name] = self.wrong.get(name, 0) + 1
            return False
        self.wrong.pop(name, None)
        return True

    def issue(self, user: str, seconds: float) -> str:
        """A bearer token for a user."""
        text = str(uuid.UUID(int=self.dice.getrandbits(128)))
        self._tokens[text] = (user, self.now() + timedelta(seconds=seconds))
        return text

    def act(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """What an administrator does; None when it is nothing about access. Raises ValueError for an unknown user."""
        acts: dict[str, Callable[[str], object]] = {
            "change_password": lambda user: self.users.update({user: str(body["password"])}),
            "unlock_user": lambda user: self.wrong.pop(user, None),
            "revoke_tokens": self._revoke,
            "restrict_user": lambda user: self.rights.update({user: Rights(**_limits(body))}),
            "restrict_key": lambda _: self._restrict_key(body),
        }
        if body.get("act") not in acts:
            return None
        user = str(body.get("user") or USER)
        if user not in self.users:
            raise ValueError(f"no user {user!r}")
        acts[body["act"]](user)
        return {"user": user}

    def _restrict_key(self, body: Mapping[str, Any]) -> None:
        """The key as an administrator maintains it now; what is not named is without limit."""
        expires = datetime.fromisoformat(str(body["expires"])) if body.get("expires") else None
        limits = _limits(body)
        self.keys[API_KEY] = ApiKey(API_KEY, body.get("enabled") is not False, expires, **limits)

    def _revoke(self, user: str) -> None:
        self._tokens = {text: owned for text, owned in self._tokens.items() if owned[0] != user}


def _named(names: frozenset[str], service: str, method: str) -> bool:
    return service in names or f"{service}/{method}" in names


def _limits(body: Mapping[str, Any]) -> dict[str, Any]:
    companies = body.get("companies")
    allowed = None if companies is None else frozenset(map(str, companies))
    return {"without": frozenset(map(str, body.get("without") or ())), "companies": allowed}


def unauthorised() -> EpicorError:
    """401."""
    return EpicorError(401, "System.UnauthorizedAccessException", "Authorization has been denied for this request.")


def forbidden(message: str) -> EpicorError:
    """403."""
    return EpicorError(403, "System.UnauthorizedAccessException", message)
