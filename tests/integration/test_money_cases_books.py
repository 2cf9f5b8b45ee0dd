"""Money cases about the books: whose payment is posted or deleted, what was delivered, what came back."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kinetic_wise.flows.operate import operate
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.payments.life_cycle import Status
from simulators.sample_day import make_day
from tests.support.acts import (
    FUND,
    HOUR,
    attempt,
    detail,
    fault,
    held_for,
    money_comes,
    move,
    near_the_end_of_the_rate,
    on_draft,
    on_invoice,
    on_transfer,
    only_payment,
    our_payments,
    paid_day,
    people_in_epicor,
    poor_day,
    rest_until,
    small_day,
    statuses,
    told,
    transfers,
    work_until,
)
from tests.support.world import World

_POST = ("POST", "RunDirect$")


def test_h14_a_number_is_not_a_payment() -> None:
    """Epicor was restored and our HeadNum is a colleague's payment now: it is neither posted nor deleted (H14)."""
    world = World(poor_day())
    invoice = world.day.invoices[0]
    people_in_epicor(world, "back_up", invoice)
    rest_until(world, Status.AWAITING_FUNDS)
    (ours,) = our_payments(world)
    people_in_epicor(world, "restore_database", invoice)
    on_invoice(world, "pay_by_hand", post=False)
    (theirs,) = world.epicor.state()["payments"]
    assert theirs["head_num"] == ours["head_num"]
    on_transfer(world, "cancel")
    world.run(HOUR)
    assert only_payment(world).status in (Status.FAILED, Status.HELD)
    assert world.epicor.state()["payments"] == [theirs]


@pytest.mark.parametrize("came_from", ["held", "failed"])
def test_h19_facts_are_written_in_any_status(came_from: str) -> None:
    """Money goes out where the ledger saw none: the facts are kept, and somebody is told (H19)."""
    world = World(small_day())
    fault(world.wise, FUND, "before", times=-1)
    assert held_for(rest_until(world, Status.HELD, hours=2)) == "funding_unclear"
    if came_from == "failed":
        payment = only_payment(world)
        failed = payment.model_copy(update={"status": Status.FAILED, "intent": None, "hold": None})
        world.deps.ledger.write(payment, failed, [])
    on_transfer(world, "fund")
    world.run(HOUR)
    assert attempt(world).funded
    assert attempt(world).may_have_money
    assert only_payment(world).status.value == came_from
    assert told(world, "money where the ledger saw none")


def test_h21_another_amount_than_the_invoices_is_not_posted() -> None:
    """Funded by a person after the rate's end, the transfer delivers less: held until a person posts (H21)."""
    day = make_day()
    invoice = next(i for i in day.invoices if i.invoice_num == "TF-20931")  # GBP, paid from euros here
    world = World(replace(small_day(), invoices=(invoice,), balances={"EUR": Decimal("10.00")}))
    rest_until(world, Status.AWAITING_FUNDS)
    near_the_end_of_the_rate(world, minutes=-1)
    money_comes(world)
    on_transfer(world, "fund")
    world.run(HOUR)
    payment = only_payment(world)
    assert held_for(payment) == "delivered_other_amount"
    assert f"{payment.amount:,} GBP" in detail(payment)
    assert transfers(world)[0]["target_amount"] != str(payment.amount)
    assert [p["posted"] for p in our_payments(world)] == [False]
    release = {"action": "release", "payment": payment.id, "why": "difference booked"}
    operate(world.deps, release, "anna")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "delivered_other_amount"
    on_draft(world, "post_draft")
    operate(world.deps, release, "anna")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED


def test_h22_a_posting_whose_answer_is_lost_is_not_posted_twice() -> None:
    """`RunDirect` took effect and nobody was told: read back, posted once (H22)."""
    world = World(small_day())
    fault(world.epicor, _POST, "lost")
    rest_until(world, Status.POSTED)
    assert [p["posted"] for p in our_payments(world)] == [True]
    assert [row["doc_invoice_bal"] for row in world.epicor.state()["invoices"]] == ["0.00"]


def test_h22_a_draft_that_a_person_posted_after_the_funding_is_found_posted() -> None:
    """Somebody was quicker: what stands posted is not posted again (H22)."""
    world = World(small_day())
    work_until(world, Status.PROCESSING)
    on_draft(world, "post_draft")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert [p["posted"] for p in our_payments(world)] == [True]


def test_h22_a_draft_deleted_after_the_funding_is_not_forgotten() -> None:
    """The money is out and its draft is gone: booked by a new one, or held; never counted as unpaid (H22)."""
    world = World(small_day())
    work_until(world, Status.PROCESSING)
    on_draft(world, "delete_draft")
    world.run(HOUR)
    payment = only_payment(world)
    assert payment.status in (Status.POSTED, Status.HELD)
    assert sum(p["posted"] for p in our_payments(world)) == (1 if payment.status is Status.POSTED else 0)
    assert attempt(world).funded
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_h22_an_invoice_paid_by_hand_after_the_funding_is_told() -> None:
    """Deleted and paid by hand while our money was on its way: held, so that a person recalls one of the two (H22)."""
    world = World(small_day())
    work_until(world, Status.PROCESSING)
    on_draft(world, "delete_draft")
    on_invoice(world, "pay_by_hand")
    world.run(HOUR)
    assert only_payment(world).status is Status.HELD
    assert [p for p in our_payments(world) if p["posted"]] == []


def _sent_by_swift() -> World:
    """A payment to the USA by SWIFT, sent and posted."""
    invoice = next(i for i in make_day().invoices if i.invoice_num == "FP2026-0091")
    world = paid_day(World(replace(small_day(), invoices=(invoice,))))
    assert only_payment(world).status is Status.POSTED
    return world


def test_h25_a_refund_that_is_short_proves_death_once_its_amount_is_known() -> None:
    """SWIFT banks keep their part: the money is back in a known amount, so the transfer is dead all the same (H25)."""
    world = _sent_by_swift()
    move(world, "bounced_back")
    world.run(HOUR)
    assert not attempt(world).dead
    move(world, "funds_refunded")
    world.run(HOUR)
    known = attempt(world)
    assert known.refund is not None
    assert known.debited is not None
    assert known.refund.amount < known.debited
    assert str(known.refund.amount) in known.dead
    assert len(transfers(world)) == 1


def test_h25_a_refund_of_unknown_amount_proves_nothing() -> None:
    """The event that tells the amount never comes: nothing is released until somebody or something tells it (H25)."""
    world = _sent_by_swift()
    move(world, "bounced_back")
    world.run(HOUR)
    transfer = world.wise._world.books.transfers[transfers(world)[0]["id"]]
    transfer.status = "funds_refunded"
    settle(world.deps, TransferMessage(transfer_id=transfer.id, first_seen=world.time))
    world.run(HOUR)
    assert attempt(world).refund is None
    assert not attempt(world).dead
    assert only_payment(world).status in (Status.RETURNED, Status.REFUND_UNKNOWN)
