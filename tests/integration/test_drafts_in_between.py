"""Our draft in Epicor between its making and its end: reads that fail after it, people who post, change or void it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest

from kinetic_wise.flows.operate import operate
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.common.http import Request
from simulators.common.simulator import Answer, Simulator
from tests.integration.test_after_sent import committed, is_open, passes, people_in_wise, sent_while_epicor_is_away
from tests.support.acts import (
    HOUR,
    attempt,
    detail,
    held_for,
    kinds,
    on_draft,
    only_payment,
    our_drafts,
    our_payments,
    people_in_epicor,
    small_day,
    statuses,
    step_until,
    transfers,
    work_until,
)
from tests.support.world import World

NOTHING = Decimal(0)
ANNA = "arn:aws:iam::111122223333:user/anna"
LINE_IS_STORED = "PaymentEntrySvc/Update$"
BY_SERVICES_AND_BY_LIBRARY = pytest.mark.parametrize(
    "settings", [Settings(), Settings(function_library="KineticWise")], ids=["services", "library"]
)


def order(world: World, action: str) -> None:
    """A person's order about the one payment."""
    operate(world.deps, {"action": action, "payment": only_payment(world).id, "why": "looked at it"}, ANNA)


def void_ours(world: World) -> None:
    """A person voids our posted payment."""
    (head_num,) = [p["head_num"] for p in our_payments(world) if p["posted"] and not p["voided"]]
    people_in_epicor(world, "void_payment", world.day.invoices[0], head_num=head_num)


def right_after(simulator: Simulator, path: str, then: Callable[[], None], *, when: Callable[[], bool]) -> None:
    """Right after the first call of a kind that leaves something so, something happens."""
    handle, done = simulator.handle, list[bool]()

    def watched(request: Request) -> Answer:
        answer = handle(request)
        if not done and re.search(path, request.path) and when():
            done.append(True)
            then()
        return answer

    simulator.handle = watched  # type: ignore[method-assign]


def epicor_says(world: World, path: str, status: int) -> None:
    """From now on these reads are answered so."""
    match = {"method": "GET", "path": path}
    world.epicor.faults.replace([{"match": match, "fault": "status", "status": status, "times": -1}])


def in_books(world: World) -> list[tuple[bool, bool]]:
    """Our payments in Epicor, oldest first: posted, voided."""
    return [(p["posted"], p["voided"]) for p in sorted(our_payments(world), key=lambda p: p["head_num"])]


# --- a read that fails after the write --------------------------------------------------------------------------------


def _reserved_and_not_read_back() -> World:
    """The draft is complete, and Epicor answers no read of the invoice any more: too many requests."""
    world = World(small_day())

    def is_complete() -> bool:
        return any(draft["lines"] for draft in our_drafts(world))

    right_after(world.epicor, LINE_IS_STORED, lambda: epicor_says(world, "APInvoices$", 429), when=is_complete)
    world.poll()
    step_until(world, is_complete)
    return world


def test_a_draft_that_could_not_be_read_back_is_not_forgotten() -> None:
    """A read that did not arrive says nothing of the draft before it: cancelled, the payment takes its draft along."""
    world = _reserved_and_not_read_back()
    assert only_payment(world).status is Status.UNKNOWN
    assert only_payment(world).intent is not None
    order(world, "cancel")
    world.epicor.faults.replace([])
    world.run(HOUR)
    assert (only_payment(world).status, our_payments(world)) == (Status.REJECTED, [])
    assert is_open(world)
    assert committed(world) == NOTHING


def test_a_draft_that_could_not_be_read_back_is_found_and_paid() -> None:
    """Nobody cancels: the same draft is found by a look, and paid once."""
    world = _reserved_and_not_read_back()
    world.epicor.faults.replace([])
    world.run(HOUR)
    assert (only_payment(world).status, in_books(world)) == (Status.POSTED, [(True, False)])
    assert only_payment(world).reservation == 1


