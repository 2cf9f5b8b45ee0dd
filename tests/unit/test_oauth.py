"""The conversation with a token endpoint: what its answers mean and what of them is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import simplejson

from kinetic_wise import oauth
from kinetic_wise.oauth import TokenEndpoint, mask, token_of
from kinetic_wise.transport import AccessRefused, NotArrived, Transport, Unclear
from tests.unit.wise.scripted import URL, Reply, ScriptedWise

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def endpoint(*replies: Reply) -> tuple[TokenEndpoint, ScriptedWise]:
    """An endpoint that answers so."""
    other = ScriptedWise(list(replies))
    session = requests.Session()
    session.mount(URL, other)
    way = Transport("wise", URL, oauth.judge, oauth.mask, session, sleep=lambda seconds: None)
    return TokenEndpoint(way, "/oauth/token", lambda: NOW), other


def test_a_token_lives_as_long_as_it_says() -> None:
    """Life, age and refresh token are read from the answer; expiry counts on our own clock."""
    data = {"access_token": "a", "expires_in": 43199, "refresh_token": "r", "created_at": "2026-11-23T08:59:58Z"}
    asked, _ = endpoint(Reply(data))
    token = asked.ask({"grant_type": "refresh_token"})
    assert (token.access, token.refresh) == ("a", "r")
    assert token.expires_at == NOW + timedelta(seconds=43199)
    assert token.created_at == NOW - timedelta(seconds=2)
    assert token.renew_at == NOW + timedelta(seconds=43199) * 0.8


@pytest.mark.parametrize(("seconds", "life"), [(None, 3600), ("", 3600), ("120", 120), (60.5, 60.5)])
def test_without_a_life_an_hour_is_assumed(seconds: Any, life: float) -> None:
    """An answer that does not say how long its token lives is taken for an hour."""
    assert token_of("a", seconds, NOW).expires_at == NOW + timedelta(seconds=life)


def test_a_moment_without_zone_is_no_moment() -> None:
    """What cannot be compared with other moments is left aside."""
    assert token_of("a", 60, NOW, created_at="2026-11-23 08:00:00").created_at == NOW
    assert token_of("a", 60, NOW, created_at="yesterday").created_at == NOW


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"error": "invalid_grant", "error_description": "Invalid user credentials."}, 400), AccessRefused),
        (Reply({"error": "unauthorized"}, 401), AccessRefused),
        (Reply(None, 401, text=""), AccessRefused),
        (Reply({"error": "invalid_client"}, 403), AccessRefused),
        (Reply({}, 429), NotArrived),
        (Reply({"error": "server_error"}, 500), Unclear),
        (Reply(None, 403, text="<html>blocked</html>"), Unclear),
        (Reply(None, 404, text="<html>no such page</html>"), Unclear),
        (Reply({"error": "x"}, 408), Unclear),
        (Reply({"token_type": "bearer"}), Unclear),
        (Reply(None, text='{"access_token": "a'), Unclear),
        (Reply(error=requests.ReadTimeout()), Unclear),
    ],
)
def test_only_the_endpoints_own_word_is_a_refusal(reply: Reply, kind: type[Exception]) -> None:
    """A refusal stops everybody, so a gateway's page, a time-out or a server error is none."""
    asked, _ = endpoint(reply)
    with pytest.raises(kind) as raised:
        asked.ask({"grant_type": "client_credentials"})
    assert type(raised.value) is kind


def test_a_token_call_is_never_repeated_unasked() -> None:
    """Whether to ask again after an unclear answer is for whoever holds the lease to say."""
    asked, other = endpoint(Reply({}, 502))
    with pytest.raises(Unclear):
        asked.ask({"grant_type": "client_credentials"})
    assert len(other.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        "grant_type=password&username=u&password=s3cret&client_secret=s3cret&scope=a+b",
        simplejson.dumps({"access_token": "s3cret", "refresh_token": "s3cret", "expires_in": 1, "id_token": "s3cret"}),
        '{"access_token": "s3cret',
        '["s3cret"]',
        '"s3cret"',
        "<Token><AccessToken>s3cret</AccessToken></Token>",
        "s3cret",
        simplejson.dumps({"AccessToken": "s3cret", "RefreshToken": "s3cret", "ExpiresIn": 3600}),
        simplejson.dumps({"nested": {"expires_in": "s3cret"}}),
    ],
)
def test_no_body_of_a_token_call_shows_a_secret(body: str) -> None:
    """Only named fields are kept; broken, strange and foreign bodies are hidden whole."""
    assert "s3cret" not in mask(body)


def test_what_explains_a_refusal_is_kept() -> None:
    """Grant, scope, error and how to find it again at the other side stay readable."""
    kept = mask(simplejson.dumps({"error": "invalid_scope", "error_description": "AADSTS70011", "trace_id": "t"}))
    assert simplejson.loads(kept) == {"error": "invalid_scope", "error_description": "AADSTS70011", "trace_id": "t"}
    assert mask("grant_type=client_credentials&scope=epicor_erp") == "grant_type=client_credentials&scope=epicor_erp"
    assert mask("") == ""
