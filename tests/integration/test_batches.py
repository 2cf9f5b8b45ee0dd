"""Transfers in batches: one approval for all, and whatever goes wrong with one of them (money-cases.md H28, H29)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from benchmarks.batch import paid_once
from kinetic_wise.flows.case import NoSuchPayment
from kinetic_wise.flows.holds import cancel_payment
from kinetic_wise.flows.operate import operate
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.ledger.verify import verify
from kinetic_wise.payments import identity
from kinetic_wise.payments.batch import Batch, BatchStatus
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.settings import Settings
from kinetic_wise.words import at
from simulators.common.http import Request
from simulators.common.simulator import Answer
from simulators.sample_day import Day
from tests.integration.test_command_line import Desk
from tests.support.acts import (
    _act,
    fault,
    held_for,
    money_comes,
    on_transfer,
    people_in_epicor,
    small_day,
    statuses,
    step_until,
    story,
    told,
    transfers,
)
from tests.support.dynamodb import AUDIT, FIRST
from tests.support.world import World

HOUR = 3600.0
BATCH = Settings(funding="batch")


def batch_world(invoices: int = 3, *, asks: bool = True, settings: Settings = BATCH, day: Day | None = None) -> World:
    """A world in batch mode; `asks`: funding asks for a person."""
    return World(day or small_day(invoices), settings, sca_region=asks)


def batches(world: World) -> list[dict[str, Any]]:
    """Wise's groups, oldest first."""
    found: list[dict[str, Any]] = world.wise.state()["batches"]
    return found


def approve(world: World, position: int = -1) -> None:
    """A person approves a batch in Wise: once."""
    _act(world.wise, {"act": "fund_batch", "batch": batches(world)[position]["id"]})


def all_in(world: World, status: Status) -> list[Payment]:
    """Every payment, all of them in one status."""
    found = list(world.payments().values())
    assert {payment.status for payment in found} == {status}, [(p.status, p.hold, p.reason) for p in found]
    return found


def waiting(world: World) -> World:
    """The world once its batch waits for approval."""
    world.poll()
    world.run(HOUR)
    all_in(world, Status.AWAITING_APPROVAL)
    return world


def test_one_approval_pays_a_batch() -> None:
    """All transfers of a run are in one closed group: one person approves once, and everything is posted."""
    world = waiting(batch_world())
    (group,) = batches(world)
    assert (group["status"], len(group["transfers"])) == ("COMPLETED", 3)
    approve(world)
    world.run(HOUR)
    all_in(world, Status.POSTED)
    assert statuses(world) == [("outgoing_payment_sent", 1)] * 3
    assert world.deps.state.batches.live() == []
    assert not world.errors


def chain_of(world: World, batch_id: str) -> list[str]:
    """The kinds of a batch's audit entries, oldest first."""
    rows = [row for row in world.database.rows(AUDIT) if row["pk"]["S"] == f"BATCH#{batch_id}"]
    return [row["kind"]["S"] for row in sorted(rows, key=lambda row: row["sk"]["S"])]


def live(world: World) -> Batch:
    """The one batch that is not over."""
    (batch,) = world.deps.state.batches.live()
    return batch


def until_batch(world: World, status: BatchStatus) -> Batch:
    """Poll, and let the world work until its one batch is in a status."""
    world.poll()
    for _ in range(600):
        world.run(10)
        found = world.deps.state.batches.live()
        if found and found[0].status is status:
            return found[0]
    raise AssertionError("the batch never came there")


def member(world: World, position: int) -> Payment:
    """The payment of one of the day's invoices."""
    payment = world.payment_of(world.day.invoices[position])
    assert payment is not None
    return payment


def before_call(world: World, method: str, act: Callable[[], None], path: str = "") -> None:
    """Let something happen in Wise just before the next such call arrives there."""
    handle, done = world.wise.handle, False

    def first(request: Request) -> Answer:
        nonlocal done
        if not done and request.method == method and request.path.endswith(path):
            done = True
            act()
        return handle(request)

    world.wise.handle = first  # type: ignore[method-assign]  # a person is faster than the wire


def deaf_to(world: World, position: int) -> None:
    """Every call about the transfer of one of the day's invoices is lost before it arrives."""
    invoice = world.day.invoices[position]
    rows = {row["invoice_num"]: row["sys_row_id"] for row in world.epicor.state()["invoices"]}
    key, handle = identity.transfer_key(rows[invoice.invoice_num], 1, 1), world.wise.handle

    def first(request: Request) -> Answer:
        return Answer(None) if key.encode() in request.body else handle(request)

    world.wise.handle = first  # type: ignore[method-assign]  # Wise hears nothing of it


