"""A transfer that was proven dead, or refused, and lives after all: in any status it is held and told (rules 6, 10)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.adopt import adopt
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.operate import BadOrder
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.wise import WiseClient
from tests.integration.test_after_sent import in_epicor, moved_to, paid, passes, people_in_wise
from tests.integration.test_holds import _held_at_the_gate, committed, order
from tests.integration.test_lost_ledger import _back_up, _restore
from tests.support.acts import (
    HOUR,
    attempt,
    detail,
    failed_payment,
    fault,
    held_for,
    kinds,
    money_comes,
    near_the_end_of_the_rate,
    on_draft,
    on_invoice,
    on_transfer,
    only_payment,
    our_drafts,
    our_payments,
    poor_day,
    rest_until,
    small_day,
    statuses,
    step_until,
    story,
    told,
    transfers,
    work_until,
)
from tests.support.world import World

WAITING = "incoming_payment_waiting"
IN_A_DEAD_ONE, WAITS = "money in a dead attempt", "a transfer of an ended attempt waits"


def rolled_back(world: World) -> None:
    """Wise takes its cancel back: the transfer waits again (6.4)."""
    people_in_wise(world, "move", status=WAITING)


def funded_after_all(world: World) -> None:
    """Wise takes its cancel back, and the approver's funding counts."""
    rolled_back(world)
    money_comes(world)
    on_transfer(world, "fund", 0)


def failed() -> World:
    """A person cancelled the transfer in Wise: the draft is gone, the commitment given back."""
    return failed_payment()


def rejected() -> World:
    """A person rejected it while it was held: the same."""
    world = _held_at_the_gate()
    order(world, "reject")
    assert (only_payment(world).status, committed(world)) == (Status.REJECTED, "0")
    return world


ENDED = [failed, rejected]


@pytest.mark.parametrize("made", [_held_at_the_gate, *ENDED])
@pytest.mark.parametrize(("act", "alarm"), [(rolled_back, WAITS), (funded_after_all, IN_A_DEAD_ONE)])
def test_a_dead_transfer_that_lives_again_is_held_and_told(
    made: Callable[[], World], act: Callable[[World], None], alarm: str
) -> None:
    """Held, failed or rejected: the proof is withdrawn, an alarm raised, and nothing is begun beside it."""
    world = made()
    assert attempt(world).dead
    act(world)
    world.run(600)
    assert held_for(only_payment(world)) == "moves_again"
    assert attempt(world).dead == ""
    assert told(world, alarm)
    assert len(transfers(world)) == 1


