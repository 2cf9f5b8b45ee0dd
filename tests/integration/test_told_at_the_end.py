"""What a clerk is told of a payment that is over, or waits for a word: at the command line and on the board."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kinetic_wise.flows.board import Books, read_board
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.widget.page import answer
from tests.integration.test_after_sent import (
    in_epicor,
    paid,
    passes,
    people_in_wise,
    sent_while_epicor_is_away,
    transfer_of,
    without_statements,
)
from tests.integration.test_command_line import Desk
from tests.support.acts import (
    HOUR,
    ask_a_person,
    failed_payment,
    on_invoice,
    on_transfer,
    only_payment,
    small_day,
    step_until,
    work_until,
)
from tests.support.dynamodb import FIRST
from tests.support.world import World
from tests.unit.widget.parsing import Page

_DAY = 24 * HOUR
_UNPAID, _PAID = "ended without paying", "paid, booked in Epicor, no longer watched"


@pytest.fixture(scope="module")
def quiet() -> World:
    """A payment that was posted 61 quiet days ago."""
    world = paid()
    passes(world, 61 * _DAY)
    return world


@pytest.fixture
def waiting() -> World:
    """The money of a payment is back, and nobody tells how much: no event, and statements are closed."""
    world = paid(webhooks=False)
    without_statements(world)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back", kept="20.00")
    passes(world, _DAY)
    assert only_payment(world).status is Status.REFUND_UNKNOWN
    return world


def books(world: World) -> Books:
    """What the widget reads."""
    client = world.database.client
    trail = Trail(client, FIRST.payments, FIRST.audit, FIRST.connector)
    return Books(Reading(client, FIRST.payments), trail, world.deps.state)


def widget(world: World, **event: Any) -> str:
    """The words that the widget shows."""
    return Page(answer(event, books(world), "arn:widget", world.now())).text


def test_after_the_watch_everybody_is_told_that_it_was_paid(quiet: World) -> None:
    """On day 61 nobody reads that a paid invoice is unpaid: not in `payment show`, `status`, the story or the board."""
    payment, desk = only_payment(quiet), Desk(quiet)
    assert payment.status is Status.CLOSED
    shown = (
        desk.run("payment", "show", payment.id).output,
        desk.run("status").output,
        widget(quiet, payment=payment.id),
        widget(quiet),
    )
    assert [(_PAID in text, _UNPAID in text.lower()) for text in shown] == [(True, False)] * len(shown)
    assert desk.json("payment", "show", payment.id)["meaning"] == _PAID
    assert "quiet ever since: it is no longer watched" in desk.run("audit", "show", payment.id).output


def test_closed_payments_are_counted_apart_by_whether_they_were_paid(quiet: World) -> None:
    """What was paid and what was not stand in rows of their own, each counted once, with its meaning."""
    before = only_payment(quiet)
    unpaid = before.model_copy(update={"draft": None, "reason": "paid_outside"})
    quiet.deps.ledger.write(before, unpaid, [], [], [])
    (row,) = Desk(quiet).json("status")["payments"]
    assert (row["status"], row["reason"], row["count"]) == ("closed", "paid_outside", 1)
    assert "outside the connector" in row["meaning"]
    assert [(one.count, one.was_paid) for one in _closed(quiet)] == [(1, False)]
    quiet.deps.ledger.write(only_payment(quiet), before.model_copy(update={"version": 0}), [], [], [])
    (row,) = Desk(quiet).json("status")["payments"]
    assert (row["count"], row["meaning"]) == (1, _PAID)
    assert [(one.count, one.was_paid) for one in _closed(quiet)] == [(0, False), (1, True)]


def _closed(world: World) -> list[Any]:
    return [row for row in read_board(books(world), world.now()).rows if row.status is Status.CLOSED]


def test_what_is_posted_has_no_reason_of_before() -> None:
    """A reason that a payment had on its way, as from an order that came too late, does not stay on what is paid."""
    world = sent_while_epicor_is_away()
    before = only_payment(world)
    world.deps.ledger.write(before, before.model_copy(update={"reason": "rejected_by_person"}), [], [], [])
    world.epicor.faults.replace([])
    passes(world, 2 * HOUR)
    assert (only_payment(world).status, only_payment(world).reason) == (Status.POSTED, "")


def test_an_order_that_came_too_late_is_no_reason_of_what_is_paid() -> None:
    """Cancelled here after a person had funded it in Wise: on its way, nobody reads that it was rejected."""
    world = World(small_day())
    ask_a_person(world)
    payment, desk = work_until(world, Status.AWAITING_APPROVAL), Desk(world)
    on_transfer(world, "fund")
    desk.run("payment", "cancel", payment.id, "--why", "wrong vendor")
    step_until(world, lambda: only_payment(world).status is Status.PROCESSING)
    assert "The order came too late" in desk.run("audit", "show", payment.id).output
    assert "reject" not in desk.run("payment", "show", payment.id).output


def test_an_invoice_paid_outside_says_so_in_words() -> None:
    """The reason why it was closed unpaid has a meaning and a remedy from the page on holds."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    on_invoice(world, "pay_by_hand")
    world.run(HOUR)
    payment = only_payment(world)
    assert payment.status is Status.CLOSED
    told = Desk(world).run("payment", "show", payment.id).output
    assert f"closed: {_UNPAID}" in told
    assert "paid_outside: before it was begun, the invoice had nothing open any more" in told
    assert "What to do  nothing; who paid it stands in Epicor" in told


