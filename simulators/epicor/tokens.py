"""Who gives bearer tokens for this site (section 2.1): TokenResource, the Identity Provider, Microsoft Entra ID.

The last two are hosts of their own in the world; here they answer below the simulator's origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from simulators.common.http import Request, Response, json_response
from simulators.epicor.access import USER, Access, unauthorised

CLIENT_ID, CLIENT_SECRET = "kinetic-wise-integration", "Idp-Client-Secret-2026"
TENANT_ID = "5f0c3a52-6d1e-4b57-9a38-0c1d2e3f4a5b"
ENTRA_CLIENT_ID, ENTRA_CLIENT_SECRET = "0b9e5c1d-7a64-4f8b-8d20-1c3e5a7b9d0f", "Entra-Client-Secret-2026"
ENTRA_SCOPE = "api://epicor-kinetic/.default"
LIFE_SECONDS = 3600
_RESOURCE = re.compile(r"/[^/]+/TokenResource\.svc/?")
_IDP = "/connect/token"
_ENTRA = re.compile(r"/(?P<tenant>[^/]+)/oauth2/v2\.0/token")
_IDP_SCOPES = {"client_credentials": {"epicor_erp"}, "password": {"openid", "email", "epicor_erp"}}


class OAuthRefusal(Exception):
    """A refusal in OAuth's words."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(error)
        self.body = {"error": error, **({"error_description": description} if description else {})}
        self.status = status


class Issuers:
    """The three of them, for the accounts of one site."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def answer(self, request: Request) -> Response | None:
        """The answer of whoever serves this path; None when nobody does. Raises EpicorError from TokenResource."""
        if _RESOURCE.fullmatch(request.path):
            return self._resource(request)
        if request.path == _IDP:
            return _oauth(request, self._idp)
        tenant = _ENTRA.fullmatch(request.path)
        return _oauth(request, lambda form: self._entra(tenant["tenant"], form)) if tenant else None

    def _resource(self, request: Request) -> Response:
        """Name and password as headers, or as a form; JSON when asked for, XML otherwise."""
        form = _form(request)
        name = request.headers.get("username") or form.get("username", "")
        password = request.headers.get("password") or form.get("password", "")
        if request.method != "POST" or not self._access.knows(_utf8(name), _utf8(password)):
            raise unauthorised()
        fields: dict[str, str | int] = {
            "AccessToken": self._access.issue(_utf8(name), LIFE_SECONDS),
            "ExpiresIn": LIFE_SECONDS,
            "RefreshToken": "",
            "TokenType": "Bearer",
        }
        if "json" in request.headers.get("Accept", ""):
            return json_response(200, fields)
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
        return Response(200, f"<Token>{inner}</Token>".encode(), {"Content-Type": "application/xml"})

    def _idp(self, form: dict[str, str]) -> dict[str, Any]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise OAuthRefusal("invalid_client")
        grant = form.get("grant_type", "")
        if grant not in _IDP_SCOPES:
            raise OAuthRefusal("unsupported_grant_type")
        asked = set(form.get("scope", "").split())
        if "epicor_erp" not in asked or not asked <= _IDP_SCOPES[grant]:
            raise OAuthRefusal("invalid_scope")
        user = USER
        if grant == "password":
            user = form.get("username", "")
            if not self._access.knows(user, form.get("password", "")):
                raise OAuthRefusal("invalid_grant", "invalid_username_or_password")
        access = self._access.issue(user, LIFE_SECONDS)
        scope = " ".join(sorted(asked))
        return {"access_token": access, "expires_in": LIFE_SECONDS, "token_type": "Bearer", "scope": scope}

    def _entra(self, tenant: str, form: dict[str, str]) -> dict[str, Any]:
        if tenant != TENANT_ID:
            raise OAuthRefusal("invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise OAuthRefusal("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
        if form.get("client_id") != ENTRA_CLIENT_ID:
            raise OAuthRefusal("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if form.get("client_secret") != ENTRA_CLIENT_SECRET:
            raise OAuthRefusal("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
        if form.get("scope") != ENTRA_SCOPE:
            raise OAuthRefusal("invalid_scope", "AADSTS70011: The provided value for 'scope' is not valid.")
        access, life = self._access.issue(USER, LIFE_SECONDS), LIFE_SECONDS - 1
        return {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": access}


def _oauth(request: Request, give: Callable[[dict[str, str]], dict[str, Any]]) -> Response:
    if request.method != "POST":
        return Response(405)
    form = _form(request)
    try:
        if not form:
            raise OAuthRefusal("invalid_request")
        return json_response(200, give(form), {"Cache-Control": "no-store"})
    except OAuthRefusal as refusal:
        return json_response(refusal.status, refusal.body)


def _form(request: Request) -> dict[str, str]:
    """The body as a form; empty when it is not called one."""
    if "application/x-www-form-urlencoded" not in request.headers.get("Content-Type", ""):
        return {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _utf8(header: str) -> str:
    """A header's text: bytes outside ASCII arrive as Latin-1 and are meant as UTF-8."""
    try:
        return header.encode("latin-1").decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return header
