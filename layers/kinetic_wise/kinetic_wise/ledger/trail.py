"""The audit trail as it is read: chains, their entries in order, and the heads they must end in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import simplejson

from kinetic_wise.ledger.audit import Head
from kinetic_wise.ledger.batches import CHAIN as BATCH
from kinetic_wise.ledger.items import from_item, query, query_status, read_each, to_item
from kinetic_wise.payments.life_cycle import Status

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SYSTEM = "SYSTEM#"  # a chain of events that belong to no payment begins so
_STATE = "STATE"
_CHAIN = "CHAIN"
_AT_ONCE = 100  # what BatchGetItem takes
Item = dict[str, Any]


class Trail:
    """Reads the audit table, and the heads where they are kept: in `STATE` items and in the connector table."""

    def __init__(self, client: DynamoDBClient, payments_table: str, audit_table: str, connector_table: str) -> None:
        self._client = client
        self._payments = payments_table
        self._audit = audit_table
        self._connector = connector_table

    def heads(self) -> Iterator[tuple[str, Head]]:
        """Every chain that the ledger knows, with its head: payments first, then system events."""
        names = {"#n": "audit_count", "#h": "audit_head"}
        for item in self._scan(
            self._payments,
            FilterExpression="sk = :s",
            ExpressionAttributeValues=to_item({":s": _STATE}),
            ProjectionExpression="pk, #n, #h",
            ExpressionAttributeNames=names,
        ):
            yield item["pk"], _payment_head(item)
        for item in query(self._client, self._connector, _CHAIN):
            yield item["sk"], _system_head(item)

    def moved_heads(self, since: datetime | None) -> Iterator[tuple[str, Head]]:
        """The chains that were written since a moment, with their heads, and perhaps some more; all without one.

        Found by the index, read consistently: for whoever may not scan.
        """
        found = self._ids_moved(since)
        while part := list(islice(found, _AT_ONCE)):
            wanted = {"ProjectionExpression": "pk, #n, #h"}
            names = {"#n": "audit_count", "#h": "audit_head"}
            keys = [{"pk": chain, "sk": _STATE} for chain in part]
            for item in read_each(self._client, self._payments, keys, **wanted, ExpressionAttributeNames=names):
                yield item["pk"], _payment_head(item)
        for item in query(self._client, self._connector, _CHAIN):
            if since is None or not _ended_before(item["sk"], since):
                yield item["sk"], _system_head(item)

    def _ids_moved(self, since: datetime | None) -> Iterator[str]:
        for status in Status:
            yield from (item["pk"] for item in query_status(self._client, self._payments, status, since))

    def head(self, chain: str) -> Head | None:
        """A chain's head as last written; None for a chain that the ledger does not know."""
        if chain.startswith((SYSTEM, BATCH)):
            item = self._get(self._connector, _CHAIN, chain)
            return _system_head(item) if item else None
        item = self._get(self._payments, chain, _STATE)
        return _payment_head(item) if item else None

    def entries(self, chain: str) -> Iterator[Item]:
        """The items of a chain by their numbers: pk, sk, id, kind, text, hash."""
        return query(self._client, self._audit, chain)

    def all_entries(self) -> Iterator[Item]:
        """The items of all chains, chain after chain in no order of their own."""
        return self._scan(self._audit)

    def hashes(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """The hashes of the entries at these places (chain, number), at most a hundred; those that are there."""
        keys = [{"pk": chain, "sk": f"{number:010d}"} for chain, number in places]
        wanted = {"ProjectionExpression": "pk, sk, #h", "ExpressionAttributeNames": {"#h": "hash"}}
        found = read_each(self._client, self._audit, keys, **wanted)
        return {(item["pk"], int(item["sk"])): str(item.get("hash", "")) for item in found}

    def chains(self) -> Iterator[str]:
        """The chains that have entries; one may come more than once."""
        last = ""
        for item in self._scan(self._audit, ProjectionExpression="pk"):
            if item["pk"] != last:
                last = item["pk"]
                yield last

    def _get(self, table: str, pk: str, sk: str) -> Item | None:
        answer = self._client.get_item(TableName=table, Key=to_item({"pk": pk, "sk": sk}), ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def _scan(self, table: str, **how: Any) -> Iterator[Item]:
        for page in self._client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True, **how):
            yield from (from_item(item) for item in page["Items"])


def _ended_before(chain: str, moment: datetime) -> bool:
    """Whether a chain of system events belongs to a day before a moment's."""
    return chain.startswith(SYSTEM) and chain.rpartition("#")[2] < moment.date().isoformat()


def _payment_head(item: Item) -> Head:
    return Head(item.get("audit_count", 0), item.get("audit_head", ""))


def _system_head(item: Item) -> Head:
    return Head(item["count"], item["hash"])


def read_entry(item: Item) -> dict[str, Any]:
    """An entry as its text tells it, with its chain and hash: n, id, at, kind, previous, data, exchanges."""
    return {"chain": item["pk"], **simplejson.loads(item["text"], use_decimal=True), "hash": item["hash"]}
