"""The run's child processes: each in a group of its own, all of them stopped whatever happens to the run."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from local import guard
from local.stop import Stop

_PATIENCE_SECONDS = 1.5
_TOLD_LINES = 12


class Child:
    """One child process; its standard error goes to its log, so does its standard output after the first line."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log
        self._first_line: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._output = threading.Thread(target=self._drain, daemon=True, name=f"output of {name}")
        self._output.start()

    def _drain(self) -> None:
        if self.process.stdout is None:
            return
        with self.process.stdout as output, self.log.open("ab") as log:
            self._first_line.put(output.readline())
            for line in output:
                log.write(line)

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def ready_line(self, seconds: float) -> str:
        """The first line on its standard output. Raises Stop when it ends, or says nothing for so long."""
        try:
            line = self._first_line.get(timeout=seconds)
        except queue.Empty:
            raise Stop(f"{self.name} did not say that it is ready within {seconds:.0f} s", self.remedy()) from None
        if not line:
            self.process.wait(timeout=_PATIENCE_SECONDS)
            raise Stop(f"{self.name} ended before it was ready (exit code {self.process.returncode})", self.remedy())
        return line.decode()

    def finish(self, seconds: float) -> None:
        """Wait for its end. Raises Stop when it fails, or takes longer."""
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Stop(f"{self.name} took longer than {seconds:.0f} s", self.remedy()) from None
        self._output.join(_PATIENCE_SECONDS)
        if code:
            raise Stop(f"{self.name} failed (exit code {code})", self.remedy())

    def remedy(self) -> str:
        """The end of its log, and where the log is."""
        return f"{tail(self.log)}\nIts log is {relative(self.log)}; run again once the cause is gone."


def tail(log: Path, lines: int = _TOLD_LINES) -> str:
    """The last lines of a log that say something."""
    text = log.read_text(errors="replace") if log.exists() else ""
    told = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(f"    {line[:300]}" for line in told[-lines:])


def relative(path: Path) -> str:
    """A path as seen from here, where it is below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Children:
    """All child processes of a run."""

    def __init__(self, folder: Path, logs: Path) -> None:
        """`folder` is removed at the end, even if this process is killed."""
        self._logs = logs
        self._all: list[Child] = []
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> Child:
        """Start a command in a process group of its own."""
        log = self._logs / f"{name.lower().replace(' ', '-')}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                process_group=0,
            )
        self._tell_guard(f"+{process.pid}")
        child = Child(name, process, log)
        self._all.append(child)
        return child

    def _tell_guard(self, line: str) -> None:
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.write(line.encode() + b"\n")
                self._guard.stdin.flush()

    def forget(self, child: Child) -> None:
        """A child that ended by itself needs no stopping: its number may become another's."""
        self._all.remove(child)
        self._tell_guard(f"-{child.process.pid}")

    def dead(self) -> list[Child]:
        """Children that ended although nobody asked them to."""
        return [child for child in self._all if not child.running]

    def stop(self) -> None:
        """Stop everything: ask, wait, kill; then let the guard clear up and end."""
        for child in self._all:
            guard.send(child.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for child in self._all:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            guard.send(child.process.pid, signal.SIGKILL)  # also what it started itself
            child.process.wait()
            self._tell_guard(f"-{child.process.pid}")
        self._all.clear()
        self._dismiss_guard()

    def _dismiss_guard(self) -> None:
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait()


def clean_environment(**added: str) -> dict[str, str]:
    """This process's environment without anything about AWS, and with loopback past every proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_", "PYTHON"))}
    local = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), "127.0.0.1,localhost")))
    return {**kept, "NO_PROXY": local, "no_proxy": local, **added}
