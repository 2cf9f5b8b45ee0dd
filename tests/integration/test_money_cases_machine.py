"""Money cases about the machine: workers, databases, queues, executions, webhooks, tokens, clocks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.fund import fund
from kinetic_wise.flows.gate import Gate, Verdict
from kinetic_wise.flows.outcomes import Outcome, Step
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.flows.start import read_message, start_payment
from kinetic_wise.flows.steps import run_step
from kinetic_wise.flows.sweep import sweep
from kinetic_wise.ledger import Moved
from kinetic_wise.payments.life_cycle import Status
from simulators.common.http import Request, dump_json
from simulators.common.simulator import Simulator
from tests.support.acts import (
    FUND,
    HOUR,
    attempt,
    clock_falls_back,
    fault,
    held_for,
    kinds,
    only_payment,
    our_payments,
    paid_day,
    rest_until,
    small_day,
    statuses,
    step_until,
    story,
    transfers,
    work_until,
)
from tests.support.world import World


def test_h30_two_workers_in_one_payment_fund_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stalled worker goes on after another has funded: its intent is refused by the version it has read (H30)."""
    world = World(small_day())
    stalled = Case.open(world.deps, work_until(world, Status.CREATED).id)
    assert fund(Case.open(world.deps, stalled.id)) is Outcome.FUNDED
    monkeypatch.setattr("kinetic_wise.flows.fund.gate.look", lambda case: Gate(Verdict.OPEN))
    with pytest.raises(Moved):
        fund(stalled)
    assert [funded for _, funded in statuses(world)] == [1]
    assert kinds(world).count("intent.fund") == 1


def test_h30_a_worker_that_outlives_its_lease_only_loses_its_place() -> None:
    """Places for calls save licences, they keep nobody safe: two workers that reserve make one draft (H30)."""
    world = World(small_day())
    payment = work_until(world, Status.QUEUED)
    step_until(world, lambda: only_payment(world).run == 1)
    first = Case.open(world.deps, payment.id)
    assert run_step(world.deps, Step.RESERVE, payment.id, 1) is Outcome.RESERVED
    assert first.payment.version < only_payment(world).version
    assert run_step(world.deps, Step.RESERVE, payment.id, 1) is Outcome.RESERVED
    assert len(our_payments(world)) == 1


def test_h31_a_lost_answer_of_the_database_is_read_back() -> None:
    """Every write of the path whose answer is lost once is known again as our own; nothing is done twice (H31)."""
    world = World(small_day())
    ledger = world.deps.ledger
    write, lost = ledger.write, []

    def losing(*parts: Any, **more: Any) -> Any:
        stored = write(*parts, **more)
        kind = parts[2][0].kind
        if kind not in lost:
            lost.append(kind)
            raise ConnectionError(f"the answer to {kind} is lost")
        return stored

    ledger.write = losing  # type: ignore[method-assign]  # the database answered; the process did not hear it
    world.poll()
    world.run(4 * HOUR)
    assert only_payment(world).status is Status.POSTED
    assert {"intent.reserve", "intent.create_transfer", "intent.fund", "intent.post"} <= set(lost)
    assert statuses(world) == [("outgoing_payment_sent", 1)]
    assert [p["posted"] for p in our_payments(world)] == [True]


