"""What a fault run tells: lines as it goes, a summary at the end, and all of it in `.local/faults.json`."""

from __future__ import annotations

import json
import os
import platform
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.running import PROCESSES, Result

FILE = Path(__file__).parents[2] / ".local" / "faults.json"
_PROGRESS_EVERY = 20.0  # seconds
_CROSSED = "cancels that crossed ours"


@dataclass
class Part:
    """One kind of history: how many there are to be, and what became of those that ran."""

    name: str
    wanted: int
    first: int = 0
    ran: int = 0
    broken: list[str] = field(default_factory=list)
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, result: Result) -> None:
        """Count one more."""
        self.ran += 1
        self.cpu_seconds += result.seconds
        self.counts += result.counts
        if result.broken:
            self.broken.append(str(result))

    @property
    def each(self) -> float:
        """Seconds of one processor for one history."""
        return self.cpu_seconds / max(self.ran, 1)

    def __str__(self) -> str:
        return (
            f"{self.ran} {self.name}: {len(self.broken)} broken, {self.seconds:.0f} s, "
            f"{self.each:.2f} s of a processor each"
        )


@dataclass
class Report:
    """The run as far as it got; the file is written anew at every sign of progress."""

    file: Path = FILE
    parts: list[Part] = field(default_factory=list)

    def follow(self, part: Part, results: Iterable[Result]) -> None:
        """Take results as they come, telling what breaks at once and how far it is now and then."""
        self.parts.append(part)
        begun = told = time.monotonic()
        for result in results:
            part.take(result)
            now = time.monotonic()
            part.seconds = now - begun
            if result.broken:
                print(result, flush=True)
            if now >= told + _PROGRESS_EVERY:
                told = now
                print(f"  {part.ran} of {part.wanted} {part.name}, {len(part.broken)} broken, {now - begun:.0f} s")
                self.write()
        self.write()

    def write(self) -> None:
        """Write the file."""
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(json.dumps(self.as_dict(), indent=1) + "\n")

    def as_dict(self) -> dict[str, Any]:
        """For the file."""
        parts = {
            part.name: {
                "wanted": part.wanted,
                "first": part.first,
                "ran": part.ran,
                "broken": part.broken,
                "seconds": round(part.seconds, 1),
                "cpu_seconds_each": round(part.each, 3),
                "counts": dict(sorted(part.counts.items())),
            }
            for part in self.parts
        }
        return {"machine": machine(), **parts}

    @property
    def is_sound(self) -> bool:
        """Whether everything ran and nothing is broken."""
        return all(part.ran == part.wanted and not part.broken for part in self.parts)

    def summary(self) -> Iterable[str]:
        """The last lines of a run."""
        counts: Counter[str] = sum((part.counts for part in self.parts), Counter())
        yield from (f"  {name}: {times}" for name, times in sorted(counts.items()))
        yield from map(str, self.parts)
        yield f"people's cancels between our look and our own cancel, answered by the next attempt: {counts[_CROSSED]}"
        yield f"on {machine()}; results in {self.file.parent.name}/{self.file.name}"


def machine() -> str:
    """What it ran on."""
    info = Path("/proc/cpuinfo")  # where there is one
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{PROCESSES} processes on {os.cpu_count()} cores, {model}, Python {platform.python_version()}"
