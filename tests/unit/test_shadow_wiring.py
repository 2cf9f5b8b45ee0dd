"""The setting `shadow` reaches both systems' transports in a deployed function."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import simplejson

from kinetic_wise.flows.deps import ExchangeLog
from kinetic_wise.transport import NotArrived
from kinetic_wise.wiring import envelopes, surroundings, systems

_EPICOR = {"url": "https://erp.example/Pilot", "company": "EPIC01", "user": "u", "password": "p", "api_key": "k"}
_WISE = {"url": "https://wise.example", "profile_id": 1, "personal_token": "t"}
_CACHED = (
    surroundings.aws,
    surroundings.settings,
    envelopes.epicor_envelope,
    envelopes.wise_envelope,
    systems._permits,
)


def no_network(_: requests.Session, request: requests.PreparedRequest, **__: Any) -> requests.Response:
    """Nothing may be sent."""
    raise AssertionError(f"sent {request.method} {request.url}")


def secret(*, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's name
    """The envelope of this name."""
    return {"SecretString": simplejson.dumps(_EPICOR if SecretId == "epicor" else _WISE), "VersionId": "1"}


@pytest.fixture
def _shadowing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A function's environment with the setting on."""
    values = {"KINETIC_WISE_SETTINGS": '{"shadow": true}', "EPICOR_SECRET_ARN": "epicor", "WISE_SECRET_ARN": "wise"}
    values |= {"CONNECTOR_TABLE": "c", "TOKEN_KEY_ID": "k"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    aws = SimpleNamespace(get_secret_value=secret, get_item=lambda **_: {})  # no credentials were refused before
    monkeypatch.setattr("boto3.client", lambda service, config: aws)
    monkeypatch.setattr(requests.Session, "send", no_network)
    for made in _CACHED:
        made.cache_clear()
    yield
    for made in _CACHED:
        made.cache_clear()


@pytest.mark.usefixtures("_shadowing")
def test_a_deployed_shadow_sends_no_write() -> None:
    """Neither client sends what would change something, before anything goes over the network."""
    with pytest.raises(NotArrived, match="PUT wise: not sent, the setting `shadow` is on"):
        systems.wise(ExchangeLog()).cancel(7)
    with pytest.raises(NotArrived, match="POST epicor: not sent, the setting `shadow` is on"):
        systems.epicor(ExchangeLog())._service.change("EPIC01", "Erp.BO.APChkGrpSvc/Update", {})
