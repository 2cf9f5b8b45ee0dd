"""Access to the simulated Wise: versions, tokens, headers, profiles, lists."""

from __future__ import annotations

import base64

import pytest
from werkzeug.datastructures import Headers

from simulators.common.http import Request
from tests.unit.simulators.wise_desk import Desk, Reply


def token_call(desk: Desk, form: str, secret: str = "") -> Reply:
    pair = f"{desk.wise.credentials.client_id}:{secret or desk.wise.credentials.client_secret}"
    basic = "Basic " + base64.b64encode(pair.encode()).decode()
    answer = desk.wise.handle(Request("POST", "/oauth/token", headers=_headers(basic), body=form.encode()))
    assert answer.response
    return Reply(answer.response)


def _headers(authorization: str) -> Headers:
    return Headers({"Authorization": authorization, "Content-Type": "application/x-www-form-urlencoded"})


@pytest.mark.parametrize("version", ["/2026Q3", "/v1", "/v2"])
def test_known_versions_answer(version: str) -> None:
    """The calendar version and the legacy versions of section 1.2 serve the same profile."""
    assert Desk().get("/profiles", version=version).json[1]["id"] == 30_000_002


@pytest.mark.parametrize(
    "path", ["/2027Q1/profiles", "/v3/profiles", "/bogus/profiles", "/v1/profiles/1/quotes", "/v4/quotes", "/profiles"]
)
def test_unknown_versions_do_not_answer(path: str) -> None:
    """A version that the real system does not serve is a 404."""
    assert Desk().get(path, version="").status == 404


@pytest.mark.parametrize("path", ["/me", "/profiles", "/accounts", "/transfers", "/rates?source=EUR&target=USD"])
def test_every_call_needs_a_token(path: str) -> None:
    """Without a token and with a wrong one the answer is a 401 of the first error family."""
    desk = Desk()
    missing = desk.get(path, Authorization="")
    wrong = desk.get(path, Authorization="Bearer nobody")
    assert (missing.status, missing.json["error"]) == (401, "missing_token")
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_token")


def test_currencies_answer_without_a_token() -> None:
    """The list of currencies is no check of credentials: it answers anybody, and knows whole-unit currencies."""
    rows = {row["code"]: row["supportsDecimals"] for row in Desk().get("/currencies", Authorization="").json}
    assert rows["EUR"] is True
    assert rows["JPY"] is rows["HUF"] is False


def test_client_credentials_live_twelve_hours() -> None:
    """A client-credentials token opens calls for twelve hours, then no more, and has no refresh token."""
    desk = Desk()
    token = token_call(desk, "grant_type=client_credentials").json
    desk.token = token["access_token"]
    assert desk.get("/me").status == 200
    assert "refresh_token" not in token
    desk.wait(12 * 3600)
    assert desk.get("/me").status == 401


def test_refresh_kills_the_token_before() -> None:
    """A refresh gives a new access token and makes the one before worthless at once."""
    desk = Desk()
    code = desk.people(act="consent").json["code"]
    first = token_call(desk, f"grant_type=authorization_code&code={code}").json
    second = token_call(desk, f"grant_type=refresh_token&refresh_token={first['refresh_token']}").json
    assert token_call(desk, f"grant_type=authorization_code&code={code}").json["error"] == "invalid_grant"
    desk.token = first["access_token"]
    assert desk.get("/me").json["error"] == "invalid_token"
    desk.token = second["access_token"]
    assert desk.get("/me").status == 200


@pytest.mark.parametrize(
    ("form", "secret", "status", "error"),
    [
        ("grant_type=client_credentials", "wrong", 401, "unauthorized"),
        ("", "", 400, "invalid_request"),
        ("grant_type=refresh_token&refresh_token=x", "", 400, "invalid_grant"),
    ],
)
def test_token_refusals_are_of_the_oauth_family(form: str, secret: str, status: int, error: str) -> None:
    """Bad client, missing grant and dead refresh token are told apart."""
    reply = token_call(Desk(), form, secret)
    assert (reply.status, reply.json["error"]) == (status, error)


