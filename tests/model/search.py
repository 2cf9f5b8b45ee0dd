"""Breadth-first search through every state that can be reached; the shortest way to a broken invariant, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.model import others, protocol
from tests.model.invariants import broken, rests
from tests.model.moves import Move, Turn
from tests.model.rules import RESTS, Rules
from tests.model.state import Bounds, State, simplest, without_stale


@dataclass(frozen=True)
class Found:
    """What a search found: how many states, and a broken invariant with the shortest history that leads there."""

    states: int
    invariant: str = ""
    history: tuple[str, ...] = ()
    last: State | None = None

    def told(self) -> str:
        """The counterexample, a line a step."""
        lines = [f"{number:3}. {step}" for number, step in enumerate(self.history, 1)]
        return "\n".join([f"{self.invariant or 'no bad state'} ({self.states} states)", *lines, str(self.last or "")])


class TooMany(Exception):
    """The search met more states than it was given room for."""


def search(rules: Rules, bounds: Bounds, sought: str = "", most: int = 4_000_000) -> Found:
    """Visit every state; stop at one that breaks the invariant sought, or any when none is named. Raises TooMany."""
    start, stale = bounds.start, bounds.stale or not rules.version
    found = {start: 0}  # state -> where it stands in the order of discovery
    order = [start]
    came_from = [(0, "")]
    helped_back: list[list[int]] = [[]]  # who reaches a state without a person's help
    for position, state in enumerate(order):
        for move in successors(state, rules):
            after = simplest(move.after if stale else without_stale(move.after))
            known = found.get(after)
            if known is None:
                known = found[after] = len(order)
                order.append(after)
                came_from.append((position, move.told))
                helped_back.append([])
                bad = broken(after, rules)
                if bad and bad == (sought or bad):
                    return Found(len(order), bad, _history(came_from, known), after)
                if len(order) > most:
                    raise TooMany(f"more than {most} states")
            if not move.told.startswith(others.PERSON):
                helped_back[known].append(position)
    stuck = _restless(order, helped_back, rules)
    if stuck is not None:
        return Found(len(order), RESTS, _history(came_from, stuck), order[stuck])
    return Found(len(order))


def successors(state: State, rules: Rules) -> Iterator[Move]:
    """Everything that may happen next."""
    yield from others.moves(state)
    before: object = None
    for index, worker in enumerate(state.workers):
        if worker != before:  # of two alike one is enough
            yield from protocol.moves(Turn(state, index, rules))
        before = worker


def _history(came_from: list[tuple[int, str]], position: int) -> tuple[str, ...]:
    steps: list[str] = []
    while position:
        position, told = came_from[position]
        steps.append(told)
    return tuple(reversed(steps))


def _restless(order: list[State], reached_from: list[list[int]], rules: Rules) -> int | None:
    """The first state from which no way leads to rest unless a person helps."""
    waiting = [position for position, state in enumerate(order) if rests(state, rules)]
    calm = bytearray(len(order))
    for position in waiting:
        calm[position] = 1
    while waiting:
        for before in reached_from[waiting.pop()]:
            if not calm[before]:
                calm[before] = 1
                waiting.append(before)
    restless = calm.find(0)
    return restless if restless >= 0 else None
