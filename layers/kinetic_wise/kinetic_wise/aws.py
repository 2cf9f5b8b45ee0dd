"""The AWS services that flows reach through ports: queues, executions, keyed fingerprints."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import simplejson

from kinetic_wise.payments.bank_details import payment_details
from kinetic_wise.payments.systems import VendorBank

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

_BATCH = 10
_TRIES = 3
_LONGEST_MESSAGE = 4_096  # bytes of which KMS makes a MAC


class QueueRefused(Exception):
    """SQS did not take every message."""


class SqsQueue:
    """A queue whose `send` takes all messages or raises (money-cases.md H32)."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        """Queue all messages. Raises QueueRefused."""
        for start in range(0, len(messages), _BATCH):
            self._send_batch(messages[start : start + _BATCH], delay_seconds)

    def _send_batch(self, messages: Sequence[dict[str, Any]], delay_seconds: int) -> None:
        entries = [
            {"Id": str(n), "MessageBody": simplejson.dumps(message, use_decimal=True), "DelaySeconds": delay_seconds}
            for n, message in enumerate(messages)
        ]
        for _ in range(_TRIES):
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
            refused = {failure["Id"] for failure in answer.get("Failed", [])}
            entries = [entry for entry in entries if entry["Id"] in refused]
            if not entries:
                return
        raise QueueRefused(f"{len(entries)} messages were not taken")


class SqsDeadLetters:
    """A dead-letter queue that a person has worked off again."""

    def __init__(self, client: SQSClient, url: str, source_url: str) -> None:
        self._client = client
        self._url = url
        self._source_url = source_url

    def redrive(self) -> int:
        """Send every message to the queue it came from; answers how many. None is deleted before it was taken there."""
        moved = 0
        while messages := self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=_BATCH).get("Messages"):
            for message in messages:
                self._client.send_message(QueueUrl=self._source_url, MessageBody=message["Body"])
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
        return moved


class StateMachine:
    """Executions of the transfer state machine."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self, name: str, execution_input: dict[str, Any]) -> None:
        """Start an execution. One that exists under this name is the same one: names are counted by the ledger."""
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=simplejson.dumps(execution_input))
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def is_running(self, name: str) -> bool:
        """Whether an execution of this name is running."""
        arn = self._arn.replace(":stateMachine:", ":execution:") + f":{name}"
        try:
            return self._client.describe_execution(executionArn=arn)["status"] == "RUNNING"
        except self._client.exceptions.ExecutionDoesNotExist:
            return False

    def running(self, limit: int) -> int:
        """How many executions are running, counted up to `limit`."""
        answer = self._client.list_executions(
            stateMachineArn=self._arn, statusFilter="RUNNING", maxResults=min(limit, 1000)
        )
        return len(answer["executions"])


class KmsFingerprinter:
    """Fingerprints by HMAC with a KMS key, which nobody can compute outside (design section 2)."""

    def __init__(self, client: KMSClient, key_id: str) -> None:
        self._client = client
        self.key_id = key_id
        self._cached = lru_cache(maxsize=2_000)(self._mac)

    def __call__(self, bank: VendorBank) -> str:
        """The fingerprint of a bank row's payment details."""
        return self._cached(canonical_details(bank))

    def _mac(self, details: bytes) -> str:
        answer = self._client.generate_mac(KeyId=self.key_id, MacAlgorithm="HMAC_SHA_256", Message=details)
        return base64.b64encode(answer["Mac"]).decode()


def canonical_details(bank: VendorBank) -> bytes:
    """A bank row's payment details as bytes, all of them; of more than KMS takes, their SHA-256."""
    details = simplejson.dumps(payment_details(bank), sort_keys=True, ensure_ascii=False).encode()
    return details if len(details) <= _LONGEST_MESSAGE else hashlib.sha256(details).digest()