def test_correlation_id_comes_back() -> None:
    """Each answer has a trace id, and the caller's correlation id is echoed, also on refusals."""
    headers = Desk().get("/transfers/1", X_External_Correlation_Id="mine").response.headers
    assert headers["X-External-Correlation-Id"] == "mine"
    assert headers["x-trace-id"]


def test_missing_content_type_is_refused_as_seen() -> None:
    """JSON without its media type is a 500 on transfers, a 415 on quotes; a quote is patched as a merge patch only."""
    desk = Desk()
    quote = desk.quote()
    path = f"/profiles/{desk.profile}/quotes"
    bare = desk.post("/transfers", {}, Content_Type="")
    assert (bare.status, bare.codes) == (500, [("internal.server.error", None)])
    assert desk.post(path, {}, Content_Type="").status == 415
    assert desk.call("PATCH", f"{path}/{quote['id']}", {"payOut": "SWIFT"}).status == 415


def test_profiles_differ_by_version() -> None:
    """Profile types are lower case on v1 and upper case on the newer paths; another customer's profile is a 403."""
    desk = Desk()
    assert [row["type"] for row in desk.get("/profiles", version="/v1").json] == ["personal", "business"]
    assert [row["type"] for row in desk.get("/profiles").json] == ["PERSONAL", "BUSINESS"]
    assert desk.get("/profiles/1/balances?types=STANDARD").status == 403


def test_balances_need_types() -> None:
    """Balances are listed by type, which must be named; opening one needs an idempotence key."""
    desk = Desk()
    path = f"/profiles/{desk.profile}/balances"
    assert desk.get(path).status == 400
    assert [row["currency"] for row in desk.get(path + "?types=STANDARD").json] == ["EUR", "GBP", "AUD"]
    assert desk.post(path, {"currency": "USD", "type": "STANDARD"}).status == 400
    first = desk.post(path, {"currency": "USD", "type": "STANDARD"}, X_idempotence_uuid="a")
    again = desk.post(path, {"currency": "USD", "type": "STANDARD"}, X_idempotence_uuid="a")
    assert (first.status, first.json["id"]) == (201, again.json["id"])


def test_rates_are_fixed() -> None:
    """Rates come from one table, so that two runs of a day agree."""
    assert str(Desk().get("/rates?source=GBP&target=EUR").json[0]["rate"]) == "1.20512"


def test_a_form_called_otherwise_is_no_form() -> None:
    """The token call reads a form that is called one; anything else lacks its grant."""
    desk = Desk()
    pair = f"{desk.wise.credentials.client_id}:{desk.wise.credentials.client_secret}"
    headers = _headers("Basic " + base64.b64encode(pair.encode()).decode())
    headers["Content-Type"] = "application/json"
    body = b"grant_type=client_credentials"
    answer = desk.wise.handle(Request("POST", "/oauth/token", headers=headers, body=body)).response
    assert answer
    assert Reply(answer).json["error"] == "invalid_request"


def test_a_user_has_one_access_token() -> None:
    """Another consent kills the token before, as a refresh does; the refresh token before stays good."""
    desk = Desk()
    first, second = (
        token_call(desk, f"grant_type=authorization_code&code={desk.people(act='consent').json['code']}").json
        for _ in range(2)
    )
    desk.token = first["access_token"]
    assert desk.get("/me").status == 401
    desk.token = second["access_token"]
    assert desk.get("/me").status == 200
    assert "access_token" in token_call(desk, f"grant_type=refresh_token&refresh_token={first['refresh_token']}").json


def test_a_revoked_connection_is_dead_for_good() -> None:
    """When the user ends the connection neither access nor refresh token open anything; the client's own still do."""
    desk = Desk()
    code = desk.people(act="consent").json["code"]
    token = token_call(desk, f"grant_type=authorization_code&code={code}").json
    own = token_call(desk, "grant_type=client_credentials").json
    desk.people(act="revoke")
    desk.token = token["access_token"]
    assert desk.get("/me").status == 401
    again = token_call(desk, f"grant_type=refresh_token&refresh_token={token['refresh_token']}")
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    desk.token = own["access_token"]
    assert desk.get("/me").status == 200
