"""Every reason a clerk can meet is explained."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NOT_REASONS = {"rate_over"}  # begins the next attempt, stops nothing


def _reasons() -> set[str]:
    package = ROOT / "layers/kinetic_wise/kinetic_wise"
    holds = re.compile(r'(?:\.hold\(|Objection\(|(?:withdraw|_close)\(case,|"reason":)\s*"([a-z_]+)"')
    checks = re.compile(r'^\s*\(.*?, "([a-z_]+)", f?"|^\s*"([a-z_]+)",$', re.MULTILINE)
    found: set[str] = set()
    for path in [*(package / "flows").glob("*.py"), *(package / "payments").glob("*.py")]:
        text = path.read_text()
        found |= set(holds.findall(text))
        if path.name == "policy.py":
            found |= {name for pair in checks.findall(text) for name in pair if name}
    return found - _NOT_REASONS


def test_every_reason_stands_in_the_holds_page() -> None:
    """Whatever reason the code gives, `docs/holds.md` says what it means and what to do."""
    documented = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs/holds.md").read_text()))
    reasons = _reasons()
    assert len(reasons) > 30
    assert reasons <= documented, reasons - documented
