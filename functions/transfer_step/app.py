"""From the state machine: one step of one payment."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.outcomes import Step
from kinetic_wise.flows.steps import run_step

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """Run the step and answer its outcome, on which the state machine decides."""
    outcome = run_step(wiring.deps(), Step(event["step"]), event["payment_id"], int(event["run"]))
    logger.info("step", step=event["step"], payment_id=event["payment_id"], outcome=outcome.value)
    return {"outcome": outcome.value}
