"""Orders and changes that meet a payment between an announced write and its outcome."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kinetic_wise.flows.operate import operate
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action, Order
from tests.integration.test_after_sent import passes, people_in_wise, sent_while_epicor_is_away
from tests.support.acts import (
    HOUR,
    attempt,
    fault,
    held_for,
    kinds,
    on_invoice,
    on_transfer,
    only_payment,
    our_drafts,
    small_day,
    step_until,
    transfers,
)
from tests.support.world import Died, World

ANNA = "arn:aws:iam::111122223333:user/anna"
IBAN = "DE02120300000000202051"
MAKE_RECIPIENT = ("POST", "/accounts$")


def _cancel(world: World) -> Status:
    """Anna cancels the one payment; the status that she is told."""
    order = {"action": "cancel", "payment": only_payment(world).id, "why": "ordered twice"}
    return Status(operate(world.deps, order, ANNA)["status"])


def _change_bank(world: World) -> None:
    invoice = world.day.invoices[0]
    vendor = next(v for v in world.day.vendors if (v.company, v.vendor_num) == invoice.key[:2])
    on_invoice(world, "change_bank", bank_id=invoice.bank_id or vendor.primary_bank_id, columns={"IBANCode": IBAN})


def _without_a_recipient() -> World:
    """Wise's answer to the creation of the recipient is lost, and somebody types another account into the bank row."""
    world = World(small_day())
    fault(world.wise, MAKE_RECIPIENT, "lost")
    world.poll()
    step_until(world, _is_unclear(world, Action.CREATE_RECIPIENT))
    _change_bank(world)
    return world


def _is_unclear(world: World, action: Action) -> Callable[[], bool]:
    def is_unclear() -> bool:
        found = [payment.intent for payment in world.payments().values() if payment.status is Status.UNKNOWN]
        return any(intent is not None and intent.action is action for intent in found)

    return is_unclear


def test_a_recipient_whose_details_changed_while_it_was_unclear_is_held() -> None:
    """Nobody can look for the old details any more: a person is asked, and no step dies of it."""
    world = _without_a_recipient()
    world.run(HOUR)
    assert held_for(only_payment(world)) == "bank_details_missing"
    assert only_payment(world).intent is None
    assert world.errors == []


def test_a_payment_without_a_recipient_is_ended_by_an_order() -> None:
    """Whether Wise has a recipient more does not matter to the end of a payment: its draft goes, and it is rejected."""
    world = _without_a_recipient()
    assert _cancel(world) is Status.REJECTED
    assert our_drafts(world) == []


def test_an_order_about_an_attempt_of_another_profile_is_answered_with_a_hold() -> None:
    """A worker died with its create announced, and the profile was changed: the order ends in a hold that says so."""
    world = World(small_day())
    make = world.deps.make_wise

    def dies(*_: object) -> object:
        raise Died("step transfer")

    wise = world.deps.wise
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.QUOTED)
    wise.create_transfer = dies  # type: ignore[method-assign,assignment]  # the process dies in the call
    with pytest.raises(Died):
        step_until(world, lambda: only_payment(world).status is Status.CREATED)
    site = replace(world.deps.wise_site, profile=30_000_077)
    world.deps = replace(world.deps, make_wise=make, read_wise_site=lambda: site)
    assert _cancel(world) is Status.HELD
    assert held_for(only_payment(world)) == "ledger_not_bound"


@pytest.mark.parametrize(("reached", "ends"), [(Status.QUEUED, Status.REJECTED), (Status.QUOTED, Status.HELD)])
def test_with_another_profile_set_no_order_waits_for_ever(reached: Status, ends: Status) -> None:
    """The ledger knows all that was begun, so nobody has to adopt: it ends, or a hold says whose profile it needs."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is reached)
    site = replace(world.deps.wise_site, profile=30_000_077)
    world.deps = replace(world.deps, read_wise_site=lambda: site)
    assert _cancel(world) is ends
    assert (only_payment(world).order, transfers(world)) == (None, [])
    assert ends is Status.REJECTED or held_for(only_payment(world)) == "ledger_not_bound"


def _cancelled_too_late() -> World:
    """Cancelled while Wise answers no look, and funded by somebody before the cancel: settlement has seen the money."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.CREATED)
    fault(world.wise, ("GET", "/transfers/"), "status", times=-1, status=429)
    assert _cancel(world) is Status.UNKNOWN
    on_transfer(world, "fund")
    world.wise.faults.replace([])
    settle(world.deps, TransferMessage(transfer_id=transfers(world)[0]["id"], first_seen=world.time))
    return world


def test_an_order_that_the_money_overtook_is_dropped_and_told() -> None:
    """Cancelled, but Wise answers no look, and somebody funds it meanwhile: too late, told so, and posted as paid."""
    world = _cancelled_too_late()
    assert (only_payment(world).status, only_payment(world).order) == (Status.PROCESSING, None)
    assert kinds(world)[-2:] == ["processing", "order_too_late"]
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert kinds(world).count("order_too_late") == 1


@pytest.mark.parametrize(("tells", "ended"), [("cancel", Status.FAILED), ("bounce", Status.RETURNED)])
def test_an_order_that_came_too_late_is_no_reason_of_what_comes_back(tells: str, ended: Status) -> None:
    """Cancelled too late, and then Wise gives the money back: what it says is why, not the order that ended nothing."""
    world = _cancelled_too_late()
    if tells == "bounce":
        world.run(HOUR)
        people_in_wise(world, "bounce")
        people_in_wise(world, "give_back")
    else:
        on_transfer(world, "cancel")
    world.run(HOUR)
    payment = only_payment(world)
    assert payment.status is ended
    assert payment.reason
    assert payment.reason != "rejected_by_person"


def test_a_release_does_not_pay_again_what_had_been_paid_out() -> None:
    """Released before anybody saw that it was sent and came back: returned, and only a retry begins again (H7)."""
    world = sent_while_epicor_is_away()
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, HOUR)
    payment = only_payment(world)
    assert attempt(world).dead
    release = Order(action="release", caller=ANNA, why="looked at it")
    left_over = payment.model_copy(update={"status": Status.UNKNOWN, "intent": None, "order": release})
    world.deps.ledger.write(payment, left_over, [])
    world.epicor.faults.replace([])
    passes(world, 2 * HOUR)
    assert (only_payment(world).status, only_payment(world).order) == (Status.RETURNED, None)
    assert len(transfers(world)) == 1
