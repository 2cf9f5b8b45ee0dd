"""On schedule: look in Wise for transfers that moved without a webhook telling."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.poll_transfers import poll_transfers

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Poll and say how many transfers had moved."""
    return {"moved": poll_transfers(wiring.deps())}
