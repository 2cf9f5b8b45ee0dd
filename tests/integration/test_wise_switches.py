"""Whatever Wise turns out to do where nobody knows (wise-api.md section 0), the books are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

import pytest

from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from simulators.sample_day import Day, make_day
from simulators.wise.switches import SWITCHES
from tests.support.acts import (
    CREATE,
    HOUR,
    fault,
    money_comes,
    only_payment,
    small_day,
    step_until,
    story,
    transfers,
)
from tests.support.world import World

_QUARTER = HOUR / 4
_POSITIONS = {switch.name: switch.positions or (None, 1) for switch in SWITCHES}
_LOSSY = ("POST", "/transfers$"), ("POST", "/payments$"), ("PUT", "/cancel$")
_TRANSFER = ("status", "source_currency", "source_amount", "target_currency", "target_amount", "funded_count")


def _triples() -> Iterator[dict[str, Any]]:
    """Sixteen settings of the eight switches in which any three of them stand in all eight ways together."""
    for a, b, c, d in product((0, 1), repeat=4):
        chosen = (a, b, c, d, a ^ b ^ c, a ^ b ^ d, a ^ c ^ d, b ^ c ^ d)
        yield {name: _POSITIONS[name][way] for name, way in zip(_POSITIONS, chosen, strict=True)}


def _day() -> Day:
    """Three invoices: one whose rate ends at once, two of which the balance covers one."""
    whole = make_day()
    short = {name for name, behaviour in whole.behaviours.items() if behaviour.rate_seconds}
    vendors = {v.vendor_num for v in whole.vendors if any(bank.name_on_account in short for bank in v.banks)}
    expiring = next(i for i in whole.invoices if i.vendor_num in vendors and i.expect_outcome == "paid")
    two = small_day(2).invoices
    balances = {**whole.balances, "EUR": two[0].amount + Decimal("50.00")}
    return replace(small_day(2), invoices=(*two, expiring), balances=balances)


def turn(world: World, switches: dict[str, Any]) -> None:
    """From now on Wise behaves so."""
    answer = world.wise.handle(Request("POST", "/_sim/switches", body=dump_json(switches).encode())).response
    assert answer is not None
    assert answer.status == 200, answer.body


def _worked_off(switches: dict[str, Any], *, lost: bool, settings: Settings | None = None) -> World:
    """The day under some switches; `lost`: a third of all answers to creating, funding and cancelling never come."""
    world = World(_day(), settings)
    turn(world, switches)
    if lost:
        world.wise.faults.replace([_lossy(*call, seed=number) for number, call in enumerate(_LOSSY)])
    world.poll()
    world.run(_QUARTER)
    money_comes(world)
    world.run(2 * _QUARTER)
    return world


def _lossy(method: str, path: str, seed: int) -> dict[str, Any]:
    match = {"method": method, "path": path}
    return {"match": match, "fault": "lost", "times": -1, "probability": 0.34, "seed": seed}


def _books(world: World) -> dict[str, Any]:
    """What was paid and booked, what money moved and what is left; transfers without money are cancelled."""
    epicor, wise = world.epicor.state(), world.wise.state()
    return {
        "open": sorted((row["invoice_num"], row["doc_invoice_bal"], row["open_payable"]) for row in epicor["invoices"]),
        "booked": sorted((p["vendor_num"], p["posted"], str(p["lines"])) for p in epicor["payments"] if p["lines"]),
        "paid": sorted([row[column] for column in _TRANSFER] for row in transfers(world) if row["funded_count"]),
        "unpaid": {row["status"] for row in transfers(world) if not row["funded_count"]},
        "left": sorted((row["currency"], row["amount"]) for row in wise["balances"]),
        "ledger": sorted((payment.id, payment.status.value) for payment in world.payments().values()),
    }


def _unclear(world: World) -> set[str]:
    """What was announced right before an answer was unclear."""
    stories = [story(world, payment) for payment in world.payments().values()]
    pairs = [pair for entries in stories for pair in pairwise(entry["kind"] for entry in entries)]
    return {before.removeprefix("intent.") for before, after in pairs if after == "unclear"}


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    """The books of the day as Wise's own pages let expect it."""
    books = _books(_worked_off({}, lost=False))
    assert len(books["paid"]) == 3
    assert books["unpaid"] == {"cancelled"}
    return books


@pytest.mark.parametrize("name", sorted(_POSITIONS))
def test_no_single_switch_changes_the_books(usual: dict[str, Any], name: str) -> None:
    """Each switch alone, turned, and nothing lost."""
    assert _books(_worked_off({name: _POSITIONS[name][1]}, lost=False)) == usual


@pytest.mark.parametrize("switches", list(_triples()), ids=lambda chosen: "-".join(str(way) for way in chosen.values()))
def test_no_combination_with_lost_answers_changes_the_books(usual: dict[str, Any], switches: dict[str, Any]) -> None:
    """Any three switches together in every way, while a third of the answers to our writes are lost."""
    world = _worked_off(switches, lost=True)
    assert _books(world) == usual
    assert {payment.status for payment in world.payments().values()} <= AT_REST
    assert {"create_transfer", "fund"} <= _unclear(world)


@pytest.mark.parametrize("key_days", [None, 1])
@pytest.mark.parametrize("repeated_key", ["first", "refused"])
def test_in_batches_the_books_are_the_same_as_well(
    usual: dict[str, Any], repeated_key: str, key_days: int | None
) -> None:
    """What becomes of repeated keys, and lost answers, while transfers are put together in groups."""
    switches = {"repeated_key": repeated_key, "key_days": key_days, "funding_errors": "text", "rejection_status": 422}
    assert _books(_worked_off(switches, lost=True, settings=Settings(funding="batch"))) == usual


@pytest.mark.parametrize("way", ["first", "refused"])
def test_a_key_that_wise_forgot_makes_no_second_transfer(way: str) -> None:
    """The create's answer is lost and we stand still for longer than Wise knows keys: the list gives it back."""
    world = World(small_day())
    turn(world, {"key_days": 1, "repeated_key": way})
    fault(world.wise, CREATE, "lost")
    world.poll()
    step_until(world, lambda: bool(transfers(world)))
    world.time += timedelta(hours=26)
    world.run(HOUR)
    assert [transfer["funded_count"] for transfer in transfers(world)] == [1]
    assert only_payment(world).status is Status.POSTED
