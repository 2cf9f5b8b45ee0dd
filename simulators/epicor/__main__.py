"""Run the Epicor simulator: `python -m simulators.epicor --port 0`."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from simulators.common.server import HOST, PortTaken, run, serve
from simulators.epicor import INSTANCE, EpicorSimulator
from simulators.sample_day import make_day


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One clear message, exit code 1."""
        print(f"{self.prog}: {message} (--help lists the options)", file=sys.stderr)
        raise SystemExit(1)


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m simulators.epicor", description="A stand-in for Epicor.", allow_abbrev=False)
    parser.add_argument("--port", type=_whole, default=0, help="port on 127.0.0.1; 0 takes a free one (default)")
    parser.add_argument("--empty", action="store_true", help="companies and their set-up only, no vendors or invoices")
    parser.add_argument("--invoices", type=_whole, help="a drawn day of so many invoices instead of the sample day")
    parser.add_argument("--seed", type=_whole, default=0, help="varies the drawn day (default 0)")
    parser.add_argument("--page-cap", type=_whole, default=100, help="rows that a page of a set may have (default 100)")
    parser.add_argument(
        "--time-scale", type=_positive, default=1.0, help="factor on the delays of what happens later, e.g. 0.1"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Serve until stopped; the exit code."""
    options = _options(arguments)
    day = None if options.empty else make_day(options.invoices, options.seed)
    simulator = EpicorSimulator(day=day, time_scale=options.time_scale, page_cap=options.page_cap)
    try:
        server = serve(simulator, options.port)
    except (PortTaken, OverflowError) as error:
        print(f"python -m simulators.epicor: {error}", file=sys.stderr)
        return 1
    run(server, simulator, {"url": f"http://{HOST}:{server.port}/{INSTANCE}", **simulator.ready})
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
