"""On schedule: copy what is due of the audit trail into Epicor's audit table."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.write_audit_rows import write_audit_rows

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Write what is due and say how many rows were written, and what stands in the way of the rest."""
    return asdict(write_audit_rows(wiring.deps()))
