"""Many histories at once, in two processes, telling what fails as soon as it fails."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

PROCESSES = 2
_AT_A_TIME = 8
T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """What became of one history. `broken`: "" when it is sound; `seconds`: of one processor."""

    name: str
    broken: str
    seconds: float
    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"{self.name}: {self.broken}" if self.broken else ""


def measured(name: str, run: Callable[[], tuple[list[str], Counter[str]]]) -> Result:
    """Run a history; one that cannot even be run is a finding of its own."""
    begun = time.process_time()
    counts: Counter[str] = Counter()
    try:
        found, counts = run()
    except Exception as error:
        found = [f"crashed: {type(error).__name__}: {error}"]
    return Result(name, "; ".join(found), time.process_time() - begun, counts)


def results(verdict: Callable[[T], Result], wanted: Sequence[T]) -> Iterator[Result]:
    """One result for each, in their order."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        yield from pool.map(verdict, wanted, chunksize=_AT_A_TIME)
