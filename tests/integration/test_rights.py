"""The template's roles over a day's work: every world asks them at each call, here also for what works beside one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kinetic_wise import metrics
from kinetic_wise.flows.board import Books
from kinetic_wise.flows.keep_reconciliation import Keeping, keep_reconciliation, usual_period
from kinetic_wise.flows.measure import measure
from kinetic_wise.flows.sync_vendors import sync_vendors
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.seals import seal
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.widget.page import answer
from tests.support.acts import HOUR, poor_day, small_day, transfers
from tests.support.dynamodb import FIRST
from tests.support.meter import Meter
from tests.support.month import sources_of
from tests.support.rights import NotGranted, ask, granted, of_dynamodb
from tests.support.world import ROOT, World


@pytest.fixture(scope="module")
def world() -> World:
    """A small day worked off, and a night."""
    world = World(small_day(2))
    world.poll()
    world.run(HOUR)
    world.time += timedelta(days=1)
    return world


def test_every_function_has_a_role_to_ask() -> None:
    """Each folder of `functions/` is a function of the template with rights of its own."""
    assert set(granted()) == {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert all(granted().values())


def test_what_a_role_does_not_grant_cannot_happen_unnoticed(world: World) -> None:
    """A call beyond the role ends whoever makes it, and no code that expects faults survives it."""
    refused = pytest.raises(NotGranted, match="dynamodb:GetItem on PaymentsTable to dashboard_widget")
    with refused, world.acting("dashboard_widget"):
        world.deps.ledger.get("EPIC01:1:INV-1:1")
    assert not issubclass(NotGranted, Exception)
    with pytest.raises(NotGranted, match="DescribeTable"), world.acting("sweep"):
        world.deps.table_id()


def test_a_transaction_takes_the_rights_of_its_parts() -> None:
    """As AWS has it, there is no right to transactions: each part needs its own, and an index is a place of its own."""
    parts = [{"ConditionCheck": {"TableName": "connector"}}, {"Put": {"TableName": "audit"}}]
    assert list(of_dynamodb("TransactWriteItems", {"TransactItems": parts})) == [
        ("dynamodb:ConditionCheckItem", "ConnectorTable"),
        ("dynamodb:PutItem", "AuditTable"),
    ]
    (query,) = of_dynamodb("Query", {"TableName": "payments", "IndexName": "by_status"})
    ask("sweep", *query)
    with pytest.raises(NotGranted):
        ask("sweep", query[0], "PaymentsTable")


def test_vendors_are_kept_within_the_role(world: World) -> None:
    """A pass over all vendors is granted all that it does."""
    with world.acting("sync_vendors"):
        assert sync_vendors(world.deps, world.now() + timedelta(days=1))["finished"] is True


def test_books_are_compared_within_the_role(world: World) -> None:
    """A reconciliation is granted its spreadsheet, its standings and its entry."""
    kept = Keeping(world.evidence, world.deps.state.note, world.deps.log)
    sources = sources_of(world)
    with world.acting("reconcile"):
        summary, key = keep_reconciliation(sources, kept, usual_period(sources))
    assert summary.rows >= len(transfers(world)) > 0
    assert key in world.evidence.objects


def test_seals_are_made_within_the_role(world: World) -> None:
    """A seal and the one after it, which reads the first, are granted."""
    trail = Trail(world.database.client, FIRST.payments, FIRST.audit, FIRST.connector)
    with world.acting("seal_audit"):
        assert seal(trail, world.evidence, world.now()).chains > 0
        assert seal(trail, world.evidence, world.now() + timedelta(days=1)).is_new


def test_the_sweep_measures_within_its_role() -> None:
    """What the sweep counts of the ledger it may read: here a payment that waits for money."""
    world, meter = World(poor_day()), Meter()
    world.poll()
    world.run(HOUR)
    with world.acting("sweep"):
        measure(replace(world.deps, meter=meter), Reading(world.database.client, FIRST.payments))
    assert meter.last(metrics.PAYMENTS, status="awaiting_funds") == 1


def test_the_dashboard_reads_within_its_role(world: World) -> None:
    """Board and story are granted."""
    client = world.database.client
    trail = Trail(client, FIRST.payments, FIRST.audit, FIRST.connector)
    books = Books(Reading(client, FIRST.payments), trail, world.deps.state)
    payment = next(iter(world.payments()))
    with world.acting("dashboard_widget"):
        shown = [answer(event, books, "arn", world.now()) for event in ({}, {"payment": payment})]
    assert payment.split(":")[2] in shown[1]
