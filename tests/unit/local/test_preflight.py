"""One run at a time, and a machine that fits."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local import places, preflight
from local.options import Options
from local.stop import Stop


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOCAL", "LOCK", "RUNS", "LOGS", "REPORT", "LEDGER_ID"):
        monkeypatch.setattr(places, name, tmp_path / name.lower() if name != "LOCAL" else tmp_path)


def test_a_second_run_is_refused_and_told_of_the_first() -> None:
    """While one run is up a second one stops with the first one's process number and how to stop it."""
    with preflight.only_run(), pytest.raises(Stop, match=f"process {os.getpid()}") as stop, preflight.only_run():
        pytest.fail("two runs at once")
    assert f"kill {os.getpid()}" in stop.value.remedy


def test_the_next_run_may_follow() -> None:
    """Once a run has ended the next one may begin."""
    for _ in range(2):
        with preflight.only_run():
            assert places.LOCK.read_text() == f"{os.getpid()}\n"


def test_a_lock_whose_holder_was_killed_is_stale() -> None:
    """A run that was killed hard leaves its number in the lock, and the next run begins all the same."""
    hold = (
        "import fcntl, sys, time; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, fcntl.LOCK_EX);"
        "lock.write('1\\n'); lock.flush(); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold, str(places.LOCK)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Stop, match="process 1"), preflight.only_run():
            pytest.fail("two runs at once")
        holder.send_signal(signal.SIGKILL)
    with preflight.only_run():
        assert places.LOCK.read_text() == f"{os.getpid()}\n"


def test_a_run_begins_without_the_remains_of_others() -> None:
    """What an interrupted run left, its folder and an old report, is gone when the next one begins."""
    (places.RUNS / "123" / "deep").mkdir(parents=True)
    places.REPORT.write_text("{}")
    with preflight.fresh_folder() as folder:
        assert folder.is_dir()
        assert [path.name for path in places.RUNS.iterdir()] == [str(os.getpid())]
        assert not places.REPORT.exists()
    assert not folder.exists()


def test_the_ledgers_name_is_made_once() -> None:
    """The ledger's name is eight capitals and digits and stays the same from run to run; a broken one is made anew."""
    first = preflight.ledger_id()
    assert len(first) == 8
    assert first.isalnum()
    assert first.upper() == first
    assert preflight.ledger_id() == first
    places.LEDGER_ID.write_text("no name\n")
    assert len(preflight.ledger_id()) == 8


def test_an_unknown_python_or_processor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without a Lambda runtime in the template, or a processor that Lambda lacks, stops the run in words."""
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    with pytest.raises(Stop, match=r"Python 3\.99") as stop:
        preflight.runtime()
    assert "PYTHON=" in stop.value.remedy
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(Stop, match="riscv64"):
        preflight.architecture()


def test_missing_environments_name_the_set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without SAM CLI the remedy is the set-up's own command."""
    monkeypatch.setattr(places, "SAM", tmp_path / "bin" / "sam")
    with pytest.raises(Stop) as stop:
        preflight.check_environments()
    assert stop.value.remedy == "make setup"


def test_an_address_that_does_not_answer_is_told() -> None:
    """A system whose address was given and that does not answer stops the run by the variable's name."""
    closed = "http://127.0.0.1:9"
    with pytest.raises(Stop, match=f"EPICOR_BASE_URL={closed} does not answer"):
        preflight.check_addresses(Options(given={"epicor": {"url": closed}}))
