"""The stop switch and the caps: ordered by a person, obeyed by the transaction that announces a funding (rule 9)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.fund import fund
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.ledger.switch import Switch
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.wise import Funding, FundingStatus, WiseClient
from tests.integration.test_after_sent import people_in_wise
from tests.support.acts import (
    FUND,
    HOUR,
    ask_a_person,
    attempt,
    detail,
    fault,
    held_for,
    money_comes,
    on_invoice,
    on_transfer,
    only_payment,
    our_drafts,
    paid_day,
    poor_day,
    rest_until,
    small_day,
    statuses,
    step_until,
    system_entries,
    work_until,
)
from tests.support.world import World

CALLER = "arn:aws:sts::111122223333:assumed-role/treasury/jane"


def order(world: World, action: str, **more: Any) -> dict[str, Any]:
    """What a person orders."""
    return operate(world.deps, {"action": action, **more}, CALLER)


def counted(world: World) -> Decimal:
    """What today's fundings count in euros."""
    return world.deps.state.switch.read().counted(f"{world.time:%Y-%m-%d}", "EUR")


def total(world: World) -> Decimal:
    """What the day's invoices ask for."""
    return sum((invoice.amount for invoice in world.day.invoices), Decimal(0))


def test_every_funding_is_counted_once() -> None:
    """What was funded today stands in the switch item to the cent, by the currency that vendors get."""
    world = paid_day(World(small_day(3)))
    assert counted(world) == total(world)


def test_a_payment_above_the_cap_is_held_with_both_figures() -> None:
    """The transfer is cancelled, the draft stays, and the hold shows amount and cap."""
    world = World(small_day())
    order(world, "set_caps", payment={"EUR": "100.00"})
    payment = only_payment(paid_day(world))
    assert held_for(payment) == "over_payment_cap"
    assert f"{payment.amount:,} EUR" in detail(payment)
    assert "100.00 EUR" in detail(payment)
    assert statuses(world) == [("cancelled", 0)]
    assert len(our_drafts(world)) == 1
    assert counted(world) == 0


def test_the_cap_of_a_day_lets_through_exactly_what_fits() -> None:
    """The last payment that would go above the day's cap is held with all three figures; the others are paid."""
    world = World(small_day(3))
    cap = total(world) - Decimal("0.01")
    order(world, "set_caps", day={"EUR": str(cap)})
    payments = paid_day(world).payments().values()
    (held,) = [payment for payment in payments if payment.status is Status.HELD]
    assert held_for(held) == "over_day_cap"
    assert f"{cap:,} EUR" in detail(held)
    assert f"{total(world) - held.amount:,} EUR" in detail(held)
    assert counted(world) == total(world) - held.amount
    assert sum(funded for _, funded in statuses(world)) == 2


def test_two_fundings_at_once_do_not_both_take_the_last_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the same room; the transaction of the second is refused, and it decides again (rule 9, H28)."""
    world = World(small_day(2))
    order(world, "set_caps", day={"EUR": str(max(invoice.amount for invoice in world.day.invoices))})
    world.poll()
    step_until(world, lambda: [p.status for p in world.payments().values()] == [Status.CREATED] * 2)
    first, second = (Case.open(world.deps, payment_id) for payment_id in world.payments())
    read, reads = world.deps.state.switch.read, []

    def interleaved() -> Switch:
        seen = read()
        reads.append(seen)
        if len(reads) == 1:
            assert fund(second) is Outcome.FUNDED
        return seen

    monkeypatch.setattr(world.deps.state.switch, "read", interleaved)
    assert fund(first) is Outcome.BUSY
    assert len(reads) == 2
    assert fund(Case.open(world.deps, first.id)) is Outcome.STOPPED
    assert held_for(world.payments()[first.id]) == "over_day_cap"
    assert sum(funded for _, funded in statuses(world)) == 1


def test_tomorrow_is_another_day() -> None:
    """A day's count ends with the day (UTC), and what is of no use any more leaves the item."""
    world = paid_day(World(small_day(1)))
    yesterday = f"{world.time:%Y-%m-%d}"
    world.time += timedelta(days=1)
    assert counted(world) == 0
    switch = world.deps.state.switch
    money = attempt(world).amount
    part = switch.counting(switch.read(), f"{world.time:%Y-%m-%d}", money)
    world.database.client.transact_write_items(TransactItems=[part])
    assert counted(world) == money.amount
    assert switch.read().counted(yesterday, "EUR") == 0


