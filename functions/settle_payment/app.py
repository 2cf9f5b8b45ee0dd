"""From the transfer-events queue: apply a transfer's state to its payment and to Epicor."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.settle import Settled, TransferMessage, again_in, settle

logger = Logger()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def _settle(record: SQSRecord) -> None:
    deps = wiring.deps()
    message = TransferMessage.model_validate(record.json_body)
    settled = settle(deps, message)
    if settled is Settled.LATER and not message.once:
        deps.events_queue.send([message.model_dump(mode="json")], delay_seconds=again_in(deps, message.first_seen))
    logger.info("settle", transfer_id=message.transfer_id, outcome=settled.value)


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Work off a batch; what fails goes back to the queue by itself, in the end to the dead-letter queue."""
    return process_partial_response(event=event, record_handler=_settle, processor=processor, context=context)
