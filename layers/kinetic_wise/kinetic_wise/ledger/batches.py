"""Batches in the connector table: written only by whoever read the latest version, each with an audit chain of its own.

`BATCH#id` / `STATE` is the batch, `MEMBER#…` its members; `OPEN_BATCH` says which one takes members in a currency,
`LIVE_BATCH` which are not over. Both move with the state, so that every question is one consistent read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kinetic_wise.ledger.audit import Entry, Head, chain, keep_long_bodies, nowhere
from kinetic_wise.ledger.errors import Moved, Stopped
from kinetic_wise.ledger.items import FAILED, PAUSES, Pauses, dump, fields, from_item, query, to_item
from kinetic_wise.ledger.leases import Leases
from kinetic_wise.ledger.trail_ahead import Heads, entry_part, going_on, transact_on_trail
from kinetic_wise.payments.batch import LIVE, TAKES_MEMBERS, Batch, BatchStatus, Member

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CHAIN = "BATCH#"  # the chain of a batch begins so
_STATE, _MEMBER = "STATE", "MEMBER#"
_OPEN, _LIVE = "OPEN_BATCH", "LIVE_BATCH"
_NEW = "attribute_not_exists(pk)"
_TURN = "LEASE", "close_batches"


class Batches:
    """The batches of the connector table."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        audit_table: str,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        pauses: Pauses = PAUSES,
        keep_body: Callable[[str], None] = nowhere,
    ) -> None:
        self._client = client
        self._table = table
        self._audit = audit_table
        self._now = now
        self._new_id = new_id
        self._pauses = pauses
        self._leases = Leases(client, table, now)
        self._keep_body = keep_body

    # --- reading -------------------------------------------------------------------------------------------------

    def get(self, batch_id: str) -> Batch | None:
        """A batch as last written, or None."""
        values = self._get(f"{CHAIN}{batch_id}", _STATE)
        return Batch.model_validate(fields(values)) if values else None

    def taking_members(self, profile: int, currency: str) -> Batch | None:
        """The one batch that takes members in a currency, or soon will; None: there is none."""
        found = self._get(_OPEN, f"{profile}/{currency}")
        return self.get(found["batch"]) if found else None

    def live(self) -> list[Batch]:
        """Every batch that is not over, oldest first."""
        found = [self.get(row["sk"]) for row in query(self._client, self._table, _LIVE)]
        return sorted((batch for batch in found if batch is not None), key=lambda batch: batch.opened_at)

    def members(self, batch_id: str) -> list[Member]:
        """The members of a batch."""
        rows = query(self._client, self._table, f"{CHAIN}{batch_id}", _MEMBER)
        return [Member.model_validate(fields(row)) for row in rows]

    # --- writing -------------------------------------------------------------------------------------------------

    def begin(self, profile: int, currency: str, name: str, batch: dict[str, Any], entry: Entry) -> Batch:
        """A new batch, with the intent in `batch`; its id is added to `name`. Raises Moved when there is one."""
        batch_id, now = self._new_id(), self._now()
        new = Batch(
            id=batch_id,
            profile=profile,
            currency=currency,
            name=f"{name} {batch_id}",
            opened_at=now,
            joined_at=now,
            **batch,
        )
        return self.write(new, {}, entry)

    def write(
        self,
        before: Batch,
        changes: dict[str, Any],
        entry: Entry | None,
        admission: dict[str, Any] | None = None,
    ) -> Batch:
        """Change a batch with its audit entry, all or nothing, and answer what is stored. Without entry: no news.

        Raises Moved when `before` is not the latest version, Stopped when the stop switch refuses the `admission`.
        """
        wanted, admissions = (
            before.model_copy(update={**changes, "version": before.version + 1}),
            [admission] if admission else [],
        )
        made: list[tuple[Batch, str]] = []

        def parts(ahead: Heads, write_id: str) -> list[dict[str, Any]]:
            after, audit = self._next(wanted, [entry] if entry else [], ahead, write_id)
            made.append((after, write_id))
            places = self._places(before, after)
            return [self._state(after, before.version, write_id), *audit, *places, *admissions]

        reasons = transact_on_trail(self._client, self._audit, parts, self._new_id, self._pauses)
        after, write_id = made[-1]
        if not reasons or self._wrote(after.id, write_id):
            return after
        if admission and FAILED not in reasons[:-1]:
            raise Stopped("the stop switch was set, or a cap was changed, since it was read")
        raise Moved(f"batch {after.id} was written by somebody else")

    def _next(
        self, batch: Batch, entries: Sequence[Entry], ahead: Heads, write_id: str
    ) -> tuple[Batch, list[dict[str, Any]]]:
        """The batch with its head after these entries, which are written with the head where `verify` finds it."""
        name, parts = f"{CHAIN}{batch.id}", list[dict[str, Any]]()
        head, told = going_on(name, Head(batch.audit_count, batch.audit_head), entries, ahead)
        for position, entry in enumerate(told):
            keep_long_bodies(entry, self._keep_body)
            item, head = chain(name, head, entry, self._now(), f"{write_id}/{position}" if ahead else write_id)
            parts.append(entry_part(self._audit, item))
        if parts:
            parts.append(self._put({"pk": "CHAIN", "sk": name, "count": head.count, "hash": head.hash}))
        return batch.model_copy(update={"audit_count": head.count, "audit_head": head.hash}), parts

    def _state(self, batch: Batch, before: int, write_id: str) -> dict[str, Any]:
        item = {**dump(batch), "pk": f"{CHAIN}{batch.id}", "sk": _STATE, "write_id": write_id}
        if not before:
            return self._put(item, _NEW)
        return self._put(item, "#v = :v", {"#v": "version"}, {":v": before})

    def _places(self, before: Batch, after: Batch) -> list[dict[str, Any]]:
        """Where it is found: by those who would join, and by those who close."""
        is_new = not before.version
        takes, took = after.status in TAKES_MEMBERS, before.status in TAKES_MEMBERS and not is_new
        lives, lived = after.status in LIVE, before.status in LIVE and not is_new
        parts = []
        if takes != took:
            key = {"pk": _OPEN, "sk": f"{after.profile}/{after.currency}"}
            parts.append(self._put({**key, "batch": after.id}, _NEW) if takes else self._delete(key))
        if lives != lived:
            key = {"pk": _LIVE, "sk": after.id}
            parts.append(self._put(key) if lives else self._delete(key))
        return parts

    def _wrote(self, batch_id: str, write_id: str) -> bool:
        values = self._get(f"{CHAIN}{batch_id}", _STATE)
        return values is not None and values["write_id"] == write_id

    # --- members -------------------------------------------------------------------------------------------------

    def joining(self, batch: Batch, payment_id: str, attempt: int, most: int) -> list[dict[str, Any]]:
        """The parts of an add's intent by which an attempt joins: refused once the batch is full or not open."""
        member = {"pk": f"{CHAIN}{batch.id}", "sk": _member_key(payment_id, attempt)}
        record = dump(Member(payment_id=payment_id, attempt=attempt))
        count = {
            "TableName": self._table,
            "Key": to_item({"pk": f"{CHAIN}{batch.id}", "sk": _STATE}),
            "UpdateExpression": "SET #m = #m + :one, #v = #v + :one, joined_at = :now",
            "ConditionExpression": "#s = :open AND #m < :most",
            "ExpressionAttributeNames": {"#m": "members", "#v": "version", "#s": "status"},
            "ExpressionAttributeValues": to_item(
                {":one": 1, ":now": self._now().isoformat(), ":open": BatchStatus.OPEN.value, ":most": most}
            ),
        }
        return [self._put({**member, **record}), {"Update": count}]

    def leaving(self, batch_id: str, payment_id: str, attempt: int) -> list[dict[str, Any]]:
        """The parts by which an attempt that never came into the group leaves."""
        return [self._delete({"pk": f"{CHAIN}{batch_id}", "sk": _member_key(payment_id, attempt)})]

    def note(self, batch_id: str, member: Member) -> None:
        """Keep what was seen of a member."""
        key = {"pk": f"{CHAIN}{batch_id}", "sk": _member_key(member.payment_id, member.attempt)}
        self._client.put_item(TableName=self._table, Item=to_item({**dump(member), **key}))

    # --- one worker at a time, which saves calls and keeps nobody safe (rule 16) ---------------------------------

    def take_turn(self, seconds: float) -> str | None:
        """A turn at closing batches, for so long at most; None while somebody else has it."""
        turn = self._new_id()
        return turn if self._leases.take(*_TURN, turn, seconds) else None

    def end_turn(self, turn: str) -> None:
        """Leave it to the next."""
        self._leases.leave(*_TURN, turn)

    # --- items ---------------------------------------------------------------------------------------------------

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=to_item({"pk": pk, "sk": sk}), ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def _put(
        self,
        item: dict[str, Any],
        condition: str = "",
        names: dict[str, str] | None = None,
        values: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self._table, "Item": to_item(item)}
        if condition:
            put["ConditionExpression"] = condition
        if names:
            put["ExpressionAttributeNames"] = names
        if values:
            put["ExpressionAttributeValues"] = to_item(values)
        return {"Put": put}

    def _delete(self, key: dict[str, str]) -> dict[str, Any]:
        return {"Delete": {"TableName": self._table, "Key": to_item(key)}}


def _member_key(payment_id: str, attempt: int) -> str:
    return f"{_MEMBER}{payment_id}#{attempt}"
