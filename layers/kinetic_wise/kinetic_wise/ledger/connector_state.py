"""The connector's own state: binding, stop switch, approvals, recipients, cursors, deliveries, leases."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zlib import crc32

from kinetic_wise.ledger.approvals import Approvals
from kinetic_wise.ledger.audit import Entry, Head, chain, keep_long_bodies, nowhere
from kinetic_wise.ledger.batches import Batches
from kinetic_wise.ledger.due_rows import DueRows
from kinetic_wise.ledger.errors import LedgerUnclear, Moved
from kinetic_wise.ledger.items import DICE, FAILED, Pauses, from_item, query, to_item
from kinetic_wise.ledger.leases import Leases
from kinetic_wise.ledger.switch import StopSwitch
from kinetic_wise.ledger.trail_ahead import Heads, entry_part, going_on, transact_on_trail
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.audit_rows import RowEvents
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Transfer
from kinetic_wise.transport import system_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DELIVERY_DAYS = 20  # Wise retries for about two weeks (wise-api.md 9.2)
_LEASE_SECONDS = 330  # longer than a payment's functions live: none outlasts its lease (money-cases.md H30)
_PLACES = "SLOT#epicor"
_HEARD_EVERY = timedelta(minutes=1)
_ALONE = "-"
_TURNS = 8  # of whoever adds to a chain that others add to as well


class Busy(Exception):
    """All places are taken: try again later."""


class Binding(Record):
    """What a ledger belongs to (rule 15). Any difference stops creating and funding until it is adopted."""

    ledger_id: str
    table_id: str
    wise: str  # environment or address
    profile: int
    epicor: str
    companies: tuple[str, ...]


class KnownRecipient(Record):
    """The Wise recipient made or found for a vendor bank row."""

    recipient_id: int
    hash: str
    fingerprint: str


class ConnectorState:
    """The connector table. Nothing here decides whether money moves but the binding, the approvals and the switch."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        audit_table: str,
        *,
        now: Callable[[], datetime] = system_time,
        new_id: Callable[[], str] = lambda: str(uuid4()),
        sleep: Callable[[float], None],
        dice: random.Random = DICE,
        keep_body: Callable[[str], None] = nowhere,
        row_events: RowEvents = RowEvents.NONE,
    ) -> None:
        self._client = client
        self._table = table
        self._audit = audit_table
        self._now = now
        self._new_id = new_id
        self._sleep = sleep
        self._pauses = Pauses(sleep, dice)
        self._leases = Leases(client, table, now)
        self._keep_body = keep_body
        self._heard_at: datetime | None = None
        self.switch = StopSwitch(client, table)
        self.approvals = Approvals(client, table)
        self.batches = Batches(client, table, audit_table, now, new_id, self._pauses, keep_body)
        self.due_rows = DueRows(client, table, row_events)

    # --- binding -----------------------------------------------------------------------------------------------

    def binding(self) -> Binding | None:
        """What this ledger is bound to, or None before the first adopt."""
        values = self._get("BINDING", _ALONE)
        return Binding.model_validate(values) if values else None

    def bind(self, binding: Binding) -> None:
        """Bind the ledger."""
        self._put("BINDING", _ALONE, binding.model_dump(mode="json"))

    # --- recipients, transfers of others -------------------------------------------------------------------------

    def recipient(self, bank: str, currency: str, profile: int) -> KnownRecipient | None:
        """The recipient known for a vendor bank row (`company/vendor/bank`) in a currency, or None."""
        values = self._get(f"RECIPIENT#{bank}/{currency}", str(profile))
        return KnownRecipient.model_validate(values) if values else None

    def remember_recipient(self, bank: str, currency: str, profile: int, known: KnownRecipient) -> None:
        """Keep the recipient of a vendor bank row."""
        self._put(f"RECIPIENT#{bank}/{currency}", str(profile), known.model_dump(mode="json"))

    def add_foreign(self, transfer: Transfer) -> None:
        """Record a transfer that a person, or another program, made: the amount seen first stays beside the latest."""
        values = {
            ":amount": transfer.target_amount,
            ":currency": transfer.target_currency,
            ":status": transfer.status,
            ":created": transfer.created.isoformat() if transfer.created else "",
        }
        self._client.update_item(
            TableName=self._table,
            Key=to_item({"pk": f"FOREIGN#{transfer.recipient_id}", "sk": str(transfer.id)}),
            UpdateExpression="SET first_amount = if_not_exists(first_amount, :amount), amount = :amount, "
            "currency = :currency, #s = :status, created = :created",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues=to_item(values),
        )

    def foreign_like(self, recipient_id: int, amount: Decimal, currency: str, since: datetime) -> list[str]:
        """Ids of live foreign transfers to a recipient that may have been made for this amount, since a moment."""
        rows = query(self._client, self._table, f"FOREIGN#{recipient_id}")
        return [
            row["sk"]
            for row in rows
            if _may_be_for(amount, row)
            and row["currency"] == currency
            and row["status"] != transfer_status.CANCELLED
            and (not row["created"] or datetime.fromisoformat(row["created"]) >= since)
        ]

    # --- cursors and deliveries ----------------------------------------------------------------------------------

    def cursor(self, name: str) -> dict[str, Any]:
        """Where a poll stands; {} at first."""
        return self._get("CURSOR", name) or {}

    def move_cursor(self, name: str, values: dict[str, Any]) -> None:
        """Move a poll's cursor."""
        self._put("CURSOR", name, values)

    def delivered(self, event: str) -> bool:
        """Whether the webhook event of this fingerprint was queued before."""
        return self._get(f"DELIVERY#{event}", _ALONE) is not None

    def remember_delivery(self, event: str) -> None:
        """Remember a webhook event after it was queued (rule 16)."""
        expires = self._now() + timedelta(days=_DELIVERY_DAYS)
        self._put(f"DELIVERY#{event}", _ALONE, {"expires_at": int(expires.timestamp())})

    def heard(self) -> None:
        """Note that Wise's webhooks reach us: a process writes it once a minute at most."""
        if self._heard_at is None or self._heard_at + _HEARD_EVERY <= self._now():
            self._heard_at = self._now()
            self.move_cursor("webhooks", {"heard_at": self._heard_at.isoformat()})

    def movement(self, event: str) -> str:
        """How far a balance's movement was kept: "" at first, then "noted", then "written"."""
        return str((self._get(f"MOVEMENT#{event}", _ALONE) or {}).get("stage", ""))

    def keep_movement(self, event: str, stage: str) -> None:
        """Remember how far a balance's movement was kept."""
        expires = self._now() + timedelta(days=_DELIVERY_DAYS)
        self._put(f"MOVEMENT#{event}", _ALONE, {"stage": stage, "expires_at": int(expires.timestamp())})

    def subscriptions(self) -> dict[str, str]:
        """Our webhook subscriptions: id -> event type."""
        return {row["sk"]: row["event"] for row in query(self._client, self._table, "SUBSCRIPTION")}

    def add_subscription(self, subscription_id: str, event: str) -> None:
        """Remember a webhook subscription as ours."""
        self._put("SUBSCRIPTION", subscription_id, {"event": event})

    def drop_subscription(self, subscription_id: str) -> None:
        """Forget a webhook subscription."""
        self._client.delete_item(TableName=self._table, Key=to_item({"pk": "SUBSCRIPTION", "sk": subscription_id}))

    # --- system events in the audit trail ------------------------------------------------------------------------

    def note(self, source: str, entry: Entry, also: Sequence[dict[str, Any]] = ()) -> None:
        """Add a system event to the chain of its source and day, and write what it tells of (`also`) with it.

        Raises Moved, and writes nothing, when a condition in `also` fails, LedgerUnclear when the chain's head keeps
        moving.
        """
        keep_long_bodies(entry, self._keep_body)
        name = f"SYSTEM#{source}#{self._now():%Y-%m-%d}"
        for turn in range(_TURNS):
            known = self._get("CHAIN", name) or {"count": 0, "hash": ""}
            parts = partial(self._noting, name, Head(known["count"], known["hash"]), entry, also)
            failed = transact_on_trail(self._client, self._audit, parts, self._new_id, self._pauses)
            if not failed:
                return
            if FAILED in failed[: len(also)]:
                raise Moved(f"what {entry.kind} tells of was changed by somebody else")
            self._pauses.after(turn)
        raise LedgerUnclear(f"the head of chain {name} keeps moving")

    def _noting(
        self, name: str, known: Head, entry: Entry, also: Sequence[dict[str, Any]], ahead: Heads, write_id: str
    ) -> list[dict[str, Any]]:
        """What is written with a system event: `also` first, then entries, the rows due for them, and the head."""
        now, parts = self._now(), list(also)
        head, entries = going_on(name, known, [entry], ahead)
        for position, each in enumerate(entries):
            item, head = chain(name, head, each, now, f"{write_id}/{position}" if ahead else write_id)
            parts += [entry_part(self._audit, item), *self.due_rows.of_system(each, item, now)]
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": to_item({"pk": "CHAIN", "sk": name, "count": head.count, "hash": head.hash}),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if known.count:
            put |= {
                "ConditionExpression": "#c = :c",
                "ExpressionAttributeNames": {"#c": "count"},
                "ExpressionAttributeValues": to_item({":c": known.count}),
            }
        return [*parts, {"Put": put}]

    # --- Epicor's places -----------------------------------------------------------------------------------------

    @contextmanager
    def epicor_slot(self, places: int, wait_seconds: float) -> Iterator[None]:
        """Hold one of the few places for calls to Epicor. Raises Busy when none came free in time.

        The places save licences, they keep nobody safe (rule 16): one that outlives its lease is simply taken.
        """
        holder = self._new_id()
        place = self._take_place(holder, places, wait_seconds)
        try:
            yield
        finally:
            self._leases.leave(_PLACES, str(place), holder)

    def _take_place(self, holder: str, places: int, wait_seconds: float) -> int:
        deadline = self._now() + timedelta(seconds=wait_seconds)
        pause = 0.05
        while True:
            for turn in range(places):
                place = (crc32(holder.encode()) + turn) % places
                if self._leases.take(_PLACES, str(place), holder, _LEASE_SECONDS):
                    return place
            if self._now() >= deadline:
                raise Busy("all places for calls to Epicor are taken")
            self._sleep(pause)
            pause = min(pause * 1.5, 0.5)

    # --- items ---------------------------------------------------------------------------------------------------

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=to_item({"pk": pk, "sk": sk}), ConsistentRead=True)
        if "Item" not in answer:
            return None
        return {key: value for key, value in from_item(answer["Item"]).items() if key not in ("pk", "sk")}

    def _put(self, pk: str, sk: str, values: dict[str, Any]) -> None:
        self._client.put_item(TableName=self._table, Item=to_item({**values, "pk": pk, "sk": sk}))


def _may_be_for(amount: Decimal, row: dict[str, Any]) -> bool:
    """Whether a foreign transfer may have been made for this amount.

    Funded after its rate ended it shows 0, then what its money is converted to (wise-api.md 4.3): the amount asked for
    is the one seen first. One that showed 0 from the beginning may be for any.
    """
    return row["first_amount"] == 0 or amount in (row["first_amount"], row["amount"])
