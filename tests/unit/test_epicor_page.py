"""What docs/epicor.md says is shown by a test is shown by one that exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(test_\w+)(?:\[[^\]]*\])?`|`(test_\w+\.py)`")
PITFALLS = 45  # of the reference's section 10


def rows() -> list[tuple[int, str, str]]:
    """Each row of the table of pitfalls: its number, what is done, what shows it."""
    page = (ROOT / "docs/epicor.md").read_text(encoding="utf-8")
    table = page.partition("## Pitfalls")[2].partition("\n## ")[0]
    return [(int(number), done, shown) for number, _, done, shown in _ROW.findall(table)]


def test_every_pitfall_has_its_row() -> None:
    """All 45, once each and in order, with what is done about them."""
    assert [number for number, _, _ in rows()] == list(range(1, PITFALLS + 1))
    assert all(len(done) > 10 for _, done, _ in rows())


def test_every_test_named_exists() -> None:
    """Each row of the table of pitfalls names a test, or a file of tests, and all of them are there."""
    files = list((ROOT / "tests").rglob("test_*.py"))
    defined = {name for path in files for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))}
    there = defined | {path.name for path in files}

    for number, _, shown in rows():
        named = {name or file for name, file in _TEST.findall(shown)}
        assert named, f"pitfall {number} names no test"
        assert named <= there, f"pitfall {number} names {sorted(named - there)}"
        assert shown.count("`") == 2 * len(_TEST.findall(shown)), f"pitfall {number} names something else"
