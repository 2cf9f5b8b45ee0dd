"""On schedule: seal the heads of the audit trail where nobody can change them."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.ledger.seals import seal
from kinetic_wise.transport import system_time

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Seal and say what was sealed."""
    sealed = seal(wiring.trail(), wiring.evidence(), system_time())
    logger.info("sealed", seal=sealed.key, chains=sealed.chains, is_new=sealed.is_new)
    return asdict(sealed)
