"""MiniStack's DynamoDB in process: real boto3 serialisation and real errors, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.parsers import create_parser
from ministack.services import dynamodb

PAYMENTS, AUDIT, CONNECTOR = "payments", "audit", "connector"
Hook = Callable[[str, dict[str, Any]], None]


def _run(coroutine: Any) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    return asyncio.run(coroutine)  # pragma: no cover - the module awaits nothing today


class InProcessDynamoDb:
    """A DynamoDB of its own for each test. `before` and `after` see every call: that is where faults strike."""

    def __init__(self) -> None:
        dynamodb.reset()
        self.calls = 0
        self.before: Hook = lambda operation, params: None
        self.after: Hook = lambda operation, params: None
        self.client = boto3.client(
            "dynamodb", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        answer: Any = self._answer  # a hook may answer in the service's place
        self.client.meta.events.register("before-call.dynamodb", answer)
        for table in (PAYMENTS, AUDIT, CONNECTOR):
            self._create(table)

    def _answer(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        self.calls += 1
        self.before(model.name, params)
        headers = {name.lower(): _text(value) for name, value in params["headers"].items()}
        body = params["body"] if isinstance(params["body"], bytes) else params["body"].encode()
        status, answer_headers, answer = _run(dynamodb.handle_request("POST", "/", headers, body, {}))
        self.after(model.name, params)
        raw = answer.encode() if isinstance(answer, str) else answer
        response = AWSResponse("http://dynamodb", status, HTTPHeaders.from_dict(dict(answer_headers)), None)
        return response, _parse(model, {"status_code": status, "headers": dict(answer_headers), "body": raw})

    def _create(self, table: str) -> None:
        attributes = ["pk", "sk"] + (["status", "updated_at"] if table == PAYMENTS else [])
        index: Any = {
            "IndexName": "by_status",
            "KeySchema": [
                {"AttributeName": "status", "KeyType": "HASH"},
                {"AttributeName": "updated_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        indexes: Any = {"GlobalSecondaryIndexes": [index]} if table == PAYMENTS else {}
        self.client.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
            BillingMode="PAY_PER_REQUEST",
            **indexes,
        )

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Every item of a table, as DynamoDB attributes."""
        for page in self.client.get_paginator("scan").paginate(TableName=table):
            yield from page["Items"]


def _parse(model: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """What botocore makes of an answer, an error's modelled fields included."""
    parser = create_parser("json")
    parsed: dict[str, Any] = parser.parse(answer, model.output_shape)
    if answer["status_code"] >= 300:
        shape = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        parsed.update(parser.parse(answer, shape) if shape else {})
    return parsed


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def in_process_dynamodb() -> Iterator[InProcessDynamoDb]:
    """An empty DynamoDB with the connector's tables."""
    database = InProcessDynamoDb()
    try:
        yield database
    finally:
        dynamodb.reset()
