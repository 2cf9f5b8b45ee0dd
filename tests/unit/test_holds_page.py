"""The page on holds tells a clerk who does what."""

import re

import pytest

from tests.unit.test_holds_documented import ROOT

_DOES = re.compile(r"\b(release|reject|approve|adopt|limits set|leave)", re.IGNORECASE)


def rows_of_the_page() -> dict[str, list[str]]:
    """Meaning, remedy and who, by code."""
    text = (ROOT / "docs/holds.md").read_text(encoding="utf-8")
    held = text.split("## Held")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in held.splitlines() if line[:3] == "| `"]
    return {code: row[1:] for row in rows for code in re.findall(r"`(\w+)`", row[0])}


@pytest.mark.parametrize("code", sorted(rows_of_the_page()))
def test_every_hold_says_who_does_what(code: str) -> None:
    """Its meaning, what to do down to the command that lets it go on or ends it, and who does it."""
    meaning, remedy, who = rows_of_the_page()[code]
    assert len(meaning.split()) > 3
    assert _DOES.search(remedy), remedy
    assert who
