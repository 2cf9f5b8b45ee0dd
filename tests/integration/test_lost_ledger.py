"""A ledger that is empty, or set back, while Wise and Epicor are not: looked up before anything is created (H9)."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from kinetic_wise.flows import facts
from kinetic_wise.flows.adopt import adopt
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.ending import end_unpaid
from kinetic_wise.flows.foreign import list_transfers
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.flows.outcomes import Outcome, Step
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.flows.steps import run_step
from kinetic_wise.flows.subscribe import subscribe
from kinetic_wise.payments.identity import group_id, transfer_key
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.settings import Settings
from simulators.wise.books import Profile
from tests.integration.test_after_sent import (
    a_clerk_deletes_the_draft,
    committed,
    in_epicor,
    is_open,
    passes,
    people_in_wise,
    sent_while_epicor_is_away,
    transfer_of,
)
from tests.support.acts import (
    CREATE,
    DAY,
    adopted,
    attempt,
    detail,
    fault,
    held_for,
    kinds,
    money_comes,
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
    system_entries,
    work_until,
)
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.world import World

_HOUR = 3600.0
_QUIET = Settings(settle_again=900, sweep_after=3600.0, busy_pause=1800, unknown_pause=1800)
Rows = dict[str, list[dict[str, Any]]]


def _lose_everything(world: World) -> None:
    """The stack is deleted and deployed anew: no table row, queue message or execution is left."""
    world._due.clear()
    world.machines.live.clear()
    for table in (PAYMENTS, AUDIT, CONNECTOR):
        for row in list(world.database.rows(table)):
            world.database.client.delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})


def _back_up(world: World) -> Rows:
    return {table: [dict(row) for row in world.database.rows(table)] for table in (PAYMENTS, AUDIT, CONNECTOR)}


def _restore(world: World, rows: Rows) -> None:
    """The tables are as they were; they are other tables, and nothing of what ran is left."""
    _lose_everything(world)
    for table, kept in rows.items():
        for row in kept:
            world.database.client.put_item(TableName=table, Item=row)
    world.deps.table_id = lambda: "the-restored-table"
    world.machines.ended.clear()


def _break_off_the_reservation(world: World, at: str = "OnChangeVendor$") -> Rows:
    """Epicor fails right after it made the payment, still empty. Answers the rows from before that was begun."""
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    rows = _back_up(world)
    fault(world.epicor, ("POST", at), "status", times=-1, status=503)
    step_until(world, lambda: only_payment(world).status is Status.UNKNOWN)
    world.epicor.faults.replace([])
    return rows


def _groups(world: World) -> list[str]:
    return [row["GroupID"] for row in world.epicor.site.companies["EPIC01"]["APChkGrp"].rows()]


@pytest.mark.parametrize("works_done", [60, 150, 280])
def test_an_empty_ledger_pays_nothing_twice_and_finishes_the_day(works_done: int) -> None:
    """Whenever the ledger is lost, after `adopt` the day ends with each invoice paid exactly once, and posted."""
    world = World()
    world.poll()
    end = world.time.replace(year=world.time.year + 1)
    for _ in range(works_done):
        world._step(end)
    _lose_everything(world)
    adopted(world, "test")
    subscribe(world.deps, "https://connector.example/wise/webhook", "test")
    world.poll()
    world.run(_HOUR)
    world.top_up()
    world.run(_HOUR)
    sent = Counter(
        (t["recipient"], t["target_amount"])
        for t in world.wise.state()["transfers"]
        if t["status"] == "outgoing_payment_sent"
    )
    payments = world.payments().values()
    assert set(sent.values()) == {1}
    assert {payment.status for payment in payments} <= AT_REST
    assert all(t["funded_count"] <= 1 for t in world.wise.state()["transfers"])
    posted = [p for p in world.epicor.state()["payments"] if p["posted"] and p["reference"].startswith("TESTLEDG")]
    assert len(posted) == len(sent)
    drafts = [p for p in world.epicor.state()["payments"] if not p["posted"] and p["reference"].startswith("TESTLEDG")]
    assert len(drafts) == sum(1 for p in payments if p.status is Status.HELD and p.draft is not None)
    expected = sum(len(invoice.sent) for invoice in world.day.invoices if invoice.expect_outcome == "paid")
    assert expected - 1 <= len(sent) <= expected  # a transfer we had cancelled ourselves now waits for a person


@pytest.mark.parametrize("step", Step)
def test_an_execution_whose_payment_is_gone_stops_and_tells(step: Step) -> None:
    """A ledger set back to before a claim knows nothing of it: the execution ends there, no step fails, one alarm."""
    world = World()
    assert run_step(world.deps, step, "EPIC01:101:4500017:1", 1) is Outcome.STOPPED
    (alarm,) = [values for _, values in world.log_lines if values.get("alarm")]
    assert alarm["payment_id"] == "EPIC01:101:4500017:1"
    assert world.wise.state()["transfers"] == []


# --- what was begun ---------------------------------------------------------------------------------------------------


def test_an_empty_payment_from_after_the_backup_is_named_and_completed() -> None:
    """Set back to before the reservation: adopt names the empty payment, deletes nothing, and the payment takes it."""
    world = World(small_day())
    _restore(world, _break_off_the_reservation(world))
    payment = only_payment(world)
    group = group_id(payment.id, 1)
    (empty,) = [p for p in world.epicor.state()["payments"] if p["group_id"] == group]

    report = adopted(world)

    named = f"empty payment {empty['head_num']} begun for {payment.id} (queued)"
    assert report.left == [f"EPIC01/{group}: {named}, left for it to complete or a person to delete"]
    (entry,) = [entry for entry in system_entries(world, "adopt") if entry["kind"] == "matched.left"]
    assert entry["data"] == {"left": report.left}
    assert empty in world.epicor.state()["payments"]
    rest_until(world, Status.POSTED)
    assert [(p["head_num"], p["group_id"]) for p in our_payments(world)] == [(empty["head_num"], group)]


def test_an_empty_payment_that_nobody_completes_is_named_until_a_person_deletes_it() -> None:
    """Its invoice was renamed, so its payment is held and then rejected: each adopt names the group till it is gone."""
    world = World(small_day())
    rows = _break_off_the_reservation(world)
    on_invoice(world, "rename_invoice", new_invoice_num="RENAMED-1")
    _restore(world, rows)
    world.run(_HOUR)
    payment = only_payment(world)
    assert held_for(payment) == "invoice_changed"
    operate(world.deps, {"action": "reject", "payment": payment.id, "why": "typed in anew"}, "anna")
    assert len(adopted(world).left) == 1
    world.run(_HOUR)
    (line,) = adopted(world).left
    assert line.endswith(f"of {payment.id} (rejected), left for a person to delete")
    store = world.epicor.site.companies["EPIC01"]
    for table in ("CheckHed", "APChkGrp"):
        for row in [row for row in store[table].rows() if row["GroupID"] == group_id(payment.id, 1)]:
            store[table].delete(row)
    assert adopted(world).left == []


def test_a_late_reservation_is_still_known_by_its_group() -> None:
    """After many retries a payment's present group has a high number: adopt knows whose it is, and the next one's."""
    world = World(small_day())
    _break_off_the_reservation(world)
    payment = only_payment(world)
    world.deps.ledger.write(payment, payment.model_copy(update={"reservation": 12}), [])
    store = world.epicor.site.companies["EPIC01"]
    (begun,) = [row for row in store["APChkGrp"].rows() if row["GroupID"] == group_id(payment.id, 1)]
    for number in (12, 13):
        store["APChkGrp"].put({**begun, "GroupID": group_id(payment.id, number)})
    left = {line.partition(":")[0].rpartition("/")[2]: line for line in adopted(world).left}
    assert group_id(payment.id, 12) not in left
    assert f"begun for {payment.id} (" in left[group_id(payment.id, 13)]
    assert f"of {payment.id} (" in left[group_id(payment.id, 1)]


def test_an_empty_group_of_a_payment_that_the_ledger_lost_is_named() -> None:
    """Of an empty ledger nothing tells whose the group is; other people's groups are none of ours."""
    world = World(small_day())
    _break_off_the_reservation(world)
    payment = only_payment(world)
    store = world.epicor.site.companies["EPIC01"]
    for row in [row for row in store["CheckHed"].rows() if row["GroupID"] == group_id(payment.id, 1)]:
        store["CheckHed"].delete(row)
    store["APChkGrp"].put({**next(iter(store["APChkGrp"].rows())), "GroupID": "WPERSON1", "CreatedBy": "mallory"})
    _lose_everything(world)
    (line,) = adopted(world).left
    group = group_id(payment.id, 1)
    assert line == f"EPIC01/{group}: an empty group of no payment that the ledger knows, left for a person to delete"
    assert group in _groups(world)


