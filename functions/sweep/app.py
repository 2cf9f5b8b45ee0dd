"""On schedule: take up what stands still and has nobody working on it."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.measure import measure_if_due
from kinetic_wise.flows.sweep import sweep

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Sweep, measure how it stands, and say what was taken up."""
    report = sweep(wiring.deps())
    measure_if_due(wiring.deps(), wiring.reading())
    return asdict(report)
