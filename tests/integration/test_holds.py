"""What a person does with a payment: release into looking again, reject and cancel by rule 6."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kinetic_wise.flows.adopt import adopt
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.ledger import Entry
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from tests.support.acts import (
    CANCEL,
    CREATE,
    FUND,
    HOUR,
    adopted,
    ask_a_person,
    fault,
    held_for,
    on_invoice,
    only_payment,
    our_payments,
    poor_day,
    rest_until,
    small_day,
    statuses,
    story,
    transfers,
    work_until,
)
from tests.support.world import World

MAKE_HEADER = ("POST", "CreateNewCheckHed")
ANNA = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_ap_1/anna"
WHY = "spoke to the vendor"


def order(world: World, action: str, payment_id: str | None = None, **more: Any) -> dict[str, Any]:
    """A person's order about the one payment."""
    said = {"action": action, "payment": payment_id or only_payment(world).id, "why": WHY, **more}
    return operate(world.deps, said, ANNA)


def committed(world: World) -> str:
    """What is committed on the one invoice."""
    (lock,) = [row for row in world.database.rows("payments") if row["pk"]["S"].startswith("INVOICE#")]
    return str(lock["committed"]["N"])


def _held_before_anything() -> World:
    """On hold in Epicor between claim and reservation."""
    world = World(small_day())
    work_until(world, Status.QUEUED)
    on_invoice(world, "set_hold")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "on_payment_hold"
    return world


