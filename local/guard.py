"""Stops what a run started when the run itself was killed. A program of its own: only the standard library, no package.

Reads `+<process group>` and `-<process group>` on standard input. At its end (the run closed it, or is dead) it stops
the groups that are left, removes the run's folder, and ends.
"""

import os
import shutil
import signal
import sys
import time

_PATIENCE_SECONDS = 3.0


def main(folder: str) -> None:
    """Guard until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    stop(_groups_left())
    shutil.rmtree(folder, ignore_errors=True)


def _groups_left() -> set[int]:
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        groups = groups | {group} if line.startswith("+") else groups - {group}
    return groups


def stop(groups: set[int], patience: float = _PATIENCE_SECONDS) -> None:
    """Ask each process group to end; kill what is left of it after a while."""
    left = {group for group in groups if send(group, signal.SIGTERM)}
    deadline = time.monotonic() + patience
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {group for group in left if send(group, 0)}
    for group in left:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Send a signal to a process group; whether there is anybody in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
