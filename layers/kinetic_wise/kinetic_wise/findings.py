"""What a look at one of the two systems found, in plain words."""

from __future__ import annotations

from enum import Enum

from kinetic_wise.payments.record import Record


class Verdict(Enum):
    """What a finding means for paying."""

    OK = "ok"
    WARNING = "warning"  # it works, and may surprise
    FAULT = "fault"  # it will not work
    UNKNOWN = "unknown"  # no read can tell


class Finding(Record):
    """One thing looked at: its name, what was found, and what to do about it. `company` "" is the whole site."""

    check: str
    verdict: Verdict
    text: str
    remedy: str = ""
    company: str = ""


def ok(check: str, text: str) -> Finding:
    """It works."""
    return Finding(check=check, verdict=Verdict.OK, text=text)


def warning(check: str, text: str, remedy: str) -> Finding:
    """It works, and may surprise."""
    return Finding(check=check, verdict=Verdict.WARNING, text=text, remedy=remedy)


def fault(check: str, text: str, remedy: str) -> Finding:
    """It will not work."""
    return Finding(check=check, verdict=Verdict.FAULT, text=text, remedy=remedy)


def unknown(check: str, text: str, remedy: str = "") -> Finding:
    """No read can tell."""
    return Finding(check=check, verdict=Verdict.UNKNOWN, text=text, remedy=remedy)
