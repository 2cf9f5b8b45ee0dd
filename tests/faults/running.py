"""Many histories at once, in two processes, telling what fails as soon as it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

_PROCESSES = 2
_AT_A_TIME = 8
T = TypeVar("T")


def failing(verdict: Callable[[T], str], wanted: Sequence[T]) -> Iterator[str]:
    """One line for each that fails, in their order."""
    with ProcessPoolExecutor(_PROCESSES) as pool:
        yield from filter(None, pool.map(verdict, wanted, chunksize=_AT_A_TIME))
