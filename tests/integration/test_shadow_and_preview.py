"""Before anything is paid: what would be, by `preview` or a stack that only shadows. Neither system is written to."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from kinetic_wise.flows.operate import operate
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.money import Money
from kinetic_wise.settings import Settings
from kinetic_wise.transport import NotArrived
from tests.integration.test_command_line import Desk
from tests.support.acts import DAY, HOUR, held_for, only_payment, people_in_epicor, small_day, story
from tests.support.world import World

_ASKED = ("calls", "now", "quotes")  # a quote asks for forms and a price; it lapses by itself


def books(world: World) -> str:
    """Everything that both systems' books show but how often they were asked."""
    states = [world.epicor.state(), world.wise.state()]
    kept = [{name: value for name, value in state.items() if name not in _ASKED} for state in states]
    return json.dumps(kept, default=str, sort_keys=True)


def _made(world: World) -> dict[str, int]:
    wise = world.wise._world.books
    return {"recipients": len(wise.recipients), "transfers": len(wise.transfers), "subs": len(wise.subscriptions)}


@pytest.fixture(scope="module")
def shadowed() -> World:
    """The sample day, looked at by a stack that only shadows, with its vendors and audit rows switched on."""
    world = World(settings=Settings(shadow=True, epicor_slot_wait=2, audit_table="UD01"), webhooks=False)
    world.before = (books(world), _made(world))  # type: ignore[attr-defined]
    world.poll()
    world.run(2 * HOUR)
    return world


def test_a_shadow_writes_to_neither_system(shadowed: World) -> None:
    """After a whole day's work the books of Epicor and Wise are, to the last figure, what they were before it."""
    before, made = shadowed.before  # type: ignore[attr-defined]
    assert shadowed.payments()
    assert books(shadowed) == before
    assert _made(shadowed) == made


def test_a_shadow_holds_what_reads_can_tell_and_pays_nothing(shadowed: World) -> None:
    """Each payment is queued and was looked at, or is held for the reason that the real day holds it for."""
    assert {payment.status for payment in shadowed.payments().values()} <= {Status.QUEUED, Status.HELD}
    expected = {invoice.key: invoice.expect_reason for invoice in shadowed.day.invoices if invoice.expect_reason}
    found = Counter(p.hold.reason for p in shadowed.payments().values() if p.hold)
    assert found["bank_details_missing"] >= 1
    assert set(found) <= set(expected.values()) | {"bank_details_missing"}
    would = [p for p in shadowed.payments().values() if p.status is Status.QUEUED]
    assert would
    assert all(p.shadowed_at is not None and p.draft is None and p.attempt == 0 for p in would)


def test_the_command_tells_what_would_have_been_paid(shadowed: World) -> None:
    """`shadow` lists it with its sum; the trail tells that it was looked at only."""
    told = Desk(shadowed).json("shadow")
    would = [p for p in shadowed.payments().values() if p.shadowed_at is not None]
    assert {one["payment"] for one in told["would_pay"]} == {p.id for p in would if p.status is Status.QUEUED}
    assert story(shadowed, would[0])[-1]["kind"] == "shadowed"
    assert "would have been paid" in Desk(shadowed).run("shadow").stdout


def test_a_shadowed_payment_says_that_this_stack_only_looks_on(shadowed: World) -> None:
    """Whoever asks whether an invoice was paid is told that nothing is, here."""
    would = next(p for p in shadowed.payments().values() if p.shadowed_at is not None)
    assert "this stack only looks on" in Desk(shadowed).run("payment", "show", would.id).stdout


def test_no_write_leaves_while_shadowing(shadowed: World) -> None:
    """Whatever flow asks for it, the transport sends none, and says why."""
    with pytest.raises(NotArrived, match="shadow"):
        shadowed.deps.wise.cancel(1)


def test_when_the_shadow_ends_it_is_paid() -> None:
    """The same ledger goes on: what was only looked at is claimed, and is paid as soon as the setting is off."""
    world = World(small_day(), Settings(shadow=True, epicor_slot_wait=2), webhooks=False)
    world.poll()
    world.run(HOUR)
    assert only_payment(world).shadowed_at is not None
    world.deps.settings = Settings(epicor_slot_wait=2)
    for name in ("epicor", "wise"):
        world.deps.__dict__.pop(name)
    world.run(2 * HOUR)
    assert only_payment(world).status is Status.POSTED


def test_a_shadow_looks_again_each_day() -> None:
    """What was paid by hand meanwhile is closed, as it would be when a real payment begins."""
    world = World(small_day(), Settings(shadow=True, epicor_slot_wait=2), webhooks=False)
    world.poll()
    world.run(HOUR)
    first = only_payment(world).shadowed_at
    world.run(1.2 * DAY)
    again = only_payment(world).shadowed_at
    assert first is not None
    assert again is not None
    assert (again - first).days == 1


