"""Synchronising 5,000 vendors with Wise: time, requests and memory of a first pass, which makes all recipients.

Both simulators answer in this process, without a network, and so do the connector's tables. Memory is what the pass
keeps from one vendor to the next: measured for a tenth of the vendors as well, so that its growth shows.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

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
    seconds: float
    processor_seconds: float  # of connector, simulators and tables together
    wise_calls: int
    epicor_calls: int
    minutes_at_wises_limit: float  # what Wise's own limit of calls makes of it
    kept_megabytes: float


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
    started, worked = time.monotonic(), time.process_time()
    one = Pass(world.deps, dry_run=False, position=start(world.deps))
    made = sum(1 for line in one.lines() if line.did == "made")
    wise, epicor = world.wise.calls - before[0], world.epicor.calls - before[1]
    return Measured(
        vendors=one.vendors,
        made=made,
        seconds=round(time.monotonic() - started, 1),
        processor_seconds=round(time.process_time() - worked, 1),
        wise_calls=wise,
        epicor_calls=epicor,
        minutes_at_wises_limit=round(wise / WISE_CALLS_A_MINUTE, 1),
        kept_megabytes=round(_size(vars(one)) / _MEGABYTE, 2),
    )


def _size(thing: Any) -> int:
    """The bytes of plain data, and of what it holds."""
    inner = [*thing.keys(), *thing.values()] if isinstance(thing, dict) else thing if isinstance(thing, list) else []
    return sys.getsizeof(thing) + sum(_size(one) for one in inner)


def main() -> None:
    """Measure, and print one JSON line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vendors", type=int, nargs="*", default=[SMALL, LARGE])
    for vendors in parser.parse_args().vendors:
        print(json.dumps(asdict(measure(vendors))), flush=True)


if __name__ == "__main__":
    main()
