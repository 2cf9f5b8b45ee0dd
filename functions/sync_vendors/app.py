"""On schedule: keep a recipient at Wise for every vendor who may be paid."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.sync_vendors import sync_vendors

logger = Logger()
_MARGIN = timedelta(seconds=60)  # for the vendor in hand


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Go on with the pass for as long as there is time."""
    deps = wiring.deps()
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return sync_vendors(deps, deps.now() + left - _MARGIN)
