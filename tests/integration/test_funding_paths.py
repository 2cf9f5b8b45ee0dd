"""Quotes, rates and balances that run out, and fundings that are refused: each has its own path (rules 5 to 7)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.systems import Transfer
from kinetic_wise.settings import Settings
from kinetic_wise.wise import WiseClient
from simulators.wise.books import CONVERTED, WAITING
from tests.support.acts import (
    CANCEL,
    CREATE,
    FUND,
    HOUR,
    ask_a_person,
    attempt,
    detail,
    fault,
    held_for,
    kinds,
    money_comes,
    near_the_end_of_the_rate,
    on_transfer,
    only_payment,
    our_drafts,
    poor_day,
    rest_until,
    small_day,
    statuses,
    step_until,
    transfers,
    work_until,
)
from tests.support.world import World


def _jump(world: World, minutes: float) -> None:
    """Nothing runs for a while."""
    world.time += timedelta(minutes=minutes)


def test_a_quote_that_expires_before_the_transfer_is_made_again() -> None:
    """Past `expirationTime` a new quote is made, for the same attempt and key."""
    world = World(small_day())
    work_until(world, Status.QUOTED)
    _jump(world, 31)
    world.run(HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.POSTED, 1)
    assert kinds(world).count("quoted") == 2


def test_the_quotes_end_does_not_end_a_transfer_made_from_it() -> None:
    """After creation `expirationTime` counts no more: the transfer is funded as long as its rate holds (H26)."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    _jump(world, 31)
    world.run(HOUR)
    quote = attempt(world).quote
    assert quote is not None
    assert quote.expires_at < world.time
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.POSTED, 1)


def test_a_quote_not_found_after_an_unclear_create_means_nothing() -> None:
    """The transfer exists and used its quote: the same key gives it back, under a new quote if need be (H1)."""
    world = World(small_day())
    fault(world.wise, CREATE, "lost")
    world.poll()
    step_until(world, lambda: bool(transfers(world)))
    _jump(world, 40)  # the used quote is not found any more, and expired as well
    world.run(2 * HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.POSTED, 1)
    assert len(transfers(world)) == 1


def test_a_rate_that_ended_before_funding_takes_a_second_attempt() -> None:
    """Past `rateExpirationTime` the transfer is cancelled by us, seen dead, and quoted anew under another key."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    near_the_end_of_the_rate(world, minutes=9)  # within the margin of ten minutes
    world.run(2 * HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.POSTED, 2)
    assert statuses(world) == [("cancelled", 0), ("outgoing_payment_sent", 1)]


def test_too_little_money_waits_and_the_same_transfer_is_funded() -> None:
    """An insufficient balance is no failure: after a top-up the transfer that waits is funded."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    money_comes(world)
    world.run(HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.POSTED, 1)
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_no_money_after_an_unclear_try_waits_for_money() -> None:
    """The first try was unclear, the repeat finds no money: once looks show nothing moved, it waits for a top-up."""
    world = World(poor_day())
    fault(world.wise, FUND, "before")
    payment = work_until(world, Status.AWAITING_FUNDS)
    assert payment.intent is None
    assert kinds(world).count("intent.fund") == 2, "it is not tried out: the looks decide"
    assert kinds(world).count("looked") >= 2
    money_comes(world)
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_a_person_asked_for_after_an_unclear_try_is_waited_for() -> None:
    """The same where Wise wants strong authentication: the payment waits for its approver, it is not held."""
    world = World(small_day())
    ask_a_person(world)
    fault(world.wise, FUND, "before")
    rest_until(world, Status.AWAITING_APPROVAL)
    on_transfer(world, "fund")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED


def test_our_first_cancel_that_is_refused_did_nothing_whatever_was_unclear_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A funding was unclear, the rate ended, and a person cancels just before ours is refused: theirs (rule 7)."""
    world = World(small_day())
    fault(world.wise, FUND, "before")
    work_until(world, Status.UNKNOWN)
    cancel = WiseClient.cancel

    def cancelled_before(self: WiseClient, transfer_id: int) -> Transfer:
        on_transfer(world, "cancel")
        fault(world.wise, CANCEL, "status", status=422)
        return cancel(self, transfer_id)

    monkeypatch.setattr(WiseClient, "cancel", cancelled_before)
    near_the_end_of_the_rate(world)
    world.run(2 * HOUR)
    assert kinds(world).count("intent.cancel") == 1
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.FAILED, 1)
    assert statuses(world) == [("cancelled", 0)]


def test_a_cancel_that_did_not_arrive_leaves_the_funding_unclear() -> None:
    """The rate ended on an unclear funding, and the cancel does not arrive: its looks go on, nothing is funded anew."""
    world = World(small_day())
    fault(world.wise, FUND, "before")
    work_until(world, Status.UNKNOWN)
    fault(world.wise, CANCEL, "status", times=4, status=429)
    near_the_end_of_the_rate(world)
    world.run(2 * HOUR)
    assert kinds(world).count("not_arrived") >= 1
    assert kinds(world)[: kinds(world).index("next_attempt")].count("intent.fund") == 1
    assert statuses(world) == [("cancelled", 0), ("outgoing_payment_sent", 1)]


def test_money_that_left_with_the_unclear_try_is_seen() -> None:
    """The first try took the money and its answer was lost: whatever a repeat would be told, the look decides."""
    world = World(small_day())
    fault(world.wise, FUND, "lost")
    rest_until(world, Status.POSTED)
    assert kinds(world).count("intent.fund") == 1
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_money_that_left_is_seen_before_the_status_shows_it() -> None:
    """The transfer's status lags for minutes: its payment is listed, so nothing is sent again (rule 5)."""
    world = World(small_day())
    fault(world.wise, FUND, "lost")
    world.poll()
    step_until(world, lambda: statuses(world) == [("processing", 1)])
    (transfer,) = world.wise._world.books.transfers.values()
    transfer.status = WAITING
    for balance in world.wise._world.books.balances.values():
        balance.amount = Decimal(0)
    world.run(HOUR / 4)
    assert transfer.status == WAITING
    assert only_payment(world).status is Status.PROCESSING
    assert attempt(world).debited == transfer.debited
    assert kinds(world).count("intent.fund") == 1
    transfer.status = CONVERTED
    world.run(HOUR / 4)
    assert only_payment(world).status is Status.PROCESSING


def test_a_funding_that_stays_unclear_is_held_with_its_draft() -> None:
    """Three tries without a clear answer end at a person's desk; nothing is released."""
    world = World(small_day())
    fault(world.wise, FUND, "before", times=-1)
    payment = rest_until(world, Status.HELD, hours=2)
    assert held_for(payment) == "funding_unclear"
    assert payment.intent is not None
    assert len(our_drafts(world)) == 1


def test_a_refused_funding_ends_the_payment_dead_first() -> None:
    """Refused for another reason than money: cancelled, seen dead, the draft deleted, `failed` (rule 6)."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    world.wise._world.books.balances.clear()  # no balance in the currency any more
    world.run(HOUR)
    payment = only_payment(world)
    assert (payment.status, payment.reason) == (Status.FAILED, "funding_refused")
    assert statuses(world) == [("cancelled", 0)]
    assert our_drafts(world) == []
    entries = kinds(world)
    assert entries.index("intent.cancel") < entries.index("intent.delete_draft")


@pytest.mark.parametrize("minutes", [0.2, 30])
def test_a_cancelled_transfer_that_had_been_funded_is_no_dead_one(minutes: float) -> None:
    """Cancelled with money in it: nothing goes on until the money is back in a known amount (H10)."""
    world = World(small_day())
    work_until(world, Status.PROCESSING)
    on_transfer(world, "cancel")
    world.run(minutes * 60)
    payment = only_payment(world)
    assert payment.status in (Status.PROCESSING, Status.REFUND_UNKNOWN, Status.FAILED)
    assert payment.attempt == 1
    assert len(transfers(world)) == 1
    if payment.status is Status.FAILED:
        assert "its money is back" in attempt(world).dead


def _wait_for_the_rates_end(world: World) -> None:
    """Nothing runs until the current transfer's rate is nearly over; then an hour's work."""
    quote = attempt(world, only_payment(world).attempt).quote
    assert quote is not None
    assert quote.rate_expires_at is not None
    world.time = max(world.time, quote.rate_expires_at - timedelta(minutes=5))
    world.run(HOUR)


def test_a_waiting_transfer_grows_old_only_so_far() -> None:
    """Before Wise cancels an unfunded transfer by itself (14 days) the connector does, and begins the next attempt."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    _jump(world, 12.1 * 24 * 60)
    world.run(HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.AWAITING_FUNDS, 2)
    assert statuses(world) == [("cancelled", 0), ("incoming_payment_waiting", 0)]


def test_rates_that_keep_ending_are_held() -> None:
    """After as many cancels of our own as the setting allows, a person finds out why funding takes so long (rule 7)."""
    world = World(poor_day(), Settings(own_cancels=1))
    rest_until(world, Status.AWAITING_FUNDS)
    _wait_for_the_rates_end(world)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.AWAITING_FUNDS, 2)
    _wait_for_the_rates_end(world)
    payment = only_payment(world)
    assert held_for(payment) == "rate_keeps_expiring"
    assert "2 times" in detail(payment)
    assert statuses(world) == [("cancelled", 0)] * 2
    assert len(our_drafts(world)) == 1