def _held_at_the_gate() -> World:
    """On hold in Epicor between transfer and funding: the connector cancelled its transfer."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    on_invoice(world, "set_hold")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "on_payment_hold"
    assert statuses(world) == [("cancelled", 0)]
    return world


HELD = [_held_before_anything, _held_at_the_gate]


def test_an_order_before_adopt_is_answered_and_does_not_wait() -> None:
    """Nothing ends while the ledger is not bound: the payment is held for that, and goes on by an order after adopt."""
    world = _held_at_the_gate()
    on_invoice(world, "clear_hold")
    world.deps = replace(world.deps, table_id=lambda: "table-2")
    order(world, "release")
    assert held_for(only_payment(world)) == "ledger_not_bound"
    adopted(world, ANNA)
    order(world, "release")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED


@pytest.mark.parametrize("made", HELD)
def test_a_released_payment_is_looked_at_again_and_paid(made: Callable[[], World]) -> None:
    """The cause is gone: it starts over, every check is made afresh, and it is paid once."""
    world = made()
    on_invoice(world, "clear_hold")
    answer = order(world, "release")
    assert answer == {"payment": only_payment(world).id, "status": "queued", "under_way": False}
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert [funded for status, funded in statuses(world) if status != "cancelled"] == [1]
    assert [p["posted"] for p in our_payments(world)] == [True]


@pytest.mark.parametrize("made", HELD)
def test_a_release_pays_nothing_while_the_cause_lasts(made: Callable[[], World]) -> None:
    """Released although nothing was mended, it is held again for the same reason and no money moves."""
    world = made()
    order(world, "release")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "on_payment_hold"
    assert all(funded == 0 for _, funded in statuses(world))


@pytest.mark.parametrize("made", HELD)
def test_a_rejected_payment_leaves_nothing_behind(made: Callable[[], World]) -> None:
    """Its transfer is dead, its draft is deleted, its commitment is given back: in this order."""
    world = made()
    assert order(world, "reject")["status"] == "rejected"
    payment = only_payment(world)
    assert (payment.status, payment.reason) == (Status.REJECTED, "rejected_by_person")
    assert our_payments(world) == []
    assert committed(world) == "0"
    world.run(24 * HOUR)
    assert only_payment(world).status is Status.REJECTED


def test_order_and_reason_stand_in_the_audit_trail() -> None:
    """Who released or rejected, why in their own words, and what the hold was."""
    world = _held_before_anything()
    order(world, "release")
    world.run(HOUR)
    order(world, "reject")
    told = [e["data"] for e in story(world, only_payment(world)) if e["kind"] in ("released", "order.reject")]
    assert told == [{"caller": ANNA, "why": WHY, "was": "on_payment_hold"}] * 2


def test_what_has_moved_on_is_not_released() -> None:
    """A second release, or one of a payment that is paid, is refused in a sentence, and nothing is changed."""
    world = _held_before_anything()
    on_invoice(world, "clear_hold")
    order(world, "release")
    with pytest.raises(BadOrder, match="is queued, not held: there is nothing to release"):
        order(world, "release")
    world.run(HOUR)
    before = only_payment(world)
    for action in ("release", "reject", "cancel"):
        with pytest.raises(BadOrder, match="posted"):
            order(world, action)
    assert only_payment(world) == before


@pytest.mark.parametrize("said", [{"why": ""}, {"why": None}, {"payment": "EPIC01:1:none:1"}])
def test_an_order_without_reason_or_payment_changes_nothing(said: dict[str, Any]) -> None:
    """Each wants a payment that is there and a reason in words."""
    world = _held_before_anything()
    before = world.database.changes
    with pytest.raises(BadOrder, match=r"'why' must be|knows no payment"):
        operate(world.deps, {"action": "reject", "payment": only_payment(world).id, "why": WHY, **said}, ANNA)
    assert world.database.changes == before


BEFORE_MONEY = [Status.QUEUED, Status.RESERVED, Status.RECIPIENT_READY, Status.QUOTED, Status.CREATED]


@pytest.mark.parametrize("status", BEFORE_MONEY)
def test_a_payment_can_be_cancelled_between_any_two_steps(status: Status) -> None:
    """Before the money moves a cancel always wins: no transfer is funded, no draft and no commitment is left."""
    world = World(small_day())
    work_until(world, status)
    assert order(world, "cancel")["status"] == "rejected"
    world.run(24 * HOUR)
    assert only_payment(world).status is Status.REJECTED
    assert all(seen == ("cancelled", 0) for seen in statuses(world))
    assert our_payments(world) == []
    assert committed(world) == "0"


@pytest.mark.parametrize("status", [Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL])
def test_what_waits_for_money_or_a_person_can_be_cancelled(status: Status) -> None:
    """The waiting transfer is cancelled, so that neither money nor an approver can send it (H5)."""
    world = World(poor_day() if status is Status.AWAITING_FUNDS else small_day())
    if status is Status.AWAITING_APPROVAL:
        ask_a_person(world)
    rest_until(world, status)
    order(world, "cancel")
    assert statuses(world) == [("cancelled", 0)]
    assert only_payment(world).status is Status.REJECTED


def test_money_on_its_way_is_not_cancelled() -> None:
    """Once funded, an order to cancel is refused and the payment is booked as usual."""
    world = World(small_day())
    work_until(world, Status.PROCESSING)
    with pytest.raises(BadOrder, match="cannot be ended by an order"):
        order(world, "cancel")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED


@pytest.mark.parametrize(("system", "call"), [("wise", CREATE), ("wise", FUND), ("epicor", MAKE_HEADER)])
def test_an_unclear_call_is_closed_before_the_payment_ends(system: str, call: tuple[str, str]) -> None:
    """An answer is lost on the way: the order waits until what happened is known, and leaves no money out unseen."""
    world = World(small_day())
    fault(getattr(world, system), call)
    work_until(world, Status.UNKNOWN)
    order(world, "cancel")
    world.run(24 * HOUR)
    payment = only_payment(world)
    paid = [funded for status, funded in statuses(world) if status != "cancelled"]
    assert payment.order is None
    assert (payment.status, paid) == ((Status.POSTED, [1]) if call == FUND else (Status.REJECTED, []))
    assert [p["posted"] for p in our_payments(world)] == [True] * len(paid)


@pytest.mark.parametrize("call", [("POST", "CreateNewCheckHed"), ("POST", "OnChangeVendor")], ids=["group", "payment"])
@pytest.mark.parametrize("action", ["cancel", "release"])
def test_what_was_begun_and_is_still_empty_goes_with_its_order(action: str, call: tuple[str, str]) -> None:
    """A reservation broke off with its group or payment empty: ended or released, it leaves neither behind (rule 8)."""
    world = World(small_day())
    fault(world.epicor, call, "status", times=-1, status=503)
    work_until(world, Status.UNKNOWN)
    group = only_payment(world).group_id
    if action == "release":
        world.run(HOUR)
        assert held_for(only_payment(world)) == "reservation_unclear"
    world.epicor.faults.replace([])
    order(world, action)
    world.run(HOUR)
    assert only_payment(world).status is (Status.REJECTED if action == "cancel" else Status.POSTED)
    groups = [row["GroupID"] for row in world.epicor.site.companies["EPIC01"]["APChkGrp"].rows()]
    assert group not in groups
    assert [p["posted"] for p in world.epicor.state()["payments"] if p["group_id"] == group] in ([], [True])


def test_a_lost_answer_to_the_cancel_ends_as_ordered() -> None:
    """The order's own cancel is unclear: it is looked at, and what was ordered is done."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    fault(world.wise, CANCEL)
    assert order(world, "cancel")["under_way"] is True
    world.run(HOUR)
    assert (only_payment(world).status, statuses(world)) == (Status.REJECTED, [("cancelled", 0)])
    assert our_payments(world) == []


