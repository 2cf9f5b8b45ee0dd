"""Following the money: what Wise asks for, the rhythm of polling, webhooks that stop, transfers that others make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.poll_transfers import poll_transfers
from kinetic_wise.flows.subscribe import EVENTS
from kinetic_wise.flows.wise_asks import answer_by
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.systems import Transfer, WisePayment
from kinetic_wise.settings import Settings
from kinetic_wise.wise import WiseClient
from simulators.common.http import Request, dump_json
from tests.support.acts import attempt, kinds, only_payment, small_day, step_until, told, transfers
from tests.support.world import World

HOUR, DAY = 3600.0, 86_400.0


def people_in_wise(world: World, act: str, **more: Any) -> None:
    """Something happens to the last transfer at Wise."""
    body = dump_json({"act": act, "transfer": transfers(world)[-1]["id"], **more}).encode()
    answer = world.wise.handle(Request("POST", "/_sim/people", body=body)).response
    assert answer is not None
    assert answer.status == 200, answer.body


def funded(settings: Settings | None = None, *, webhooks: bool = True) -> World:
    """A world whose one payment's money is on its way."""
    world = World(small_day(), settings, webhooks=webhooks)
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.PROCESSING)
    return world


def lists(world: World, poll_every: float, seconds: float) -> int:
    """How many list calls polling makes in a while."""
    count = 0
    handle = world.wise.handle

    def counted(request: Request) -> Any:
        nonlocal count
        count += request.method == "GET" and request.path.endswith("/transfers")
        return handle(request)

    world.wise.handle = counted  # type: ignore[method-assign]
    for _ in range(int(seconds / poll_every)):
        world.time += timedelta(seconds=poll_every)
        poll_transfers(world.deps)
    world.wise.handle = handle  # type: ignore[method-assign]
    return count


# --- what events tell -----------------------------------------------------------------------------------------------


def test_all_five_kinds_of_events_are_subscribed() -> None:
    """State changes, payout failures, refunds, active cases and balances, each in a schema of 9.4."""
    world = World(small_day())
    subscribed = world.deps.state.subscriptions().values()
    assert sorted(subscribed) == sorted(EVENTS)
    assert len(EVENTS) == 5


def test_why_a_payout_failed_is_kept_and_told() -> None:
    """The bank's reason stands in attempt, trail and alarm when the money bounces, whichever comes first."""
    world = World(small_day())
    world.poll()
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    people_in_wise(world, "bounce")
    people_in_wise(world, "fail_payout", code="WRONG_ACCOUNT_NUMBER")
    world.run(HOUR)
    assert attempt(world).failure == "WRONG_ACCOUNT_NUMBER"
    assert "payout_failed" in kinds(world)
    assert only_payment(world).status is Status.RETURNED