# --- preview --------------------------------------------------------------------------------------------------------


def test_a_preview_says_what_the_day_then_brings() -> None:
    """What it would hold is held for that reason, what is paid it said, the rest fails in Wise; it writes nothing."""
    world = World()
    before = books(world)
    told = Desk(world).json("preview")["payments"]
    assert books(world) == before
    assert world.payments() == {}
    world.poll()
    world.run(900)
    world.top_up()
    world.run(1800)
    became = world.payments()
    would_hold = {line["payment"]: line["reason"] for line in told if line["would"] == "hold"}
    assert would_hold
    assert {one: held_for(became[one]) for one in would_hold} == would_hold
    would_pay = {line["payment"] for line in told if line["would"] == "pay"}
    posted = {payment.id for payment in became.values() if payment.status is Status.POSTED}
    assert posted < would_pay
    rest = {(became[one].status, became[one].reason) for one in would_pay - posted}
    assert rest == {(Status.FAILED, "transfer_cancelled")}  # what becomes of it at Wise no read foretells


def test_a_preview_counts_what_was_funded_today() -> None:
    """What the day's cap leaves no room for beside today's fundings would be held; on another day there is room."""
    world = World(small_day(2), Settings(pay_when="due_date", epicor_slot_wait=2))
    for invoice, day in zip(world.day.invoices, ("2026-11-23", "2026-11-25"), strict=True):
        people_in_epicor(world, "change_due_date", invoice, invoice_num=invoice.invoice_num, due_date=day)
    switch, most = world.deps.state.switch, Money(max(invoice.amount for invoice in world.day.invoices), "EUR")
    operate(world.deps, {"action": "set_caps", "day": {"EUR": str(most.amount)}}, "anna")
    world.database.client.transact_write_items(TransactItems=[switch.counting(switch.read(), "2026-11-23", most)])
    lines: list[dict[str, Any]] = Desk(world).json("preview")["payments"]
    told = sorted((line["day"], line["would"], line["reason"]) for line in lines)
    assert told == [("2026-11-23", "hold", "over_day_cap"), ("2026-11-25", "pay", "")]


def test_a_preview_names_the_day_and_what_is_later() -> None:
    """An invoice due in three days is to be paid on that day; one beyond the days looked at is later, unread."""
    world = World(small_day(2), Settings(pay_when="due_date", epicor_slot_wait=2))
    for invoice, day in zip(world.day.invoices, ("2026-11-26", "2026-12-10"), strict=True):
        people_in_epicor(world, "change_due_date", invoice, invoice_num=invoice.invoice_num, due_date=day)
    desk = Desk(world)
    lines: list[dict[str, Any]] = desk.json("preview")["payments"]
    assert sorted((line["day"], line["would"]) for line in lines) == [("2026-11-26", "pay"), ("2026-12-10", "wait")]
    assert "1 to be paid, 0 held, 1 later" in desk.run("preview").stdout
    assert desk.json("preview", "--days", "30")["payments"][1]["would"] == "pay"


def test_a_preview_shows_what_is_held_already() -> None:
    """A held payment stays listed with its reason, also where its draft has taken the invoice out of Epicor's list."""
    world = World()
    world.poll()
    world.run(900)
    told = Desk(world).json("preview")["payments"]
    held = {payment.id for payment in world.payments().values() if payment.status is Status.HELD}
    assert held
    assert held == {line["payment"] for line in told if line["status"] == "held"}


def test_a_preview_is_refused_in_a_sentence() -> None:
    """Days that cannot be looked at are told, and nothing is asked."""
    desk = Desk(World(small_day()))
    result = desk.run("preview", "--days", "1000")
    assert result.exit_code == 1
    assert "less than or equal to 365" in result.stderr
    assert desk.ordered == []


def test_a_person_is_told_when_and_why() -> None:
    """`payment show` and `status` name the day that a payment waits for, and the date it is due."""
    world = World(small_day(), Settings(pay_when="due_date", epicor_slot_wait=2))
    invoice = world.day.invoices[0]
    people_in_epicor(world, "change_due_date", invoice, invoice_num=invoice.invoice_num, due_date="2026-11-26")
    world.poll()
    world.run(HOUR)
    desk = Desk(world)
    shown = desk.run("payment", "show", invoice.invoice_num).stdout
    assert "Paid from   2026-11-26 00:00:00 UTC on, due 2026-11-26" in shown
    assert desk.json("status")["waiting"] == {"2026-11-26": 1}
    assert "1 of the queued wait for their day; the next 1 are paid on 2026-11-26." in desk.run("status").stdout
