"""What a payment costs in requests to Epicor and Wise, for each way to write payments into Epicor.

Everything runs in one process under a clock that jumps, so only requests are measured, not time. What a day costs
whatever it pays (polls, small tables, lists of transfers) is left out: it is the difference between two days.
"""

from __future__ import annotations

from dataclasses import replace

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.sample_day import Day, make_day
from tests.support.world import World

FEW, MANY = 10, 30
MODES = {"services": Settings(), "functions": Settings(function_library="KineticWise")}
_DAY_SECONDS = 6 * 3600.0


def payable(invoices: int) -> Day:
    """So many drawn invoices that are paid."""
    day = make_day(invoices=4 * invoices, seed=1)
    paid = [invoice for invoice in day.invoices if invoice.expect_outcome == "paid"]
    return replace(day, invoices=tuple(paid[:invoices]), duplicate_messages=())


def requests(invoices: int, settings: Settings) -> tuple[int, int]:
    """Requests to Epicor and Wise of a day that pays so many invoices."""
    world = World(payable(invoices), settings)
    before = world.epicor.calls, world.wise.calls
    world.poll()
    world.run(600)
    world.top_up()
    world.run(_DAY_SECONDS)
    statuses = {payment.status for payment in world.payments().values()}
    if statuses != {Status.POSTED} or len(world.payments()) != invoices:
        raise AssertionError(f"{invoices} invoices were to be paid; {world.payments()}")
    return world.epicor.calls - before[0], world.wise.calls - before[1]


def main() -> None:
    """Print a table."""
    print("written by   Epicor requests a payment   Wise requests a payment")
    for mode, settings in MODES.items():
        few, many = requests(FEW, settings), requests(MANY, settings)
        epicor, wise = ((after - before) / (MANY - FEW) for before, after in zip(few, many, strict=True))
        print(f"{mode:<12}{epicor:>26.1f}{wise:>26.1f}", flush=True)


if __name__ == "__main__":
    main()