def spoil(world: World, position: int) -> None:
    """Somebody sets a payment hold on one of the invoices in Epicor."""
    invoice = world.day.invoices[position]
    people_in_epicor(world, "set_hold", invoice, invoice_num=invoice.invoice_num)


def paid_out(world: World) -> int:
    """How many transfers took money, each once."""
    assert all(count <= 1 for _, count in statuses(world))
    return sum(count for _, count in statuses(world))


def test_what_waits_shows_where_and_until_when() -> None:
    """Each member says on which page a person approves, and until when: the earliest rate's end less ten minutes."""
    world = waiting(batch_world())
    quotes = [a.quote for a in (world.deps.ledger.attempt(p.id, 1) for p in world.payments().values()) if a]
    ends = min(quote.rate_expires_at for quote in quotes if quote and quote.rate_expires_at)
    for payment in world.payments().values():
        attempt = world.deps.ledger.attempt(payment.id, 1)
        assert attempt is not None
        assert attempt.approve_by == ends - timedelta(minutes=10)
        told = next(e["data"] for e in story(world, payment) if e["kind"] == "awaiting_approval")
        assert told["approve_in_wise"] == f"https://wise.com/transactions/batch/{batches(world)[0]['id']}"


def test_the_page_may_hold_any_other_braces() -> None:
    """A setting with a filter in its address hands the batch over like any other."""
    page = "https://pay.test/{id}?filter={open}"
    world = waiting(batch_world(settings=BATCH.model_copy(update={"batch_page": page})))
    payment = next(iter(world.payments().values()))
    told = next(e["data"] for e in story(world, payment) if e["kind"] == "awaiting_approval")
    assert told["approve_in_wise"] == f"https://pay.test/{batches(world)[0]['id']}?filter={{open}}"


def test_every_write_to_the_group_is_announced_and_chained() -> None:
    """Intent, effect, outcome, in a chain of the batch's own that `verify` finds sound (rules 3 and 17)."""
    world = waiting(batch_world())
    approve(world)
    batch = live(world)
    world.run(HOUR)
    kinds = chain_of(world, batch.id)
    assert kinds[:2] == ["intent.create_group", "group_created"]
    assert kinds.index("intent.complete_group") + 1 == kinds.index("closed")
    assert kinds.index("intent.fund_group") + 1 == kinds.index("funding_answered")
    trail = Trail(world.database.client, FIRST.payments, FIRST.audit, FIRST.connector)
    assert f"BATCH#{batch.id}" in {chain for chain, _ in trail.heads()}
    assert [found.findings for found in verify(trail) if found.findings] == []


def test_where_the_token_may_fund_one_call_pays_all() -> None:
    """Without strong authentication the closed batch is funded by one call; each transfer tells whether it was paid."""
    world = batch_world(asks=False)
    world.poll()
    world.run(2 * HOUR)
    all_in(world, Status.POSTED)
    assert [group["paid"] for group in batches(world)] == [True]
    assert paid_out(world) == 3


def test_asking_once_is_enough() -> None:
    """403 with a one-time token hands the batch over; it is not asked again, each try would bother its approvers."""
    world = waiting(batch_world())
    world.run(6 * HOUR)
    assert chain_of(world, live(world).id).count("intent.fund_group") == 1


def test_a_member_that_fails_the_gate_cancels_the_group_and_the_others_go_on() -> None:
    """The group is cancelled before it is closed; the failing member is held, the others are in the next one (H29)."""
    world = batch_world()
    until_batch(world, BatchStatus.OPEN)
    spoil(world, 0)
    world.run(2 * HOUR)
    assert [group["status"] for group in batches(world)] == ["CANCELLED", "COMPLETED"]
    assert held_for(member(world, 0)) == "on_payment_hold"
    assert {(member(world, n).status, member(world, n).attempt) for n in (1, 2)} == {(Status.AWAITING_APPROVAL, 2)}
    approve(world)
    world.run(HOUR)
    assert {member(world, n).status for n in (1, 2)} == {Status.POSTED}
    assert paid_out(world) == 2


def test_what_waits_passes_the_gate_again() -> None:
    """A member that may not be paid any more while the batch waits has the whole group cancelled (H5)."""
    world = waiting(batch_world())
    spoil(world, 1)
    world.run(2 * HOUR)
    assert [group["status"] for group in batches(world)] == ["CANCELLED", "COMPLETED"]
    assert held_for(member(world, 1)) == "on_payment_hold"
    assert len(batches(world)[1]["transfers"]) == 2


