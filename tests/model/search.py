"""Breadth-first search through every state that can be reached; the shortest way to a broken invariant, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.model import others, protocol
from tests.model.invariants import broken, rests
from tests.model.moves import Move, Turn
from tests.model.rules import RESTS, Rules
from tests.model.simpler import simplest
from tests.model.state import Bounds, State


@dataclass(frozen=True)
class Found:
    """What a search found: how many states, and a broken invariant with the shortest history that leads there."""

    states: int
    invariant: str = ""
    history: tuple[str, ...] = ()
    rested_as: frozenset[str] = frozenset()  # the statuses in which the payment came to rest

    def told(self) -> str:
        """The outcome, and the history a line a step."""
        lines = [f"{number:3}. {step}" for number, step in enumerate(self.history, 1)]
        return "\n".join([f"{self.invariant or 'No bad state, and rest is reachable'}: {self.states:,} states", *lines])


def search(rules: Rules, bounds: Bounds, sought: str = "") -> Found:
    """Visit every state; stop at the first that breaks the invariant sought, or any when none is named."""
    start, stale = bounds.start, bounds.stale or not rules.version
    found = {start: 0}  # state -> where it stands in the order of discovery
    order = [start]
    came_from = [(0, "")]
    helped_back: list[list[int]] = [[]]  # who reaches a state without a person's help
    for position, state in enumerate(order):
        for move in successors(state, rules):
            after = simplest(move.after, rules, stale=stale)
            known = found.get(after)
            if known is None:
                known = found[after] = len(order)
                order.append(after)
                came_from.append((position, move.told))
                helped_back.append([])
                bad = broken(after, rules)
                if bad and bad == (sought or bad):
                    return Found(len(order), bad, _history(came_from, known))
            if not move.told.startswith(others.PERSON):
                helped_back[known].append(position)
    at_rest = [position for position, state in enumerate(order) if rests(state, rules)]
    stuck = _restless(at_rest, helped_back)
    if stuck is not None:
        return Found(len(order), RESTS, _history(came_from, stuck))
    return Found(len(order), rested_as=frozenset(order[position].ledger.status for position in at_rest))


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


def _restless(at_rest: list[int], reached_from: list[list[int]]) -> int | None:
    """The first state from which no way leads to rest unless a person helps."""
    waiting = list(at_rest)
    calm = bytearray(len(reached_from))
    for position in waiting:
        calm[position] = 1
    while waiting:
        for before in reached_from[waiting.pop()]:
            if not calm[before]:
                calm[before] = 1
                waiting.append(before)
    restless = calm.find(0)
    return restless if restless >= 0 else None
