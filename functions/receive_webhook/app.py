"""From API Gateway: a webhook of Wise."""

import base64
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.receive import Delivery, Queues, Receipt, receive
from kinetic_wise.metrics import WEBHOOK_DELAY, WEBHOOKS
from kinetic_wise.transport import system_time

logger = Logger()


def _delivery(event: dict[str, Any]) -> Delivery:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    body = event.get("body") or ""
    return Delivery(
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        signature=headers.get("x-signature-sha256", ""),
        is_test=headers.get("x-test-notification", "").lower() == "true",
    )


def _judge(delivery: Delivery) -> Receipt:
    envelope = wiring.wise_envelope()
    return receive(
        delivery,
        public_key=wiring.webhook_keys(),
        profile=int(envelope["profile_id"]),
        deliveries=wiring.state(),
        queues=Queues(wiring.events_queue(), wiring.balances_queue()),
        now=system_time(),
    )


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer 200 when queued, 4xx when a retry can never help, 503 when it can (wise-api.md 9.2)."""
    try:
        receipt = _judge(_delivery(event))
    except Exception:  # whatever stands in the way is ours: Wise shall try again
        logger.exception("webhook not taken")
        receipt = Receipt(503, "try_again")
    wiring.meter()(WEBHOOKS, 1, outcome=receipt.word)
    if receipt.delay is not None:
        wiring.meter()(WEBHOOK_DELAY, receipt.delay)
    logger.info("webhook", outcome=receipt.word)
    return {"statusCode": receipt.status, "body": receipt.word}
