"""Synchronising 5,000 vendors with Wise: time, peak memory and requests of a first pass, which makes all recipients.

Both simulators answer in this process, without a network, and so do the connector's tables. Memory is what code of the
connector holds at the end of the pass, told apart from the simulators' books by where it was allocated.
"""

from __future__ import annotations

import argparse
import json
import time
import tracemalloc
from dataclasses import asdict, dataclass, replace

from kinetic_wise.flows.vendors import Pass, start
from kinetic_wise.settings import WISE_CALLS_A_MINUTE
from simulators.sample.checksums import iban
from simulators.sample_day import Day, VendorBank, make_day
from tests.support.world import World

SMALL, LARGE = 500, 5_000
_MEGABYTE = 2**20


@dataclass
class Measured:
    """What a pass took."""

    vendors: int
    made: int
    seconds: float  # while memory is traced, which slows it down
    wise_calls: int
    epicor_calls: int
    minutes_at_wises_limit: float  # what Wise's own limit of calls makes of it
    megabytes: float  # what the connector holds at the end


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
    before = world.wise.calls, world.epicor.calls
    tracemalloc.start()
    started = time.monotonic()
    one = Pass(world.deps, dry_run=False, position=start(world.deps))
    made = sum(1 for line in one.lines() if line.did == "made")
    seconds = time.monotonic() - started
    own = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/layers/kinetic_wise/*")])
    tracemalloc.stop()
    held = sum(trace.size for trace in own.traces)
    wise, epicor = world.wise.calls - before[0], world.epicor.calls - before[1]
    minutes = wise / WISE_CALLS_A_MINUTE
    return Measured(one.vendors, made, round(seconds, 1), wise, epicor, round(minutes, 1), round(held / _MEGABYTE, 2))


def main() -> None:
    """Measure, and print one JSON line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vendors", type=int, nargs="*", default=[SMALL, LARGE])
    for vendors in parser.parse_args().vendors:
        print(json.dumps(asdict(measure(vendors))), flush=True)


if __name__ == "__main__":
    main()