def test_what_waits_for_money_takes_no_room() -> None:
    """A funding answered "no money" gives its count back; asked again it is counted again, once."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    assert counted(world) == 0
    money_comes(world)
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert counted(world) == only_payment(world).amount


def test_a_repeated_announcement_is_counted_once() -> None:
    """An unclear funding that is announced again is the same funding."""
    world = World(small_day())
    fault(world.wise, FUND, "before")
    assert rest_until(world, Status.POSTED).status is Status.POSTED
    assert counted(world) == only_payment(world).amount


def _stopped_while_it_awaits_approval() -> World:
    """The gate has cancelled what waited for its approver; the day's cap has room for one such payment."""
    world = World(small_day())
    ask_a_person(world)
    payment = rest_until(world, Status.AWAITING_APPROVAL)
    order(world, "set_caps", day={"EUR": str(payment.amount)})
    assert counted(world) == payment.amount
    on_invoice(world, "set_hold")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "on_payment_hold"
    return world


def test_what_provably_took_no_money_takes_no_room() -> None:
    """Cancelled while it waited for its approver, its count is given back: released the same day, the cap lets it."""
    world = _stopped_while_it_awaits_approval()
    assert counted(world) == 0
    on_invoice(world, "clear_hold")
    operate(world.deps, {"action": "release", "payment": only_payment(world).id, "why": "hold cleared"}, CALLER)
    world.run(HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.AWAITING_APPROVAL, 2)
    assert counted(world) == only_payment(world).amount


def test_what_a_person_cancels_in_wise_takes_no_room() -> None:
    """The same where settlement proves it dead and the payment fails."""
    world = World(small_day())
    ask_a_person(world)
    rest_until(world, Status.AWAITING_APPROVAL)
    on_transfer(world, "cancel")
    world.run(HOUR)
    assert only_payment(world).status is Status.FAILED
    assert counted(world) == 0


def test_what_lives_again_is_counted_again() -> None:
    """Wise takes its cancel back, and the approver may pay: with its proof of death its room is taken again, once."""
    world = _stopped_while_it_awaits_approval()
    people_in_wise(world, "move", status="incoming_payment_waiting")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "moves_again"
    assert counted(world) == only_payment(world).amount
    on_transfer(world, "fund")
    world.run(HOUR)
    assert counted(world) == only_payment(world).amount


def test_money_that_came_back_had_left() -> None:
    """The cap bounds what leaves in a day: a payment that failed after it was funded stays counted."""
    world = World(small_day())
    work_until(world, Status.PROCESSING)
    on_transfer(world, "cancel")
    world.run(HOUR)
    assert only_payment(world).status is Status.FAILED
    assert counted(world) == only_payment(world).amount


def test_a_count_is_given_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settlement proves the transfer dead while "no money" is on its way to the step: the room is one payment's."""
    world = World(poor_day())
    case = Case.open(world.deps, work_until(world, Status.CREATED).id)

    def refused(self: WiseClient, transfer_id: int) -> Funding:
        on_transfer(world, "cancel")
        settle(world.deps, TransferMessage(transfer_id=transfer_id, first_seen=world.time))
        return Funding(FundingStatus.NO_MONEY, "")

    monkeypatch.setattr(WiseClient, "fund", refused)
    fund(case)
    assert attempt(world).dead
    assert counted(world) == 0


