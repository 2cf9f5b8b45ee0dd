"""Polling the simulated Epicor: what people and administrators do to it between two polls."""

from __future__ import annotations

from datetime import timedelta

from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.payments.life_cycle import Status
from tests.support.acts import only_payment, people_in_epicor, small_day, step_until
from tests.support.dynamodb import AUDIT
from tests.support.world import World


def test_restored_epicor_is_noticed_and_read_again() -> None:
    """After a restore the next poll raises an alarm once, reads everything, and goes on from where Epicor is."""
    day = small_day(3)
    world = World(day, webhooks=False)
    first = day.invoices[0]
    people_in_epicor(world, "back_up", first)
    world.time += timedelta(days=2)
    people_in_epicor(world, "clear_hold", first, invoice_num=first.invoice_num)
    world.poll()
    world.run(3_600)
    people_in_epicor(world, "restore_database", first)

    reports = [poll_invoices(world.deps) for _ in range(2)]

    assert [report.went_back for report in reports] == [["EPIC01"], []]
    assert [report.queued for report in reports] == [0, 0]
    assert len([text for text, values in world.log_lines if "went back" in text and values["alarm"]]) == 1
    assert any(row["pk"]["S"].startswith("SYSTEM#poll_invoices") for row in world.database.rows(AUDIT))


def test_invoice_for_another_method_is_left_alone() -> None:
    """What a clerk takes out of Wise's hands before it was claimed is never picked up (5.3)."""
    day = small_day(2)
    world = World(day, webhooks=False)
    other = day.invoices[0]
    people_in_epicor(world, "change_invoice", other, invoice_num=other.invoice_num, columns={"PMUID": 1})

    world.poll()
    world.run(3_600)

    assert world.payment_of(other) is None
    assert world.payment_of(day.invoices[1]) is not None


def test_method_changed_after_the_claim_holds() -> None:
    """Quoted, then given another payment method: the gate sees it, nothing is funded, a person decides (rule 9)."""
    day = small_day(1)
    world = World(day, webhooks=False)
    other = day.invoices[0]
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.QUOTED)
    people_in_epicor(world, "change_invoice", other, invoice_num=other.invoice_num, columns={"PMUID": 1})
    world.run(3_600)

    payment = only_payment(world)
    assert payment.status is Status.HELD
    assert payment.hold is not None
    assert payment.hold.reason == "other_payment_method"
    assert [transfer["funded_count"] for transfer in world.wise.state()["transfers"]] == [0]
