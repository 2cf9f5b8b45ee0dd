"""Credential envelopes: which fields each mode needs, and what an error tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from cli.site import HeldEnvelope
from kinetic_wise.credentials import EnvelopeIncomplete, Tools, epicor_auth, wise_auth, wise_session
from kinetic_wise.epicor.auth import IDP_URL, ClientLogin, EpicorToken, GuardedBasic
from kinetic_wise.wiring.envelopes import Envelope
from kinetic_wise.wise import WrongEnvironment
from tests.support.credentials import FakeEnvelope

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES: list[tuple[str, str, str]] = []
EPICOR = {"url": "https://erp.example/SaaS1", "api_key": "k", "user": "kwise", "password": "pw"}
LOGIN = {"client_id": "id", "client_secret": "sec"}
WISE = {"url": "https://api.wise-sandbox.com", "profile_id": 1}


def tools() -> Tools:
    """Tools that nothing is got with."""

    def store(system: str, name: str, version: str) -> Any:
        NAMES.append((system, name, version))
        return None

    return Tools(store, requests.Session, lambda exchange: None, lambda: NOW, lambda seconds: None, lambda text: None)


def made(auth: Any) -> Any:
    """The real credentials behind those that follow the envelope."""
    return auth.current


EPICOR_FIELDS = [
    ("basic", {}, "user", EPICOR),
    ("basic", {}, "password", EPICOR),
    ("token_resource", {}, "user", EPICOR),
    ("token_resource", {}, "password", EPICOR),
    ("epicor_idp", LOGIN, "client_id", {}),
    ("epicor_idp", LOGIN, "client_secret", {}),
    ("epicor_idp", {**LOGIN, "password": "pw"}, "user", {}),  # pragma: allowlist secret - a mode
    ("entra_id", {**LOGIN, "tenant_id": "t", "scope": "s"}, "tenant_id", {}),
    ("entra_id", {**LOGIN, "tenant_id": "t", "scope": "s"}, "scope", {}),
    ("entra_id", {**LOGIN, "tenant_id": "t", "scope": "s"}, "client_secret", {}),
]


@pytest.mark.parametrize(("mode", "fields", "missing", "base"), EPICOR_FIELDS)
def test_a_missing_field_of_epicor_is_named(
    mode: str, fields: Mapping[str, str], missing: str, base: Mapping[str, str]
) -> None:
    """Each mode says which field it lacks before anything is sent."""
    envelope = FakeEnvelope({"url": EPICOR["url"], "api_key": "k", **base, **fields, "auth": mode, missing: ""})
    with pytest.raises(EnvelopeIncomplete, match=missing):
        epicor_auth(envelope, tools()).headers()


@pytest.mark.parametrize(
    ("mode", "missing"),
    [
        ("personal_token", "personal_token"),
        ("client_credentials", "client_id"),
        ("client_credentials", "client_secret"),
        ("refresh_token", "refresh_token"),
    ],
)
def test_a_missing_field_of_wise_is_named(mode: str, missing: str) -> None:
    """The same for Wise."""
    whole = {**WISE, **LOGIN, "personal_token": "p", "refresh_token": "r", "auth": mode}
    with pytest.raises(EnvelopeIncomplete, match=missing):
        wise_auth(FakeEnvelope({**whole, missing: None}), tools()).headers()


def test_an_unknown_mode_is_answered_with_those_there_are() -> None:
    """A mode that does not exist is refused with the list of modes."""
    with pytest.raises(EnvelopeIncomplete, match="entra_id"):
        epicor_auth(FakeEnvelope({**EPICOR, "auth": "kerberos"}), tools()).headers()
    with pytest.raises(EnvelopeIncomplete, match="client_credentials"):
        wise_auth(FakeEnvelope({**WISE, "auth": "magic"}), tools()).headers()


def test_basic_and_personal_token_need_no_word_about_it() -> None:
    """Envelopes of old, without a mode, go on as Basic and personal token."""
    auth = epicor_auth(FakeEnvelope(EPICOR), tools())
    assert isinstance(auth.current, GuardedBasic)
    assert auth.user == "kwise"
    headers = wise_auth(FakeEnvelope({**WISE, "personal_token": "p"}), tools()).headers()
    assert headers == {"Authorization": "Bearer p"}


def test_identity_provider_has_its_usual_address_and_scopes() -> None:
    """Without a word about it the Identity Provider's own address is asked, with the scope that the grant takes."""
    client = made(epicor_auth(FakeEnvelope({"url": EPICOR["url"], **LOGIN, "auth": "epicor_idp"}), tools()))
    user = made(epicor_auth(FakeEnvelope({**EPICOR, **LOGIN, "auth": "epicor_idp"}), tools()))
    for auth, scope in ((client, "epicor_erp"), (user, "openid email epicor_erp")):
        assert isinstance(auth, EpicorToken)
        assert isinstance(auth.issuer, ClientLogin)
        assert (auth.issuer.endpoint.transport.base_url, auth.issuer.scope) == (IDP_URL, scope)
    assert (client.user, user.user) == ("", "kwise")


