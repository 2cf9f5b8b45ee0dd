"""Polling many eligible invoices from the Epicor simulator: time, peak memory, requests a page, for each read mode.

The simulator is a process of its own, and so is each poll, whose peak memory is therefore only its own. The poll is the
connector's: flow, client, HTTP, audit masking; queue and ledger only count.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import requests

from kinetic_wise.epicor import BasicAuth, EpicorClient, EpicorOptions, epicor_transport
from kinetic_wise.flows.deps import Deps, EpicorSite, ExchangeLog
from kinetic_wise.flows.poll import PollReport, poll_invoices
from kinetic_wise.ledger import Entry
from kinetic_wise.settings import Settings
from kinetic_wise.transport import own_session
from tests.support.credentials import with_key

SMALL, LARGE = 10_000, 100_000
MODES = {
    "odata": EpicorOptions(),
    "getrows": EpicorOptions(read_mode="getrows"),
    "baq": EpicorOptions(baqs={"APInvoices": "WisePay-Invoices"}),
}
_DRAWN = 1.06  # so many more are drawn as some of a day's invoices are not eligible
_MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10  # of what ru_maxrss counts in


@dataclass
class Measured:
    """What one poll took."""

    mode: str
    invoices: int
    pages: int
    requests: int
    seconds: float
    peak_megabytes: float


@dataclass
class Counting:
    """Queue, ledger and state that keep nothing."""

    epicor: EpicorClient
    exchanges: ExchangeLog
    epicor_site: EpicorSite
    settings: Settings = field(default_factory=Settings)

    @property
    def ledger(self) -> Counting:
        """Where nothing is claimed."""
        return self

    @property
    def state(self) -> Counting:
        """Where no cursor is kept."""
        return self

    @property
    def payments_queue(self) -> Counting:
        """Where messages go."""
        return self

    @contextmanager
    def epicor_place(self) -> Iterator[EpicorClient]:
        """Always free."""
        yield self.epicor

    def claimed(self, _: list[str]) -> set[str]:
        """None of them."""
        return set()

    def posted_amounts(self, _: list[str]) -> dict[str, Decimal]:
        """None of them."""
        return {}

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        """Let them go."""

    def cursor(self, _: str) -> dict[str, Any]:
        """None yet."""
        return {}

    def move_cursor(self, name: str, values: dict[str, Any]) -> None:
        """Let it go."""

    def note(self, _: str, entry: Entry) -> None:
        """Every row of a drawn day can be read."""
        raise AssertionError(f"{entry.kind}: {entry.data}")

    def log(self, message: str, **values: Any) -> None:
        """The report says it."""

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)


def poll(ready: dict[str, Any], mode: str) -> Measured:
    """One poll of everything, in this process."""
    count = 0

    def counted(_: requests.Response, *__: Any, **___: Any) -> None:
        nonlocal count
        count += 1

    session, exchanges = own_session(), ExchangeLog()
    session.hooks["response"].append(counted)
    auth = with_key(BasicAuth(ready["user"], ready["password"]), ready["api_key"])
    transport = epicor_transport(ready["url"], auth, session=session, record=exchanges)
    site = EpicorSite(ready["url"], tuple(ready["companies"]))
    desk = Counting(EpicorClient(transport, options=MODES[mode]), exchanges, site)
    started = time.monotonic()
    report: PollReport = poll_invoices(cast("Deps", desk))
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE
    return Measured(mode, report.seen, report.pages, count, round(seconds, 1), round(peak, 1))


@contextmanager
def simulator(invoices: int) -> Iterator[dict[str, Any]]:
    """An Epicor simulator with about so many eligible invoices; what its ready line says."""
    command = [sys.executable, "-m", "simulators.epicor", "--invoices", str(round(invoices * _DRAWN)), "--seed", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline()) if process.stdout else {}
        finally:
            process.terminate()


def measure(ready: dict[str, Any], mode: str) -> Measured:
    """One poll in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.poll", "--measure", mode]
    answer = subprocess.run(command, input=json.dumps(ready), capture_output=True, text=True, check=True)
    return Measured(**json.loads(answer.stdout))


def _measured() -> Iterator[Measured]:
    with simulator(SMALL) as ready:
        for mode in MODES:
            yield measure(ready, mode)
    with simulator(LARGE) as ready:
        yield measure(ready, "odata")


def main() -> None:
    """Print a table, and how time and memory grow from the small number to the large one."""
    print("mode       invoices    pages  requests  per page   seconds  peak MB")
    rows = []
    for row in _measured():
        rows.append(row)
        print(
            f"{row.mode:<9}{row.invoices:>10}{row.pages:>9}{row.requests:>10}{row.requests / row.pages:>10.2f}"
            f"{row.seconds:>10.1f}{row.peak_megabytes:>9.1f}",
            flush=True,
        )
    small, large = rows[0], rows[-1]
    print(
        f"{large.invoices / small.invoices:.1f} times as many invoices: {large.seconds / small.seconds:.1f} times the "
        f"time, {large.peak_megabytes / small.peak_megabytes:.2f} times the memory"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poll")
    parser.add_argument("--measure", choices=MODES, help="one poll of the simulator whose ready line is on stdin")
    asked = parser.parse_args().measure
    if asked:
        print(json.dumps(asdict(poll(json.load(sys.stdin), asked))))
    else:
        main()
