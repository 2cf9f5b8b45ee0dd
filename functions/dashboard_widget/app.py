"""From a CloudWatch dashboard: the payments board, or one payment's story, as HTML without script."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.transport import system_time
from kinetic_wise.widget.page import answer

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> str:
    """Answer what the dashboard shows; `{"describe": true}` asks for the widget's own description."""
    return answer(event, wiring.books(), context.invoked_function_arn, system_time())
