"""A trail that is ahead of the ledger: the tables were set back to a backup, and the audit table was kept.

Nothing of the evidence is lost or written over: the chain goes on behind its last entry, with one that says so first.
What stands there is told by the refused put itself, so that no function needs the right to read the trail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import simplejson

from kinetic_wise.ledger.audit import Entry, Head
from kinetic_wise.ledger.items import FAILED, PAUSES, Pauses, Reason, from_item, to_item, transact_seeing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Heads = Mapping[str, Head]  # chain -> the last entry found in the trail, where the ledger's own head is behind it
Parts = Callable[[Heads, str], Sequence[dict[str, Any]]]


def entry_part(audit_table: str, item: dict[str, Any]) -> dict[str, Any]:
    """The transaction part that adds an entry: refused, and told what stands there, when its number is taken."""
    return {
        "Put": {
            "TableName": audit_table,
            "Item": to_item(item),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def going_on(chain: str, known: Head, entries: Sequence[Entry], ahead: Heads) -> tuple[Head, Sequence[Entry]]:
    """Behind which entry a chain goes on, and with what: the ledger's head, or what stands ahead of it."""
    last = ahead.get(chain)
    if last is None:
        return known, entries
    return last, [Entry("trail.ahead", {"known": known.count, "found": last.count}), *entries]


def transact_on_trail(
    client: DynamoDBClient, audit_table: str, parts: Parts, new_id: Callable[[], str], pauses: Pauses = PAUSES
) -> list[str]:
    """Write what `parts` makes of the heads found ahead and a write id, all or nothing; answers as `transact` does.

    Only a transaction of which nothing but entries of the trail is refused is made again, behind what stands there:
    every other condition held, so nobody else wrote. Raises as `transact` does.
    """
    ahead: dict[str, Head] = {}
    while True:
        write_id = new_id()
        items = parts(ahead, write_id)
        reasons = transact_seeing(client, items, write_id, pauses)
        found = _in_the_way(items, reasons, audit_table)
        if not found:
            return [reason.code for reason in reasons]
        ahead |= found


def _in_the_way(items: Sequence[dict[str, Any]], reasons: Sequence[Reason], audit_table: str) -> dict[str, Head]:
    """The last entry that stands in the way of each chain; none when anything else was refused as well.

    None either when one was not written by a ledger: it is not chained to the entry before it, and no chain goes on so.
    """
    refused = [(item, reason) for item, reason in zip(items, reasons, strict=False) if reason.code == FAILED]
    if any(item.get("Put", {}).get("TableName") != audit_table for item, _ in refused):
        return {}
    last: dict[str, Head] = {}
    for item, reason in refused:
        ours = from_item(item["Put"]["Item"])
        before = last[ours["pk"]].hash if ours["pk"] in last else _previous(ours)
        if not _follows(reason.standing, before):
            return {}
        last[ours["pk"]] = Head(int(ours["sk"]), reason.standing["hash"])
    return last


def _follows(entry: dict[str, Any], before: str | None) -> bool:
    """Whether an entry has the hash of its text, and is chained to the one before it."""
    text = str(entry.get("text", ""))
    return hashlib.sha256(text.encode()).hexdigest() == entry.get("hash") and _previous(entry) == before


def _previous(entry: dict[str, Any]) -> str | None:
    """The hash that an entry is chained to; None for what is no entry."""
    try:
        told = simplejson.loads(str(entry.get("text", "")))
    except ValueError:
        return None
    return told.get("previous") if isinstance(told, dict) else None
