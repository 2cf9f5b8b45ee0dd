"""A history told in short lines: what struck, what the ledger wrote, how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tests.faults.stack import Stack
from tests.faults.world import FaultWorld


def tellings(world: FaultWorld, events: Sequence[str]) -> Iterator[str]:
    """Events (`HH:MM:SS what`) and the audit trail in order of time, then where each payment ended."""
    entries = [line for stack in world.stacks for line in _entries(stack)]
    yield from sorted([*events, *entries], key=lambda line: line[:8])
    for payment in (payment for stack in world.stacks for payment in stack.payments().values()):
        why = f"{payment.hold.reason}: {payment.hold.detail}" if payment.hold else payment.reason
        yield f"-> {payment.id} {payment.status}, attempt {payment.attempt} {why}"
    yield from (f"-> raised {type(error).__name__}: {error}" for error in world.errors)


def _entries(stack: Stack) -> list[str]:
    rows = sorted(stack.former_audit_rows() + stack.audit_rows(), key=lambda row: (row["pk"], row["sk"]))
    told = {row["id"]: _entry(row["pk"], json.loads(row["text"])) for row in rows if not row["pk"].startswith("SYSTEM")}
    return list(told.values())


def _entry(payment: str, text: dict[str, object]) -> str:
    data = text["data"]
    shown = {k: v for k, v in data.items() if k in _SHOWN} if isinstance(data, dict) else {}
    return f"{str(text['at'])[11:19]}   {payment} {text['kind']} {shown or ''}"


_SHOWN = ("status", "transfer", "problem", "reason", "try", "answer", "head_num", "attempt", "run", "saw", "dead")