@pytest.mark.parametrize("webhooks", [True, False])
def test_what_wise_asks_for_is_shown_and_told_with_its_age(webhooks: bool) -> None:
    """Told at once and daily, with the day on which Wise gives up, by event or by polling; settled, it is gone."""
    world = funded(Settings(settle_again=900, sweep_after=HOUR), webhooks=webhooks)
    people_in_wise(world, "raise_case", case="documents_requested")
    world.run(2 * HOUR)
    asked = attempt(world)
    assert asked.cases_since is not None
    assert asked.cases == (("documents_requested",) if webhooks else ())
    assert only_payment(world).status is Status.PROCESSING
    world.run(1.2 * DAY)
    alarms = [values for text, values in world.log_lines if "Wise asks" in text and values["alarm"]]
    assert [alarm["hours"] // 24 for alarm in alarms] == [0, 1]
    assert {alarm["answer_by"] for alarm in alarms} == {"2026-11-25"}
    people_in_wise(world, "settle_cases")
    world.run(3 * HOUR)
    assert (attempt(world).cases, attempt(world).cases_since) == ((), None)
    assert only_payment(world).status is Status.POSTED


def test_two_working_days_leave_the_weekend_out() -> None:
    """Asked on a Friday, Wise waits until Tuesday; TARGET's holidays count as well."""
    world = funded()
    friday = world.time + timedelta(days=4)
    assert answer_by(attempt(world), friday) == date(2026, 12, 1)


# --- the rhythm of polling ------------------------------------------------------------------------------------------


def test_fresh_transfers_are_listed_every_five_minutes_and_hourly_later() -> None:
    """Without webhooks: 24 lists in two hours, then one an hour."""
    world = funded(webhooks=False)
    people_in_wise(world, "raise_case", case="documents_requested")  # so that it stays in process
    assert 22 <= lists(world, 300, 2 * HOUR) <= 25
    assert lists(world, 300, 10 * HOUR) <= 11


def test_listing_stands_back_while_webhooks_are_healthy() -> None:
    """With webhooks that reach us the same two hours cost two lists, not twenty-four."""
    world = funded()
    people_in_wise(world, "raise_case", case="documents_requested")
    assert lists(world, 300, 2 * HOUR) <= 3


def test_a_quiet_day_costs_hardly_a_request() -> None:
    """With nothing open only others' transfers are looked for, hourly, and what was sent daily."""
    world = World(small_day())
    world.poll()
    world.run(2 * HOUR)
    assert only_payment(world).status is Status.POSTED
    assert lists(world, 300, DAY) <= 26


def test_an_open_transfer_that_no_list_shows_is_asked_for() -> None:
    """A transfer of the profile that was set before is in no list of ours: it is followed to its end, and told."""
    world = funded(webhooks=False)
    before = world.deps
    site = replace(before.wise_site, profile=77)
    world.deps = replace(
        before,
        make_wise=lambda exchanges: _OfAnotherProfile(before.make_wise(exchanges)),  # type: ignore[arg-type,return-value]
        read_wise_site=lambda: site,
    )
    world.run(2 * HOUR)
    assert only_payment(world).status is Status.POSTED
    (alarm, *_) = [values for text, values in world.log_lines if text == "a transfer of another Wise profile"]
    assert alarm["transfer_id"] == transfers(world)[-1]["id"]


class _Client:
    """The client of Wise."""

    def __init__(self, client: WiseClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class _OfAnotherProfile(_Client):
    """The client of Wise, whose lists are empty."""

    def transfers(self, created_from: datetime) -> Iterator[Transfer]:
        return iter(())


def test_a_stalled_look_does_not_undo_what_a_later_one_has_seen() -> None:
    """A worker that read "cancelled" and stalled until the money was back looks again before it writes."""
    world = funded()
    world.run(2 * HOUR)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    world.run(2 * HOUR)
    seen = attempt(world).transfer
    assert seen is not None
    assert seen.status == transfer_status.REFUNDED
    stale = seen.model_copy(update={"status": transfer_status.CANCELLED})
    facts.learn(Case.open(world.deps, only_payment(world).id), stale)
    assert attempt(world).transfer == seen


def test_a_payment_told_in_another_currency_makes_no_fee() -> None:
    """What Wise lists in dollars is not subtracted from euros: the money is known to be out, its amount is not."""
    world = World(small_day())
    make = world.deps.make_wise
    world.deps = replace(world.deps, make_wise=lambda exchanges: _InDollars(make(exchanges)))  # type: ignore[arg-type,return-value]
    world.poll()
    world.run(HOUR)
    seen = attempt(world)
    assert seen.transfer is not None
    assert seen.transfer.source_currency == "EUR"
    assert (seen.funded, seen.debited, seen.fee) == (True, None, None)
    assert only_payment(world).status is Status.POSTED


class _InDollars(_Client):
    """The client of Wise, that lists each payment into a transfer in dollars."""

    def payments(self, transfer_id: int) -> tuple[WisePayment, ...]:
        found = self._client.payments(transfer_id)
        return tuple(payment.model_copy(update={"currency": "USD"}) for payment in found)


# --- webhooks that stop ---------------------------------------------------------------------------------------------


def test_webhooks_that_stopped_are_noticed() -> None:
    """Three transfers moved and no event came: an alarm, once; every payment is posted by polling alone."""
    world = World(small_day(4))
    world.poll()
    step_until(world, lambda: len(transfers(world)) == 4)
    world.wise._desks.webhooks._deliveries._deliver = lambda *_: None
    world.run(4 * HOUR)
    assert {payment.status for payment in world.payments().values()} == {Status.POSTED}
    alarms = [values for text, values in world.log_lines if text == "webhooks have stopped"]
    assert [alarm["alarm"] for alarm in alarms] == [True]


def test_one_lost_event_is_no_alarm() -> None:
    """Events get lost: polling finds the transfer, nobody is called."""
    world = funded()
    world.wise._desks.webhooks._deliveries._deliver = lambda *_: None
    world.run(3 * HOUR)
    assert only_payment(world).status is Status.POSTED
    assert not told(world, "webhooks have stopped")


def test_without_subscriptions_nobody_misses_webhooks() -> None:
    """Polling only, by choice: no alarm about events that nobody ordered."""
    world = World(small_day(4), webhooks=False)
    world.poll()
    world.run(3 * HOUR)
    assert {payment.status for payment in world.payments().values()} == {Status.POSTED}
    assert not told(world, "webhooks have stopped")


# --- every status, and Epicor away ----------------------------------------------------------------------------------


ENDS = {
    transfer_status.BOUNCED: Status.RETURNED,
    transfer_status.CHARGED_BACK: Status.HELD,
    transfer_status.REFUNDED: Status.REFUND_UNKNOWN,
    transfer_status.CANCELLED: Status.REFUND_UNKNOWN,
}


def posted_then(*statuses: str) -> World:
    """A world whose one posted payment's transfer goes through these statuses."""
    world = World(small_day(), Settings(settle_again=900, sweep_after=HOUR))
    world.poll()
    world.run(HOUR / 3)
    (transfer,) = world.wise._world.books.transfers.values()
    for status in statuses:
        world.wise._desks.simulation._engine.move(transfer, status)
        world.run(60)
    return world


@pytest.mark.parametrize(("status", "end"), ENDS.items())
def test_what_comes_back_after_posting_ends_by_its_kind(status: str, end: Status) -> None:
    """A bounce returns the payment, a charge-back holds it, a refund waits for its amount (6.4)."""
    world = posted_then(status)
    assert only_payment(world).status is end
    assert world.errors == []


def test_any_other_status_after_posting_undoes_nothing() -> None:
    """Rolled back to any earlier status of 6.4, or into one never seen: still posted, and nothing fails."""
    world = posted_then(*sorted(transfer_status.KNOWN - set(ENDS)), "invented_tomorrow")
    assert only_payment(world).status is Status.POSTED
    assert world.errors == []
    assert told(world, "status never seen before")


def test_while_epicor_is_away_messages_do_not_multiply() -> None:
    """Two hours without Epicor: the sweep wakes, and no wake breeds another; then it is posted."""
    world = funded(Settings(settle_again=600, busy_pause=600, unknown_pause=600))
    world.epicor.faults.replace([{"match": {}, "fault": "status", "status": 503, "times": -1}])
    world.run(2 * HOUR)
    assert only_payment(world).status in (Status.SENT, Status.UNKNOWN)
    assert len(world._due) < 10
    world.epicor.faults.replace([])
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