def test_a_payment_without_its_line_is_named_like_an_empty_one() -> None:
    """It has our reference and takes nothing yet: the ledger that knows it says nothing, the one set back names it."""
    world = World(small_day())
    rows = _break_off_the_reservation(world, "GetNewAPTran$")
    payment = only_payment(world)
    (draft,) = our_drafts(world)
    assert (draft["reference"], draft["lines"]) == ("TESTLEDG-1", [])
    assert adopted(world).left == []
    _restore(world, rows)
    (line,) = adopted(world).left
    begun = f"payment {draft['head_num']} begun for {payment.id} (queued)"
    assert line == f"EPIC01/{payment.group_id}: {begun}, left for it to complete or a person to delete"
    rest_until(world, Status.POSTED)
    assert [p["head_num"] for p in our_payments(world)] == [draft["head_num"]]


def test_what_the_ledger_works_on_and_what_another_ledger_made_is_left_alone() -> None:
    """Adopt in the middle of a reservation says nothing of it; a second stack's draft is told apart, not left to us."""
    world = World(small_day())
    _break_off_the_reservation(world)
    report = adopted(world)
    assert (report.recovered, report.left) == ([], [])
    rest_until(world, Status.POSTED)
    world = World(small_day())
    work_until(world, Status.RESERVED)
    (draft,) = our_drafts(world)
    other = replace(world.deps, ledger_id="OTHERLDG")
    _lose_everything(world)
    report = adopt(other, "anna")
    assert report.left == []
    (line,) = report.recovered
    assert line.endswith(f"payment {draft['head_num']} is another ledger's (TESTLEDG-1)")


