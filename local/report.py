"""`.local/report.json` (design section 8) and the exit code."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.accounts import Account
from local.options import Options
from local.stop import Stop

DONE, ERROR, STILL_OPEN = 0, 1, 2

# All figures, in the order of the file. None: not known, or not ours to read.
_FIGURES = (
    "invoices paid held failed returned closed rejected not_eligible open lost paid_twice posted_in_epicor"
    " transfers_funded seconds aws_calls http_calls"
).split()
_SOMETIMES = ("people", "events", "masking")


@dataclass
class Report:
    """What is written at the end of every run."""

    figures: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    def fail(self, error: BaseException) -> None:
        """Note why the run did not come to its end."""
        if isinstance(error, Stop):
            self.error = error.message
        elif isinstance(error, KeyboardInterrupt):
            self.error = "interrupted"
        else:
            self.error = f"{type(error).__name__}: {error}"

    def write(self, path: Path) -> None:
        """Write the file whole, or leave the one before."""
        told: dict[str, Any] = {name: self.figures.get(name) for name in _FIGURES}
        told |= {name: self.figures[name] for name in _SOMETIMES if name in self.figures}
        if self.error:
            told["error"] = self.error
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(path)


def problem(day: Account, options: Options, noon: Account | None = None) -> str:
    """What is wrong with how the day ended, or stood at its first rest, in a sentence; empty when nothing is."""
    if day.lost or day.paid_twice:
        return f"{day.lost or 0} invoices lost, {day.paid_twice or 0} paid twice"
    if options.all_ours and day.differences:
        return f"{len(day.differences)} invoices did not end as their sample says"
    if noon is not None and noon.differences:
        return f"{len(noon.differences)} invoices did not stand as their sample says before people came"
    return ""


def exit_code(day: Account, options: Options, *, settled: bool) -> int:
    """0 as it should be, 2 something still open at systems that were given, 1 an error (design section 8)."""
    if problem(day, options):
        return ERROR
    if options.all_ours:
        return DONE if settled else ERROR
    return STILL_OPEN if day.open or not settled else DONE
