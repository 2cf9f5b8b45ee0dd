"""No process is left behind, whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import guard
from local.processes import Children, clean_environment, tail
from local.stop import Stop

# Starts a child of its own that ignores polite requests, then tells both numbers.
_STUBBORN = (
    "import os, signal, subprocess, sys, time;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(os.getpid(), child.pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    """The children of a run whose folder is `folder`."""
    (tmp_path / "folder").mkdir()
    started = Children(tmp_path / "folder", tmp_path)
    yield started
    started.stop()


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _gone(pids: list[int], seconds: float = 8.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(_alive(pid) for pid in pids):
        time.sleep(0.02)
    return not any(_alive(pid) for pid in pids)


def test_stopping_takes_grandchildren_along(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that ignores SIGTERM, and what it started itself, are gone when the run has stopped; so is its folder."""
    monkeypatch.setattr("local.processes._PATIENCE_SECONDS", 0.1)
    child = children.start("stubborn", [sys.executable, "-c", _STUBBORN], dict(os.environ), tmp_path)
    pids = [int(word) for word in child.ready_line(10).split()]
    assert all(_alive(pid) for pid in pids)
    children.stop()
    assert _gone(pids)
    assert not (tmp_path / "folder").exists()


def test_a_killed_run_leaves_nothing(tmp_path: Path) -> None:
    """When the run itself is killed hard, its guard stops the children and removes the folder."""
    run = (
        "import sys, time, os; from pathlib import Path; from local.processes import Children;"
        "folder = Path(sys.argv[1]) / 'folder'; folder.mkdir();"
        "child = Children(folder, Path(sys.argv[1])).start('child', [sys.executable, '-c', sys.argv[2]],"
        " dict(os.environ), folder);"
        "print(child.ready_line(10), flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", run, str(tmp_path), _STUBBORN.replace("SIG_IGN", "SIG_DFL")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        pids = [int(word) for word in killed.stdout.readline().split()]
        killed.kill()
    assert len(pids) == 2
    assert _gone(pids)
    deadline = time.monotonic() + 5
    while (tmp_path / "folder").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not (tmp_path / "folder").exists()


def test_the_guard_kills_what_does_not_listen() -> None:
    """A process group that ignores SIGTERM is killed after the guard's patience."""
    command = [sys.executable, "-c", _STUBBORN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, process_group=0) as stubborn:
        assert stubborn.stdout is not None
        pids = [int(word) for word in stubborn.stdout.readline().split()]
        guard.stop({stubborn.pid}, patience=0.1)
    assert _gone(pids)


def test_a_child_that_ends_early_is_told_with_its_log(children: Children, tmp_path: Path) -> None:
    """A child that ends before it is ready stops the run with the end of its own log."""
    script = "import sys; sys.exit('port 80 is taken')"
    child = children.start("simulator", [sys.executable, "-c", script], dict(os.environ), tmp_path)
    with pytest.raises(Stop, match="simulator ended before it was ready") as stop:
        child.ready_line(10)
    assert "port 80 is taken" in stop.value.remedy
    assert children.dead() == [child]


def test_a_silent_child_is_not_waited_for_for_ever(children: Children, tmp_path: Path) -> None:
    """A child that says nothing stops the run after the time it was given."""
    child = children.start("mute", [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ), tmp_path)
    with pytest.raises(Stop, match="did not say that it is ready"):
        child.ready_line(0.05)
    with pytest.raises(Stop, match="took longer"):
        child.finish(0.05)


def test_a_failing_tool_is_told_with_its_exit_code(children: Children, tmp_path: Path) -> None:
    """A tool that fails stops the run with its exit code and the last it said, wherever it said it."""
    child = children.start("tool", [sys.executable, "-c", "print('on stdout'); print('why'); exit(3)"], {}, tmp_path)
    with pytest.raises(Stop, match=r"exit code 3"):
        child.finish(10)


def test_children_see_nothing_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS or SAM setting of the caller reaches a child, and loopback goes past every proxy."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("SAM_CLI_POLL_DELAY", "9")
    monkeypatch.setenv("NO_PROXY", "intranet")
    environment = clean_environment(EXTRA="1")
    assert not [name for name in environment if name.startswith(("AWS_", "SAM_"))]
    assert environment["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert environment["EXTRA"] == "1"


def test_a_tail_shows_the_last_lines_that_say_something(tmp_path: Path) -> None:
    """The end of a log is shown without empty lines; a log that was never written shows nothing."""
    log = tmp_path / "log"
    log.write_text("one\n\ntwo\n\nthree\n")
    assert tail(log, 2) == "    two\n    three"
    assert tail(tmp_path / "none") == ""
