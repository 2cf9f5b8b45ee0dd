"""The simulator's clock and the agenda of what happens later."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count


def _system_time() -> datetime:
    return datetime.now(UTC)


class Clock:
    """UTC time that can be moved forward; `source` is the time it follows."""

    def __init__(self, source: Callable[[], datetime] = _system_time) -> None:
        self._source = source
        self._offset = timedelta()

    def now(self) -> datetime:
        """The simulator's time, aware, UTC."""
        return self._source() + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move this simulator's time by `seconds` and answer the new time."""
        self._offset += timedelta(seconds=seconds)
        return self.now()


class Agenda:
    """What the simulated system does by itself later, in order of time."""

    def __init__(self, clock: Clock, time_scale: float = 1.0) -> None:
        self._clock = clock
        self._time_scale = time_scale
        self._order = count()
        self._entries: list[tuple[datetime, int, Callable[[], None]]] = []

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` in `seconds` of the real system's time, times the time scale."""
        due = self._clock.now() + timedelta(seconds=seconds * self._time_scale)
        heapq.heappush(self._entries, (due, next(self._order), action))

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Run `action` at a moment of the simulator's clock, whatever the time scale."""
        heapq.heappush(self._entries, (when, next(self._order), action))

    def run_due(self) -> None:
        """Run what is due by now. The caller holds the simulator's lock."""
        while self._entries and self._entries[0][0] <= self._clock.now():
            heapq.heappop(self._entries)[2]()

    def next_due(self) -> datetime | None:
        """When the next action is due."""
        return self._entries[0][0] if self._entries else None