def test_tokens_are_named_after_what_they_open() -> None:
    """Another address, mode or login is another token; a secret is never part of the name, the version always told."""
    NAMES.clear()
    base = {**WISE, **LOGIN, "auth": "client_credentials"}
    for change in ({}, {"url": "https://wise.example"}, {"client_id": "id2"}, {"client_secret": "sec2"}):
        made(wise_auth(FakeEnvelope({**base, **change}), tools()))
    names = [name for _, name, _ in NAMES]
    assert len(set(names)) == 3
    assert names[0] == names[3] == "wise/client_credentials/id@https://api.wise-sandbox.com"
    assert {system for system, _, _ in NAMES} == {"wise"}
    assert {version for _, _, version in NAMES} == {"version-1"}


@pytest.mark.parametrize(
    ("url", "declared", "fine"),
    [
        ("https://api.wise.com", None, False),
        ("https://api.wise.com", "sandbox", False),
        ("https://api.wise.com", "production", True),
        ("https://api.wise-sandbox.com", None, True),
        ("https://api.wise-sandbox.com", "production", False),
        ("http://api.wise-sandbox.com", None, False),
        ("http://127.0.0.1:8080", None, True),
        ("http://127.0.0.1:8080", "production", False),
    ],
)
def test_only_credentials_that_say_production_go_there(url: str, declared: str | None, fine: bool) -> None:
    """A sandbox token never reaches production: an envelope without a word is the sandbox's or a stand-in's."""
    envelope = FakeEnvelope({**WISE, "url": url, "personal_token": "p", "environment": declared})
    if fine:
        assert wise_auth(envelope, tools()).headers()
    else:
        with pytest.raises(WrongEnvironment):
            wise_auth(envelope, tools()).headers()


def test_an_unknown_environment_is_named() -> None:
    """A misspelt environment is no permission."""
    envelope = FakeEnvelope({**WISE, "personal_token": "p", "environment": "live"})
    with pytest.raises(EnvelopeIncomplete, match="environment"):
        wise_auth(envelope, tools()).headers()


def test_the_host_for_certificates_needs_one() -> None:
    """Wise's mTLS host without a certificate in the envelope, or one without its key, is told by the field's name."""
    with pytest.raises(EnvelopeIncomplete, match="client_certificate"):
        wise_session(FakeEnvelope({**WISE, "url": "https://api-mtls.wise-sandbox.com"}), requests.Session)
    with pytest.raises(EnvelopeIncomplete, match="client_key"):
        wise_session(FakeEnvelope({**WISE, "client_certificate": "pem"}), requests.Session)


def test_credentials_follow_the_envelope() -> None:
    """A warm process uses what was stored last, and makes nothing anew while the envelope is the same."""
    envelope = FakeEnvelope({**WISE, "personal_token": "first"})
    auth = wise_auth(envelope, tools())
    assert auth.current is auth.current
    assert auth.headers() == {"Authorization": "Bearer first"}
    envelope.store(personal_token="second")
    assert auth.headers() == {"Authorization": "Bearer second"}
    assert auth.renew() is False


@pytest.mark.parametrize(("day", "alarms"), [("2026-12-07", 1), ("2026-12-08", 0), ("2026-11-01", 1), ("", 0)])
def test_an_end_of_key_or_password_is_told_two_weeks_before(day: str, alarms: int) -> None:
    """An expiry that nobody thought of would stop all payments: it raises one alarm, once an envelope."""
    told: list[str] = []
    refused: list[str] = []
    envelope = FakeEnvelope({**EPICOR, "api_key_expires": day})
    auth = epicor_auth(envelope, replace(tools(), alarm=refused.append, tell_end=told.append))
    assert made(auth) is made(auth)
    assert (len(told), refused) == (alarms, [])  # nothing is refused yet
    assert all("API key" in text and "2026" in text for text in told)


def test_an_end_that_is_no_date_is_named() -> None:
    """A date that nobody can read is told by the fields' names."""
    envelope = FakeEnvelope({**EPICOR, "password_expires": "next spring"})
    with pytest.raises(EnvelopeIncomplete, match="password_expires must be dates"):
        made(epicor_auth(envelope, tools()))


def test_an_envelope_does_not_print() -> None:
    """Neither an envelope, as a function or a command holds it, nor what follows it shows a field in print."""
    held = Envelope("EPICOR_SECRET_ARN", values=dict(EPICOR, password="pass-12345"))  # pragma: allowlist secret
    assert "pass-12345" not in repr(held)
    assert "pass-12345" not in repr(HeldEnvelope("a file", {"password": "pass-12345"}))  # pragma: allowlist secret
    assert "pass-12345" not in repr(epicor_auth(FakeEnvelope({**EPICOR, "password": "pass-12345"}), tools()))