def test_what_failed_or_came_back_names_the_next_step() -> None:
    """`payment show`, the story and the board say how a payment that ended unpaid begins again."""
    world = failed_payment()
    payment = only_payment(world)
    assert payment.status is Status.FAILED
    for text in (
        Desk(world).run("payment", "show", payment.id).output,
        widget(world, payment=payment.id),
        widget(world),
    ):
        assert "What to do" in text
        assert "payment retry" in text


def test_who_waits_for_a_refunds_amount_is_told_the_order(waiting: World) -> None:
    """Board, story, `payment show` and the alarm's line name the command that tells the amount."""
    payment = only_payment(waiting)
    shown = Desk(waiting).run("payment", "show", payment.id).output
    assert f"Then        kinetic-wise payment refund {payment.id} --amount EUR=AMOUNT" in shown
    for text in (shown, widget(waiting), widget(waiting, payment=payment.id)):
        assert "read it there and tell it: " in text
        assert "kinetic-wise payment refund" in text
    (line,) = [values for text, values in waiting.log_lines if "refund's amount" in text]
    assert (line["alarm"], line["order"]) == (True, "kinetic-wise payment refund")


def test_a_person_tells_a_refunds_amount_at_the_command_line(waiting: World) -> None:
    """What is no amount, or more than had left, is refused in a sentence; the right one is voided with."""
    desk, number = Desk(waiting), only_payment(waiting).invoice.invoice_num
    for wrong, said in (("lots", "is no amount"), ("EUR=", "is no amount"), ("EUR=99999999.00", "had left")):
        refused = desk.run("payment", "refund", number, "--amount", wrong)
        assert (refused.exit_code, said in refused.stderr) == (1, True)
    refunded = transfer_of(waiting).refunded
    amount = str(refunded)
    told = desk.run("payment", "refund", number, "--amount", f"EUR={amount}")
    assert told.exit_code == 0
    assert f"Taken: {refunded:,} EUR came back of payment {only_payment(waiting).id}" in told.output
    assert (desk.ordered[-1]["amount"], desk.ordered[-1]["currency"]) == (amount, "EUR")
    passes(waiting, 2 * HOUR)
    assert (only_payment(waiting).status, in_epicor(waiting)) == (Status.RETURNED, [(True, True)])
    again = desk.run("payment", "refund", number, "--amount", f"EUR={amount}", "--json")
    assert again.exit_code == 1
    assert "no refund of it waits for its amount" in json.loads(again.stdout)["error"]
    assert f"local:ANNA told how much came back: {refunded:,} EUR." in desk.run("audit", "show", number).output


def test_a_payment_on_its_way_has_nothing_to_do() -> None:
    """Where nobody has to do anything nothing is asked of a person."""
    world = World(small_day())
    payment = work_until(world, Status.PROCESSING)
    assert "What to do" not in Desk(world).run("payment", "show", payment.id).output