def test_a_deadline_that_passes_makes_all_anew() -> None:
    """Nobody approves before the earliest rate ends: cancelled, proven dead one by one, and in a batch again."""
    world = waiting(batch_world())
    approve_by = live(world).approve_by
    assert approve_by is not None
    world.time = approve_by + timedelta(seconds=1)
    world.run(2 * HOUR)
    assert [group["status"] for group in batches(world)] == ["CANCELLED", "COMPLETED"]
    assert {payment.attempt for payment in all_in(world, Status.AWAITING_APPROVAL)} == {2}
    approve(world)
    world.run(HOUR)
    all_in(world, Status.POSTED)
    assert paid_out(world) == 3


def test_deadlines_that_keep_passing_are_held() -> None:
    """After as many cancels of our own as the setting allows a person finds out why nobody approves (rule 7)."""
    world = waiting(batch_world(settings=Settings(funding="batch", own_cancels=1)))
    for _ in range(2):
        approve_by = live(world).approve_by
        assert approve_by is not None
        world.time = approve_by + timedelta(seconds=1)
        world.run(2 * HOUR)
    assert {held_for(payment) for payment in all_in(world, Status.HELD)} == {"rate_keeps_expiring"}
    assert {status for status, _ in statuses(world)} == {"cancelled"}


def test_a_person_cancels_one_member() -> None:
    """That one ends and a person decides; it blocks its batch, so the others go on in the next one (rule 7, H29)."""
    world = waiting(batch_world())
    on_transfer(world, "cancel", 0)
    cancelled = transfers(world)[0]["customerTransactionId"]
    world.run(3 * HOUR)
    found = world.payments().values()
    (ended,) = [p for p in found if p.status is Status.FAILED]
    assert ended.reason == "transfer_cancelled"
    attempt = world.deps.ledger.attempt(ended.id, 1)
    assert attempt is not None
    assert attempt.key == cancelled
    assert [(p.status, p.attempt) for p in found if p.id != ended.id] == [(Status.AWAITING_APPROVAL, 2)] * 2
    approve(world)
    world.run(HOUR)
    assert paid_out(world) == 2


def test_a_person_cancels_the_whole_batch() -> None:
    """What a person stopped in Wise is not made again: every member ends, a person decides (rule 7, H11)."""
    world = waiting(batch_world())
    _act(world.wise, {"act": "cancel_batch", "batch": batches(world)[0]["id"]})
    world.run(3 * HOUR)
    assert {payment.reason for payment in all_in(world, Status.FAILED)} == {"transfer_cancelled"}
    assert len(batches(world)) == 1
    assert world.deps.state.batches.live() == []


def test_a_person_funds_while_we_are_about_to_cancel() -> None:
    """The approver was faster than the deadline's cancel: facts first, nothing is made a second time (H10)."""
    world = waiting(batch_world())
    approve_by = live(world).approve_by
    assert approve_by is not None
    world.time = approve_by + timedelta(seconds=1)
    before_call(world, "PATCH", lambda: approve(world))
    world.run(3 * HOUR)
    assert {payment.attempt for payment in all_in(world, Status.POSTED)} == {1}
    assert paid_out(world) == 3


def test_a_person_funds_one_member_by_itself_before_the_batch_is_closed() -> None:
    """Its money is followed and posted; the others, whose group cannot be cancelled any more, are cancelled each."""
    world = batch_world()
    until_batch(world, BatchStatus.OPEN)
    on_transfer(world, "fund", 0)
    world.run(3 * HOUR)
    found = sorted(payment.status for payment in world.payments().values())
    assert found == [Status.AWAITING_APPROVAL, Status.AWAITING_APPROVAL, Status.POSTED]
    approve(world)
    world.run(HOUR)
    all_in(world, Status.POSTED)
    assert paid_out(world) == 3


def test_never_closed_above_the_balance() -> None:
    """A batch that costs more than its balance waits for money: Wise would convert another balance by itself (H28)."""
    day = small_day(3)
    balances = {**day.balances, "EUR": Decimal("10.00")}
    world = batch_world(day=replace(day, balances=balances), asks=False)
    world.poll()
    world.run(2 * HOUR)
    all_in(world, Status.AWAITING_FUNDS)
    assert [group["status"] for group in batches(world)] == ["NEW"]
    money_comes(world)
    world.run(HOUR)
    all_in(world, Status.POSTED)
    assert not any(movement.reference.startswith("BALANCE-") for movement in world.wise._world.books.movements)


