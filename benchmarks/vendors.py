"""Synchronising many vendors with Wise: time, requests and memory of a first pass, which makes all recipients.

The pass runs in a process of its own (`benchmarks/vendors_pass.py`), so that its peak memory is its own; this process
serves it both simulators and the connector's tables. Measured for a tenth of the vendors as well: growth would show.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks.vendors_pass import Job
from kinetic_wise.settings import WISE_CALLS_A_MINUTE
from simulators.common.server import HOST, serve
from simulators.common.simulator import Simulator
from simulators.epicor import INSTANCE
from simulators.sample.checksums import iban
from simulators.sample_day import Day, VendorBank, make_day
from tests.support.dynamodb import FIRST, InProcessDynamoDb
from tests.support.world import World

SMALL, LARGE = 500, 5_000


@dataclass
class Measured:
    """What a pass took."""

    vendors: int
    made: int
    seconds: float
    processor_seconds: float  # of connector, simulators and tables together
    wise_calls: int
    epicor_calls: int
    minutes_at_wises_limit: float  # what Wise's own limit of calls makes of it
    peak_megabytes: float  # of the pass's process, Python and libraries included
    kept_megabytes: float  # what the pass keeps from one vendor to the next


def day_of(vendors: int) -> Day:
    """A day without invoices and of so many vendors with an IBAN each."""
    day = make_day(1, seed=1)
    like = next(one for one in make_day().vendors if one.currency == "EUR" and one.banks and one.banks[0].iban)
    many = tuple(
        replace(
            like,
            vendor_num=number,
            vendor_id=f"V{number}",
            name=f"Vendor {number}",
            primary_bank_id="MAIN",
            banks=(_bank(like.banks[0], number),),
        )
        for number in range(1, vendors + 1)
    )
    return replace(day, vendors=many, invoices=(), duplicate_messages=())


def _bank(like: VendorBank, number: int) -> VendorBank:
    account = iban("DE", f"37040044{number:010d}")
    return replace(like, bank_id="MAIN", name_on_account=f"Vendor {number} GmbH", iban=account)


def measure(vendors: int) -> Measured:
    """One first pass."""
    world = World(day_of(vendors), webhooks=False)
    before, worked = (world.wise.calls, world.epicor.calls), _processor_seconds()
    with ExitStack() as stack:
        places = {
            "epicor": f"{stack.enter_context(_served(world.epicor))}/{INSTANCE}",
            "wise": stack.enter_context(_served(world.wise)),
            "dynamodb": stack.enter_context(_tables(world.database)),
        }
        found = _pass_apart(world, places)
    wise, epicor = world.wise.calls - before[0], world.epicor.calls - before[1]
    return Measured(
        **found,
        processor_seconds=round(_processor_seconds() - worked, 1),
        wise_calls=wise,
        epicor_calls=epicor,
        minutes_at_wises_limit=round(wise / WISE_CALLS_A_MINUTE, 1),
    )


def _pass_apart(world: World, places: dict[str, str]) -> dict[str, Any]:
    """What `vendors_pass` says it took."""
    job = Job(
        **places,
        tables=FIRST.names,
        epicor_ready=world.epicor_ready,
        wise_ready=world.wise_ready,
        bound_to=("http://epicor", "http://wise"),
        now=world.now().isoformat(),
    )
    command = [sys.executable, "-m", "benchmarks.vendors_pass"]
    answer = subprocess.run(command, input=json.dumps(asdict(job)), stdout=subprocess.PIPE, text=True, check=True)
    said: dict[str, Any] = json.loads(answer.stdout)
    return said


def _processor_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@contextmanager
def _served(simulator: Simulator) -> Iterator[str]:
    """A simulator on a port of its own: its address."""
    server = serve(simulator, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        server.shutdown()


@contextmanager
def _tables(database: InProcessDynamoDb) -> Iterator[str]:
    """The tables behind DynamoDB's own protocol: their address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = database.carry_out(self.headers["X-Amz-Target"].rpartition(".")[2], body)
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()


def main() -> None:
    """Measure, print one JSON line for each size, and how memory grows from the smallest to the largest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vendors", type=int, nargs="*", default=[SMALL, LARGE])
    found = []
    for vendors in parser.parse_args().vendors:
        found.append(measure(vendors))
        print(json.dumps(asdict(found[-1])), flush=True)
    small, large = found[0], found[-1]
    times = large.peak_megabytes / small.peak_megabytes
    print(f"{large.vendors / small.vendors:g} times as many vendors: {times:.2f} times the memory")


if __name__ == "__main__":
    main()
