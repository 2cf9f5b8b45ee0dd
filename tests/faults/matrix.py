"""The once-only matrix: every outside effect of a payment's paths, each met once by every fault that it can meet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from kinetic_wise.payments.life_cycle import Status
from simulators.sample_day import Day
from tests.faults import days
from tests.faults.effects import Effect, Effects, Fault, faults_of
from tests.faults.invariants import broken
from tests.faults.running import Result, measured
from tests.faults.watching import watched
from tests.faults.world import FaultWorld

# Each path and how it ends; what a path shares with the one before is not told again.
PATHS: dict[str, tuple[Day, Status]] = {
    "again": (days.AGAIN, Status.POSTED),
    "returned": (days.RETURNED, Status.FAILED),
}
_SHARED_UNTIL = {"again": "", "returned": "write funded"}


@dataclass(frozen=True)
class Cell:
    """One fault at one effect of one path; `times` in a row: at the next effects of the same name as well."""

    number: int
    path: str
    effect: Effect
    fault: Fault
    times: int = 1

    def __str__(self) -> str:
        row = "" if self.times == 1 else f" {self.times} times in a row"
        return f"cell {self.number} ({self.path} {self.effect}, {self.fault}{row})"


@dataclass
class _Strikes:
    """Strikes as a cell says."""

    cell: Cell
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.cell.times

    def __call__(self, effect: Effect) -> Fault | None:
        aimed = self.cell.effect
        if not self.left or effect.number < aimed.number or effect.name != aimed.name:
            return None
        self.left -= 1
        return self.cell.fault


def recorded(path: str) -> list[Effect]:
    """The effects of a path without faults, those left out that another path shows."""
    world = run(path, Effects())
    found = broken(world)
    if found:
        raise AssertionError(f"path {path} is broken without any fault: {found}")
    names = [effect.name for effect in world.effects.seen]
    shared = _SHARED_UNTIL[path]
    return world.effects.seen[names.index(shared) + 1 if shared else 0 :]


def run(path: str, effects: Effects) -> FaultWorld:
    """Run a path until it rests."""
    world = FaultWorld(PATHS[path][0], effects)
    world.watch = watched
    world.run_to_rest()
    return world


@cache
def cells() -> tuple[Cell, ...]:
    """The whole matrix: first each fault once, then each three times in a row."""
    found = [(path, effect, fault) for path in PATHS for effect in recorded(path) for fault in faults_of(effect)]
    many = [(*where, times) for times in (1, 3) for where in found]
    return tuple(Cell(number, *what) for number, what in enumerate(many))


def once() -> list[Cell]:
    """The once-only matrix."""
    return [cell for cell in cells() if cell.times == 1]


def ended(cell: Cell) -> tuple[FaultWorld, list[str]]:
    """The world after a cell's history, and what is broken in it."""
    world = run(cell.path, Effects(_Strikes(cell)))
    return world, broken(world) + (_unexplained(cell, world) if cell.times == 1 else [])


def _unexplained(cell: Cell, world: FaultWorld) -> list[str]:
    """A fault that strikes once leaves the path's own end: no single fault needs a person."""
    wanted = PATHS[cell.path][1]
    if world.effects.struck != [(cell.effect, cell.fault)]:
        return [f"replay: struck {world.effects.struck}"]
    ends = [payment for payment in world.payments().values() if payment.status is not wanted]
    return [f"explained_end: {p.status} {p.hold.reason + ' ' + p.hold.detail if p.hold else p.reason}" for p in ends]


def verdict(cell: Cell) -> Result:
    """What became of a cell; its text is "" when it is sound."""
    return measured(str(cell), lambda: (ended(cell)[1], Counter({str(cell.fault): 1})))