def test_a_cap_lowered_while_money_is_awaited_counts() -> None:
    """What waits passes the gate again, under the caps of then."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    order(world, "set_caps", payment={"EUR": "1.00"})
    money_comes(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "over_payment_cap"
    assert statuses(world) == [("cancelled", 0)]


def test_the_switch_stops_between_any_two_steps_and_lets_go_on() -> None:
    """With the switch on nothing is funded; resumed, the same transfer is."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    assert order(world, "stop")["stopped"] is True
    world.run(2 * HOUR)
    assert statuses(world) == [("incoming_payment_waiting", 0)]
    order(world, "resume")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert [status for status, _ in statuses(world)] == ["outgoing_payment_sent"]


def test_a_stop_just_before_the_announcement_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch that is set after it was read, and before the intent, refuses the intent."""
    world = World(small_day())
    case = Case.open(world.deps, work_until(world, Status.CREATED).id)
    read = world.deps.state.switch.read

    def stopped_after() -> Switch:
        seen = read()
        world.deps.state.switch.stop()
        return seen

    with monkeypatch.context() as patched:
        patched.setattr(world.deps.state.switch, "read", stopped_after)
        assert fund(case) is Outcome.BUSY
    assert fund(Case.open(world.deps, case.id)) is Outcome.WAITING
    assert statuses(world) == [("incoming_payment_waiting", 0)]


def test_orders_keep_each_other_and_stand_in_the_trail_with_their_caller() -> None:
    """Caps survive stop and resume, counts survive all three, and each order is audited with who gave it."""
    world = paid_day(World(small_day(1)))
    order(world, "set_caps", payment={"EUR": "50000.00"}, day={"USD": "100000.50"})
    order(world, "stop")
    seen = order(world, "resume")
    assert seen == {"stopped": False, "caps": {"payment": {"EUR": "50000.00"}, "day": {"USD": "100000.50"}}}
    assert counted(world) == total(world)
    entries = system_entries(world, "switch")
    assert [entry["kind"] for entry in entries] == ["set_caps", "stop", "resume"]
    assert {entry["data"]["caller"] for entry in entries} == {CALLER}


def test_caps_of_an_older_look_are_refused() -> None:
    """Of two people who looked at once the second is told so: caps, switch and trail are as the first left them."""
    world = World(small_day())
    read = world.deps.state.switch.read
    first, second = read().revision, read().revision
    order(world, "set_caps", payment={"EUR": "7.00"}, revision=first)
    with pytest.raises(BadOrder, match="changed meanwhile, so nothing is set: look again"):
        order(world, "set_caps", payment={"GBP": "9.00"}, revision=second)
    assert read().caps.payment == {"EUR": Decimal("7.00")}
    assert len(system_entries(world, "switch")) == 1
    order(world, "set_caps", payment={"EUR": "7.00", "GBP": "9.00"}, revision=read().revision)
    assert read().caps.payment == {"EUR": Decimal("7.00"), "GBP": Decimal("9.00")}


@pytest.mark.parametrize(
    "caps",
    [
        {"revision": "1"},
        {"revision": True},
        {"payment": []},
        {"payment": {"EUR": 100.5}},
        {"payment": {"EUR": "-1"}},
        {"payment": {"EUR": "lots"}},
        {"day": {"euro": "1.00"}},
        {"day": {"EUR": "NaN"}},
    ],
)
def test_caps_that_make_no_sense_change_nothing(caps: dict[str, Any]) -> None:
    """A cap is an amount as text in an ISO currency; anything else is refused by field, and the old caps stay."""
    world = World(small_day())
    order(world, "set_caps", payment={"EUR": "7.00"})
    with pytest.raises(BadOrder, match=next(iter(caps))):
        order(world, "set_caps", **caps)
    assert world.deps.state.switch.read().caps.payment == {"EUR": Decimal("7.00")}
