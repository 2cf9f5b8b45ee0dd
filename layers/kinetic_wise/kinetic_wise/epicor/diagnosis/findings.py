"""What a look at a site found, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from kinetic_wise.payments.model import Record
from kinetic_wise.transport import RemoteError


class Verdict(Enum):
    """What a finding means for paying."""

    OK = "ok"
    WARNING = "warning"  # it works, and may surprise
    FAULT = "fault"  # it will not work
    UNKNOWN = "unknown"  # no read can tell


class Finding(Record):
    """One thing looked at: what it is called, what was found, what to do about it. `company` "" is the whole site."""

    check: str
    verdict: Verdict
    text: str
    remedy: str = ""
    company: str = ""


class Diagnosis(Record):
    """All findings, and the settings that fit this site, by their names (docs/epicor.md)."""

    findings: tuple[Finding, ...]
    proposal: Mapping[str, object]

    @property
    def works(self) -> bool:
        """Whether nothing was found that stops payments."""
        return all(finding.verdict is not Verdict.FAULT for finding in self.findings)


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


def failed(check: str, error: RemoteError, remedy: str = "") -> Finding:
    """A read that should have worked, in Epicor's words."""
    return fault(check, str(error), remedy)
