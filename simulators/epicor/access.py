"""Who may call: API keys with scopes, users, tokens (section 2)."""

from __future__ import annotations

import base64
import binascii
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulators.common.http import Request, Response, json_response
from simulators.epicor.errors import EpicorError

USER, PASSWORD, API_KEY = "wisepay", "Wise-Pay-2026", "KHZk3yq7TfE0sampleKeyForTheSimulator9xQp"
PERSON = "jsmith"
TOKEN_SECONDS = 3600


@dataclass
class ApiKey:
    """An API key: what a caller may use, whoever they are (2.2)."""

    text: str
    enabled: bool = True
    expires: datetime | None = None
    companies: frozenset[str] | None = None  # None: all companies
    services: frozenset[str] | None = None  # None: every service is in its scope


@dataclass
class Access:
    """Keys, users and tokens of the site."""

    now: Callable[[], datetime]
    dice: random.Random
    users: dict[str, str] = field(default_factory=lambda: {USER: PASSWORD, PERSON: "Person-2026"})
    keys: dict[str, ApiKey] = field(default_factory=lambda: {API_KEY: ApiKey(API_KEY)})
    _tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def check(self, request: Request, company: str, service: str) -> str:
        """The user who calls. Raises EpicorError: 401 without valid key or credentials, 403 outside the key's scope."""
        key = self.keys.get(request.headers.get("X-API-Key") or request.params.get("api-key", ""))
        if key is None or not key.enabled or (key.expires is not None and key.expires <= self.now()):
            raise unauthorised()
        user = self._user(request.headers.get("Authorization", ""))
        if user is None:
            raise unauthorised()
        if key.companies is not None and company not in key.companies:
            raise forbidden(f"The API key is not valid for company {company}.")
        if key.services is not None and service not in key.services:
            raise forbidden(f"Access denied to {service}.")
        return user

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
        return name if self._knows(name, password) else None

    def _knows(self, name: str, password: str) -> bool:
        return name in self.users and self.users[name] == password

    def token(self, request: Request) -> Response:
        """TokenResource.svc: name and password as headers, JSON when asked for, XML otherwise (2.1)."""
        name = request.headers.get("username", "")
        if request.method != "POST" or not self._knows(name, request.headers.get("password", "")):
            raise unauthorised()
        text = str(uuid.UUID(int=self.dice.getrandbits(128)))
        self._tokens[text] = (name, self.now() + timedelta(seconds=TOKEN_SECONDS))
        fields: dict[str, str | int] = {
            "AccessToken": text,
            "ExpiresIn": TOKEN_SECONDS,
            "RefreshToken": "",
            "TokenType": "Bearer",
        }
        if "json" in request.headers.get("Accept", ""):
            return json_response(200, fields)
        return Response(200, _xml(fields).encode(), {"Content-Type": "application/xml"})


def _xml(fields: Mapping[str, str | int]) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<Token>{inner}</Token>"


def unauthorised() -> EpicorError:
    """401."""
    return EpicorError(401, "System.UnauthorizedAccessException", "Authorization has been denied for this request.")


def forbidden(message: str) -> EpicorError:
    """403."""
    return EpicorError(403, "System.UnauthorizedAccessException", message)
