"""Who gives tokens for the simulated Epicor, and to whom not."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from werkzeug.datastructures import Headers

from simulators.common.http import Request, Response
from simulators.epicor import tokens
from simulators.epicor.access import PASSWORD, USER, WRONG_IN_A_ROW
from tests.unit.simulators.epicor_desk import INVOICES, Desk, parse

IDP = "/connect/token"
WRONG = "wrong"
ENTRA = f"/{tokens.TENANT_ID}/oauth2/v2.0/token"
CLIENT = {"client_id": tokens.CLIENT_ID, "client_secret": tokens.CLIENT_SECRET}
IDP_FORM = {**CLIENT, "grant_type": "client_credentials", "scope": "epicor_erp"}
USER_FORM = {**CLIENT, "grant_type": "password", "username": USER, "password": PASSWORD, "scope": "openid epicor_erp"}
ENTRA_FORM = {
    "client_id": tokens.ENTRA_CLIENT_ID,
    "client_secret": tokens.ENTRA_CLIENT_SECRET,
    "grant_type": "client_credentials",
    "scope": tokens.ENTRA_SCOPE,
}


def ask(desk: Desk, path: str, form: dict[str, str], media: str = "application/x-www-form-urlencoded") -> Response:
    """Post a form."""
    request = Request("POST", path, headers=Headers({"Content-Type": media}), body=urlencode(form).encode())
    answer = desk.simulator.handle(request).response
    assert answer is not None
    return answer


def opens(desk: Desk, token: str) -> bool:
    """Whether a bearer token reads invoices."""
    headers = Headers({"X-API-Key": desk.simulator.ready["api_key"], "Authorization": f"Bearer {token}"})
    return desk.send("GET", desk.path(f"{INVOICES}/APInvoices"), headers=headers).status == 200


@pytest.mark.parametrize(("path", "form"), [(IDP, IDP_FORM), (IDP, USER_FORM), (ENTRA, ENTRA_FORM)])
def test_a_token_opens_until_it_expires(path: str, form: dict[str, str]) -> None:
    """Each endpoint gives a bearer token in OAuth's words, good for the time it says."""
    desk = Desk()
    answer = parse(ask(desk, path, form))
    assert answer["token_type"] == "Bearer"
    assert opens(desk, answer["access_token"])
    desk.simulator.clock.advance(tokens.LIFE_SECONDS)
    assert not opens(desk, answer["access_token"])


@pytest.mark.parametrize(
    ("path", "form", "change", "status", "error"),
    [
        (IDP, IDP_FORM, {"client_secret": WRONG}, 400, "invalid_client"),
        (IDP, IDP_FORM, {"scope": ""}, 400, "invalid_scope"),
        (IDP, IDP_FORM, {"scope": "openid email epicor_erp"}, 400, "invalid_scope"),
        (IDP, IDP_FORM, {"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        (IDP, USER_FORM, {"scope": "openid email"}, 400, "invalid_scope"),
        (IDP, USER_FORM, {"password": WRONG}, 400, "invalid_grant"),
        (ENTRA, ENTRA_FORM, {"client_secret": WRONG}, 401, "invalid_client"),
        (ENTRA, ENTRA_FORM, {"client_id": "wrong"}, 400, "unauthorized_client"),
        (ENTRA, ENTRA_FORM, {"scope": "epicor_erp"}, 400, "invalid_scope"),
        (ENTRA, ENTRA_FORM, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        ("/another-tenant/oauth2/v2.0/token", ENTRA_FORM, {}, 400, "invalid_request"),
    ],
)
def test_each_mistake_has_its_error(
    path: str, form: dict[str, str], change: dict[str, str], status: int, error: str
) -> None:
    """Wrong client, secret, scope, grant, tenant and password are told apart in OAuth's words."""
    answer = ask(Desk(), path, {**form, **change})
    assert (answer.status, parse(answer)["error"]) == (status, error)


@pytest.mark.parametrize(("path", "form"), [(IDP, IDP_FORM), (ENTRA, ENTRA_FORM)])
def test_only_a_posted_form_is_read(path: str, form: dict[str, str]) -> None:
    """What is not called a form has no fields, and only POST is served."""
    desk = Desk()
    assert parse(ask(desk, path, form, media="application/json"))["error"] == "invalid_request"
    assert desk.send("GET", path).status == 405


def test_token_resource_takes_headers_or_a_form() -> None:
    """Name and password go as headers; one client in the field posts them as a form. GET gives nothing."""
    desk = Desk()
    headers = Headers({"username": USER, "password": PASSWORD, "Accept": "application/json"})
    by_headers = desk.send("POST", "/SaaS001/TokenResource.svc/", headers=headers)
    by_form = ask(desk, "/SaaS001/TokenResource.svc/", {"username": USER, "password": PASSWORD})
    assert opens(desk, parse(by_headers)["AccessToken"])
    assert by_form.status == 200
    assert desk.send("GET", "/SaaS001/TokenResource.svc/", headers=headers).status == 401


def test_wrong_passwords_in_a_row_lock_the_account() -> None:
    """Wherever they are given they count; then the right one is refused too, until an administrator unlocks."""
    desk = Desk()
    resource = "/SaaS001/TokenResource.svc/"
    for turn in range(WRONG_IN_A_ROW - 1):
        if turn % 2:
            ask(desk, IDP, {**USER_FORM, "password": WRONG})
        else:
            ask(desk, resource, {"username": USER, "password": WRONG})
    assert ask(desk, resource, {"username": USER, "password": PASSWORD}).status == 200
    for _ in range(WRONG_IN_A_ROW):
        assert ask(desk, resource, {"username": USER, "password": WRONG}).status == 401
    assert ask(desk, resource, {"username": USER, "password": PASSWORD}).status == 401
    assert desk.read(f"{INVOICES}/APInvoices").status == 401
    desk.send("POST", "/_sim/people", body={"act": "unlock_user"}, headers=Headers())
    assert desk.read(f"{INVOICES}/APInvoices").status == 200


def test_an_administrator_acts_on_known_users_only() -> None:
    """A user nobody knows is a 400 of the control route."""
    body = {"act": "change_password", "user": "nobody", "password": "x"}
    assert Desk().send("POST", "/_sim/people", body=body, headers=Headers()).status == 400


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("License", '{"ClaimedLicense": "00000003-9439-4B30-A6F4-6D2FD4B9FD0F"}', 200),
        ("License", '{"ClaimedLicense": "WebService"}', 400),
        ("License", "00000003-9439-4B30-A6F4-6D2FD4B9FD0F", 400),
        ("CallSettings", '{"Plant": "no such plant", "Whatever": 1}', 200),
        ("CallSettings", '{"Company": "EPIC02"}', 200),
        ("CallSettings", '{"Company": "NOPE"}', 400),
        ("CallSettings", "[]", 400),
    ],
)
def test_headers_with_json_are_read(name: str, value: str, status: int) -> None:
    """Unknown keys and plants pass silently; a company that is none, and what is no JSON object, is an error (1.3)."""
    desk = Desk()
    headers = desk.headers()
    headers[name] = value
    assert desk.send("GET", desk.path(f"{INVOICES}/APInvoices"), headers=headers).status == status
