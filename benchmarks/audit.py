"""Verifying many entries of the audit trail, chains and seals: time, and peak of what Python allocates meanwhile.

The database is MiniStack's, in this process: its rows are there before anything is measured. Time and memory are
measured in runs of their own, since counting allocations slows a run down.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.audit import Head, chain
from kinetic_wise.ledger.items import to_item
from kinetic_wise.ledger.seals import seal, verify_seals
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.ledger.verify import verify
from kinetic_wise.transport import Exchange
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, InProcessDynamoDb, in_process_dynamodb
from tests.support.evidence import MemoryEvidence

SIZES = (1_000, 10_000)
_ENTRIES = 20  # a payment has
_NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
_BODY = "x" * 1_000  # a usual exchange, masked and cut


@dataclass(frozen=True)
class Measured:
    """What verifying took."""

    entries: int
    chains: int
    seconds: float
    peak_megabytes: float


def fill(database: InProcessDynamoDb, entries: int) -> None:
    """Payments with their chains and heads."""
    exchange = Exchange("wise", "GET", "https://wise.test/v1/transfers/1", _NOW, 0.1, 200, "", _BODY, "trace")
    for number in range(entries // _ENTRIES):
        name, head = f"EPIC01:1:INV-{number}:1", Head()
        for entry in range(_ENTRIES):
            item, head = chain(name, head, Entry("step", {"number": entry}, [exchange]), _NOW, f"{number}/{entry}")
            database.client.put_item(TableName=AUDIT, Item=to_item(item))
        state = {"pk": name, "sk": "STATE", "status": "posted", "updated_at": _NOW.isoformat(timespec="microseconds")}
        kept = {"audit_count": head.count, "audit_head": head.hash}
        database.client.put_item(TableName=PAYMENTS, Item=to_item({**state, **kept}))


def measure(entries: int) -> Measured:
    """Verify so many entries and their seal."""
    with in_process_dynamodb() as database:
        fill(database, entries)
        trail, evidence = Trail(database.client, PAYMENTS, AUDIT, CONNECTOR), MemoryEvidence()
        seal(trail, evidence, _NOW)
        chains, seconds = _timed(lambda: _look(trail, evidence, entries))
        tracemalloc.start()
        _look(trail, evidence, entries)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    return Measured(entries, chains, round(seconds, 1), round(peak, 1))


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    started = time.monotonic()
    return work(), time.monotonic() - started


def _look(trail: Trail, evidence: MemoryEvidence, entries: int) -> int:
    chains = seen = 0
    for verified in verify(trail):
        chains, seen = chains + 1, seen + verified.entries
        if verified.findings:
            raise AssertionError(verified.findings)
    for checked in verify_seals(trail, evidence):
        if checked.findings:
            raise AssertionError(checked.findings)
    if seen != entries:
        raise AssertionError(f"{seen} of {entries} entries were looked at")
    return chains


def main() -> None:
    """Print a table, and how memory grows from the small number to the large one."""
    print(" entries    chains   seconds  peak MB")
    found = []
    for size in SIZES:
        one = measure(size)
        found.append(one)
        print(f"{one.entries:>8}{one.chains:>10}{one.seconds:>10.1f}{one.peak_megabytes:>9.1f}", flush=True)
    small, large = found
    times = large.peak_megabytes / small.peak_megabytes
    print(f"{large.entries // small.entries} times as many entries: {times:.2f} times the memory")


if __name__ == "__main__":
    main()
