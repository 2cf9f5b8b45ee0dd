"""On schedule: close, fund, hand over and cancel batches of transfers."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.close_batches import close_batches

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take a turn and say how many batches were live, moved on and came to their end."""
    return asdict(close_batches(wiring.deps()))
