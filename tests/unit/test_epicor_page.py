"""What docs/epicor.md says is shown by a test is shown by one that exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_named_exists() -> None:
    """Each row of the table of pitfalls names a test, or a file of tests, and all of them are there."""
    page = (ROOT / "docs/epicor.md").read_text()
    rows = re.findall(r"^\| \d+ \|.*$", page, re.MULTILINE)
    files = list((ROOT / "tests").rglob("test_*.py"))
    defined = {name for path in files for name in re.findall(r"def (test_\w+)", path.read_text())}
    there = defined | {path.name for path in files}

    assert len(rows) > 15
    for row in rows:
        named = re.findall(r"`(test_\w+)(?:\[[^\]]*\])?`|`(test_\w+\.py)`", row)
        assert named, row
        assert {name or file for name, file in named} <= there, row
