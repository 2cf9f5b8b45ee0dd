"""Verifying many entries of the audit trail, chains, long bodies and seals: time, and the peak that Python allocates.

The database is MiniStack's, in this process: its rows are there before anything is measured. Time and memory are
measured in runs of their own, since counting allocations slows a run down.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.audit import Head, chain, keep_long_bodies
from kinetic_wise.ledger.items import to_item
from kinetic_wise.ledger.seals import seal, verify_seals
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.ledger.verify import Bodies, verify
from kinetic_wise.transport import Exchange
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, InProcessDynamoDb, in_process_dynamodb
from tests.support.evidence import MemoryEvidence

SIZES = (1_000, 10_000)
_ENTRIES = 20  # a payment has
_NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
_BODY = "x" * 1_000  # a usual exchange, masked and cut
_LONG = 20_000  # characters of the one body of a payment that lies beside its entry


@dataclass(frozen=True)
class Measured:
    """What verifying took."""

    entries: int
    chains: int
    bodies: int
    seconds: float
    peak_megabytes: float


def fill(database: InProcessDynamoDb, evidence: MemoryEvidence, entries: int) -> None:
    """Payments with their chains and heads, and one long body each."""
    exchange = Exchange("wise", "GET", "https://wise.test/v1/transfers/1", _NOW, 0.1, 200, "", _BODY, "trace")
    for number in range(entries // _ENTRIES):
        name, head = f"EPIC01:1:INV-{number}:1", Head()
        for step in range(_ENTRIES):
            told = exchange if step else replace(exchange, response=str(number).zfill(_LONG))
            entry = Entry("step", {"number": step}, [told])
            keep_long_bodies(entry, evidence.keep_body)
            item, head = chain(name, head, entry, _NOW, f"{number}/{step}")
            database.client.put_item(TableName=AUDIT, Item=to_item(item))
        state = {"pk": name, "sk": "STATE", "status": "posted", "updated_at": _NOW.isoformat(timespec="microseconds")}
        kept = {"audit_count": head.count, "audit_head": head.hash}
        database.client.put_item(TableName=PAYMENTS, Item=to_item({**state, **kept}))


def measure(entries: int) -> Measured:
    """Verify so many entries and their seal."""
    with in_process_dynamodb() as database:
        trail, evidence = Trail(database.client, PAYMENTS, AUDIT, CONNECTOR), MemoryEvidence()
        fill(database, evidence, entries)
        seal(trail, evidence, _NOW)
        (chains, bodies), seconds = _timed(lambda: _look(trail, evidence, entries))
        tracemalloc.start()
        _look(trail, evidence, entries)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    return Measured(entries, chains, bodies, round(seconds, 1), round(peak, 1))


def _timed(work: Callable[[], tuple[int, int]]) -> tuple[tuple[int, int], float]:
    started = time.monotonic()
    return work(), time.monotonic() - started


def _look(trail: Trail, evidence: MemoryEvidence, entries: int) -> tuple[int, int]:
    chains = bodies = seen = 0
    for verified in verify(trail, Bodies(evidence)):
        chains, bodies, seen = chains + 1, bodies + verified.bodies, seen + verified.entries
        if verified.findings:
            raise AssertionError(verified.findings)
    for checked in verify_seals(trail, evidence):
        if checked.findings:
            raise AssertionError(checked.findings)
    if seen != entries:
        raise AssertionError(f"{seen} of {entries} entries were looked at")
    return chains, bodies


def main() -> None:
    """Print a table, and how memory grows from the small number to the large one."""
    print(" entries    chains    bodies   seconds  peak MB")
    found = []
    for size in SIZES:
        one = measure(size)
        found.append(one)
        counts = f"{one.entries:>8}{one.chains:>10}{one.bodies:>10}"
        print(f"{counts}{one.seconds:>10.1f}{one.peak_megabytes:>9.1f}", flush=True)
    small, large = found
    times = large.peak_megabytes / small.peak_megabytes
    print(f"{large.entries // small.entries} times as many entries: {times:.2f} times the memory")


if __name__ == "__main__":
    main()