def test_a_deletion_that_could_not_be_read_back_stays_announced() -> None:
    """The draft was deleted and the look after it did not arrive: unclear, looked at, ended."""
    world = World(small_day())
    work_until(world, Status.RESERVED)
    path = "PaymentEntrySvc/DeleteByID$"
    right_after(world.epicor, path, lambda: epicor_says(world, "PaymentEntries$", 429), when=lambda: True)
    order(world, "cancel")
    assert only_payment(world).intent is not None
    assert "unclear" in kinds(world)
    world.epicor.faults.replace([])
    world.run(HOUR)
    assert (only_payment(world).status, our_payments(world), committed(world)) == (Status.REJECTED, [], NOTHING)


# --- posted or voided by a person before the money --------------------------------------------------------------------


@BY_SERVICES_AND_BY_LIBRARY
@pytest.mark.parametrize(("action", "ends"), [("release", Status.POSTED), ("reject", Status.REJECTED)])
def test_what_a_person_posted_and_voided_before_the_money_takes_nothing(
    action: str, ends: Status, settings: Settings
) -> None:
    """Posted at the gate, held, voided by hand as the page says: released it is reserved anew, rejected it ends."""
    world = World(small_day(), settings)
    work_until(world, Status.CREATED)
    on_draft(world, "post_draft")
    world.run(HOUR)
    assert held_for(only_payment(world)) in ("draft_posted", "invoice_closed")
    void_ours(world)
    order(world, action)
    world.run(HOUR)
    assert only_payment(world).status is ends
    assert in_books(world) == [(True, True), *([(True, False)] if action == "release" else [])]
    assert [s for s, _ in statuses(world)].count("outgoing_payment_sent") == (action == "release")
    assert is_open(world) is (action == "reject")


