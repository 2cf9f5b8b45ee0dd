"""The Lambda handlers: thin, and right about raw bodies and callers."""

import base64
import importlib.util
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kinetic_wise.callers import NoCaller, caller_of
from kinetic_wise.credentials import EnvelopeIncomplete
from kinetic_wise.flows.receive import Delivery, Receipt
from kinetic_wise.wiring import envelopes
from kinetic_wise.wise import WrongEnvironment
from kinetic_wise.wise.webhooks import PUBLIC_KEYS

FUNCTIONS = Path(__file__).parents[2] / "functions"
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=128, invoked_function_arn="arn", aws_request_id="1", function_version="1"
)
BODY = '{"data": {"text": "Zürich ✓"}}'


def app(name: str) -> Any:
    """The module of a function, as Lambda loads it."""
    spec = importlib.util.spec_from_file_location(f"{name}_app", FUNCTIONS / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("encode", [
    lambda body: {"body": body, "isBase64Encoded": False},
    lambda body: {"body": base64.b64encode(body.encode()).decode(), "isBase64Encoded": True},
])  # fmt: skip
def test_the_signature_is_checked_over_the_raw_bytes(
    monkeypatch: pytest.MonkeyPatch, encode: Callable[[str], dict[str, Any]]
) -> None:
    """Plain or base64, the bytes that Wise signed are the bytes that are checked, and header names ignore case."""
    module = app("receive_webhook")
    seen: list[Delivery] = []

    def judge(delivery: Delivery) -> Receipt:
        seen.append(delivery)
        return Receipt(200, "queued")

    monkeypatch.setattr(module, "_judge", judge)
    headers = {"x-signature-sha256": "c2ln", "X-Delivery-Id": "d-1", "X-Test-Notification": "true"}
    answer = module.lambda_handler({**encode(BODY), "headers": headers}, CONTEXT)
    assert answer["statusCode"] == 200
    assert seen == [Delivery(BODY.encode(), "c2ln", is_test=True)]


def test_trouble_of_ours_asks_wise_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue or secret that fails is answered 503, never 4xx: Wise tries a 4xx only three times (wise-api.md 9.2)."""
    module = app("receive_webhook")

    def broken(_: Delivery) -> Receipt:
        raise ConnectionError("no queue")

    monkeypatch.setattr(module, "_judge", broken)
    assert module.lambda_handler({"body": "", "headers": None}, CONTEXT)["statusCode"] == 503


@pytest.mark.parametrize(
    ("envelope", "keys"),
    [
        ({"url": "https://api.wise.com"}, PUBLIC_KEYS["production"]),
        ({"url": "https://api.wise-sandbox.com"}, PUBLIC_KEYS["sandbox"]),
        ({"url": "https://api.wise.com", "webhook_public_key": "old and new"}, "old and new"),
    ],
)
def test_the_key_is_a_setting_and_else_the_published_one(
    monkeypatch: pytest.MonkeyPatch, envelope: dict[str, str], keys: str
) -> None:
    """A change of Wise's key needs no release: what the envelope names wins over the environment's published key."""
    monkeypatch.setattr(envelopes, "wise_envelope", lambda: envelope)
    assert envelopes.webhook_keys() == keys


def test_the_caller_is_whom_aws_authenticated() -> None:
    """The caller comes from API Gateway's authentication; nothing in the request can claim another (rule 14)."""
    event = {
        "headers": {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAFAKE/20261121/x"},
        "requestContext": {"identity": {"userArn": "arn:aws:sts::1:assumed-role/Clerk/anna"}},
        "body": json.dumps({"caller": "somebody else"}),
    }
    assert caller_of(event) == "arn:aws:sts::1:assumed-role/Clerk/anna"


def test_an_unsigned_order_has_no_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without authentication there is no caller, and a signing key alone makes none outside the local run."""
    monkeypatch.delenv("KINETIC_WISE_LOCAL_CALLERS", raising=False)
    signed = {"headers": {"Authorization": "AWS4-HMAC-SHA256 Credential=ANNA/20261121/x"}}
    with pytest.raises(NoCaller):
        caller_of({})
    with pytest.raises(NoCaller):
        caller_of(signed)
    monkeypatch.setenv("KINETIC_WISE_LOCAL_CALLERS", "1")
    assert caller_of(signed) == "local:ANNA"


@pytest.mark.parametrize(
    "problem", [EnvelopeIncomplete("lacks 'profile_id'"), WrongEnvironment("meant for production")]
)
def test_an_order_that_credentials_stop_is_told_why(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    """An envelope that cannot be used is a sentence for the person who ordered, not a crash."""
    module = app("operate")

    def broken() -> None:
        raise problem

    monkeypatch.setattr(module.wiring, "deps", broken)
    event = {"requestContext": {"identity": {"userArn": "arn:aws:sts::1:assumed-role/Clerk/anna"}}, "body": "{}"}
    answer = module.lambda_handler(event, CONTEXT)
    assert answer["statusCode"] == 502
    assert json.loads(answer["body"]) == {"error": str(problem)}


def test_numbers_in_an_order_and_its_answer_are_decimal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No number passes through binary floating point, neither on its way in nor on its way out."""
    module, seen = app("operate"), []

    def echo(deps: object, order: dict[str, object], caller: str) -> dict[str, object]:
        seen.append(order["position"])
        return order

    monkeypatch.setattr(module, "operate", echo)
    monkeypatch.setattr(module.wiring, "deps", lambda: None)
    body = '{"position": 12345678901234567.89}'
    identity = {"userArn": "arn:aws:sts::1:assumed-role/Clerk/anna"}
    answer = module.lambda_handler({"requestContext": {"identity": identity}, "body": body}, CONTEXT)
    assert (answer["statusCode"], answer["body"]) == (200, body)
    assert seen == [Decimal("12345678901234567.89")]
    broken = module.lambda_handler({"requestContext": {"identity": identity}, "body": "{"}, CONTEXT)
    assert broken["statusCode"] == 400


def test_every_function_can_be_loaded() -> None:
    """Each folder under functions/ holds a handler that imports."""
    names = sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))
    assert len(names) >= 9
    assert all(callable(app(name).lambda_handler) for name in names)


def test_what_a_handler_measured_is_printed_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At its end each invocation prints its metrics, here what became of a webhook and how late it came."""
    module = app("receive_webhook")
    monkeypatch.setattr(module, "_judge", lambda _: Receipt(200, "queued", 1.5))
    module.lambda_handler({"body": "", "headers": None}, CONTEXT)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [line.get("Webhooks") for line in lines if line.get("outcome") == "queued"] == [[1.0]]
    assert [line["WebhookDelay"] for line in lines if "WebhookDelay" in line] == [[1.5]]
