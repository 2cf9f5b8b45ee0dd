"""What a fault run tells and keeps."""

import json
from collections import Counter
from pathlib import Path

from tests.faults.report import Part, Report
from tests.faults.running import Result


def _report(file: Path, *results: Result) -> Report:
    report = Report(file / "faults.json")
    report.follow(Part("histories", len(results), first=7), results)
    return report


def test_a_broken_history_is_kept_by_name(tmp_path: Path) -> None:
    """The file names what broke, the run is not sound, and the seed can be told again from its name."""
    report = _report(tmp_path, Result("seed 7", "", 0.2), Result("seed 8", "one_end_each: X is still quoted", 0.4))
    kept = json.loads((tmp_path / "faults.json").read_text())["histories"]
    assert not report.is_sound
    assert kept["broken"] == ["seed 8: one_end_each: X is still quoted"]
    assert (kept["first"], kept["ran"], kept["cpu_seconds_each"]) == (7, 2, 0.3)


def test_the_summary_ends_with_counts_price_and_machine(tmp_path: Path) -> None:
    """Crossed cancels are told, never failed; each history's price and the machine stand at the end."""
    report = _report(tmp_path, Result("seed 7", "", 0.25, Counter({"cancels that crossed ours": 1, "faults": 3})))
    lines = list(report.summary())
    assert report.is_sound
    assert "  faults: 3" in lines
    assert "1 histories: 0 broken, 0 s, 0.25 s of a processor each" in lines
    assert any(line.endswith("answered by the next attempt: 1") for line in lines)
    assert "2 processes on" in lines[-1]
