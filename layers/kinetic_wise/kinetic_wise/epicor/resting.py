"""A rest after Epicor had no room: the licence that a call did not get is not asked for again at once (2.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kinetic_wise.transport import NotArrived


@dataclass
class Resting:
    """Permits of one worker: none while it rests. Its calls count as not arrived meanwhile, and cost nothing."""

    now: Callable[[], datetime]
    _until: datetime | None = field(default=None, init=False)

    def take(self) -> None:
        """Raises NotArrived while the rest lasts."""
        if self._until is None:
            return
        left = (self._until - self.now()).total_seconds()
        if left > 0:
            raise NotArrived(f"Epicor had no room: {left:.0f} s are left to rest", code="resting", retry_after=left)
        self._until = None

    def rest(self, seconds: float | None) -> None:
        """Epicor had no licence, or too many calls; it may say for how long."""
        if seconds:
            self._until = self.now() + timedelta(seconds=seconds)
