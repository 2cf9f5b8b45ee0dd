"""The whole connector on this machine: what `make run` promises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local import places
from simulators.sample_day import make_day

pytestmark = pytest.mark.e2e

_ROOT = Path(__file__).resolve().parent.parent.parent
_REPORT = _ROOT / ".local" / "report.json"
_DAY_SECONDS = 400


@contextmanager
def _run() -> Iterator[subprocess.Popen[str]]:
    options = ("KEEP", "INVOICES", "SEED", "EPICOR_BASE_URL", "WISE_BASE_URL", "CREDENTIALS", "SETTLE_SECONDS")
    environment = {name: value for name, value in os.environ.items() if name not in options}
    command = [sys.executable, "-m", "local.run"]
    with subprocess.Popen(
        command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        try:
            yield run
        finally:
            run.terminate()


def _processes() -> list[str]:
    """The processes of a run of this checkout, by their command lines."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            here = (process / "cwd").readlink()
        except OSError:
            continue
        named = any(name in words for name in ("local.counted_ministack", "simulators.epicor", "simulators.wise"))
        if (named and here == _ROOT) or any(word.startswith(f"{places.RUNS}/") for word in words):
            found.append(" ".join(words))
    return found


def _line_with(run: subprocess.Popen[str], text: str) -> str:
    assert run.stdout is not None
    lines = []
    for line in run.stdout:
        lines.append(line)
        if text in line:
            return line
    raise AssertionError("".join(lines))


def _report() -> dict[str, Any]:
    report: dict[str, Any] = json.loads(_REPORT.read_text())
    return report


def test_the_sample_day_ends_as_its_sample_says() -> None:
    """One run pays what is to be paid, once, holds and refuses the rest with the sample's reasons, and leaves nothing.

    While it is up a second run is refused; its log has no control characters; every figure agrees with the sample.
    """
    with _run() as run:
        _line_with(run, "MiniStack")
        with _run() as second:
            refused, _ = second.communicate(timeout=30)
            assert second.returncode == 1
            assert f"another run is up in this checkout (process {run.pid})" in refused
        log, _ = run.communicate(timeout=_DAY_SECONDS)
    assert run.returncode == 0, log
    assert all(character.isprintable() or character == "\n" for character in log)
    assert not _processes()

    report, ends = _report(), Counter((i.expect_outcome, i.expect_reason) for i in make_day().invoices)
    paid = ends.pop(("paid", None))
    assert [report[name] for name in ("paid", "posted_in_epicor", "lost", "paid_twice")] == [paid, paid, 0, 0]
    assert report["held"] == {reason: count for (outcome, reason), count in ends.items() if outcome == "held"}
    not_eligible = {reason: count for (outcome, reason), count in ends.items() if outcome == "not_eligible"}
    assert report["not_eligible"] == not_eligible
    assert report["failed"] == ends["failed", "transfer_cancelled"] == 1
    assert report["transfers_funded"] == paid + report["failed"]
    assert report["invoices"] == len(make_day().invoices)
    assert report["aws_calls"]["dynamodb"] > paid
    assert min(report["http_calls"].values()) > paid
    assert "error" not in report


def test_an_interrupted_run_leaves_nothing() -> None:
    """A run that is stopped in the middle of its set-up ends with one message, exit code 1 and no process left."""
    with _run() as run:
        _line_with(run, "MiniStack")
        assert _processes()
        run.send_signal(signal.SIGTERM)
        told, _ = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "Stopped: interrupted; everything that was started is stopped" in told
    assert not _processes()
    assert _report()["error"] == "interrupted"