# --- what was posted --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("webhooks", [True, False], ids=["webhooks", "polling"])
def test_money_that_returns_after_the_ledger_was_lost_is_voided_as_ever(webhooks: bool) -> None:
    """Posted, the ledger lost, adopted: a bounce is returned, a refund voided, the invoice open and uncommitted."""
    world = World(small_day(), _QUIET, webhooks=webhooks)
    world.poll()
    passes(world, _HOUR)
    before, fee = only_payment(world), attempt(world).fee
    assert before.status is Status.POSTED
    _lose_everything(world)
    passes(world, 9 * DAY)

    report = adopted(world)
    if webhooks:
        subscribe(world.deps, "https://connector.example/wise/webhook", "anna")
    passes(world, _HOUR)

    assert (report.recovered, report.left) == ([f"{before.id}: taken up as posted"], [])
    taken_up = only_payment(world)
    assert (taken_up.status, taken_up.draft, taken_up.amount) == (Status.POSTED, before.draft, before.amount)
    assert committed(world) == before.amount
    assert (attempt(world).funded, attempt(world).fee) == (True, fee)
    people_in_wise(world, "bounce")
    passes(world, 2 * DAY)
    assert only_payment(world).status is Status.RETURNED
    people_in_wise(world, "give_back")
    passes(world, 2 * DAY)
    assert in_epicor(world) == [(True, True)]
    assert is_open(world)
    assert committed(world) == 0
    assert (only_payment(world).status, only_payment(world).draft) == (Status.RETURNED, None)


def test_what_came_back_before_the_ledger_was_lost_is_not_paid_by_itself() -> None:
    """Voided, its invoice is open again and nobody remembers why: the voided payment in our group stops it (H7)."""
    world = World(small_day(), _QUIET)
    world.poll()
    passes(world, _HOUR)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, DAY)
    assert in_epicor(world) == [(True, True)]
    _lose_everything(world)
    assert adopted(world).recovered == []
    world.poll()
    passes(world, DAY)
    assert held_for(only_payment(world)) == "draft_voided"
    assert statuses(world) == [("funds_refunded", 1)]


def test_what_a_voided_payment_stopped_goes_on_by_a_persons_word() -> None:
    """Released, the transfer in Wise is found before another is made; its refund told, a retry pays it anew."""
    world = World(small_day(), _QUIET)
    world.poll()
    passes(world, _HOUR)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    back = transfer_of(world).refunded
    passes(world, DAY)
    _lose_everything(world)
    adopted(world)
    world.poll()
    passes(world, DAY)
    payment = only_payment(world).id
    while held_for(only_payment(world)):
        operate(world.deps, {"action": "release", "payment": payment, "why": "known"}, "anna")
        passes(world, DAY)
    assert (only_payment(world).status, statuses(world)) == (Status.REFUND_UNKNOWN, [("funds_refunded", 1)])
    told = {"action": "refund_amount", "payment": payment, "currency": "EUR", "amount": str(back)}
    operate(world.deps, told, "anna")
    passes(world, 2 * _HOUR)
    assert only_payment(world).status in (Status.RETURNED, Status.FAILED)
    assert is_open(world)
    assert committed(world) == 0
    operate(world.deps, {"action": "retry", "payment": payment}, "anna")
    passes(world, DAY)
    assert (only_payment(world).status, in_epicor(world)) == (Status.POSTED, [(True, True), (True, False)])


