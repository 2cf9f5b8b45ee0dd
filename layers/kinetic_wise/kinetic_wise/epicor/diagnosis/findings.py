"""What a look at a site found: findings, and the settings that fit."""

from __future__ import annotations

from collections.abc import Mapping

from kinetic_wise.findings import Finding, Verdict, fault, ok, unknown, warning
from kinetic_wise.payments.record import Record
from kinetic_wise.transport import RemoteError

__all__ = ["Diagnosis", "Finding", "Verdict", "failed", "fault", "ok", "unknown", "warning"]


class Diagnosis(Record):
    """All findings, and the settings that fit this site, by their names (docs/epicor.md)."""

    findings: tuple[Finding, ...]
    proposal: Mapping[str, object]

    @property
    def works(self) -> bool:
        """Whether nothing was found that stops payments."""
        return all(finding.verdict is not Verdict.FAULT for finding in self.findings)


def failed(check: str, error: RemoteError, remedy: str = "") -> Finding:
    """A read that should have worked, in Epicor's words."""
    return fault(check, str(error), remedy)
