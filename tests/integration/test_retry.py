"""`retry` by a person: only on proof that the last transfer is dead, under a new reservation and attempt (rule 7)."""

from decimal import Decimal

import pytest

from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from tests.support.acts import (
    HOUR,
    attempt,
    detail,
    failed_payment,
    held_for,
    kinds,
    move,
    on_invoice,
    only_payment,
    our_payments,
    paid_day,
    poor_day,
    rest_until,
    small_day,
    statuses,
    story,
    transfers,
)
from tests.support.world import World

CALLER = "arn:aws:sts::111122223333:assumed-role/ap/joe"


def retry(world: World, payment_id: str | None = None) -> None:
    """A person orders a retry of the one payment."""
    operate(world.deps, {"action": "retry", "payment": payment_id or only_payment(world).id}, CALLER)


@pytest.fixture
def failed() -> World:
    """A payment whose waiting transfer a person cancelled in Wise; there is money now."""
    return failed_payment()


def _settled_again(world: World) -> Payment:
    settle(world.deps, TransferMessage(transfer_id=transfers(world)[0]["id"], first_seen=world.time))
    return only_payment(world)


def test_a_failed_payment_is_paid_after_a_retry(failed: World) -> None:
    """The next reservation has a group of its own, the next attempt a key of its own, and a new run works on it."""
    before = only_payment(failed)
    retry(failed)
    failed.run(HOUR)
    after = only_payment(failed)
    assert after.status is Status.POSTED
    assert (after.attempt, after.reservation) == (2, before.reservation + 1)
    assert after.run > before.run
    assert after.group_id != before.group_id
    assert attempt(failed, 2).key != attempt(failed, 1).key
    assert [status for status, _ in statuses(failed)] == ["cancelled", "outgoing_payment_sent"]
    assert [p["group_id"] for p in our_payments(failed) if p["posted"]] == [after.group_id]


def test_the_trail_names_who_ordered_it_and_the_proof(failed: World) -> None:
    """The order stands in the payment's own trail with caller and proof of death."""
    retry(failed)
    (entry,) = [entry for entry in story(failed, only_payment(failed)) if entry["kind"] == "retry"]
    assert entry["data"]["caller"] == CALLER
    assert "cancelled" in entry["data"]["proof"]


def test_without_an_order_nothing_begins_again(failed: World) -> None:
    """Neither polls nor sweeps nor a scan of everything take up what failed (H7)."""
    failed.poll()
    failed.run(24 * HOUR)
    assert only_payment(failed).status is Status.FAILED
    assert len(transfers(failed)) == 1


def test_a_retry_commits_the_invoice_again(failed: World) -> None:
    """What was given back is taken again: another claim of the same invoice finds no room (rule 1)."""
    retry(failed)
    failed.run(HOUR)
    (lock,) = [row for row in failed.database.rows("payments") if row["pk"]["S"].startswith("INVOICE#")]
    assert Decimal(lock["committed"]["N"]) == only_payment(failed).amount


def test_ordered_twice_it_begins_once(failed: World) -> None:
    """The second order finds the payment under way and is refused."""
    retry(failed)
    with pytest.raises(BadOrder, match="queued"):
        retry(failed)
    failed.run(HOUR)
    with pytest.raises(BadOrder, match="posted"):
        retry(failed)
    assert kinds(failed).count("retry") == 1


def test_late_news_of_the_dead_transfer_does_not_end_the_retry(failed: World) -> None:
    """A repeated webhook about the first transfer leaves the queued payment queued."""
    retry(failed)
    assert _settled_again(failed).status is Status.QUEUED


def test_an_amount_changed_meanwhile_is_held_with_both(failed: World) -> None:
    """A retry looks afresh: the invoice paid in part by hand is not paid by us."""
    on_invoice(failed, "pay_by_hand", post=False)
    retry(failed)
    failed.run(HOUR)
    assert held_for(only_payment(failed)) == "invoice_changed"
    assert f"{only_payment(failed).amount:,} EUR" in detail(only_payment(failed))
    assert len(transfers(failed)) == 1


def test_an_invoice_paid_by_hand_meanwhile_is_closed(failed: World) -> None:
    """A retry of what a person has paid ends closed, without a transfer, and commits nothing."""
    on_invoice(failed, "pay_by_hand")
    retry(failed)
    failed.run(HOUR)
    assert only_payment(failed).status is Status.CLOSED
    assert len(transfers(failed)) == 1


def test_a_waiting_transfer_refuses_the_retry() -> None:
    """Nothing begins again beside a transfer that a person could fund in Wise."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    with pytest.raises(BadOrder, match="awaiting_funds"):
        retry(world)


def test_money_that_may_be_out_refuses_the_retry() -> None:
    """Bounced is not back: until the amount is known to be home, a person cannot pay again."""
    world = paid_day(World(small_day()))
    move(world, "bounced_back")
    world.run(HOUR)
    assert only_payment(world).status in (Status.RETURNED, Status.POSTED)
    with pytest.raises(BadOrder):
        retry(world)
    assert len(transfers(world)) == 1


def test_money_that_came_back_is_sent_again_by_order() -> None:
    """Bounced, refunded, voided in Epicor: a retry pays it under another group, and both stand in the books (H18)."""
    world = paid_day(World(small_day()))
    first = only_payment(world).group_id
    for status in ("bounced_back", "funds_refunded"):
        move(world, status)
        world.run(HOUR)
    assert only_payment(world).status is Status.RETURNED
    retry(world)
    world.run(HOUR)
    payment = only_payment(world)
    assert (payment.status, payment.attempt) == (Status.POSTED, 2)
    assert statuses(world) == [("funds_refunded", 1), ("outgoing_payment_sent", 1)]
    books = {p["group_id"]: (p["posted"], p["voided"]) for p in our_payments(world)}
    assert books == {first: (True, True), payment.group_id: (True, False)}


def test_a_rejected_payment_can_be_ordered_again(failed: World) -> None:
    """What a person ended, a person may begin again: the same proof is asked for, the same way is gone."""
    payment = only_payment(failed)
    failed.deps.ledger.write(payment, payment.model_copy(update={"status": Status.REJECTED}), [])
    retry(failed)
    failed.run(HOUR)
    assert (only_payment(failed).status, only_payment(failed).attempt) == (Status.POSTED, 2)


def test_a_payment_that_epicor_still_holds_is_not_ordered_again(failed: World) -> None:
    """A live payment in our group, whoever left it there, must be deleted or voided first."""
    payment = only_payment(failed)
    stale = payment.model_copy(update={"reservation": 1})
    failed.deps.ledger.write(payment, stale, [])
    store = failed.epicor.site.companies["EPIC01"]["CheckHed"]
    store.put({"HeadNum": 9001, "GroupID": stale.group_id, "XRefCheckNum": "TESTLEDG-1", "VendorNum": 101})
    with pytest.raises(BadOrder, match="delete it first"):
        retry(failed)
    assert only_payment(failed).status is Status.FAILED


def test_an_unknown_payment_is_named() -> None:
    """A typing error gets one clear sentence and changes nothing."""
    world = World(small_day())
    with pytest.raises(BadOrder, match="knows no payment 'EPIC01:1:X:1'"):
        retry(world, "EPIC01:1:X:1")