@pytest.mark.parametrize("looked_before", [True, False], ids=["settled-before-adopt", "adopted-at-once"])
def test_a_draft_that_was_made_again_is_taken_up_with_the_money_that_is_out(looked_before: bool) -> None:
    """Set back to before its draft was deleted and made again: what was posted instead is the payment's (H22)."""
    world = sent_while_epicor_is_away()
    rows = _back_up(world)
    a_clerk_deletes_the_draft(world)
    world.epicor.faults.replace([])
    passes(world, 2 * _HOUR)
    assert (only_payment(world).status, only_payment(world).reservation) == (Status.POSTED, 2)
    _restore(world, rows)
    assert only_payment(world).reservation == 1
    if looked_before:
        passes(world, 2 * _HOUR)
    report, payment = adopted(world), only_payment(world).id
    assert report.recovered == [f"{payment}: taken up as posted"]
    assert [line for line in report.left if group_id(payment, 2) in line] == []
    passes(world, 2 * _HOUR)
    assert (only_payment(world).status, only_payment(world).reservation) == (Status.POSTED, 2)
    assert (statuses(world), in_epicor(world)) == ([("outgoing_payment_sent", 1)], [(True, False)])
    assert "held" not in kinds(world)
    assert attempt(world).funded


def _set_back_into_the_reservation() -> World:
    """Sent and posted; the ledger is set back to when the reservation was announced, and adopted."""
    world = World(small_day())
    _break_off_the_reservation(world)
    announced = _back_up(world)
    rest_until(world, Status.POSTED)
    _restore(world, announced)
    assert only_payment(world).intent is not None
    adopted(world)
    return world


def test_set_back_into_its_reservation_a_paid_payment_is_posted_when_the_money_is_seen() -> None:
    """The transfer is looked at first: what was announced is past, and what stands posted in Epicor is booked."""
    world = _set_back_into_the_reservation()
    (transfer,) = world.wise.state()["transfers"]
    settle(world.deps, TransferMessage(transfer_id=transfer["id"], first_seen=world.time))
    assert (only_payment(world).status, only_payment(world).intent) == (Status.POSTED, None)
    passes(world, _HOUR)
    assert (statuses(world), in_epicor(world)) == ([("outgoing_payment_sent", 1)], [(True, False)])
    assert committed(world) == only_payment(world).amount


def test_set_back_into_its_reservation_a_paid_payment_is_held_at_most_once() -> None:
    """The draft is looked at first: posted it is a person's matter, and a release finds the money and books it."""
    world = _set_back_into_the_reservation()
    world.run(_HOUR)
    if held_for(only_payment(world)):
        assert held_for(only_payment(world)) == "draft_posted"
        operate(world.deps, {"action": "release", "payment": only_payment(world).id, "why": "paid by us"}, "anna")
        world.run(_HOUR)
    assert only_payment(world).status is Status.POSTED
    assert (statuses(world), in_epicor(world)) == ([("outgoing_payment_sent", 1)], [(True, False)])


def test_with_a_library_of_functions_posted_payments_are_taken_up_as_well() -> None:
    """Whoever writes the payments, they are found again by their references."""
    world = World(small_day(2), _QUIET.model_copy(update={"function_library": "KineticWise"}))
    world.poll()
    passes(world, _HOUR)
    before = {payment.id: payment.draft for payment in world.payments().values()}
    _lose_everything(world)
    adopted(world)
    passes(world, _HOUR)
    assert {payment.id: payment.draft for payment in world.payments().values()} == before
    assert {payment.status for payment in world.payments().values()} == {Status.POSTED}


def test_what_is_taken_up_again_is_not_taken_up_twice() -> None:
    """Adopt may be ordered again and again: what it took up is known then, and nothing is written anew."""
    world = World(small_day(3), _QUIET)
    world.poll()
    passes(world, _HOUR)
    _lose_everything(world)
    assert len(adopted(world).recovered) == 3
    passes(world, _HOUR)
    versions = {payment.id: payment.version for payment in world.payments().values()}
    report = adopted(world)
    assert (report.recovered, report.left) == ([], [])
    passes(world, _HOUR)
    assert {payment.id: payment.version for payment in world.payments().values()} == versions


