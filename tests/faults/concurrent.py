"""Workers at the same time: one greenlet each, switched at every effect by a seeded scheduler.

Time passes in small steps while they work. Now and then one stalls, some so long that its function is ended, or begins
so late that the state machine gives its step up while it works, or before: then two workers are at one step.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # comes without types

from kinetic_wise.settings import Settings
from simulators.sample_day import Day
from tests.faults.effects import Effects, Worker, WorkerDied
from tests.faults.limits import life, patience
from tests.faults.stack import Done, Function, Stack
from tests.faults.world import FaultWorld, outcome_of

_STEP = 0.2  # seconds: the longest that passes between two effects as a rule
_LIFE, _PATIENCE = life("step fund"), patience("step fund") or 0.0
_STALLS = (3.0, 20.0, 0.6 * _LIFE, _PATIENCE - 3.0, _PATIENCE + 20.0)  # the last two end a step that has begun
_STALL_CHANCE = 0.004


@dataclass
class _Running:
    worker: Worker
    greenlet: greenlet
    wakes: datetime
    ends: datetime | None = None  # when its function is ended; known once it has begun


class ConcurrentWorld(FaultWorld):
    """A world in which functions interleave as `dice` will have it."""

    def __init__(
        self, day: Day, dice: random.Random, effects: Effects, settings: Settings, *, sca_region: bool = False
    ) -> None:
        self.dice = dice
        self._hub = getcurrent()
        self._running: list[_Running] = []
        super().__init__(day, effects, settings, sca_region=sca_region)

    # --- workers -------------------------------------------------------------------------------------------------

    def spawn(self, name: str, function: Function, done: Done, stack: Stack | None = None) -> None:
        """Begin a function in a greenlet; a step that outlasts the patience of the state machine goes on alone."""
        home = stack or self.main
        deps, function = home.lend(), self.fit(name, function, home)
        told = _once(done)

        def work() -> None:
            error = outcome_of(function, deps, name)
            if not worker.dead:
                home.take_back(deps)
            self.later(0, lambda: told(error))

        worker = Worker(name)
        self._running.append(_Running(worker, greenlet(work, self._hub), self.time))
        given_up_after = patience(name)
        if given_up_after is not None:
            self.later(given_up_after, lambda: told(WorkerDied(f"{name} timed out")))

    def pause(self) -> None:
        """Let others work."""
        self._yield(self.dice.uniform(0, _STEP))

    def sleep(self, seconds: float) -> None:
        """Others work while this one sleeps."""
        if getcurrent() is self._hub:
            super().sleep(seconds)
        else:
            self._yield(seconds)

    def _yield(self, seconds: float) -> None:
        if getcurrent() is self._hub:
            return
        if self.dice.random() < _STALL_CHANCE:
            seconds += self.dice.choice(_STALLS)
        self._hub.switch(seconds)

    # --- the scheduler -------------------------------------------------------------------------------------------

    def _step(self, end: datetime) -> bool:
        ready = [one for one in self._running if one.wakes <= self.time]
        if ready and not (self._is_due() and self.dice.random() < 0.3):
            self._go_on(self.dice.choice(ready))
            return True
        soonest = min((one.wakes for one in self._running), default=None)
        if soonest is not None and not self._is_due() and not self._due_before(soonest):
            if soonest > end:
                return False
            self.time = max(self.time, soonest)
            self._tick()
            return True
        return super()._step(end)

    def _is_due(self) -> bool:
        return bool(self._due) and self._due[0][0] <= self.time

    def _due_before(self, moment: datetime) -> bool:
        dues = [self._due[0][0]] if self._due else []
        dues += [due for due in (self.epicor.agenda.next_due(), self.wise.agenda.next_due()) if due is not None]
        return bool(dues) and min(dues) < moment

    def _go_on(self, one: _Running) -> None:
        if one.ends is not None and self.time >= one.ends:
            one.worker.dead = True
        self.worker = one.worker
        seconds: Any = one.greenlet.switch()
        self.worker = None
        if one.greenlet.dead:
            self._running.remove(one)
        else:
            self._let_sleep(one, seconds)

    def _let_sleep(self, one: _Running, seconds: float) -> None:
        """It goes on then, or when its function is ended. What comes before its first effect is a late start."""
        wakes = self.time + timedelta(seconds=seconds)
        if one.ends is None:
            one.ends = wakes + timedelta(seconds=life(one.worker.name))
        one.wakes = min(wakes, one.ends)

    def at_rest(self) -> bool:
        """Whether nobody works, and nothing else moves either."""
        return not self._running and super().at_rest()


def _once(done: Done) -> Done:
    told: list[bool] = []

    def tell(error: Exception | None) -> None:
        if not told:
            told.append(True)
            done(error)

    return tell