def test_what_a_person_posted_is_not_voided_by_us() -> None:
    """Still posted when it is rejected: held, untouched, also by news; voided by hand and rejected again it ends."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    on_draft(world, "post_draft")
    world.run(HOUR)
    order(world, "reject")
    world.run(HOUR)
    assert (held_for(only_payment(world)), in_books(world)) == ("draft_not_deleted", [(True, False)])
    settle(world.deps, TransferMessage(transfer_id=transfers(world)[0]["id"], first_seen=world.time))
    hold = only_payment(world).hold
    assert hold is not None
    assert (hold.reason, hold.came_from) == ("draft_not_deleted", Status.UNKNOWN)
    void_ours(world)
    order(world, "reject")
    world.run(HOUR)
    assert only_payment(world).status in (Status.REJECTED, Status.FAILED)
    assert (in_books(world), committed(world)) == ([(True, True)], NOTHING)


def _posted_by_a_person_while_unclear() -> World:
    """The read-back failed, and a person posts our draft before the next look."""
    world = _reserved_and_not_read_back()
    world.epicor.faults.replace([])
    on_draft(world, "post_draft")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "draft_posted"
    return world


@pytest.mark.parametrize(("action", "ends"), [("release", Status.POSTED), ("reject", Status.REJECTED)])
def test_a_draft_posted_while_its_reservation_was_unclear_is_a_persons_matter(action: str, ends: Status) -> None:
    """Held, voided by hand: one order is enough, and what was voided is not taken for a draft of ours."""
    world = _posted_by_a_person_while_unclear()
    void_ours(world)
    order(world, action)
    world.run(HOUR)
    assert only_payment(world).status is ends
    assert in_books(world) == [(True, True), *([(True, False)] if action == "release" else [])]


def test_cancelled_while_its_voided_draft_is_unclear_it_ends() -> None:
    """Posted and voided by people while nobody knew whether it was made: there is nothing to delete."""
    world = _reserved_and_not_read_back()
    world.epicor.faults.replace([])
    on_draft(world, "post_draft")
    void_ours(world)
    order(world, "cancel")
    world.run(HOUR)
    assert (only_payment(world).status, in_books(world), committed(world)) == (Status.REJECTED, [(True, True)], NOTHING)


# --- posted, but not what Wise paid -----------------------------------------------------------------------------------


def _change(world: World) -> None:
    on_draft(world, "change_draft", amount="1.00")


@BY_SERVICES_AND_BY_LIBRARY
def test_what_was_changed_and_posted_by_a_person_is_not_taken_for_paid(settings: Settings) -> None:
    """A clerk changes the line and posts it while Wise pays: held; voided by hand and released, it is booked right."""
    world = World(small_day(), settings)
    work_until(world, Status.PROCESSING)
    _change(world)
    on_draft(world, "post_draft")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "draft_changed"
    assert "posted otherwise than Wise paid it" in detail(only_payment(world))
    order(world, "release")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "draft_changed", "it is still not what Wise paid"
    void_ours(world)
    _release_until_posted(world)
    assert in_books(world) == [(True, True), (True, False)]
    assert [row["doc_invoice_bal"] for row in world.epicor.state()["invoices"]] == ["0.00"]


def _release_until_posted(world: World) -> None:
    """Void seen and held, then reserved anew: two words of a person at most."""
    for _ in range(2):
        if only_payment(world).status is Status.HELD:
            order(world, "release")
            world.run(HOUR)
    assert only_payment(world).status is Status.POSTED


def test_what_was_posted_and_voided_by_people_is_not_taken_for_booked() -> None:
    """Posted and voided while Wise pays: held, and on a person's word reserved and posted anew."""
    world = World(small_day())
    work_until(world, Status.PROCESSING)
    on_draft(world, "post_draft")
    void_ours(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "draft_voided"
    order(world, "release")
    world.run(HOUR)
    assert (only_payment(world).status, in_books(world)) == (Status.POSTED, [(True, True), (True, False)])


@pytest.mark.parametrize("act", ["change", "void"])
def test_an_unclear_posting_that_a_person_touched_is_not_taken_for_ours(act: str) -> None:
    """The answer to our posting is lost and somebody voids or had changed it: the look after it sees so, and holds."""
    world = World(small_day())
    work_until(world, Status.PROCESSING)
    match = {"path": "RunDirect$"}
    world.epicor.faults.replace([{"match": match, "fault": "before", "status": 502, "times": 1}])
    step_until(world, lambda: world.epicor.faults._faults[0].times == 0)
    if act == "change":
        _change(world)
    on_draft(world, "post_draft")
    if act == "void":
        void_ours(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) == {"change": "draft_changed", "void": "draft_voided"}[act]
    assert only_payment(world).intent is None


# --- taken back -------------------------------------------------------------------------------------------------------


def test_what_a_clerk_changed_meanwhile_is_not_deleted_with_it() -> None:
    """The money is back while the posting was unclear, and the line is another's now: held, and left as it is."""
    world = sent_while_epicor_is_away()
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    _change(world)
    assert only_payment(world).intent is not None
    world.epicor.faults.replace([])
    passes(world, 2 * HOUR)
    assert attempt(world).dead
    assert held_for(only_payment(world)) == "draft_not_deleted"
    assert in_books(world) == [(False, False)]


def test_two_looks_before_taking_back_are_a_pause_apart() -> None:
    """What is unclear in Epicor when the money is back is looked at twice, with Epicor's pause in between (rule 5)."""
    world = sent_while_epicor_is_away(Settings(failed_payments="post_and_void", epicor_look_pause=120))
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    world.epicor.faults.replace([{"match": {"path": "RunDirect"}, "fault": "status", "status": 200, "times": 1}])
    looked = list[float]()
    step_until(world, lambda: _note_looks(world, looked) and only_payment(world).status is Status.RETURNED)
    assert len(looked) >= 2
    assert all(later - earlier >= 120 for earlier, later in pairwise(looked))


def test_a_draft_that_may_still_be_made_again_is_waited_for() -> None:
    """The money is back while the draft is made again: the payment ends when no worker can be at it any more."""
    world = sent_while_epicor_is_away(Settings(sweep_after=600.0))
    on_draft(world, "delete_draft")
    world.epicor.faults.replace([{"match": {"path": "APChkGrpSvc/Update"}, "fault": "status", "status": 502}])
    step_until(world, lambda: "intent.remake_draft" in kinds(world))
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    looked = list[float]()
    step_until(world, lambda: _note_looks(world, looked) and only_payment(world).status is Status.RETURNED)
    assert world.time.timestamp() - looked[-1] >= 600
    assert (our_payments(world), is_open(world), committed(world)) == ([], True, NOTHING)


def _note_looks(world: World, looked: list[float]) -> bool:
    intent = only_payment(world).intent
    at = intent.looked_at.timestamp() if intent is not None and intent.looked_at else None
    if at is not None and (not looked or looked[-1] != at):
        looked.append(at)
    return True
