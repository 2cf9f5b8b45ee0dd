"""The deployed connector, as this run talks to it: secrets, orders, functions, queues, the ledger."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.credentials import Credentials

from cli import orders
from cli.local_stack import LocalStack
from cli.problem import Problem
from local.cloud import ACCESS_KEY, SECRET, Cloud
from local.stop import Stop
from local.systems import System

_STAGE = "v1"
_LOOK_AGAIN_SECONDS = 0.5
_RECEIVERS = 3
_QUEUES = ("Payments", "TransferEvents", "BalanceEvents")
_CALLERS = ("ANNA", "BEN")  # sample people: some orders want two
_deserializer = TypeDeserializer()


class FunctionFailed(Exception):
    """A function raised; the message is its error's type and text."""


@dataclass(frozen=True)
class Look:
    """What stands where, cheaply: status by payment id, and how many messages wait."""

    statuses: Mapping[str, str]
    queued: int


class Connector:
    """The stack that was deployed."""

    def __init__(self, cloud: Cloud, outputs: Mapping[str, str]) -> None:
        self.cloud = cloud
        self.outputs = outputs

    # --- setting up ------------------------------------------------------------------------------------------------

    def store_credentials(self, systems: Mapping[str, System]) -> None:
        """Fill the two secrets with the credential envelopes."""
        for name, secret in (("epicor", "EpicorSecretArn"), ("wise", "WiseSecretArn")):
            envelope = json.dumps(systems[name].envelope)
            self.cloud.client("secretsmanager").put_secret_value(SecretId=self.outputs[secret], SecretString=envelope)

    def accept_local_callers(self) -> None:
        """Let `operate` take the signing key for the caller: nobody checks signatures on one machine (rule 14)."""
        functions, name = self.cloud.client("lambda"), self.outputs["OperateFunctionName"]
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, "KINETIC_WISE_LOCAL_CALLERS": "1"}}
        )

    def mend_concurrency(self) -> None:
        """MiniStack keeps a Number parameter's text as a queue's MaximumConcurrency, and then cannot compare it."""
        functions = self.cloud.client("lambda")
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            most = int(mapping["ScalingConfig"]["MaximumConcurrency"])
            functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": most})

    def bound_receivers(self) -> None:
        """Each receiver of a webhook costs a process here: a few, and Wise delivers again what finds none free."""
        self.cloud.client("lambda").put_function_concurrency(
            FunctionName=self.outputs["ReceiveWebhookFunctionName"], ReservedConcurrentExecutions=_RECEIVERS
        )

    def warm_receiver(self) -> None:
        """Start a receiver: Wise waits five seconds for its first test, a busy machine starts a process more slowly."""
        with contextlib.suppress(FunctionFailed):  # an empty delivery is none: how it is refused does not matter
            self.invoke("ReceiveWebhookFunctionName")

    def order(self, action: str, caller: str = ACCESS_KEY, **values: Any) -> dict[str, Any]:
        """What a caller orders, signed with their key, through the operations API. Raises Stop with the refusal."""
        signer = orders.Signer(Credentials(caller, SECRET), self.cloud.region)
        try:
            return orders.sender(self._operations_url, signer)(action, **values)
        except Problem as problem:
            raise Stop(problem.message, "See .local/logs/ministack.log.") from None

    def stack(self) -> LocalStack:
        """What the command line needs to speak with this run."""
        return LocalStack(
            endpoint=self.cloud.endpoint,
            region=self.cloud.region,
            operations_url=self._operations_url,
            outputs={**self.outputs, "WebhookUrl": self.webhook_url},  # as it is reached on this machine
            callers=_CALLERS,
        )

    @property
    def _operations_url(self) -> str:
        return self.cloud.api_url(self.outputs["ApiId"], f"{_STAGE}/operations")

    @property
    def webhook_url(self) -> str:
        """What Wise calls."""
        return self.cloud.api_url(self.outputs["ApiId"], f"{_STAGE}/wise/webhook")

    # --- at work ---------------------------------------------------------------------------------------------------

    def invoke(self, function: str) -> dict[str, Any]:
        """Start a function by its output's name and wait for its answer. Raises FunctionFailed."""
        answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs[function], Payload=b"{}")
        body = json.loads(answer["Payload"].read() or b"{}")
        if answer.get("FunctionError"):
            raise FunctionFailed(f"{body.get('errorType')}: {body.get('errorMessage')}")
        return dict(body)

    def board(self, event: dict[str, Any], /) -> str:
        """The dashboard's widget for an event of CloudWatch: HTML. Raises FunctionFailed."""
        name = self.outputs["DashboardWidgetFunctionName"]
        answer = self.cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise FunctionFailed(f"{body.get('errorType')}: {body.get('errorMessage')}")
        return str(body)

    def send_payment_messages(self, messages: list[dict[str, Any]]) -> None:
        """Put messages on the payments queue, as the poller does."""
        for message in messages:
            self.cloud.client("sqs").send_message(
                QueueUrl=self.outputs["PaymentsQueueUrl"], MessageBody=json.dumps(message)
            )

    def look(self) -> Look:
        """One look at the index and the queues; the ledger's items are not read."""
        statuses = {
            item["pk"]["S"]: item["status"]["S"]
            for item in self._scan(IndexName="by_status", ProjectionExpression="pk, #s", names={"#s": "status"})
        }
        return Look(statuses, sum(self._depth(f"{queue}QueueUrl") for queue in _QUEUES))

    def wait_until_worked_off(self, seconds: float) -> None:
        """Wait until no message is left in any queue. Raises Stop when some are after so many seconds."""
        end = time.monotonic() + seconds
        while waiting := sum(self._depth(f"{queue}QueueUrl") for queue in _QUEUES):
            if time.monotonic() > end:
                raise Stop(f"{waiting} messages are not worked off", "See .local/logs/ministack.log.")
            time.sleep(_LOOK_AGAIN_SECONDS)

    def dead_letters(self) -> int:
        """How many messages were given up."""
        return sum(self._depth(f"{queue}DeadLettersUrl") for queue in _QUEUES)

    def _depth(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        names.append("ApproximateNumberOfMessagesDelayed")
        answer = self.cloud.client("sqs").get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=names)
        return sum(int(answer["Attributes"].get(name, 0)) for name in names)

    # --- the ledger ------------------------------------------------------------------------------------------------

    def ledger_items(self) -> list[dict[str, Any]]:
        """Every item of the payments table, as plain values."""
        return [_plain(item) for item in self._scan()]

    def payment(self, payment_id: str) -> dict[str, Any]:
        """A payment's STATE item, as plain values; {} when there is none."""
        return self._item(payment_id, "STATE")

    def attempt(self, payment_id: str, number: int) -> dict[str, Any]:
        """An attempt of a payment, as plain values; {} when there is none."""
        return self._item(payment_id, f"ATTEMPT#{number}")

    def _item(self, pk: str, sk: str) -> dict[str, Any]:
        answer = self.cloud.client("dynamodb").get_item(
            TableName=self.outputs["PaymentsTableName"], Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
        return _plain(answer.get("Item", {}))

    def audit_trail(self, payment_id: str) -> list[dict[str, Any]]:
        """A payment's audit entries, oldest first, as plain values."""
        pages = (
            self.cloud.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.outputs["AuditTableName"],
                KeyConditionExpression="pk = :p",
                ExpressionAttributeValues={":p": {"S": payment_id}},
            )
        )
        return [_plain(item) for page in pages for item in page["Items"]]

    def _scan(self, names: Mapping[str, str] | None = None, **how: Any) -> Iterator[Mapping[str, Any]]:
        if names:
            how["ExpressionAttributeNames"] = names
        pages = (
            self.cloud.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.outputs["PaymentsTableName"], **how)
        )
        for page in pages:
            yield from page["Items"]


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deserializer.deserialize(value) for name, value in item.items()}