def test_two_batches_that_wait_share_the_balance() -> None:
    """What a closed batch may still take is not there for the next: the two together stay below the balance (H28)."""
    day = small_day(4)
    costs = sum(invoice.amount for invoice in day.invoices)
    day = replace(day, balances={**day.balances, "EUR": costs - Decimal("0.01")})
    world = batch_world(day=day, settings=Settings(funding="batch", batch_size=2))
    world.poll()
    world.run(2 * HOUR)
    assert sorted(group["status"] for group in batches(world)) == ["COMPLETED", "NEW"]


def test_short_rates_stay_out() -> None:
    """A member whose rate ends within the minimum window is made by itself, and asks for approval by itself."""
    world = waiting(batch_world(settings=Settings(funding="batch", batch_min_window=14 * 24 * HOUR)))
    assert batches(world) == []
    for number in range(3):
        on_transfer(world, "fund", number)
    world.run(HOUR)
    all_in(world, Status.POSTED)


def test_a_full_batch_makes_room_for_the_next() -> None:
    """No batch takes more members than it may; the rest are in another one."""
    world = waiting(batch_world(5, settings=Settings(funding="batch", batch_size=2)))
    assert sorted(len(group["transfers"]) for group in batches(world)) == [1, 2, 2]


def test_the_stop_switch_closes_no_batch() -> None:
    """While the switch is on nothing is closed; once it is off the gate is passed, and the batch closed (rule 9)."""
    world = batch_world()
    world.deps.state.switch.stop()
    world.poll()
    world.run(2 * HOUR)
    assert [group["status"] for group in batches(world)] == ["NEW"]
    world.deps.state.switch.resume()
    world.run(HOUR)
    all_in(world, Status.AWAITING_APPROVAL)


def test_caps_are_counted_before_a_batch_is_closed() -> None:
    """A member above the cap is held and has the group cancelled; the others are counted and wait for approval."""
    world = batch_world()
    most = max(invoice.amount for invoice in world.day.invoices)
    operate(world.deps, {"action": "set_caps", "payment": {"EUR": str(most - Decimal("0.01"))}}, "anna")
    world.poll()
    world.run(3 * HOUR)
    found = list(world.payments().values())
    assert sorted(held_for(payment) for payment in found) == ["", "", "over_payment_cap"]
    counted = world.deps.state.switch.read().counted(f"{world.time:%Y-%m-%d}", "EUR")
    assert counted == sum(payment.amount for payment in found if not held_for(payment))


@pytest.mark.parametrize("kind", ["lost", "before"])
@pytest.mark.parametrize(
    "call",
    [
        ("POST", "/batch-groups$"),
        ("POST", "/batch-groups/.*/transfers$"),
        ("PATCH", "/batch-groups/"),
        ("POST", "/batch-payments/"),
    ],
    ids=["create", "add", "complete", "fund"],
)
def test_lost_answers_end_well(call: tuple[str, str], kind: str) -> None:
    """Whatever answer is lost on the way to the approval: nothing twice, nothing forgotten, all posted in the end."""
    world = batch_world(asks=False)
    fault(world.wise, call, kind)
    world.poll()
    world.run(2 * HOUR)
    if any(payment.status is Status.AWAITING_APPROVAL for payment in world.payments().values()):
        approve(world)  # a funding that nobody knows of is never sent again: a person approves
    world.run(HOUR)
    all_in(world, Status.POSTED)
    assert paid_out(world) == len(transfers(world)) == 3


@pytest.mark.parametrize("kind", ["lost", "before", "status"])
def test_a_lost_answer_to_the_cancel_ends_well(kind: str) -> None:
    """The group's cancel is looked at by GET and sent again with a fresh version; members go on once they are dead."""
    world = waiting(batch_world())
    approve_by = live(world).approve_by
    assert approve_by is not None
    fault(world.wise, ("PATCH", "/batch-groups/"), kind, status=500)
    world.time = approve_by + timedelta(seconds=1)
    world.run(2 * HOUR)
    assert {payment.attempt for payment in all_in(world, Status.AWAITING_APPROVAL)} == {2}
    assert [group["status"] for group in batches(world)] == ["CANCELLED", "COMPLETED"]


def test_a_group_whose_creation_nobody_knows_is_never_used() -> None:
    """It stays empty in Wise under a name that carries our id; the members are in another one."""
    world = batch_world()
    fault(world.wise, ("POST", "/batch-groups$"), "lost")
    waiting(world)
    lost, used = batches(world)
    assert (lost["status"], lost["transfers"]) == ("NEW", [])
    assert lost["name"].startswith("TESTLEDG ")
    assert len(used["transfers"]) == 3


