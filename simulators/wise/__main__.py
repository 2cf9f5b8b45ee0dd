"""`python -m simulators.wise`: the simulated Wise as a server of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import SystemRandom
from typing import NoReturn

import requests

from simulators.common.server import HOST, PortTaken, run, serve
from simulators.sample_day import make_day
from simulators.wise.deliveries import Later
from simulators.wise.simulator import Background, WiseSimulator
from simulators.wise.switches import add_options, chosen
from simulators.wise.world import Settings

_TIMEOUT_SECONDS = 5
_POSTERS = 8


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see --help)", file=sys.stderr)
        raise SystemExit(1)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{port} is not between 0 and 65535")
    return port


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 < scale < float("inf"):
        raise argparse.ArgumentTypeError("the time scale must be above 0; 0.1 makes Wise ten times as fast")
    return scale


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is no number of invoices")
    return count


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = _Parser(prog="python -m simulators.wise", description="A simulated Wise; its ready line is JSON.")
    options.add_argument("--port", type=_port, required=True, help="port on 127.0.0.1; 0 takes a free one")
    options.add_argument("--empty", action="store_true", help="no balances")
    options.add_argument("--time-scale", type=_scale, default=1.0, help="factor on Wise's own delays (default 1)")
    options.add_argument("--allow-local-webhooks", action="store_true", help="lift the rule on callback addresses")
    options.add_argument("--sca-region", action="store_true", help="funding asks for a person's approval (EEA, UK)")
    options.add_argument("--rotate-refresh-tokens", action="store_true", help="a refresh token lives for one refresh")
    options.add_argument("--invoices", type=_count, help="size of the sample day that the balances fit")
    options.add_argument("--seed", type=int, default=0, help="varies the sample day")
    add_options(options.add_argument_group("what nobody knows about Wise"))
    return options


def _deliver(url: str, headers: dict[str, str], body: bytes) -> int | None:
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:  # ValueError: a host name that cannot be one
        print(f"webhook to {url} not delivered: {type(error).__name__}", file=sys.stderr)
        return None
    told = answer.headers.get("Retry-After", "")
    return Later(answer.status_code, float(told)) if told.isdecimal() else answer.status_code


def _in(pool: ThreadPoolExecutor) -> Background:
    def background(job: Callable[[], None]) -> None:
        pool.submit(job)

    return background


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; the exit code."""
    options = parser().parse_args(arguments)
    pool = ThreadPoolExecutor(_POSTERS, thread_name_prefix="webhook")
    simulator = WiseSimulator(
        time_scale=options.time_scale,
        day=None if options.empty else make_day(options.invoices, options.seed),
        deliver=_deliver,
        dice=SystemRandom(),
        settings=Settings(
            options.sca_region, options.allow_local_webhooks, options.rotate_refresh_tokens, **chosen(options)
        ),
        background=_in(pool),
    )
    try:
        server = serve(simulator, options.port)
    except PortTaken as error:
        print(f"simulators.wise: {error}", file=sys.stderr)
        return 1
    run(server, simulator, simulator.ready(f"http://{HOST}:{server.port}"))
    pool.shutdown(wait=False, cancel_futures=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
