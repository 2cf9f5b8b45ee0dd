"""A ledger that is empty while Wise and Epicor are not: looked up before anything is created (money-cases.md H9)."""

from collections import Counter

import pytest

from kinetic_wise.flows.adopt import adopt
from kinetic_wise.flows.outcomes import Outcome, Step
from kinetic_wise.flows.steps import run_step
from kinetic_wise.flows.subscribe import subscribe
from kinetic_wise.payments.life_cycle import AT_REST, Status
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.world import World

_HOUR = 3600.0


def _lose_everything(world: World) -> None:
    """The stack is deleted and deployed anew: no table row, queue message or execution is left."""
    world._due.clear()
    world.machines.live.clear()
    for table in (PAYMENTS, AUDIT, CONNECTOR):
        for row in list(world.database.rows(table)):
            world.database.client.delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})


@pytest.mark.parametrize("works_done", [60, 150, 280])
def test_an_empty_ledger_pays_nothing_twice_and_finishes_the_day(works_done: int) -> None:
    """Whenever the ledger is lost, after `adopt` the day ends with each invoice paid exactly once, and posted."""
    world = World()
    world.poll()
    end = world.time.replace(year=world.time.year + 1)
    for _ in range(works_done):
        world._step(end)
    _lose_everything(world)
    adopt(world.deps, "test")
    subscribe(world.deps, "https://connector.example/wise/webhook", "test")
    world.poll()
    world.run(_HOUR)
    world.top_up()
    world.run(_HOUR)
    sent = Counter(
        (t["recipient"], t["target_amount"])
        for t in world.wise.state()["transfers"]
        if t["status"] == "outgoing_payment_sent"
    )
    payments = world.payments().values()
    assert set(sent.values()) == {1}
    assert {payment.status for payment in payments} <= AT_REST
    assert all(t["funded_count"] <= 1 for t in world.wise.state()["transfers"])
    posted = [p for p in world.epicor.state()["payments"] if p["posted"] and p["reference"].startswith("TESTLEDG")]
    assert len(posted) == len(sent)
    drafts = [p for p in world.epicor.state()["payments"] if not p["posted"] and p["reference"].startswith("TESTLEDG")]
    assert len(drafts) == sum(1 for p in payments if p.status is Status.HELD and p.draft is not None)
    expected = sum(len(invoice.sent) for invoice in world.day.invoices if invoice.expect_outcome == "paid")
    assert expected - 1 <= len(sent) <= expected  # a transfer we had cancelled ourselves now waits for a person


@pytest.mark.parametrize("step", Step)
def test_an_execution_whose_payment_is_gone_stops_and_tells(step: Step) -> None:
    """A ledger set back to before a claim knows nothing of it: the execution ends there, no step fails, one alarm."""
    world = World()
    assert run_step(world.deps, step, "EPIC01:101:4500017:1", 1) is Outcome.STOPPED
    (alarm,) = [values for _, values in world.log_lines if values.get("alarm")]
    assert alarm["payment_id"] == "EPIC01:101:4500017:1"
    assert world.wise.state()["transfers"] == []
