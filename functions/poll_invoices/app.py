"""On schedule: look in Epicor for approved invoices and queue them."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.poll import poll_invoices

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Poll; `{"everything": true}` looks at all eligible invoices, not only at changed ones."""
    return asdict(poll_invoices(wiring.deps(), everything=bool(event.get("everything"))))