def test_a_payment_set_back_to_its_claim_waits_for_adopt_and_is_posted() -> None:
    """Seen paid before adopt it is not closed as paid by others: it is ours, and watched like any other."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    rows = _back_up(world)
    rest_until(world, Status.POSTED)
    _restore(world, rows)
    world.run(_HOUR)
    assert only_payment(world).status is Status.QUEUED
    adopted(world)
    world.run(_HOUR)
    payment = only_payment(world)
    assert (payment.status, payment.reservation, committed(world)) == (Status.POSTED, 1, payment.amount)
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_a_step_begins_nothing_where_the_money_went_before_the_ledger_was_set_back() -> None:
    """Settlement learned that it is paid and died: the next step follows the money, and does not call it outside's."""
    world = World(small_day(), _QUIET, webhooks=False)
    world.poll()
    fault(world.epicor, ("POST", "APChkGrpSvc/Update"), "status", times=-1, status=429)
    step_until(world, lambda: bool(world.payments()) and "not_arrived" in kinds(world))
    world.epicor.faults.replace([])
    rows = _back_up(world)
    payment = rest_until(world, Status.POSTED)
    transfer = world.deps.wise.transfer(world.wise.state()["transfers"][0]["id"])
    _restore(world, rows)
    assert only_payment(world).status is Status.QUEUED
    assert transfer is not None
    facts.learn(Case.open(world.deps, payment.id), transfer)
    world.run(3 * _HOUR)
    assert (only_payment(world).status, only_payment(world).reason) == (Status.POSTED, "")
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_a_posted_draft_that_the_ledger_forgot_is_voided_with_the_money() -> None:
    """Set back into its reservation, and the money comes back: once adopted, the invoice is open again (rule 6)."""
    world = World(small_day())
    _break_off_the_reservation(world)
    rows = _back_up(world)
    rest_until(world, Status.POSTED)
    people_in_wise(world, "bounce")
    _restore(world, rows)
    people_in_wise(world, "give_back")
    passes(world, _HOUR)
    adopted(world)
    passes(world, 3 * _HOUR)
    assert only_payment(world).status is Status.FAILED
    assert [(p["posted"], p["voided"]) for p in our_payments(world)] == [(True, True)]
    assert is_open(world)


def test_a_begun_draft_that_the_ledger_forgot_goes_when_its_payment_ends() -> None:
    """The attempt is dead, the ledger knows no draft, and an empty one stands in its group: it is deleted."""
    world = World(small_day(), _QUIET, webhooks=False)
    _break_off_the_reservation(world)
    (group,) = _groups(world)
    case = Case.open(world.deps, only_payment(world).id)
    case.write("seen", payment={"intent": None}, attempt={"dead": "seen to be dead"}, data={"intent": "reserve"})
    assert (case.payment.draft, group) == (None, group_id(case.id, 1))
    end_unpaid(case)
    assert only_payment(world).status is Status.FAILED
    assert (_groups(world), our_payments(world)) == ([], [])