def test_a_payment_held_as_unbound_goes_on_after_adopt_and_release() -> None:
    """`ledger_not_bound`: released before `adopt` it is held again, afterwards it goes on from where it was."""
    world = World(small_day())
    work_until(world, Status.QUOTED)
    table, world.deps.table_id = world.deps.table_id, lambda: "another table"
    world.run(HOUR)
    assert held_for(only_payment(world)) == "ledger_not_bound"
    order(world, "release")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "ledger_not_bound"
    world.deps.table_id = table
    adopt(world.deps, ANNA)
    order(world, "release")
    world.run(HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.POSTED, 1)


def test_a_rejected_payment_can_begin_again() -> None:
    """A person's retry after a rejection pays it once, under the next attempt."""
    world = _held_at_the_gate()
    order(world, "reject")
    on_invoice(world, "clear_hold")
    operate(world.deps, {"action": "retry", "payment": only_payment(world).id}, ANNA)
    world.run(HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.POSTED, 2)


def test_the_same_debt_under_another_number_can_only_be_rejected() -> None:
    """`second_identity`: no release, no retry pays it; its end gives back nothing of what the other one committed."""
    world = World(small_day())
    first = rest_until(world, Status.POSTED)
    renamed = first.invoice.model_copy(update={"invoice_num": "the same, renamed"})
    again = Payment(
        id=renamed.payment_id(),
        invoice=renamed,
        amount=first.amount,
        currency=first.currency,
        currency_code=first.currency_code,
        created_at=world.time,
        updated_at=world.time,
    )
    world.deps.ledger.claim(again, first.amount, Entry("claimed", {}))
    (record,) = [one for one in world.payments().values() if held_for(one) == "second_identity"]
    before = committed(world)
    with pytest.raises(BadOrder, match="same debt as another one"):
        order(world, "release", record.id)
    assert order(world, "reject", record.id)["status"] == "rejected"
    with pytest.raises(BadOrder, match="same debt as another one"):
        operate(world.deps, {"action": "retry", "payment": record.id}, ANNA)
    assert committed(world) == before != "0"
    assert len(transfers(world)) == 1


def test_a_recipient_that_is_gone_is_found_or_made_anew() -> None:
    """`recipient_changed`: what the attempt froze is given up with the attempt, and the next one is paid."""
    world = World(small_day())
    work_until(world, Status.RECIPIENT_READY)
    world.wise._world.books.recipients.clear()
    world.run(HOUR)
    assert held_for(only_payment(world)) == "recipient_changed"
    order(world, "release")
    world.run(HOUR)
    payment = only_payment(world)
    assert (payment.status, payment.attempt, payment.reservation) == (Status.POSTED, 2, 2)
    assert [p["posted"] for p in our_payments(world)] == [True]