def test_h32_a_claim_without_an_execution_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process died between claim and start; the message comes again, or never does: the sweep starts it (H32)."""
    world = World(small_day())
    with monkeypatch.context() as dying:
        dying.setattr(world.machines, "start", _refuse)
        world.poll()
        step_until(world, lambda: bool(world.errors))
    assert only_payment(world).status is Status.QUEUED
    world._due.clear()
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED


def test_h32_the_same_message_again_starts_what_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """A redelivery finds its own claim, which is no reason to drop it; and never claims twice (H32)."""
    world = World(small_day())
    paid_day(world)
    message = read_message({**only_payment(world).invoice.model_dump(), "pay_seq": 1})
    for _ in range(3):
        assert start_payment(world.deps, message) == "not_moving"
    assert kinds(world).count("claimed") == 1


def _refuse(*_: Any) -> None:
    raise ConnectionError("Step Functions did not answer")


def test_h33_each_resumption_has_a_name_of_its_own() -> None:
    """A name is taken for 90 days: executions that died are followed by others under a rising run (H33)."""
    world = World(small_day())
    work_until(world, Status.RESERVED)
    names = set(world.machines.live)
    for _ in range(2):
        world.machines.live.clear()  # the executions die; their names stay taken
        world.machines.ended.update(dict.fromkeys(names, "failed: died"))
        world._due.clear()
        world.time += timedelta(hours=1)
        sweep(world.deps)
        names |= set(world.machines.live)
    assert len(names) == 3
    assert all(len(name) <= 80 and ":" not in name for name in names)
    world.run(HOUR)
    assert (only_payment(world).status, only_payment(world).run) == (Status.POSTED, 3)


def test_h34_an_event_decides_nothing() -> None:
    """A genuinely signed lie about our transfer, refunded and all, changes no payment: GET decides (H34)."""
    world = paid_day(World(small_day()))
    transfer_id = transfers(world)[0]["id"]
    for amount in (None, Decimal("5000.00")):
        lie = TransferMessage(
            transfer_id=transfer_id, first_seen=world.time, refund_amount=amount, refund_currency="EUR"
        )
        settle(world.deps, lie)
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert not attempt(world).dead
    assert [p["voided"] for p in our_payments(world)] == [False]


def test_h34_a_strangers_transfer_is_recorded_and_left_alone() -> None:
    """An event about a transfer that a person made is no error and no payment of ours (H34)."""
    world = paid_day(World(small_day()))
    recipient = attempt(world).recipient_id
    assert recipient is not None
    quote = world.deps.wise.create_quote("EUR", "EUR", Decimal("12.00"), recipient)
    theirs = world.deps.wise.create_transfer("5f2f0c57-0a1f-4b61-9f57-0d3a25b7f5aa", recipient, quote.id, "theirs")
    fresh = TransferMessage(transfer_id=theirs.id, first_seen=world.time)
    assert settle(world.deps, fresh) == "later", "perhaps our own write is not visible yet"
    world.time += timedelta(minutes=16)
    assert settle(world.deps, fresh) == "foreign"
    assert len(world.payments()) == 1


def test_h35_a_refused_token_moved_no_money() -> None:
    """A funding answered 401 was not carried out, so it is no unclear one: nothing is held, it is paid once (H35)."""
    world = World(small_day())
    fault(world.wise, FUND, "status", status=401)
    rest_until(world, Status.POSTED)
    assert "unclear" not in kinds(world)
    assert statuses(world) == [("outgoing_payment_sent", 1)]


@pytest.mark.parametrize("minutes", [-9, 9])
def test_h36_clocks_that_differ_harm_nothing(minutes: int) -> None:
    """Epicor's and Wise's clocks are minutes ahead: all is paid once, and found in every list (H36)."""
    world = World(small_day(2))
    for simulator in (world.epicor, world.wise) if minutes > 0 else ():
        _ahead(simulator, minutes)
    world.time += timedelta(minutes=max(0, -minutes))  # or ours is
    paid_day(world, hours=2)
    assert {payment.status for payment in world.payments().values()} == {Status.POSTED}
    assert statuses(world) == [("outgoing_payment_sent", 1)] * 2
    assert not [payment for payment in world.payments().values() if held_for(payment)]


def _ahead(simulator: Simulator, minutes: int) -> None:
    body = dump_json({"advance_seconds": minutes * 60}).encode()
    answer = simulator.handle(Request("POST", "/_sim/clock", body=body)).response
    assert answer is not None
    assert answer.status == 200


def test_h36_the_audit_trails_order_is_not_the_clocks() -> None:
    """Our own clock steps back in the middle: entries keep their numbers, and the payment goes on (H36, H37)."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    clock_falls_back(world, minutes=20)
    world.run(2 * HOUR)
    entries = story(world, only_payment(world))
    assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry["at"] for entry in entries] != sorted(entry["at"] for entry in entries)
    assert only_payment(world).status is Status.POSTED
