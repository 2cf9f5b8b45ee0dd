"""Leases: an item that says who holds a place, and until when. They save calls and keep nobody safe (rule 16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kinetic_wise.ledger.items import to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Leases:
    """The leases in a table. A holder's name is its own and new each time; raises what the database raises."""

    client: DynamoDBClient
    table: str
    now: Callable[[], datetime]

    def take(self, pk: str, sk: str, holder: str, seconds: float) -> bool:
        """Hold a place for so long at most; False while somebody else does. A repeat of one's own finds it taken."""
        now = self.now()
        until = int((now + timedelta(seconds=seconds)).timestamp())
        try:
            self.client.put_item(
                TableName=self.table,
                Item=to_item({"pk": pk, "sk": sk, "holder": holder, "until": until}),
                ConditionExpression="attribute_not_exists(pk) OR #u < :now OR holder = :h",
                ExpressionAttributeNames={"#u": "until"},
                ExpressionAttributeValues=to_item({":now": int(now.timestamp()), ":h": holder}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def leave(self, pk: str, sk: str, holder: str) -> None:
        """Leave a place. One whose time ran out and that is somebody else's now is left alone."""
        try:
            self.client.delete_item(
                TableName=self.table,
                Key=to_item({"pk": pk, "sk": sk}),
                ConditionExpression="holder = :h",
                ExpressionAttributeValues=to_item({":h": holder}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return
