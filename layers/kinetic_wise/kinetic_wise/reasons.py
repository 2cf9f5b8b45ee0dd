"""What a reason's code means and what to do, as docs/holds.md says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PAGE = Path(__file__).with_name("holds.md")  # a link to docs/holds.md, which the build follows
_CODE = re.compile(r"`(\w+)`")


@dataclass(frozen=True)
class Reason:
    """A row of the page."""

    meaning: str
    remedy: str = ""


@cache
def reasons() -> dict[str, Reason]:
    """Every code of the page."""
    found: dict[str, Reason] = {}
    for line in _PAGE.read_text(encoding="utf-8").splitlines():
        codes, *texts = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and texts:
            found |= dict.fromkeys(_CODE.findall(codes), Reason(*texts[:2]))
    return found


def reason(code: str) -> Reason:
    """A code's row; an unknown code means itself."""
    return reasons().get(code, Reason(code.replace("_", " ")))
