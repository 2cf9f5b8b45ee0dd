"""Faults on demand: what can go wrong between a client and a server, by route."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from simulators.common.http import Request

Kind = Literal["before", "lost", "twice", "late", "status", "truncated", "delay"]


class BadFault(ValueError):
    """A fault's description cannot be used; the message names the field."""


@dataclass
class Fault:
    """One fault. `times` is how often it still strikes, -1 for ever."""

    kind: Kind
    method: str | None = None
    path: re.Pattern[str] | None = None
    status: int = 500
    seconds: float = 0.0
    times: int = 1
    probability: float = 1.0
    dice: random.Random = field(default_factory=lambda: random.Random(0))

    def strikes(self, request: Request) -> bool:
        """Whether this request meets the fault; counts it when it does."""
        if self.times == 0 or not self._matches(request):
            return False
        if self.probability < 1.0 and self.dice.random() >= self.probability:
            return False
        self.times -= 1 if self.times > 0 else 0
        return True

    def _matches(self, request: Request) -> bool:
        if self.method and self.method != request.method:
            return False
        return self.path is None or self.path.search(request.path) is not None


def read_fault(entry: Any) -> Fault:
    """A fault from its JSON form (`docs/simulators.md`). Raises BadFault."""
    if not isinstance(entry, dict):
        raise BadFault("each fault must be an object")
    unknown = set(entry) - {"match", "fault", "status", "seconds", "times", "probability", "seed"}
    if unknown:
        raise BadFault(f"unknown field {min(unknown)!r}")
    if entry.get("fault") not in get_args(Kind):
        raise BadFault(f"'fault' must be one of {', '.join(get_args(Kind))}")
    match = entry.get("match") or {}
    return Fault(
        kind=entry["fault"],
        method=match.get("method"),
        path=_pattern(match.get("path")),
        status=int(entry.get("status", 500)),
        seconds=float(entry.get("seconds", 0)),
        times=int(entry.get("times", 1)),
        probability=float(entry.get("probability", 1)),
        dice=random.Random(entry.get("seed", 0)),
    )


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise BadFault(f"'match.path' is not a regular expression: {error}") from None


class FaultPlan:
    """The faults in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def replace(self, entries: Any) -> None:
        """Put these faults in force instead of all before. Raises BadFault and changes nothing then."""
        if not isinstance(entries, list):
            raise BadFault("the body must be a list of faults")
        self._faults = [read_fault(entry) for entry in entries]

    def strike(self, request: Request) -> Fault | None:
        """The first fault that this request meets."""
        return next((fault for fault in self._faults if fault.strikes(request)), None)
