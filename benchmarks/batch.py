"""A batch of many transfers approved once: time, requests, and what becomes of every invoice.

Everything runs in one process under a clock that jumps; the batch is Wise's largest unless another number is given.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from decimal import Decimal

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from simulators.sample_day import Day, make_day
from tests.support.world import World

MOST = 1000
_STEP, _MOST_STEPS = 300.0, 60  # seconds of the world's time
_PLENTY = Decimal(1_000_000_000)


def payable(invoices: int) -> Day:
    """So many drawn invoices that are paid, all from one balance."""
    day = make_day(invoices=2 * invoices, seed=1)
    paid = [invoice for invoice in day.invoices if invoice.expect_outcome == "paid"][:invoices]
    return replace(
        day, invoices=tuple(paid), balances={"EUR": _PLENTY}, top_ups={}, behaviours={}, duplicate_messages=()
    )


def paid_once(invoices: int) -> tuple[int, World]:
    """The world after a batch was approved, and how many approvals that took. Raises AssertionError when not paid."""
    settings = Settings(funding="batch", batch_size=min(invoices, MOST))
    world = World(payable(invoices), settings, sca_region=True)
    world.poll()
    _run_until(world, Status.AWAITING_APPROVAL, invoices)
    approvals = 0
    for group in world.wise.state()["batches"]:
        body = dump_json({"act": "fund_batch", "batch": group["id"]}).encode()
        answer = world.wise.handle(Request("POST", "/_sim/people", body=body)).response
        if answer is None or answer.status != 200:
            raise AssertionError(f"not approved: {answer}")
        approvals += 1
    _run_until(world, Status.POSTED, invoices)
    return approvals, world


def _run_until(world: World, status: Status, invoices: int) -> None:
    """Let the world work until every invoice's payment is in a status. Raises AssertionError when that never comes."""
    there = 0
    for _ in range(_MOST_STEPS):
        world.run(_STEP)
        there = sum(payment.status is status for payment in world.payments().values())
        if there == invoices:
            return
    raise AssertionError(f"{there} of {invoices} invoices are {status}")


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.batch")
    options.add_argument("--invoices", type=int, default=MOST)
    chosen = options.parse_args()
    started = time.process_time()
    approvals, world = paid_once(chosen.invoices)
    seconds = time.process_time() - started
    taken = [transfer["funded_count"] for transfer in world.wise.state()["transfers"]]
    print(f"{chosen.invoices} invoices, {approvals} approval(s), {sum(taken)} transfers funded, {seconds:.0f} s of CPU")
    for system, calls in (("Epicor", world.epicor.calls), ("Wise", world.wise.calls)):
        print(f"{system}: {calls} requests, {calls / chosen.invoices:.1f} a payment")


if __name__ == "__main__":
    main()
