"""What a reason's code means and what to do, as docs/holds.md says it; what to do where a status itself asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kinetic_wise.payments.life_cycle import Status

_PAGE = Path(__file__).with_name("holds.md")  # a link to docs/holds.md, which the build follows
_CODE = re.compile(r"`(\w+)`")
_ASKED = {
    Status.UNKNOWN: "it is looked at again by itself; look in Wise and in Epicor, and pay nothing by hand before",
    Status.AWAITING_APPROVAL: "approve the transfer in Wise",
    Status.REFUND_UNKNOWN: "where Wise does not tell within a day how much came back, read it there and tell it: "
    "`kinetic-wise payment refund`",
}


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


def what_to_do(status: Status, code: str) -> str:
    """What a person is to do about a payment in a status, for a reason (empty: none); empty when nothing."""
    return _ASKED.get(status) or (reason(code).remedy if code else "")
