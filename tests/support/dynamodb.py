"""MiniStack's DynamoDB in process: its real conditions, transactions and errors, without a socket.

`client` is for speed, `boto3_client` is the real one; `test_dynamodb.py` shows that both say the same.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from uuid import uuid4

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.parsers import create_parser
from ministack.services import dynamodb

PAYMENTS, AUDIT, CONNECTOR = "payments", "audit", "connector"


@dataclass(frozen=True)
class Tables:
    """The names of a ledger's tables."""

    payments: str = PAYMENTS
    audit: str = AUDIT
    connector: str = CONNECTOR

    @property
    def names(self) -> tuple[str, str, str]:
        """All of them."""
        return self.payments, self.audit, self.connector


FIRST = Tables()
Request = dict[str, Any]  # as it goes over the wire
Hook = Callable[[str, Request], None]
_READS = frozenset({"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan", "DescribeTable"})


@dataclass(frozen=True)
class Answer:
    """What the service answers."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class InProcessDynamoDb:
    """A DynamoDB of its own for each test. `before` and `after` see every call: that is where faults strike.

    `authorise` sees it first, and may refuse it.
    """

    def __init__(self) -> None:
        dynamodb.reset()
        self.calls = 0
        self.changes = 0  # while this stays the same, so does every row
        self.authorise: Hook = lambda operation, request: None
        self.before: Hook = lambda operation, request: None
        self.after: Hook = lambda operation, request: None
        self.client: Any = DirectClient(self._answer)
        self.create(FIRST)

    def boto3_client(self) -> Any:
        """A real client of this database: serialisation, validation, parsing and all."""
        client = _new_boto3_client()
        client.meta.events.register("before-call.dynamodb", self._answer_boto3)
        return client

    def _answer(self, operation: str, request: Request) -> Answer:
        self.calls += 1
        self.authorise(operation, request)
        self.before(operation, request)
        answer = self.carry_out(operation, request)
        self.after(operation, request)
        return answer

    def _answer_boto3(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        answer = self._answer(model.name, json.loads(params["body"]))
        response = AWSResponse("http://dynamodb", answer.status, HTTPHeaders.from_dict(dict(answer.headers)), None)
        return response, _parse(model, answer)

    def carry_out(self, operation: str, request: Request) -> Answer:
        """Do it, unseen by any hook."""
        self.changes += operation not in _READS
        target = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
        status, headers, body = _run(dynamodb.handle_request("POST", "/", target, json.dumps(request).encode(), {}))
        return Answer(status, headers, body.encode() if isinstance(body, str) else body)

    def create(self, tables: Tables) -> None:
        """Make a ledger's tables."""
        for name in tables.names:
            self._create(name, indexed=name == tables.payments)

    def _create(self, table: str, *, indexed: bool) -> None:
        attributes = ["pk", "sk"] + (["status", "updated_at"] if indexed else [])
        index: Any = {
            "IndexName": "by_status",
            "KeySchema": [
                {"AttributeName": "status", "KeyType": "HASH"},
                {"AttributeName": "updated_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["not_before"]},
        }
        request = {
            "TableName": table,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in attributes],
            "BillingMode": "PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": [index]} if indexed else {}),
        }
        self.carry_out("CreateTable", request)

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Every item of a table, as DynamoDB attributes; no hook sees it."""
        request: Request = {"TableName": table}
        while True:
            page = json.loads(self.carry_out("Scan", request).body)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


class DirectClient:
    """What a boto3 client of DynamoDB does, short of serialising, signing and parsing. Items hold no bytes."""

    def __init__(self, answer: Callable[[str, Request], Answer]) -> None:
        self._answer = answer
        self.exceptions = _plain_boto3_client().exceptions

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        operation = _plain_boto3_client().meta.method_to_api_mapping.get(method)
        if operation is None:
            raise AttributeError(method)
        return partial(self._call, operation)

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        if operation == "TransactWriteItems":
            request.setdefault("ClientRequestToken", str(uuid4()))
        answer = self._answer(operation, request)
        said: dict[str, Any] = json.loads(answer.body)
        if answer.status < 300:
            return said
        code = said.pop("__type").rpartition("#")[2]
        error = {"Code": code, "Message": said.pop("message", "")}
        raise self.exceptions.from_code(code)({**said, "Error": error}, operation)

    def get_paginator(self, method: str) -> Paginator:
        """Pages of `query` and `scan`."""
        return Paginator(getattr(self, method))


@dataclass(frozen=True)
class Paginator:
    """Asks for page after page."""

    ask: Callable[..., dict[str, Any]]

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """All pages."""
        page = self.ask(**request)
        yield page
        while "LastEvaluatedKey" in page:
            page = self.ask(**request, ExclusiveStartKey=page["LastEvaluatedKey"])
            yield page


def _run(coroutine: Any) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    return asyncio.run(coroutine)  # pragma: no cover - the module awaits nothing today


def _new_boto3_client() -> Any:
    return boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


@cache
def _plain_boto3_client() -> Any:
    """Knows the names of operations and errors; it is never asked anything."""
    return _new_boto3_client()


def _parse(model: Any, answer: Answer) -> dict[str, Any]:
    """What botocore makes of an answer, an error's modelled fields included."""
    parser = create_parser("json")
    raw = {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body}
    parsed: dict[str, Any] = parser.parse(raw, model.output_shape)
    if answer.status >= 300:
        shape = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        parsed.update(parser.parse(raw, shape) if shape else {})
    return parsed


@contextmanager
def in_process_dynamodb() -> Iterator[InProcessDynamoDb]:
    """An empty DynamoDB with the connector's tables."""
    database = InProcessDynamoDb()
    try:
        yield database
    finally:
        dynamodb.reset()
