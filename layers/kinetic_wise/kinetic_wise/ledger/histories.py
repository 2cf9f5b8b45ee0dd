"""Every payment and every attempt of the ledger, as a stream: for looking at all of them, never to decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kinetic_wise.ledger.items import from_item, to_item
from kinetic_wise.payments.model import Attempt, Payment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OWN_KEYS = frozenset({"pk", "sk", "write_id"})
_STATE, _ATTEMPT = "STATE", "ATTEMPT#"


class Histories:
    """Reads the whole payments table, a page at a time."""

    def __init__(self, client: DynamoDBClient, payments_table: str) -> None:
        self._client = client
        self._payments = payments_table

    def everything(self) -> Iterator[Payment | tuple[str, Attempt]]:
        """Each payment, and each attempt with its payment's id, in no order."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._payments,
            FilterExpression="sk = :s OR begins_with(sk, :a)",
            ExpressionAttributeValues=to_item({":s": _STATE, ":a": _ATTEMPT}),
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                values = from_item(item)
                own = {name: value for name, value in values.items() if name not in _OWN_KEYS}
                if values["sk"] == _STATE:
                    yield Payment.model_validate(own)
                else:
                    yield values["pk"], Attempt.model_validate(own)
