"""Who may call: personal token, OAuth tokens and their short lives (wise-api.md sections 2.1 and 2.2)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from simulators.common.http import Request, Response, json_response
from simulators.wise.errors import oauth
from simulators.wise.times import iso_seconds
from simulators.wise.world import Call, World

_LIFE = timedelta(seconds=43_199)
_REFRESH_LIFE = timedelta(seconds=628_639_555)
_CODE_LIFE = timedelta(minutes=30)


@dataclass(frozen=True)
class Credentials:
    """What a client presents; the same for as long as the simulator runs."""

    personal_token: str
    client_id: str
    client_secret: str


class Tokens:
    """Issues and checks tokens. A refresh kills the user's access token that came before."""

    def __init__(self, world: World, credentials: Credentials) -> None:
        self._world = world
        self._credentials = credentials
        self._access: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {}  # refresh token: until when it lives
        self._user_token = ""  # the one access token of the user
        self._codes: dict[str, datetime] = {}

    def check(self, request: Request) -> None:
        """Let a valid bearer token pass. Raises 401 with family 1."""
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise oauth(401, "missing_token", "Full authentication is required to access this resource")
        if token != self._credentials.personal_token and not self._is_live(token):
            raise oauth(401, "invalid_token", "The access token is invalid or expired")

    def _is_live(self, token: str) -> bool:
        expires = self._access.get(token)
        return expires is not None and self._world.now() < expires

    def consent(self) -> str:
        """An authorization code, as the browser gets one when a person consents; single use, 30 minutes."""
        code = self._world.ids.uuid()
        self._codes[code] = self._world.now() + _CODE_LIFE
        return code

    def issue(self, call: Call) -> Response:
        """POST oauth/token with HTTP Basic and a form body."""
        self._check_client(call.request)
        form = _form(call.request)
        grants = {
            "client_credentials": lambda: self._answer(self._new_access(), None),
            "refresh_token": lambda: self._refreshed(form.get("refresh_token", "")),
            "authorization_code": lambda: self._exchanged(form.get("code", "")),
        }
        if "grant_type" not in form:
            raise oauth(400, "invalid_request", "Missing grant type")
        grant = grants.get(form["grant_type"])
        if grant is None:
            raise oauth(400, "unsupported_grant_type", f"Unsupported grant type: {form['grant_type']}")
        return json_response(200, grant())

    def _check_client(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            sent = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            sent = ""
        if scheme.lower() != "basic" or sent != f"{self._credentials.client_id}:{self._credentials.client_secret}":
            raise oauth(401, "unauthorized", "Bad client credentials")

    def _new_access(self) -> str:
        token = self._world.ids.uuid()
        self._access[token] = self._world.now() + _LIFE
        return token

    def _exchanged(self, code: str) -> dict[str, Any]:
        expires = self._codes.pop(code, None)
        if expires is None or self._world.now() >= expires:
            raise oauth(400, "invalid_grant", "Invalid authorization code.")
        return self._of_user(self._world.ids.uuid())

    def _refreshed(self, refresh: str) -> dict[str, Any]:
        expires = self._refresh.get(refresh)
        if expires is None or self._world.now() >= expires:
            raise oauth(400, "invalid_grant", "Invalid user credentials.")
        if not self._world.settings.rotating_refresh_tokens:
            return self._of_user(refresh)
        del self._refresh[refresh]
        return self._of_user(self._world.ids.uuid())

    def _of_user(self, refresh: str) -> dict[str, Any]:
        """The user's one access token: the one before is dead at once, whoever still holds it."""
        self._access.pop(self._user_token, None)
        self._user_token = self._new_access()
        self._refresh[refresh] = self._world.now() + _REFRESH_LIFE
        return self._answer(self._user_token, refresh)

    def revoke(self) -> None:
        """The user, or a change of the account's owner, ends the connection: tokens of all kinds are dead."""
        self._access.pop(self._user_token, None)
        self._refresh.clear()

    def _answer(self, access: str, refresh: str | None) -> dict[str, Any]:
        now = self._world.now()
        answer: dict[str, Any] = {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": int(_LIFE.total_seconds()),
            "expires_at": iso_seconds(now + _LIFE),
            "scope": "transfers",
            "created_at": iso_seconds(now),
        }
        if refresh:
            answer |= {
                "refresh_token": refresh,
                "refresh_token_expires_in": int(_REFRESH_LIFE.total_seconds()),
                "refresh_token_expires_at": iso_seconds(now + _REFRESH_LIFE),
            }
        return answer


def _form(request: Request) -> dict[str, str]:
    """The body as a form; whatever is not called one has no fields."""
    if "application/x-www-form-urlencoded" not in request.headers.get("Content-Type", ""):
        return {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace")))