def test_what_was_closed_or_rejected_meanwhile_is_posted_all_the_same() -> None:
    """A person cancels it before adopt: the order waits, and is told as too late, for the money is out."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    rows = _back_up(world)
    rest_until(world, Status.POSTED)
    _restore(world, rows)
    payment = only_payment(world)
    operate(world.deps, {"action": "cancel", "payment": payment.id, "why": "seems paid"}, "anna")
    assert (only_payment(world).status, committed(world)) == (Status.UNKNOWN, payment.amount)
    adopted(world)
    world.run(_HOUR)
    assert (only_payment(world).status, only_payment(world).reason) == (Status.POSTED, "")
    assert "order_too_late" in kinds(world)
    assert committed(world) == payment.amount


def _claimed_then_waiting() -> tuple[World, Rows]:
    """A payment that waits for money under its transfer, and the rows from when it was but claimed."""
    world = World(poor_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    rows = _back_up(world)
    rest_until(world, Status.AWAITING_FUNDS)
    return world, rows


def test_a_transfer_whose_draft_is_gone_is_named() -> None:
    """Set back to the claim, the draft deleted by hand: the transfer that can still be paid is told to a person."""
    world, rows = _claimed_then_waiting()
    (transfer,) = world.wise.state()["transfers"]
    on_draft(world, "delete_draft")
    _restore(world, rows)
    (line,) = [line for line in adopted(world).left if "transfer" in line]
    assert line.startswith(f"{only_payment(world).id} (queued): transfer {transfer['id']} (incoming_payment_waiting)")
    (entry,) = [entry for entry in system_entries(world, "adopt") if entry["kind"] == "matched.left"]
    assert line in entry["data"]["left"]


def test_an_order_that_was_revoked_after_the_backup_does_not_stay_open() -> None:
    """Cancelled, retried and posted; set back to the cancel: taken up as posted, and the order is told as too late."""
    world = World(small_day())
    _break_off_the_reservation(world)
    about = {"payment": only_payment(world).id, "why": "disputed"}
    assert operate(world.deps, {"action": "cancel", **about}, "anna")["under_way"]
    rows = _back_up(world)
    rest_until(world, Status.REJECTED)
    operate(world.deps, {"action": "retry", **about}, "anna")
    rest_until(world, Status.POSTED)
    _restore(world, rows)
    assert only_payment(world).order is not None
    adopted(world)
    passes(world, _HOUR)
    assert (only_payment(world).status, only_payment(world).order) == (Status.POSTED, None)
    assert "order_too_late" in kinds(world)


def test_a_posted_payment_without_a_transfer_is_named() -> None:
    """A person posted our draft and no transfer was made: nothing is claimed, and adopt has somebody look."""
    world = World(small_day())
    payment = work_until(world, Status.RESERVED)
    company = world.epicor.site.companies["EPIC01"]
    (head,) = [row for row in company["CheckHed"].rows() if row.get("XRefCheckNum") == "TESTLEDG-1"]
    company["CheckHed"].change(head, Posted=True)
    _lose_everything(world)
    assert adopted(world).left == [
        f"EPIC01/{payment.group_id}: posted, and this Wise profile has no transfer of {payment.id}, left for a person"
    ]
    assert world.payments() == {}


def test_a_draft_whose_transfer_may_be_in_the_former_profile_is_held() -> None:
    """Set back to the claim, and another profile set: nothing is made there for what the former one may pay (H8)."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    rows, former = _back_up(world), world.deps.wise_site
    step_until(world, lambda: only_payment(world).status is Status.PROCESSING)
    _restore(world, rows)
    other = Profile(former.profile + 1, True, "77777777-0000-4000-8000-000000000077", "US")
    world.wise._world.books.profiles[other.id] = other
    site = replace(former, profile=other.id)
    world.deps = replace(world.deps, make_wise=partial(world.wise_client, other.id), read_wise_site=lambda: site)
    adopted(world)
    assert held_for(only_payment(world)) == "create_unclear"
    assert f"profile {former.profile}" in detail(only_payment(world))
    world.run(_HOUR)
    assert (held_for(only_payment(world)), len(world.wise.state()["transfers"])) == ("create_unclear", 1)


def test_a_posted_payment_that_delivered_another_amount_is_held() -> None:
    """The transfer under our key is compared before it counts as ours: another amount is held with both (H15)."""
    world = World(small_day(), _QUIET)
    world.poll()
    passes(world, _HOUR)
    (transfer,) = world.wise._world.books.transfers.values()
    transfer.target_value -= 1
    _lose_everything(world)
    adopted(world)
    assert held_for(only_payment(world)) == "transfer_disagrees"
    assert str(transfer.target_value) in detail(only_payment(world))


# --- earlier attempts -------------------------------------------------------------------------------------------------


def _back_in_the_first_attempt() -> World:
    """Attempt 1's money came back and attempt 2 waits; the ledger is set back to when the first was on its way."""
    world = World(small_day(), _QUIET, webhooks=False)
    work_until(world, Status.PROCESSING)
    rows = _back_up(world)
    passes(world, _HOUR)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, 2 * DAY)
    assert only_payment(world).status is Status.RETURNED
    for balance in world.wise._world.books.balances.values():
        balance.amount = Decimal("10.00")
    operate(world.deps, {"action": "retry", "payment": only_payment(world).id}, "anna")
    passes(world, _HOUR)
    assert (only_payment(world).attempt, only_payment(world).status) == (2, Status.AWAITING_FUNDS)
    _restore(world, rows)
    return world


def _goes_on_with_the_second(world: World) -> None:
    operate(world.deps, {"action": "release", "payment": only_payment(world).id, "why": "it is back"}, "anna")
    money_comes(world)
    passes(world, DAY)
    assert only_payment(world).status is Status.POSTED
    assert [status for status, funded in statuses(world) if funded] == ["funds_refunded", "outgoing_payment_sent"]


