"""Runs of the whole connector take turns: a checkout has one at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

_LOCK = Path(__file__).parents[2] / ".local" / "e2e.lock"


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Wait until no other test of this checkout runs the connector."""
    _LOCK.parent.mkdir(exist_ok=True)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
