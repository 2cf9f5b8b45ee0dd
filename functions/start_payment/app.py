"""From the payments queue: claim each invoice once and start its payment."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.start import read_message, start_payment
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.transport import NotArrived, Unclear

logger = Logger()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
_AGAIN_SECONDS = 5


def _start(record: SQSRecord) -> None:
    deps = wiring.deps()
    message = read_message(record.json_body)
    try:
        outcome = start_payment(deps, message)
    except (Busy, NotArrived, Unclear):  # it only read: nothing is begun yet
        deps.payments_queue.send([message.model_dump()], delay_seconds=_AGAIN_SECONDS)
        return
    logger.info("start", invoice=message.sys_row_id, outcome=outcome)


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Work off a batch; what fails goes back to the queue by itself, in the end to the dead-letter queue."""
    return process_partial_response(event=event, record_handler=_start, processor=processor, context=context)
