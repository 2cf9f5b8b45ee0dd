"""`make run`: the whole connector on this machine, working off a day (design section 8, docs/local-run.md)."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

_ERROR = 1


def main() -> int:
    """Run the day. The exit code: 0 as it should be, 2 something still open at systems that were given, 1 an error."""
    be_interruptible()
    try:
        return _told()
    except KeyboardInterrupt:
        print("\nStopped: interrupted; everything that was started is stopped. The next run starts afresh.")
        return _ERROR


def _told() -> int:
    # Imports take a good part of a second, and an interruption meanwhile shall be told in a sentence as well.
    from local.screen import Screen, make_console
    from local.stop import Stop
    from local.story import carry_out

    screen = Screen(make_console())
    try:
        return carry_out(screen)
    except Stop as stop:
        screen.stopped(stop)
        return _ERROR


def be_interruptible() -> None:
    """SIGTERM and a closed terminal end the run as Ctrl-C does, also where a shell has switched that off."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