def test_a_version_conflict_is_looked_at_and_tried_again() -> None:
    """The group changed between our look and our PATCH: refused, read again, closed with its new version."""
    world = batch_world()
    before_call(world, "PATCH", lambda: _change_version(world))
    waiting(world)
    assert chain_of(world, live(world).id).count("intent.complete_group") == 2


def _change_version(world: World) -> None:
    for batch in world.wise._world.books.batches.values():
        batch.version += 1


def test_a_group_that_somebody_filled_is_not_closed() -> None:
    """A transfer in our group that is no member keeps it from being closed; an alarm names it (H29)."""
    world = batch_world()
    until_batch(world, BatchStatus.OPEN)
    books = world.wise._world.books
    (group,) = books.batches.values()
    first, key = group.transfers[0], "00000000-0000-4000-8000-0000000000ff"
    stranger = replace(first, id=1, key=key, target_value=first.target_value + 1)
    books.transfers[stranger.id] = stranger
    group.transfers.append(stranger)
    world.run(HOUR)
    assert group.status == "NEW"
    assert told(world, "no member")


def test_a_group_closed_by_others_takes_nobody_and_nobody_is_lost() -> None:
    """An add refused by the group's state, with no unclear try before, looks for another batch."""
    world = batch_world()
    before_call(world, "POST", lambda: _close_all_groups(world), path="/transfers")
    world.poll()
    world.run(3 * HOUR)
    all_in(world, Status.AWAITING_APPROVAL)
    assert len(transfers(world)) == 3


def _close_all_groups(world: World) -> None:
    for batch in world.wise._world.books.batches.values():
        batch.status = "COMPLETED"


def test_a_person_rejects_a_member() -> None:
    """An order to end one payment has its group cancelled first; it is rejected once its transfer is dead (rule 6)."""
    world = waiting(batch_world())
    cancel_payment(world.deps, member(world, 0).id, "anna", "disputed")
    world.run(2 * HOUR)
    assert member(world, 0).status in (Status.REJECTED, Status.FAILED)
    assert [member(world, n).attempt for n in (1, 2)] == [2, 2]


def test_two_hundred_transfers_are_approved_once() -> None:
    """One group, one approval, every invoice posted; a thousand take `python -m benchmarks.batch`."""
    approvals, world = paid_once(200)
    assert approvals == len(batches(world)) == 1
    assert paid_out(world) == len(transfers(world)) == 200
    assert {payment.attempt for payment in world.payments().values()} == {1}


def test_a_member_nobody_knows_of_keeps_nobody_waiting() -> None:
    """An add that never becomes clear is held; the others are closed without it, and it can join no more."""
    world = batch_world()
    deaf_to(world, 0)
    world.poll()
    world.run(2 * HOUR)
    assert held_for(member(world, 0)) == "create_unclear"
    assert {member(world, n).status for n in (1, 2)} == {Status.AWAITING_APPROVAL}
    assert len(batches(world)[0]["transfers"]) == 2


def test_a_token_that_may_fund_leaves_an_unclear_member_out() -> None:
    """The same where one call funds all: those that passed the gate are paid, nobody else."""
    world = batch_world(asks=False)
    deaf_to(world, 0)
    world.poll()
    world.run(2 * HOUR)
    assert held_for(member(world, 0)) == "create_unclear"
    assert {member(world, n).status for n in (1, 2)} == {Status.POSTED}


def test_the_command_line_says_which_batch_and_until_when() -> None:
    """`payment show` names the batch to approve and its deadline."""
    world = waiting(batch_world())
    payment = member(world, 0)
    attempt = world.deps.ledger.attempt(payment.id, 1)
    assert attempt is not None
    assert attempt.approve_by is not None
    told = Desk(world).run("payment", "show", payment.id).output
    assert batches(world)[0]["id"] in told
    assert f"until {at(attempt.approve_by)} UTC" in told


def test_a_member_that_the_ledger_lost_stops_its_batch_and_no_other() -> None:
    """Its transfer is in the group and nobody knows whose: it is not completed, the turn goes on, and one is told."""
    world = batch_world(2)
    world.poll()
    step_until(world, lambda: [batch["status"] for batch in batches(world)] == ["NEW"] and len(transfers(world)) == 2)
    lost = next(iter(world.payments()))
    world.database.client.delete_item(TableName=FIRST.payments, Key={"pk": {"S": lost}, "sk": {"S": "STATE"}})
    world.run(2 * HOUR)
    assert told(world, "a batch has a member the ledger does not know")
    assert not [error for error in world.errors if isinstance(error, NoSuchPayment)]
    assert [batch["status"] for batch in batches(world)] == ["NEW"]
    assert statuses(world) == [("incoming_payment_waiting", 0)] * 2
