"""The once-only matrix of a batch: each effect of closing, paying or cancelling three members, met by each fault.

`python -m tests.faults.batches` runs all of it; the suite the cells at calls to Wise and at the writes around them.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from tests.faults import days
from tests.faults.effects import Effect, Effects, Fault, Kind, faults_of
from tests.faults.invariants import broken
from tests.faults.running import Result, measured, results
from tests.faults.watching import watched
from tests.faults.world import FaultWorld
from tests.support.acts import people_in_epicor

# Three invoices, all paid from one balance.
DAY = replace(days.day_of("4500018", "TF-20931", "2026-1107"), balances={"EUR": Decimal(1_000_000)})
_SETTINGS = Settings(funding="batch", epicor_slot_wait=2.0)
_HOUR = 3600.0
_APPROVES_AFTER = (2, 5, 8, 12)  # hours
_HELD_AFTER = 60.0  # seconds: all have joined, none has passed the gate
# What a payment does without a batch as well, the matrix of single payments has met.
_OF_A_BATCH = re.compile(
    r"batch|group|BATCH|LEASE|clos(ed|ing)|passed_gate|awaiting_approval|funding_|handed_over"
    r"|intent\.create_transfer|transfer_created|[0-9a-f-]{36}/(transfers|payments)|intent\.cancel|next_attempt"
)
_AROUND_THE_CALLS = (Fault.BEFORE, Fault.LOST, Fault.DIES_BEFORE, Fault.DIES_AFTER)


class Path(StrEnum):
    """What becomes of the batch when nothing goes wrong with its calls."""

    FUNDED = "funded"  # by one call
    APPROVED = "approved"  # by a person
    CANCELLED = "cancelled"  # one member fails the gate; the others are approved in the next one


@dataclass(frozen=True)
class Cell:
    """One fault at one effect of a path."""

    path: Path
    effect: Effect
    fault: Fault

    def __str__(self) -> str:
        return f"batch {self.path} {self.effect}, {self.fault}"

    def strike(self, effect: Effect) -> Fault | None:
        """The fault, when its effect comes."""
        same = effect.number == self.effect.number and effect.name == self.effect.name
        return self.fault if same else None


def run(effects: Effects, path: Path) -> FaultWorld:
    """Let three invoices be paid in a batch until all rests; a person approves what waits now and then."""
    world = FaultWorld(DAY, effects, _SETTINGS, sca_region=path is not Path.FUNDED)
    world.watch, world.waits = watched, frozenset()
    if path is Path.CANCELLED:
        world.later(_HELD_AFTER, lambda: _hold_one(world))
    for hours in _APPROVES_AFTER:
        world.later(hours * _HOUR, lambda: _approve(world))
    world.run_to_rest(days=1.0)
    return world


def _hold_one(world: FaultWorld) -> None:
    invoice = DAY.invoices[0]
    people_in_epicor(world, "set_hold", invoice, invoice_num=invoice.invoice_num)


def _approve(world: FaultWorld) -> None:
    for batch in world.wise.state()["batches"]:
        if batch["status"] == "COMPLETED" and not batch["paid"]:
            body = dump_json({"act": "fund_batch", "batch": batch["id"]}).encode()
            world.wise.handle(Request("POST", "/_sim/people", body=body))  # refused where one of them cannot be paid


def _recorded(path: Path) -> list[Effect]:
    world = run(Effects(), path)
    found = ended(world, path)
    if found:
        raise AssertionError(f"a batch is broken without any fault: {found}")
    return [effect for effect in world.effects.seen if _OF_A_BATCH.search(effect.name)]


@cache
def cells() -> tuple[Cell, ...]:
    """The whole matrix."""
    found = [(path, effect) for path in Path for effect in _recorded(path)]
    return tuple(Cell(path, effect, fault) for path, effect in found for fault in faults_of(effect))


def first_of_each() -> list[Cell]:
    """The faults around each kind of effect, where it comes first."""
    seen: dict[tuple[Path, str, Fault], Cell] = {}
    for cell in cells():
        if cell.fault in _AROUND_THE_CALLS and not cell.effect.reads and cell.effect.kind is not Kind.QUEUE:
            seen.setdefault((cell.path, _name(cell.effect), cell.fault), cell)
    return list(seen.values())


def _name(effect: Effect) -> str:
    """What it is, whichever group it is about."""
    return re.sub(r"[0-9a-f-]{36}", "id", effect.name)


def at_call(path: Path, call: str, fault: Fault) -> Cell:
    """A fault at a path's first call to Wise of this name."""
    return next(each for each in first_of_each() if (each.path, _name(each.effect), each.fault) == (path, call, fault))


def ended(world: FaultWorld, path: Path) -> list[str]:
    """What is broken at the end; whatever one fault did, all that may be paid is paid once."""
    held = DAY.invoices[0].invoice_num if path is Path.CANCELLED else ""
    wrong = [payment for payment in world.payments().values() if not _is_right(payment, held)]
    unpaid = [f"end: {p.status} {p.hold.reason + ' ' + p.hold.detail if p.hold else p.reason}" for p in wrong]
    found = [each for each in broken(world) if not _is_of_single_payments(each)]
    return found + unpaid + list(_unannounced(world))


def _is_right(payment: Payment, held: str) -> bool:
    if payment.invoice.invoice_num == held:
        return payment.status is Status.HELD and payment.hold is not None and payment.hold.reason == "on_payment_hold"
    return payment.status is Status.POSTED


def _is_of_single_payments(found: str) -> bool:
    """Members are funded by their batch's intent, or by a person; `_unannounced` looks at that."""
    return found.startswith("announced: ") and "entries intent.fund," in found


def _unannounced(world: FaultWorld) -> Iterator[str]:
    """No member has money that did not pass the gate, no group is closed without an intent (rules 3 and 9)."""
    kinds = Counter((row["pk"], row["kind"]) for row in world.main.audit_rows())
    for payment in world.payments().values():
        if payment.status is Status.POSTED and not kinds[payment.id, "passed_gate"]:
            yield f"unannounced: {payment.id} was paid without passing the gate"
    closed = sum(count for (_, kind), count in kinds.items() if kind == "intent.complete_group")
    groups = [batch for batch in world.wise.state()["batches"] if batch["status"] == "COMPLETED"]
    if closed < len(groups):
        yield f"unannounced: {len(groups)} groups closed, {closed} announced"


def verdict(cell: Cell) -> Result:
    """What became of a cell; its text is "" when it is sound."""

    def tried() -> tuple[list[str], Counter[str]]:
        return ended(run(Effects(cell.strike), cell.path), cell.path), Counter({str(cell.fault): 1})

    return measured(str(cell), tried)


def main() -> int:
    """Run the whole matrix; the exit code."""
    bad = 0
    for result in results(verdict, cells()):
        if result.broken:
            bad += 1
            print(result, flush=True)
    print(f"{len(cells())} cells, {bad} broken")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
