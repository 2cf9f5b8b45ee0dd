"""A day on which both systems lose one answer in ten after its effect ends with the same books as a calm one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kinetic_wise.payments.life_cycle import AT_REST
from tests.support.dynamodb import AUDIT
from tests.support.world import World

_QUARTER = 900.0
_INVOICE = ("company", "vendor_num", "invoice_num", "doc_invoice_bal", "doc_unposted_bal", "open_payable")
_PAYMENT = ("company", "vendor_num", "posted", "voided", "lines")
_TRANSFER = ("status", "source_currency", "source_amount", "target_currency", "target_amount", "funded_count")


def _worked_off(lost: float = 0.0) -> World:
    """The sample day; `lost` is how likely an answer is lost, reads and writes alike."""
    world = World()
    fault = {"fault": "lost", "times": -1, "probability": lost}
    match = {"path": "^(?!/v1/simulation/)"}  # the money that comes in is none of the connector's calls
    for number, simulator in enumerate((world.epicor, world.wise)):
        simulator.faults.replace([{**fault, "match": match, "seed": number}] if lost else [])
    for _ in range(2):  # a poll that fails comes again
        world.poll()
        world.run(_QUARTER)
    for simulator in (world.epicor, world.wise):
        simulator.faults.replace([])  # the top-up asks for the balances itself
    world.top_up()
    world.run(2 * _QUARTER)
    return world


def _rows(book: Iterable[dict[str, Any]], *columns: str) -> list[list[Any]]:
    return sorted(([row[column] for column in columns] for row in book), key=str)


def _books(world: World) -> dict[str, Any]:
    """What is owed, what was paid and booked, what money moved and what is left, by the two systems' own books."""
    epicor, wise = world.epicor.state(), world.wise.state()
    return {
        "invoices": _rows(epicor["invoices"], *_INVOICE),
        "payments": _rows((row for row in epicor["payments"] if row["lines"]), *_PAYMENT),
        "transfers": _rows((row for row in wise["transfers"] if row["funded_count"]), *_TRANSFER),
        "balances": _rows(wise["balances"], "currency", "amount"),
        "ledger": sorted(
            (p.id, p.status.value, p.hold.reason if p.hold else p.reason) for p in world.payments().values()
        ),
    }


def _kinds(world: World) -> set[str]:
    return {row["kind"]["S"] for row in world.database.rows(AUDIT)}


def test_lost_answers_change_nothing_in_the_books() -> None:
    """The same invoices are paid, once, posted, held and open; the same money has left the same balances."""
    world = _worked_off()
    calm, kinds = _books(world), _kinds(world)
    assert "unclear" not in kinds
    lossy = _worked_off(0.1)
    assert _books(lossy) == calm
    assert {payment.status for payment in lossy.payments().values()} <= AT_REST
    assert "unclear" in _kinds(lossy)