@pytest.mark.parametrize("webhooks", [True, False], ids=["webhooks", "polling"])
def test_a_waiting_transfer_of_an_ended_payment_is_news_to_polling_too(webhooks: bool) -> None:
    """No event tells of it, and the list shows it waiting: settlement is woken for it all the same."""
    world = World(poor_day(), webhooks=webhooks)
    rest_until(world, Status.AWAITING_FUNDS)
    on_transfer(world, "cancel")
    world.run(HOUR)
    assert only_payment(world).status is Status.FAILED
    rolled_back(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "moves_again"


def test_released_the_money_is_followed_and_booked_once() -> None:
    """Held with its draft, its transfer moves again: a release leads to the money, not to a second transfer."""
    world = _held_at_the_gate()
    funded_after_all(world)
    world.run(600)
    with pytest.raises(BadOrder, match="may be out"):
        order(world, "reject")
    on_invoice(world, "clear_hold")
    order(world, "release")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert statuses(world) == [("outgoing_payment_sent", 1)]
    assert [p["posted"] for p in our_payments(world)] == [True]


@pytest.mark.parametrize("made", ENDED)
def test_what_ended_and_waits_again_ends_for_good_once_it_is_cancelled(made: Callable[[], World]) -> None:
    """Released while it waits it is held again, and not retried; cancelled in Wise it goes back to where it was."""
    world = made()
    ended = only_payment(world).status
    rolled_back(world)
    world.run(600)
    order(world, "release")
    world.run(600)
    assert held_for(only_payment(world)) == "moves_again"
    on_transfer(world, "cancel")
    world.run(600)
    order(world, "release")
    world.run(600)
    assert (only_payment(world).status, bool(attempt(world).dead)) == (ended, True)
    assert statuses(world) == [("cancelled", 0)]


def test_a_retry_stops_when_the_old_transfer_moves() -> None:
    """Queued again after its failure, the payment is held before the next transfer is made."""
    world = failed_payment()
    order(world, "retry")
    assert only_payment(world).status is Status.QUEUED
    funded_after_all(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "moves_again"
    assert len(transfers(world)) == 1
    order(world, "release")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert [funded for _, funded in statuses(world)] == [1]
    assert [p["posted"] for p in our_payments(world)] == [True]


def test_a_draft_is_not_taken_away_from_under_moving_money() -> None:
    """Rejected while Epicor is away, and then the transfer moves: the draft stays, and books the money."""
    world = _held_at_the_gate()
    world.epicor.faults.replace([{"match": {}, "fault": "before", "times": -1}])
    order(world, "reject")
    assert only_payment(world).status is Status.UNKNOWN
    funded_after_all(world)
    world.run(600)
    assert held_for(only_payment(world)) == "moves_again"
    world.epicor.faults.replace([])
    on_invoice(world, "clear_hold")
    world.run(600)
    assert len(our_drafts(world)) == 1
    order(world, "release")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert committed(world) == str(only_payment(world).amount.normalize())


def test_nothing_is_voided_while_the_money_is_on_its_way_again() -> None:
    """Refunded while Epicor is away, and then Wise pays it out after all: what was posted stays, and is posted."""
    world = paid()
    world.epicor.faults.replace([{"match": {}, "fault": "before", "times": -1}])
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, HOUR)
    assert (only_payment(world).status, bool(attempt(world).dead)) == (Status.REFUND_UNKNOWN, True)
    moved_to(world, "outgoing_payment_sent")
    passes(world, HOUR)
    assert held_for(only_payment(world)) == "moves_again"
    world.epicor.faults.replace([])
    passes(world, HOUR)
    assert in_epicor(world) == [(True, False)]
    order(world, "release")
    passes(world, HOUR)
    assert only_payment(world).status is Status.POSTED
    assert in_epicor(world) == [(True, False)]


def cancelled_while_a_person_funded_it(monkeypatch: pytest.MonkeyPatch, *, webhooks: bool) -> World:
    """The approver's payment counts just before our cancel, and is listed only after our first look for it."""
    world = World(small_day(), webhooks=webhooks)
    work_until(world, Status.CREATED)
    on_invoice(world, "set_hold")
    cancel, payments, empty = WiseClient.cancel, WiseClient.payments, [True]

    def listed_late(self: WiseClient, transfer_id: int) -> Any:
        return () if empty and empty.pop() else payments(self, transfer_id)

    def cancelled_late(self: WiseClient, transfer_id: int) -> Any:
        on_transfer(world, "fund")
        return cancel(self, transfer_id)

    monkeypatch.setattr(WiseClient, "payments", listed_late)
    monkeypatch.setattr(WiseClient, "cancel", cancelled_late)
    world.run(60)
    assert statuses(world) == [("cancelled", 1)]
    return world


def test_a_payment_that_is_listed_after_the_cancel_contradicts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`/payments` was empty for a second: asked again on the next look, it shows the approver's payment (H10)."""
    world = cancelled_while_a_person_funded_it(monkeypatch, webhooks=True)
    assert held_for(only_payment(world)) == "moves_again"
    assert told(world, IN_A_DEAD_ONE)


@pytest.mark.parametrize("said", ["release", "reject"])
def test_before_a_draft_goes_the_proof_is_read_again(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """No event tells of the late payment: the order itself finds it, and draft and commitment stay (rule 6)."""
    world = cancelled_while_a_person_funded_it(monkeypatch, webhooks=False)
    assert held_for(only_payment(world)) == "on_payment_hold"
    order(world, said)
    world.run(60)
    assert held_for(only_payment(world)) == "moves_again"
    assert told(world, IN_A_DEAD_ONE)
    assert len(our_drafts(world)) == 1
    assert committed(world) != "0"
    assert len(transfers(world)) == 1


def second_attempt() -> World:
    """The rate ended while it waited for money: attempt 2 waits for it now."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    near_the_end_of_the_rate(world)
    world.run(600)
    assert (only_payment(world).attempt, only_payment(world).own_cancels) == (2, 1)
    return world


def first_waits_again(world: World) -> int:
    """Wise takes the cancel of attempt 1 back, and settlement hears of it; the transfer's id."""
    first = int(transfers(world)[0]["id"])
    world.wise._desks.simulation._engine.move(world.wise._world.books.transfers[first], WAITING)
    settle(world.deps, TransferMessage(transfer_id=first, first_seen=world.time))
    return first


def test_an_earlier_attempts_transfer_that_lives_stops_the_next() -> None:
    """Attempt 2 waits for money, and attempt 1's transfer waits again: held, not to be released."""
    world = second_attempt()
    first = transfers(world)[0]["id"]
    world.wise._desks.simulation._engine.move(world.wise._world.books.transfers[first], WAITING)
    world.time += timedelta(days=1)  # what is a day old is listed once a day
    world.run(600)
    assert held_for(only_payment(world)) == "moves_again"
    assert told(world, WAITS)
    money_comes(world)
    with pytest.raises(BadOrder, match=f"transfer {first} "):
        order(world, "release")
    on_transfer(world, "cancel", 0)
    world.run(600)
    order(world, "release")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert sorted(funded for _, funded in statuses(world)) == [0, 1]


@pytest.mark.parametrize("said", ["reject", "cancel"])
def test_an_order_does_not_end_a_payment_beside_an_earlier_transfer_that_lives(said: str) -> None:
    """Attempt 2's transfer is cancelled; draft and commitment stay until attempt 1's is cancelled as well (rule 6)."""
    world = second_attempt()
    first = first_waits_again(world)
    assert order(world, said)["status"] == "held"
    assert held_for(only_payment(world)) == "moves_again"
    assert f"transfer {first} " in detail(only_payment(world))
    assert statuses(world) == [(WAITING, 0), ("cancelled", 0)]
    assert (len(our_drafts(world)), committed(world) != "0") == (1, True)
    on_transfer(world, "cancel", 0)
    world.run(600)
    order(world, said)
    assert (only_payment(world).status, only_payment(world).reason) == (Status.REJECTED, "rejected_by_person")
    assert (our_drafts(world), committed(world)) == ([], "0")


def test_a_later_attempt_does_not_end_beside_an_earlier_transfer_that_lives() -> None:
    """Attempt 1 waits again while attempt 2's money is on its way, and comes back: held with its draft, not failed."""
    world = second_attempt()
    money_comes(world)
    for schedule in (world._poll_transfers, world._sweep):
        world.later(60, schedule)
    step_until(world, lambda: only_payment(world).status is Status.PROCESSING)
    first = first_waits_again(world)
    assert only_payment(world).status is Status.PROCESSING
    on_transfer(world, "cancel")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "moves_again"
    assert f"transfer {first} " in detail(only_payment(world))
    assert (len(our_drafts(world)), committed(world) != "0") == (1, True)
    on_transfer(world, "cancel", 0)
    world.run(600)
    order(world, "release")
    world.run(600)
    assert only_payment(world).status is Status.FAILED
    assert committed(world) == "0"


# --- a proof that is withdrawn while somebody concludes from it -------------------------------------------------------


def payment_seen_late(world: World, monkeypatch: pytest.MonkeyPatch, conclusion: str) -> list[str]:
    """Settlement sees the approver's payment just before `conclusion` is written; the conclusions that were tried."""
    write, tried = Case.write, list[str]()

    def written(case: Case, kind: str, **more: Any) -> None:
        if kind == conclusion and conclusion not in tried:
            other = Case.open(world.deps, case.id)
            facts = {"funded": True, "may_have_money": True, "dead": "", "revived": True}
            write(other, "facts", attempt=facts, merge=False)
        tried.append(kind)
        write(case, kind, **more)

    monkeypatch.setattr(Case, "write", written)
    return tried


def test_the_next_attempt_does_not_begin_on_a_proof_that_was_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker sees money in the cancelled transfer just before attempt 2 is written: held, attempt 1 stays."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    near_the_end_of_the_rate(world)
    tried = payment_seen_late(world, monkeypatch, "next_attempt")
    world.run(600)
    assert "next_attempt" in tried
    assert "next_attempt" not in kinds(world)
    assert (held_for(only_payment(world)), only_payment(world).attempt) == ("moves_again", 1)
    assert len(transfers(world)) == 1


@pytest.mark.parametrize(("said", "conclusion"), [("reject", "rejected"), ("release", "starts_over")])
def test_nothing_ends_or_starts_over_on_a_proof_that_was_withdrawn(
    monkeypatch: pytest.MonkeyPatch, said: str, conclusion: str
) -> None:
    """Another worker sees money in the cancelled transfer just before the end is written: held, still committed."""
    world = _held_at_the_gate()
    tried = payment_seen_late(world, monkeypatch, conclusion)
    order(world, said)
    world.run(600)
    assert conclusion in tried
    assert conclusion not in kinds(world)
    assert held_for(only_payment(world)) == "moves_again"
    assert committed(world) != "0"


def test_a_later_attempt_of_an_ended_payment_is_held_when_the_ledger_catches_up() -> None:
    """Set back to its failure, while a retry made attempt 2: adopt finds that one waiting, and a person cancels it."""
    world = failed_payment()
    rows = _back_up(world)
    for balance in world.wise._world.books.balances.values():
        balance.amount = Decimal("10.00")
    order(world, "retry")
    world.run(HOUR)
    assert (only_payment(world).status, only_payment(world).attempt) == (Status.AWAITING_FUNDS, 2)
    on_draft(world, "delete_draft")
    _restore(world, rows)
    adopt(world.deps, "anna")
    world.run(HOUR)
    assert (held_for(only_payment(world)), only_payment(world).attempt) == ("moves_again", 2)
    with pytest.raises(BadOrder):
        order(world, "retry")
    on_transfer(world, "cancel")
    world.run(HOUR)
    order(world, "release")
    world.run(600)
    assert only_payment(world).status is Status.FAILED
    assert [funded for _, funded in statuses(world)] == [0, 0]


# --- a create that was made before ------------------------------------------------------------------------------------


def set_back_to_quoted(world: World, *, seen: bool) -> None:
    """The ledger is what it was before the create; `seen`: settlement has been woken for the transfer since."""
    payment, before = only_payment(world), attempt(world)
    kept = {} if seen else {"transfer": None, "is_unsure": True}
    back = payment.model_copy(update={"status": Status.QUOTED})
    world.deps.ledger.write(payment, back, [], [before.model_copy(update=kept)])


@pytest.mark.parametrize("seen", [True, False])
def test_a_transfer_made_before_the_ledger_was_set_back_is_taken_over(seen: bool) -> None:
    """Nothing is sent under its key, which Wise may have forgotten: the transfer that exists is paid, once."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    set_back_to_quoted(world, seen=seen)
    fault(world.wise, ("POST", "/transfers$"), "status", times=-1, status=422)
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert statuses(world) == [("outgoing_payment_sent", 1)]
    assert kinds(world).count("intent.create_transfer") == 1


def test_a_refused_create_is_final_only_when_wise_lists_none() -> None:
    """Refused at the first try although the transfer exists: it is found in the list and taken over (H1)."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    payment, before = only_payment(world), attempt(world)
    back = payment.model_copy(update={"status": Status.QUOTED})
    world.deps.ledger.write(payment, back, [], [before.model_copy(update={"transfer": None})])
    fault(world.wise, ("POST", "/transfers$"), "status", times=-1, status=422)
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert statuses(world) == [("outgoing_payment_sent", 1)]
    assert "transfer_refused" not in kinds(world)


def test_a_refusal_is_never_final_for_a_draft_that_was_taken_up() -> None:
    """A transfer that nobody has seen may exist under its key: refused and not listed, it is held (H9)."""
    world = World(small_day())
    work_until(world, Status.QUOTED)
    payment, before = only_payment(world), attempt(world)
    world.deps.ledger.write(payment, payment, [], [before.model_copy(update={"is_unsure": True})])
    fault(world.wise, ("POST", "/transfers$"), "status", times=-1, status=422)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "create_unclear"
    assert len(our_drafts(world)) == 1
    assert committed(world) != "0"


def test_a_repeated_create_is_bounded_by_the_rate_that_backs_it() -> None:
    """Sent again under a new quote, the old transfer comes back: the old rate's end counts, not the new one's (H26)."""
    world = World(poor_day())
    fault(world.wise, ("POST", "/transfers$"), "lost")
    world.poll()
    step_until(world, lambda: bool(transfers(world)))
    world.time += timedelta(minutes=40)  # the quote is used, and expired as well
    rest_until(world, Status.AWAITING_FUNDS)
    now, found = attempt(world), world.deps.wise.transfer(transfers(world)[0]["id"])
    assert found is not None
    assert now.quote is not None
    assert now.quote.id == found.quote_id
    assert (len(transfers(world)), len(now.quotes_before)) == (1, 1)


def test_a_transfer_backed_by_a_quote_that_nobody_knows_has_no_clock() -> None:
    """Taken over by a ledger that was set back and has another quote by now: its rate counts as over (H26)."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    payment, before = only_payment(world), attempt(world)
    assert before.quote is not None
    other = before.quote.model_copy(update={"id": "00000000-0000-4000-8000-00000000beef"})
    back = payment.model_copy(update={"status": Status.QUOTED})
    world.deps.ledger.write(payment, back, [], [before.model_copy(update={"quote": other})])
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert statuses(world) == [("cancelled", 0), ("outgoing_payment_sent", 1)]
    (cancelled,) = [entry for entry in story(world, only_payment(world)) if entry["kind"] == "intent.cancel"]
    assert cancelled["data"]["reason"].startswith("rate_over")
