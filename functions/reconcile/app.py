"""On schedule, or for `{"from": "2026-11-01", "to": "2026-11-30"}`: compare Epicor, the ledger and Wise."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.keep_reconciliation import keep_reconciliation, period_of, usual_period
from kinetic_wise.metrics import DIFFERENCES

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Reconcile and say what was found and where the spreadsheet lies."""
    sources = wiring.sources()
    asked = period_of(sources, event["from"], event["to"]) if "from" in event else usual_period(sources)
    summary, key = keep_reconciliation(sources, wiring.keeping(), asked)
    wiring.meter()(DIFFERENCES, summary.differences)
    return {**summary.model_dump(mode="json"), "file": key}
