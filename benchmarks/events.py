"""What a webhook event costs the receiver: CPU of the Lambda handler, from API Gateway's event to its answer.

Everything of ours runs, boto3 with it: validation, serialisation, signing, parsing. Only the sockets are missing: AWS's
answers are canned. What the receiver waits for is therefore not measured; `make run EVENTS=10000` measures that.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import io
import json
import logging
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from kinetic_wise import wiring
from kinetic_wise.wiring import surroundings
from local.rain import new_key, public_pem

EVENTS, WARM_UP = 1000, 20
APP = Path(__file__).parents[1] / "functions/receive_webhook/app.py"
PROFILE, SUBSCRIPTION = 30000001, "0f0c8c0e-5f0b-4d3a-9d55-2d1d3c5b7a10"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",  # pragma: allowlist secret (nothing is called)
    "AWS_DEFAULT_REGION": "eu-central-1",
    "CONNECTOR_TABLE": "connector",
    "AUDIT_TABLE": "audit",
    "WISE_SECRET_ARN": "wise",
    "TRANSFER_EVENTS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/1/transfers",
    "BALANCE_EVENTS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/1/balances",
}
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="1", function_version="1"
)


class _CannedBody:
    """An answer's body as urllib3 gives it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """All of it at once."""
        yield self._content


def _canned(envelope: dict[str, Any]) -> dict[str, Any]:
    """AWS's answers by operation: our subscription is known, nothing was delivered before."""
    row = {"pk": {"S": "SUBSCRIPTION"}, "sk": {"S": SUBSCRIPTION}, "event": {"S": "transfers#state-change"}}
    return {
        "Query": {"Items": [row], "Count": 1},
        "GetItem": {},
        "PutItem": {},
        "SendMessageBatch": {"Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": ""}], "Failed": []},
        "GetSecretValue": {"SecretString": json.dumps(envelope), "VersionId": "1", "Name": "wise", "ARN": "arn"},
    }


def _client(service: str, answers: dict[str, Any]) -> Any:
    client = boto3.client(service, region_name="eu-central-1")  # type: ignore[call-overload]

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        body = json.dumps(answers[operation]).encode()
        return AWSResponse(request.url, 200, HTTPHeaders.from_dict({}), _CannedBody(body))

    client.meta.events.unregister("before-parameter-build.sqs.SendMessageBatch")
    client.meta.events.register("before-send", answer)
    return client


def _events(count: int, key: Any) -> list[dict[str, Any]]:
    """State changes as API Gateway hands them over, each another one."""
    return [_event(number, key) for number in range(count)]


def _event(number: int, key: Any) -> dict[str, Any]:
    resource = {"type": "transfer", "id": 2147719999 + number, "profile_id": PROFILE, "account_id": 700100200}
    states = {"current_state": "outgoing_payment_sent", "previous_state": "funds_converted"}
    body = json.dumps(
        {
            "data": {"resource": resource, **states, "occurred_at": "2026-01-05T12:34:56.789Z"},
            "subscription_id": SUBSCRIPTION,
            "event_type": "transfers#state-change",
            "schema_version": "4.0.0",
            "sent_at": "2026-01-05T12:34:57.001Z",
        }
    )
    signature = base64.b64encode(key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    headers = {"X-Signature-SHA256": signature, "X-Delivery-Id": str(number)}
    return {"httpMethod": "POST", "path": "/wise/webhook", "headers": headers, "body": body, "isBase64Encoded": False}


def _handler() -> Any:
    spec = importlib.util.spec_from_file_location("receive_webhook_app", APP)
    if spec is None or spec.loader is None:
        raise AssertionError(f"{APP} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.lambda_handler


def measure(count: int) -> list[float]:
    """Milliseconds of CPU for each of so many events, after the start."""
    key = new_key()
    envelope = {"url": "http://wise", "profile_id": PROFILE, "webhook_public_key": public_pem(key)}
    answers = _canned(envelope)
    made = (surroundings.aws, wiring.state, wiring.events_queue, wiring.balances_queue, wiring.wise_envelope)
    for one in made:
        one.cache_clear()
    with patch.dict(os.environ, ENVIRONMENT):
        clients = {name: _client(name, answers) for name in ("dynamodb", "sqs", "secretsmanager")}
        stubbed = patch("boto3.client", lambda service, config: clients[service])
        taken = _taken(_handler(), _events(WARM_UP + count, key), stubbed)
    for one in made:
        one.cache_clear()
    return taken[WARM_UP:]


def _taken(handle: Any, events: list[dict[str, Any]], stubbed: Any) -> list[float]:
    taken = []
    with stubbed, contextlib.redirect_stdout(io.StringIO()):  # what the handler logs and measures
        for event in events:
            begun = time.process_time()
            answer = handle(event, CONTEXT)
            taken.append((time.process_time() - begun) * 1000)
            if answer != {"statusCode": 200, "body": "queued"}:
                raise AssertionError(answer)
    return taken


def main() -> None:
    """Print what an event costs."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    logging.disable(logging.CRITICAL)  # writing a thousand lines to a terminal is none of its work
    taken = measure(EVENTS)
    middle, late = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    print(
        f"receive_webhook, {EVENTS} events: {middle:.1f} ms of CPU in the middle, {late:.1f} ms at most for 99 of 100"
    )


if __name__ == "__main__":
    main()