def test_the_refund_of_an_earlier_attempt_is_found_in_the_statement() -> None:
    """What came back of it is read there as for the current one: then it is dead, and a release goes on."""
    world = _back_in_the_first_attempt()
    adopted(world)
    passes(world, _HOUR)
    assert only_payment(world).attempt == 2
    assert attempt(world, 1).refund is not None
    assert attempt(world, 1).dead
    if held_for(only_payment(world)):
        _goes_on_with_the_second(world)


def test_the_refund_of_an_earlier_attempt_is_told_by_a_person() -> None:
    """Wise shows no statement: the amount that a person tells is the earlier attempt's, and proves it dead."""
    world = _back_in_the_first_attempt()
    fault(world.wise, ("GET", "statement"), "status", times=-1, status=403)
    back = next(iter(world.wise._world.books.transfers.values())).refunded
    adopted(world)
    passes(world, _HOUR)
    payment = only_payment(world)
    assert (held_for(payment), payment.attempt) == ("moves_again", 2)
    with pytest.raises(BadOrder):
        operate(world.deps, {"action": "release", "payment": payment.id, "why": "it is back"}, "anna")
    told = {"action": "refund_amount", "payment": payment.id, "currency": "EUR", "amount": str(back)}
    operate(world.deps, told, "anna")
    assert (attempt(world, 1).refund is not None, bool(attempt(world, 1).dead)) == (True, True)
    assert attempt(world, 2).refund is None
    _goes_on_with_the_second(world)


# --- later attempts ---------------------------------------------------------------------------------------------------


def _in_its_second_attempt() -> tuple[World, Rows]:
    """A payment that waits for money under its second transfer, and the rows from when it had but its first."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    rows = _back_up(world)
    passes(world, 3 * DAY)  # the rate of the first is over
    assert (only_payment(world).attempt, only_payment(world).status) == (2, Status.AWAITING_FUNDS)
    return world, rows


def test_a_second_transfer_listed_before_adopt_is_no_strangers() -> None:
    """Listed while the ledger did not know it, taken up by adopt: its payment is paid once and not held (H24)."""
    world, rows = _in_its_second_attempt()
    _restore(world, rows)
    list_transfers(world.deps)
    adopted(world)
    assert only_payment(world).attempt == 2
    money_comes(world)
    world.run(_HOUR)
    assert only_payment(world).status is Status.POSTED
    assert sum(funded for _, funded in statuses(world)) == 1
    assert "held" not in kinds(world)


def test_adopt_finds_a_later_attempt_behind_one_that_wise_refused() -> None:
    """Attempt 2 has no transfer at Wise, attempt 3 has: the ledger is caught up with the third, and pays once."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    rows, payment = _back_up(world), only_payment(world)
    on_transfer(world, "cancel")
    world.run(_HOUR)
    fault(world.wise, CREATE, "status", status=422, times=1)
    operate(world.deps, {"action": "retry", "payment": payment.id, "why": "again"}, "anna")
    world.run(_HOUR)
    assert (only_payment(world).attempt, only_payment(world).status) == (2, Status.FAILED)
    operate(world.deps, {"action": "retry", "payment": payment.id, "why": "again"}, "anna")
    world.run(_HOUR)
    assert (only_payment(world).attempt, only_payment(world).status) == (3, Status.AWAITING_FUNDS)
    _restore(world, rows)
    report = adopted(world)
    assert (report.recovered, report.left) == ([f"{payment.id}: taken up as created"], [])
    assert (only_payment(world).attempt, only_payment(world).reservation) == (3, 3)
    money_comes(world)
    world.run(_HOUR)
    assert only_payment(world).status is Status.POSTED
    assert sum(funded for _, funded in statuses(world)) == 1
    assert committed(world) == payment.amount


