"""Payments and attempts: claimed once, written only by whoever read the latest version."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kinetic_wise.ledger.audit import Entry, Head, chain, keep_long_bodies, nowhere
from kinetic_wise.ledger.due_rows import DueRows
from kinetic_wise.ledger.errors import Moved, Stopped
from kinetic_wise.ledger.histories import Histories
from kinetic_wise.ledger.items import (
    DICE,
    FAILED,
    Pauses,
    dump,
    fields,
    from_item,
    read_each,
    read_together,
    to_item,
    transact,
)
from kinetic_wise.ledger.trail_ahead import Heads, Parts, entry_part, going_on, transact_on_trail
from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Hold, Payment
from kinetic_wise.payments.systems import InvoiceKey, Transfer
from kinetic_wise.transport import system_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["ClaimOutcome", "Entry", "Ledger"]

_NEW = "attribute_not_exists(pk)"
_MOST_LIKELY_ATTEMPT = 1
_CLAIMS_AT_ONCE = 16  # of six items each at most, with what they commit: DynamoDB takes 100 in a transaction


class ClaimOutcome(StrEnum):
    """What a claim met."""

    CLAIMED = "claimed"
    ALREADY = "already"
    SECOND_IDENTITY = "second_identity"


class Ledger:
    """The payments table and the audit table; `due_rows` takes the entries that Epicor shall have a copy of."""

    def __init__(
        self,
        client: DynamoDBClient,
        payments_table: str,
        audit_table: str,
        *,
        now: Callable[[], datetime] = system_time,
        new_id: Callable[[], str] = lambda: str(uuid4()),
        sleep: Callable[[float], None] = time.sleep,
        dice: random.Random = DICE,
        keep_body: Callable[[str], None] = nowhere,
        due_rows: DueRows | None = None,
    ) -> None:
        self._client = client
        self._payments = payments_table
        self._audit = audit_table
        self.now = now
        self._new_id = new_id
        self._pauses = Pauses(sleep, dice)
        self._keep_body = keep_body
        self._due_rows = due_rows
        self.histories = Histories(client, payments_table, now)

    # --- reading -------------------------------------------------------------------------------------------------

    def get(self, payment_id: str) -> Payment | None:
        """The payment as last written, or None."""
        values = self._read(payment_id, "STATE")
        return Payment.model_validate(fields(values)) if values else None

    def attempt(self, payment_id: str, number: int) -> Attempt | None:
        """An attempt as last written, or None."""
        values = self._read(payment_id, f"ATTEMPT#{number}")
        return Attempt.model_validate(fields(values)) if values else None

    def load(self, payment_id: str) -> tuple[Payment, Attempt | None] | None:
        """The payment and its current attempt, both of the same moment."""
        number = _MOST_LIKELY_ATTEMPT
        while True:
            keys = [{"pk": payment_id, "sk": sk} for sk in ("STATE", f"ATTEMPT#{number}")]
            state, row = read_together(self._client, self._payments, keys, self._pauses)
            if state is None:
                return None
            payment = Payment.model_validate(fields(state))
            if payment.attempt in (0, number):
                return payment, Attempt.model_validate(fields(row)) if row and payment.attempt else None
            number = payment.attempt

    def owner_of(self, transfer_key: str) -> tuple[str, int] | None:
        """Whose transfer carries this key: payment id and attempt number. None: not ours."""
        values = self._read(f"KEY#{transfer_key}", "LOCK")
        return (str(values["payment_id"]), int(values["attempt"])) if values else None

    def seen_transfers(self, transfer_keys: Sequence[str]) -> dict[str, Transfer | None]:
        """The transfer last written for each of these keys that is ours; None where none is written yet."""
        return {key: _transfer(row.get("transfer")) for key, row in self._attempts_behind(transfer_keys).items()}

    def with_unread_money(self, transfer_keys: Sequence[str]) -> set[str]:
        """Those of these keys whose attempt may have money that nobody has read yet: it was taken up from a list."""
        rows = self._attempts_behind(transfer_keys)
        return {key for key, row in rows.items() if row.get("may_have_money") and not row.get("funded")}

    def _attempts_behind(self, transfer_keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        locks = self._each([{"pk": f"KEY#{key}", "sk": "LOCK"} for key in transfer_keys])
        attempts = {
            (lock["payment_id"], f"ATTEMPT#{lock['attempt']}"): lock["pk"].removeprefix("KEY#") for lock in locks
        }
        rows = self._each([{"pk": pk, "sk": sk} for pk, sk in attempts])
        return {attempts[row["pk"], row["sk"]]: row for row in rows}

    def claimed(self, sys_row_ids: Sequence[str]) -> set[str]:
        """Which of these invoice rows have been claimed, or met a lock, before."""
        locks = [{"pk": identity.invoice_lock(row), "sk": "LOCK"} for row in sys_row_ids]
        found = {lock["pk"] for lock in self._each(locks)}
        return {row for row in sys_row_ids if identity.invoice_lock(row) in found}

    def posted_amounts(self, invoices: Sequence[InvoiceKey]) -> dict[str, Decimal]:
        """How much of these invoices is posted, all instalments together, by SysRowID; only those of which any is."""
        rows = {identity.invoice_lock(invoice.sys_row_id): invoice for invoice in invoices}
        locks = self._each([{"pk": lock, "sk": "LOCK"} for lock in rows])
        claimed = {rows[lock["pk"]].payment_id(int(n)): rows[lock["pk"]] for lock in locks for n in lock["pay_seqs"]}
        posted: dict[str, Decimal] = {}
        for state in self._each([{"pk": payment_id, "sk": "STATE"} for payment_id in claimed]):
            if state["status"] == Status.POSTED.value:
                row = claimed[state["pk"]].sys_row_id
                posted[row] = posted.get(row, Decimal(0)) + Decimal(state["amount"])
        return posted

    def payments(self, payment_ids: Sequence[str]) -> Iterator[Payment]:
        """Those of these payments that there are, in any order."""
        for row in self._each([{"pk": payment_id, "sk": "STATE"} for payment_id in payment_ids]):
            yield Payment.model_validate(fields(row))

    def in_status(self, status: Status, idle_since: datetime | None = None) -> Iterator[str]:
        """Ids of payments that the index shows in a status, oldest first. To find, not to decide.

        With `idle_since`, only what was last written before that moment and is due by now.
        """
        query: dict[str, Any] = {"KeyConditionExpression": "#s = :s"}
        values = {":s": status.value}
        if idle_since is not None:
            query["KeyConditionExpression"] += " AND updated_at < :t"
            query["FilterExpression"] = "attribute_type(not_before, :null) OR not_before <= :now"
            values |= {":t": _text(idle_since), ":null": "NULL", ":now": _text(self.now())}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._payments,
            IndexName="by_status",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues=to_item(values),
            **query,
        )
        for page in pages:
            yield from (item["pk"]["S"] for item in page["Items"])

    def _read(self, pk: str, sk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._payments, Key=to_item({"pk": pk, "sk": sk}), ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def _each(self, keys: Sequence[dict[str, str]]) -> Iterator[dict[str, Any]]:
        return read_each(self._client, self._payments, keys)

    # --- claiming ------------------------------------------------------------------------------------------------

    def claim(self, payment: Payment, invoice_total: Decimal, entry: Entry) -> ClaimOutcome:
        """Claim a payment once and for ever (rule 1). A refused lock leaves a held record without commitment."""
        if self._is_claimed(payment):
            return ClaimOutcome.ALREADY
        if self._claims([(payment, entry)], invoice_total):
            return ClaimOutcome.CLAIMED
        return self._claim_refused(payment)

    def _claim_refused(self, payment: Payment) -> ClaimOutcome:
        if self._is_claimed(payment):
            return ClaimOutcome.ALREADY
        self._hold_second_identity(payment)
        return ClaimOutcome.SECOND_IDENTITY

    def claim_together(self, claims: Sequence[tuple[Payment, Entry]], invoice_total: Decimal) -> list[ClaimOutcome]:
        """Claim payments of one invoice, all or none of them; where a lock refuses one, each by itself as `claim` does.

        More than a transaction takes are several transactions, in order.
        """
        new, claimed = [claim for claim in claims if not self._is_claimed(claim[0])], set[str]()
        for start in range(0, len(new), _CLAIMS_AT_ONCE):
            part = new[start : start + _CLAIMS_AT_ONCE]
            if len(part) > 1 and self._claims(part, invoice_total):
                claimed |= {payment.id for payment, _ in part}
        return [
            ClaimOutcome.CLAIMED if payment.id in claimed else self.claim(payment, invoice_total, entry)
            for payment, entry in claims
        ]

    def _is_claimed(self, payment: Payment) -> bool:
        existing = self.get(payment.id)
        return existing is not None and existing.invoice.sys_row_id == payment.invoice.sys_row_id

    def _claims(self, claims: Sequence[tuple[Payment, Entry]], invoice_total: Decimal) -> bool:
        """Write all of these claims in one transaction, or none."""
        payments = [payment for payment, _ in claims]
        if sum(payment.amount for payment in payments) > invoice_total:
            return False

        def parts(ahead: Heads, write_id: str) -> list[dict[str, Any]]:
            items = [self.commit_item(payments, invoice_total)]
            for payment, entry in claims:
                first, audit = self._next(None, payment, [entry], ahead, write_id)
                items += [self._put(first, "STATE", write_id, _NEW), self._lock_item(payment), *audit]
            written.append(write_id)
            return items

        written: list[str] = []
        return not self._transact(parts) or self._wrote(payments[0].id, written[-1])

    def _hold_second_identity(self, payment: Payment) -> None:
        detail = "this invoice, its number or its amount was claimed before under another identity"
        own_id = f"{payment.id}:{payment.invoice.sys_row_id.lower()}"
        hold = Hold(reason="second_identity", detail=detail, since=self.now(), came_from=Status.QUEUED)
        held = payment.model_copy(update={"id": own_id, "status": Status.HELD, "hold": hold})
        entry = Entry("second_identity", {"payment": payment.id, "detail": detail})

        def parts(ahead: Heads, write_id: str) -> list[dict[str, Any]]:
            first, audit = self._next(None, held, [entry], ahead, write_id)
            return [self._put(first, "STATE", write_id, _NEW), *audit]

        lock = identity.invoice_lock(payment.invoice.sys_row_id)
        mark = {"pk": lock, "sk": "LOCK", "identity": "", "committed": 0, "pay_seqs": []}
        self._transact(parts)
        transact(self._client, [self._put_item(mark, _NEW)], self._new_id(), self._pauses)

    def commit_item(self, payments: Sequence[Payment], total: Decimal) -> dict[str, Any]:
        """The transaction part that commits an invoice to payments of it: refused to another identity, above its total.

        The lock keeps which instalments were ever claimed.
        """
        invoice, amount = payments[0].invoice, sum((payment.amount for payment in payments), Decimal(0))
        return {
            "Update": {
                "TableName": self._payments,
                "Key": to_item({"pk": identity.invoice_lock(invoice.sys_row_id), "sk": "LOCK"}),
                "UpdateExpression": "SET #i = :identity, committed = if_not_exists(committed, :none) + :amount "
                "ADD pay_seqs :pay_seqs",
                "ConditionExpression": f"{_NEW} OR (#i = :identity AND committed <= :room)",
                "ExpressionAttributeNames": {"#i": "identity"},
                "ExpressionAttributeValues": to_item(
                    {
                        ":identity": _identity(invoice),
                        ":none": Decimal(0),
                        ":amount": amount,
                        ":room": total - amount,
                        ":pay_seqs": {payment.pay_seq for payment in payments},
                    }
                ),
            }
        }

    def release_item(self, payment: Payment) -> dict[str, Any]:
        """The transaction part that gives a payment's commitment back (rule 6: only on proof)."""
        return {
            "Update": {
                "TableName": self._payments,
                "Key": to_item({"pk": identity.invoice_lock(payment.invoice.sys_row_id), "sk": "LOCK"}),
                "UpdateExpression": "SET committed = committed - :amount",
                "ConditionExpression": "committed >= :amount",
                "ExpressionAttributeValues": to_item({":amount": payment.amount}),
            }
        }

    def _lock_item(self, payment: Payment) -> dict[str, Any]:
        key = payment.invoice
        lock = identity.number_lock(key.company, key.vendor_num, key.invoice_num, payment.pay_seq)
        return self._put_item({"pk": lock, "sk": "LOCK", "payment_id": payment.id}, _NEW)

    def key_item(self, payment_id: str, attempt: Attempt) -> dict[str, Any]:
        """The transaction part that ties a transfer key to its payment."""
        return self._put_item(
            {"pk": f"KEY#{attempt.key}", "sk": "LOCK", "payment_id": payment_id, "attempt": attempt.number}, _NEW
        )

    # --- writing -------------------------------------------------------------------------------------------------

    def write(
        self,
        before: Payment,
        after: Payment,
        entries: Sequence[Entry],
        attempts: Sequence[Attempt] = (),
        also: Sequence[dict[str, Any]] = (),
        admission: dict[str, Any] | None = None,
    ) -> Payment:
        """Replace `before` by `after` with its audit entries, all or nothing, and answer what is stored.

        Raises Moved when `before` is not the latest version, Stopped when the stop switch's part of a funding
        (`admission`) is refused.
        """
        wanted, admissions = after.model_copy(update={"version": before.version}), [admission] if admission else []
        tries = [self._put_item({"pk": after.id, "sk": f"ATTEMPT#{a.number}", **dump(a)}) for a in attempts]
        made: list[tuple[Payment, str]] = []

        def parts(ahead: Heads, write_id: str) -> list[dict[str, Any]]:
            stored, audit = self._next(before.status, wanted, entries, ahead, write_id)
            made.append((stored, write_id))
            state = self._put(stored, "STATE", write_id, "version = :v", {":v": before.version})
            return [state, *tries, *audit, *also, *admissions]

        reasons = self._transact(parts)
        stored, write_id = made[-1]
        if not reasons or self._wrote(after.id, write_id):
            return stored
        if reasons[0] != FAILED and admission:
            raise Stopped("the stop switch was set, or a cap was reached, since it was read")
        raise Moved(f"payment {after.id} was written by somebody else")

    def _transact(self, parts: Parts) -> list[str]:
        return transact_on_trail(self._client, self._audit, parts, self._new_id, self._pauses)

    def _wrote(self, payment_id: str, write_id: str) -> bool:
        """Whether our own write is what is there: a failed condition may be our own success (money-cases.md H31)."""
        values = self._read(payment_id, "STATE")
        return values is not None and values["write_id"] == write_id

    def _next(
        self, before: Status | None, payment: Payment, entries: Sequence[Entry], ahead: Heads, write_id: str
    ) -> tuple[Payment, list[dict[str, Any]]]:
        now, items = self.now(), list[dict[str, Any]]()
        head, told = going_on(payment.id, Head(payment.audit_count, payment.audit_head), entries, ahead)
        for position, entry in enumerate(told):
            keep_long_bodies(entry, self._keep_body)
            item, head = chain(payment.id, head, entry, now, f"{write_id}/{position}")
            items.append(entry_part(self._audit, item))
            if self._due_rows is not None:
                items += self._due_rows.of_payment(payment, before, entry, item, now)
        update = {
            "version": payment.version + 1,
            "updated_at": now,
            "status_since": payment.stands_since if before is payment.status else now,
            "audit_count": head.count,
            "audit_head": head.hash,
        }
        return payment.model_copy(update=update), items

    def _put(
        self, payment: Payment, sk: str, write_id: str, condition: str, values: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        item = {
            **dump(payment),
            "pk": payment.id,
            "sk": sk,
            "write_id": write_id,
            "updated_at": _text(payment.updated_at),
        }
        return self._put_item(item, condition, values)

    def _put_item(
        self, item: dict[str, Any], condition: str | None = None, values: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self._payments, "Item": to_item(item)}
        if condition:
            put["ConditionExpression"] = condition
        if values:
            put["ExpressionAttributeValues"] = to_item(values)
        return {"Put": put}


def _transfer(values: Any) -> Transfer | None:
    return Transfer.model_validate(values) if values else None


def _identity(key: InvoiceKey) -> str:
    return f"{key.company}/{key.vendor_num}/{key.invoice_num}"


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
