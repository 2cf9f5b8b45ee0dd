"""From the balance-events queue: keep how a balance moved, and plan whom money that came in is for."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.flows.balances import BalanceMessage, record_balance
from kinetic_wise.flows.settle import again_in

logger = Logger()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def _record(record: SQSRecord) -> None:
    deps = wiring.deps()
    message = BalanceMessage.model_validate(record.json_body)
    is_done = record_balance(deps, message)
    if not is_done:
        pause = again_in(deps, message.first_seen)
        wiring.balances_queue().send([message.model_dump(mode="json")], delay_seconds=pause)
    logger.info("balance", balance_id=message.balance_id, kind=message.kind, done=is_done)


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Work off a batch; what fails goes back to the queue by itself, in the end to the dead-letter queue."""
    return process_partial_response(event=event, record_handler=_record, processor=processor, context=context)