def test_what_a_person_ordered_after_the_backup_is_asked_again_before_anything_is_paid() -> None:
    """Set back to before a reject, adopt stops payments and says why; nothing is funded until a person resumes."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    rows, payment = _back_up(world), only_payment(world)
    operate(world.deps, {"action": "cancel", "payment": payment.id, "why": "disputed"}, "anna")
    _restore(world, rows)
    assert only_payment(world).status is Status.QUEUED
    report = adopt(world.deps, "anna")
    assert (report.set_back, report.as_dict()["set_back"]) == (True, True)
    assert world.deps.state.switch.read().stopped
    (stop,) = [entry for entry in system_entries(world, "switch") if entry["kind"] == "stop"]
    assert (stop["data"]["caller"], "set back" in stop["data"]["why"]) == ("anna", True)
    world.run(_HOUR)
    assert sum(funded for _, funded in statuses(world)) == 0
    assert not adopt(world.deps, "anna").set_back
    operate(world.deps, {"action": "resume"}, "anna")
    world.run(_HOUR)
    assert only_payment(world).status is Status.POSTED


def test_an_order_before_adopt_is_carried_out_in_full_after_it() -> None:
    """Set back to the claim and cancelled: only adopt shows what was begun, and then transfer and draft go."""
    world, rows = _claimed_then_waiting()
    _restore(world, rows)
    payment = only_payment(world)
    answer = operate(world.deps, {"action": "cancel", "payment": payment.id, "why": "disputed"}, "anna")
    world.run(_HOUR)
    assert answer["under_way"]
    assert (only_payment(world).status, committed(world)) == (Status.UNKNOWN, payment.amount)
    assert adopted(world).left == []
    money_comes(world)
    world.run(_HOUR)
    assert only_payment(world).status is Status.REJECTED
    assert (statuses(world), our_drafts(world)) == ([("cancelled", 0)], [])
    assert committed(world) == 0


def test_a_reservation_of_a_payment_that_was_rejected_before_is_not_paid() -> None:
    """A person's word stands as long as no money moved: draft and transfer are named, and nothing goes on by itself."""
    world = World(poor_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    payment = only_payment(world)
    about = {"payment": payment.id, "why": "disputed"}
    operate(world.deps, {"action": "cancel", **about}, "anna")
    rows = _back_up(world)
    operate(world.deps, {"action": "retry", **about}, "anna")
    rest_until(world, Status.AWAITING_FUNDS)
    (transfer,) = world.wise.state()["transfers"]
    _restore(world, rows)
    assert only_payment(world).status is Status.REJECTED
    line, of_transfer = adopted(world).left
    assert f"transfer {transfer['id']} (incoming_payment_waiting)" in of_transfer
    assert line.startswith(f"EPIC01/{group_id(payment.id, 1)}: reservation 1 of {payment.id}, which is rejected by now")
    assert f"once transfer {transfer['id']} is cancelled" in line
    money_comes(world)
    world.run(_HOUR)
    assert only_payment(world).status is Status.REJECTED
    assert statuses(world) == [("incoming_payment_waiting", 0)]


@pytest.mark.parametrize("number", [2, 7])
def test_a_transfer_of_our_own_that_the_ledger_does_not_know_is_called_that(number: int) -> None:
    """Made under a later key of the payment, listed after adopt: held as what it is, with what to do (rule 15)."""
    world = World(small_day(), Settings(list_age=0))
    payment = work_until(world, Status.CREATED)
    recipient, wise = attempt(world).recipient_id, world.deps.wise
    assert recipient is not None
    quote = wise.create_quote("EUR", "EUR", payment.amount, recipient)
    later = wise.create_transfer(transfer_key(payment.invoice.sys_row_id, 1, number), recipient, quote.id, "later")
    world.run(_HOUR)
    assert held_for(only_payment(world)) == "ledger_not_bound"
    assert detail(only_payment(world)).startswith(f"transfer {later.id} was made for this payment")
    assert sorted(statuses(world)) == [("cancelled", 0), ("incoming_payment_waiting", 0)]
    adopted(world)
    assert only_payment(world).attempt == number
    operate(world.deps, {"action": "release", "payment": payment.id, "why": "adopted"}, "anna")
    world.run(_HOUR)
    assert only_payment(world).status is Status.POSTED
    assert sum(funded for _, funded in statuses(world)) == 1


def test_before_adopt_nobody_says_whose_a_like_transfer_is() -> None:
    """A restored ledger may have forgotten a transfer of its own: the gate says so instead of suspecting a person."""
    world = World(poor_day(), Settings(list_age=0))
    payment = rest_until(world, Status.AWAITING_FUNDS)
    recipient, wise = attempt(world).recipient_id, world.deps.wise
    assert recipient is not None
    quote = wise.create_quote("EUR", "EUR", payment.amount, recipient)
    other = wise.create_transfer(transfer_key(payment.invoice.sys_row_id[::-1], 1, 1), recipient, quote.id, "other")
    world.deps.table_id = lambda: "the-restored-table"
    world.run(_HOUR)
    assert held_for(only_payment(world)) == "ledger_not_bound"
    assert f"transfer {other.id} pays the same amount" in detail(only_payment(world))
