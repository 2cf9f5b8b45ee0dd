"""Outside effects: what a worker does beyond its own process, numbered in the order of a history, and what goes wrong.

An effect's number is the same in every run of a history up to the first fault, so a fault is named by number and kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from simulators.common.http import Request
from tests.support.world import Died


class Kind(StrEnum):
    """Through which door an effect leaves."""

    HTTP = "http"
    DATABASE = "database"
    QUEUE = "queue"
    EXECUTION = "execution"


class Fault(StrEnum):
    """What goes wrong with one effect."""

    BEFORE = "before"  # fails before it takes effect
    LOST = "lost"  # takes effect, the answer is lost
    TWICE = "twice"  # takes effect twice
    REPEATED = "repeated"  # takes effect; the repeat by the SDK, its token forgotten, meets its own condition
    LATE = "late"  # no answer; takes effect after the next look
    SLOW = "slow"  # takes effect, answers after the time-out
    UNAUTHORISED = "401"
    THROTTLED = "429"
    BROKEN = "500"
    TRUNCATED = "truncated"  # takes effect, the body breaks off
    DIES_BEFORE = "dies_before"
    DIES_AFTER = "dies_after"


@dataclass(frozen=True)
class Effect:
    """One effect. `reads`: nothing changes by it."""

    number: int
    kind: Kind
    name: str
    reads: bool = False

    def __str__(self) -> str:
        return f"#{self.number} {self.name}"


_ALL = tuple(fault for fault in Fault if fault is not Fault.REPEATED)
_OF_A_READ = (
    Fault.BEFORE,  # LOST, TWICE and LATE look the same to a reader
    Fault.SLOW,
    Fault.UNAUTHORISED,
    Fault.THROTTLED,
    Fault.BROKEN,
    Fault.TRUNCATED,
    Fault.DIES_AFTER,
)
_OF_THE_DATABASE = (
    Fault.BEFORE,  # expired credentials and a 500 reach the code as the same: an exception, nothing written
    Fault.LOST,  # as SLOW and TRUNCATED
    Fault.TWICE,  # a repeat by the SDK
    Fault.LATE,
    Fault.THROTTLED,
    Fault.DIES_BEFORE,
    Fault.DIES_AFTER,
)
_OF_A_QUEUE = (Fault.BEFORE, Fault.LOST, Fault.TWICE, Fault.LATE, Fault.DIES_BEFORE, Fault.DIES_AFTER)


def faults_of(effect: Effect) -> tuple[Fault, ...]:
    """The faults that can meet an effect, each that looks different to the code once."""
    if effect.kind is Kind.HTTP:
        return _OF_A_READ if effect.reads else _ALL
    if effect.kind is not Kind.DATABASE:
        return _OF_A_QUEUE
    return (*_OF_THE_DATABASE, Fault.REPEATED) if effect.name.startswith("write ") else _OF_THE_DATABASE


class WorkerDied(Exception):
    """What Lambda reports of a worker that died."""


@dataclass
class Worker:
    """One run of one function. Once dead it does nothing any more, not even what its `finally` blocks ask for."""

    name: str
    dead: bool = False

    def die(self) -> None:
        """Raise Died, now and at every later effect."""
        self.dead = True
        raise Died(self.name)


Strike = Callable[[Effect], Fault | None]


@dataclass
class Effects:
    """Numbers the effects of a history and asks `strike` which fault meets each. Quiet until armed."""

    strike: Strike = lambda effect: None
    armed: bool = False
    seen: list[Effect] = field(default_factory=list)
    struck: list[tuple[Effect, Fault]] = field(default_factory=list)

    def meet(self, worker: Worker | None, kind: Kind, name: str, *, reads: bool = False) -> Fault | None:
        """The fault that meets the effect now about to happen. Raises Died where the worker dies before it."""
        if worker is not None and worker.dead:
            worker.die()
        if not self.armed or worker is None:
            return None
        effect = Effect(len(self.seen), kind, name, reads)
        self.seen.append(effect)
        fault = self.strike(effect)
        if fault is not None:
            self.struck.append((effect, fault))
        if fault is Fault.DIES_BEFORE:
            worker.die()
        return fault


def http_name(system: str, request: Request) -> str:
    """`epicor POST PaymentEntrySvc/Update`: the last two parts of the path, numbers left out."""
    parts = [part for part in request.path.split("/") if part and not part.isdigit()]
    return f"{system} {request.method} {'/'.join(parts[-2:])}"


_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})


def database_name(operation: str, params: dict[str, Any]) -> str | None:
    """What a database call writes, such as `write intent.fund`; None for a read."""
    if operation not in _WRITES:
        return None
    if operation != "TransactWriteItems":
        key = params.get("Item") or params["Key"]
        return f"{operation} {key['pk']['S'].split('#')[0]}"
    puts = [item["Put"]["Item"] for item in params["TransactItems"] if "Put" in item]
    kinds = [item["kind"]["S"] for item in puts if "kind" in item]
    return f"write {'+'.join(kinds) or puts[0]['pk']['S'].split('#')[0]}"
