"""What an adopt leaves in the audit trail."""

from __future__ import annotations

import json

from kinetic_wise.flows.adopt import AdoptReport, _entries

_ROOM = 400_000  # bytes: what an item of DynamoDB holds


def test_a_first_adopt_of_any_size_fits_into_the_audit_trail() -> None:
    """Each of 30,000 approved bank rows is listed once, no entry outgrows DynamoDB's item, the last has the figures."""
    rows = [f"EPIC01 vendor {number} bank MAIN-{number}" for number in range(30_000)]
    *parts, last = _entries(AdoptReport(first=True, approved=rows), "anna")
    assert {part.kind for part in parts} == {"matched.approved"}
    assert [row for part in parts for row in part.data["approved"]] == rows
    assert max(len(json.dumps(entry.data)) for entry in (*parts, last)) < _ROOM / 10
    assert (last.kind, last.data["caller"], last.data["first"], last.data["approved"]) == (
        "adopted",
        "anna",
        True,
        30_000,
    )
