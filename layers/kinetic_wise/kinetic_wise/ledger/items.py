"""Records as DynamoDB items and back; transactions whose answer can be trusted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from kinetic_wise.ledger.errors import LedgerRefused, LedgerUnclear
from kinetic_wise.transport import NotArrived

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()
_CONFLICT_TRIES = 8
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
FAILED = "ConditionalCheckFailed"  # a condition did not hold
_KEYS_AT_ONCE = 100  # what BatchGetItem takes
_OWN_KEYS = frozenset({"pk", "sk", "write_id"})
DICE = random.SystemRandom()


def to_item(values: dict[str, Any]) -> dict[str, Any]:
    """Plain values as DynamoDB attributes."""
    return {key: _serializer.serialize(value) for key, value in values.items()}


def from_item(item: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB attributes as plain values; whole numbers as int."""
    return {key: _whole(_deserializer.deserialize(value)) for key, value in item.items()}


def _whole(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return value


def dump(record: BaseModel) -> dict[str, Any]:
    """A record's fields, amounts as text so that 1.50 stays 1.50 (money-cases.md H40)."""
    return record.model_dump(mode="json")


def fields(values: dict[str, Any]) -> dict[str, Any]:
    """A record's fields among an item's values: without its keys and write id."""
    return {key: value for key, value in values.items() if key not in _OWN_KEYS}


@dataclass(frozen=True)
class Pauses:
    """Growing pauses between tries that collide; `dice` keep colliding callers apart."""

    sleep: Callable[[float], None] = time.sleep
    dice: random.Random = DICE

    def after(self, attempt: int) -> None:
        """Pause after a try; the first is number 0."""
        self.sleep(self.dice.uniform(0.02, 0.05) * 2**attempt)


PAUSES = Pauses()


class Reason(NamedTuple):
    """Why a part of a transaction was refused; "None" for one that was not."""

    code: str
    standing: dict[str, Any]  # the item that stands there, of a part that asks for it


def transact(client: DynamoDBClient, items: Sequence[dict[str, Any]], token: str, pauses: Pauses = PAUSES) -> list[str]:
    """Write all items or none. Answers the reasons, one an item, when a condition failed; [] when it is written.

    The token makes a repeat within ten minutes harmless. Collisions with another transaction, and throttling, are tried
    again. Raises LedgerUnclear when they did not end, LedgerRefused when the items cannot be written as they are.
    Source: DynamoDB, TransactionCanceledException.
    """
    return [reason.code for reason in transact_seeing(client, items, token, pauses)]


def transact_seeing(
    client: DynamoDBClient, items: Sequence[dict[str, Any]], token: str, pauses: Pauses = PAUSES
) -> list[Reason]:
    """As `transact`, with what stands where a part was refused."""
    told = "in progress"
    for attempt in range(_CONFLICT_TRIES):
        try:
            client.transact_write_items(TransactItems=list(items), ClientRequestToken=token)  # type: ignore[arg-type]
            return []
        except client.exceptions.TransactionCanceledException as error:
            reasons = [_reason(dict(reason)) for reason in error.response.get("CancellationReasons", [])]
            if any(reason.code == FAILED for reason in reasons):
                return reasons
            told = _passing(error)
        except client.exceptions.TransactionInProgressException:
            pass
        pauses.after(attempt)
    raise LedgerUnclear(f"the ledger kept colliding with other writers: {told}")


def _reason(told: dict[str, Any]) -> Reason:
    return Reason(told.get("Code", "None"), from_item(told.get("Item", {})))


def read_together(
    client: DynamoDBClient, table: str, keys: Sequence[dict[str, Any]], pauses: Pauses = PAUSES
) -> list[dict[str, Any] | None]:
    """The items of these keys as they were at one moment; None for one that is not there.

    Raises LedgerUnclear when collisions or throttling did not end, LedgerRefused when it cannot be read so.
    """
    gets: Any = [{"Get": {"TableName": table, "Key": to_item(key)}} for key in keys]
    told = ""
    for attempt in range(_CONFLICT_TRIES):
        try:
            found = client.transact_get_items(TransactItems=gets)["Responses"]
        except client.exceptions.TransactionCanceledException as error:  # a writer has one of them in hand
            told = _passing(error)
            pauses.after(attempt)
        else:
            return [from_item(one["Item"]) if "Item" in one else None for one in found]
    raise LedgerUnclear(f"the ledger kept colliding with writers: {told}")


def _passing(error: ClientError) -> str:
    """Why a transaction was cancelled, if that passes. Raises LedgerRefused when a try more would change nothing."""
    found: Any = error.response.get("CancellationReasons", [])
    reasons = [(reason["Code"], reason.get("Message", "")) for reason in found if reason.get("Code", "None") != "None"]
    told = "; ".join(dict.fromkeys(f"{code}: {message}" for code, message in reasons)) or str(error)
    if not reasons or any(code not in _PASSING for code, _ in reasons):
        raise LedgerRefused(f"the ledger did not take a transaction: {told}") from error
    return told


def read_each(
    client: DynamoDBClient, table: str, keys: Sequence[dict[str, str]], **wanted: Any
) -> Iterator[dict[str, Any]]:
    """The items that are there of these keys, in no order, each as last written; `wanted` projects them."""
    waiting: Any = [to_item(key) for key in {tuple(key.values()): key for key in keys}.values()]
    while waiting:
        part, waiting = waiting[:_KEYS_AT_ONCE], waiting[_KEYS_AT_ONCE:]
        request: Any = {table: {"Keys": part, "ConsistentRead": True, **wanted}}
        answer = client.batch_get_item(RequestItems=request)
        yield from (from_item(item) for item in answer["Responses"].get(table, []))
        unread = answer.get("UnprocessedKeys", {})
        waiting += unread[table]["Keys"] if table in unread else []


def query(client: DynamoDBClient, table: str, pk: str, begins: str = "") -> Iterator[dict[str, Any]]:
    """The items of a partition in the order of their `sk`, consistent, page by page; those that begin so, or all."""
    condition, values = "pk = :p", {":p": pk}
    if begins:
        condition, values = "pk = :p AND begins_with(sk, :b)", {":p": pk, ":b": begins}
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=to_item(values),
        ConsistentRead=True,
    )
    for page in pages:
        yield from (from_item(item) for item in page["Items"])


def query_status(
    client: DynamoDBClient, table: str, status: str, since: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """What the index shows of the payments in a status, the longest unchanged first: to find, not to decide.

    With `since` only those written from then on.
    """
    values = {":s": status, **({":t": since.isoformat(timespec="microseconds")} if since else {})}
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName="by_status",
        KeyConditionExpression="#s = :s AND updated_at >= :t" if since else "#s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues=to_item(values),
    )
    for page in pages:
        yield from (from_item(item) for item in page["Items"])


@contextmanager
def nothing_sent(what: str) -> Iterator[None]:
    """What a call to another system needs first failed: the call was not sent. Raises NotArrived."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise NotArrived(f"{what} failed: {type(error).__name__}", code="table") from error


def error_code(error: ClientError) -> str:
    """The code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))
