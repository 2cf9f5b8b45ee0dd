"""From API Gateway, signed with AWS credentials: what a person orders (design rule 14)."""

from typing import Any

import simplejson
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from kinetic_wise import wiring
from kinetic_wise.callers import NoCaller, caller_of
from kinetic_wise.credentials import EnvelopeIncomplete
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.transport import RemoteError
from kinetic_wise.wise import WrongEnvironment

logger = Logger()


@logger.inject_lambda_context
@wiring.measured
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Carry out one order of an authenticated caller."""
    try:
        caller = caller_of(event)
        order = simplejson.loads(event.get("body") or "{}", use_decimal=True)
        return _answer(200, operate(wiring.deps(), order, caller))
    except NoCaller as error:
        return _answer(403, {"error": str(error)})
    except (BadOrder, simplejson.JSONDecodeError) as error:
        return _answer(400, {"error": str(error)})
    except (Busy, RemoteError, EnvelopeIncomplete, WrongEnvironment) as error:
        logger.warning("order not carried out", error=str(error))
        return _answer(502, {"error": str(error)})


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    text = simplejson.dumps(body, use_decimal=True)
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": text}
