"""Histories written by hand: each shows one danger, and how the connector must end it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from unittest.mock import patch
from uuid import UUID

from werkzeug.datastructures import Headers

from kinetic_wise.flows.operate import operate
from kinetic_wise.flows.outcomes import Step
from kinetic_wise.flows.settle import TransferMessage, settle
from kinetic_wise.flows.steps import run_step
from kinetic_wise.payments.identity import transfer_key
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.common.http import Request, Response
from simulators.sample_day import Day
from simulators.wise.books import WAITING
from simulators.wise.quotes import quote_not_found
from simulators.wise.transfers import Transfers
from simulators.wise.world import Call
from tests.faults import books, days, set_back
from tests.faults.effects import Effect, Effects, Fault
from tests.faults.invariants import broken
from tests.faults.operations import Operations
from tests.faults.orders import ANNA, Orders
from tests.faults.people import People
from tests.faults.stack import Message
from tests.faults.watching import watched
from tests.faults.world import FaultWorld
from tests.support.acts import ask_a_person

_MINUTE = 60.0
Prepare = Callable[["Played"], None]
POOR = replace(days.PLAIN, balances={"EUR": Decimal("10.00")})


@dataclass(frozen=True)
class Scenario:
    """A day, the faults that meet the first effects of these names, what else happens, and the end."""

    day: Day
    end: Status
    faults: tuple[tuple[str, Fault], ...] = ()
    prepare: Prepare = lambda played: None
    reason: str = ""
    settings: Settings | None = None  # as in all fault worlds


@dataclass
class Played:
    """A scenario being played."""

    scenario: Scenario
    left: list[tuple[str, Fault]] = field(init=False)
    just_before: dict[str, Callable[[], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.left = list(self.scenario.faults)
        self.world = FaultWorld(self.scenario.day, Effects(self._strike), self.scenario.settings)
        self.world.watch = watched
        self.world.waits = frozenset()
        self.people = People(self.world, random.Random(0))
        self.orders = Orders(self.world, random.Random(0), self.people.tell)
        self.operations = Operations(self.world, random.Random(0), self.orders)
        self.until = self.world.time

    def _strike(self, effect: Effect) -> Fault | None:
        happening = next((name for name in self.just_before if effect.name.endswith(name)), None)
        if happening is not None:
            self.just_before.pop(happening)()
        for wanted in self.left:
            if effect.name.endswith(wanted[0]):
                self.left.remove(wanted)
                return wanted[1]
        return None

    def act(self, minutes: float, name: str) -> None:
        """Somebody does something after so many minutes."""
        self.at(minutes, lambda: self.people.do(name, self.scenario.day.invoices[0]))

    def at(self, minutes: float, work: Callable[[], None]) -> None:
        """Something happens after so many minutes."""
        self.world.later(minutes * _MINUTE, work)
        self.world.acts_until(minutes * _MINUTE)


def play(scenario: Scenario) -> list[str]:
    """What is broken after a scenario; its end counts as well."""
    played = Played(scenario)
    scenario.prepare(played)
    world = played.world
    world.run_to_rest(days=0.5)
    ends = [(p.status, p.hold.reason if p.hold else p.reason) for p in world.payments().values()]
    wanted = [(scenario.end, scenario.reason)] * len(books.shares(scenario.day.invoices[0]))
    unmet = [f"scenario: {left} never happened" for left in played.left]
    return broken(world) + unmet + ([] if ends == wanted else [f"right_end: {ends} instead of {wanted}"])


def _poor(played: Played) -> None:
    played.at(60, played.world.top_up)


def _held_while_poor(played: Played) -> None:
    played.act(20, "set_hold")
    played.at(30, played.world.top_up)


def _cancelled_while_poor(played: Played) -> None:
    played.act(20, "cancel")
    played.at(30, played.world.top_up)


def _funded_meanwhile(played: Played) -> None:
    """A person funds the transfer in the second before our cancel (money-cases.md H10)."""
    invoice = played.scenario.day.invoices[0]
    played.just_before[_CANCEL] = lambda: played.people.do("fund", invoice)


def _claimed_meanwhile(played: Played) -> None:
    """The message is delivered twice: the other delivery claims between this one's look and its claim."""
    world, invoice = played.world, played.scenario.day.invoices[0]
    row_id = world.epicor.state()["invoices"][0]["sys_row_id"]
    names = {"company": invoice.company, "vendor_num": invoice.vendor_num, "invoice_num": invoice.invoice_num}
    body = {**names, "sys_row_id": row_id, "pay_seq": 1}

    def deliver() -> None:
        world.main.claims.waiting += 1
        world.main._start(Message(body))

    played.just_before["write claimed"] = deliver


def _held_when_claimed(played: Played) -> None:
    """Whoever claims the instalments dies, and the invoice is on hold before the message comes again."""
    played.act(3, "set_hold")


def _half_an_hour_is_lost(played: Played) -> None:
    """Nothing runs for longer than a quote lives, right after the first half minute."""

    def jump() -> None:
        played.world.time += timedelta(minutes=40)

    played.at(0.5, jump)


def _bounces(played: Played) -> None:
    """Half an hour after it was sent the money comes back."""

    def move(status: str) -> None:
        for transfer in played.world.wise._world.books.transfers.values():
            path = f"/v1/simulation/transfers/{transfer.id}/{status}"
            headers = {"Authorization": f"Bearer {played.world.wise_ready['personal_token']}"}
            played.world.wise.handle(Request("GET", path, headers=Headers(headers)))

    played.at(30, lambda: move("bounced_back"))
    played.at(31, lambda: move("funds_refunded"))


def _held_before_approval(played: Played) -> None:
    """A payment that Wise wants a person to approve is on hold in Epicor before anybody did."""
    ask_a_person(played.world)
    played.act(20, "set_hold")


def _ended_beside_an_earlier(played: Played) -> None:
    """Wise takes back our cancel of attempt 1 while attempt 2 waits for money, and a person orders the end."""
    world = played.world

    def lives_again() -> None:
        first = min(world.wise._world.books.transfers.values(), key=lambda transfer: transfer.id)
        world.wise._desks.simulation._engine.move(first, WAITING)
        message = TransferMessage(transfer_id=first.id, first_seen=world.time)
        world.spawn("settle_payment", partial(settle, message=message), world.note)

    played.at(20, lives_again)
    played.at(30, lambda: played.orders.mean_to("reject", played.scenario.day.invoices[0]))


def _overtaken(played: Played) -> None:
    """A worker stalls with its write in hand, outlives its lease, and another one does the rest meanwhile."""

    def others() -> None:
        world = played.world
        payment = next(iter(world.payments().values()))
        for step in (Step.QUOTE, Step.TRANSFER, Step.FUND):
            world.spawn(
                f"step {step}", partial(run_step, step=step, payment_id=payment.id, run=payment.run), world.note
            )

    played.just_before["write quoted"] = others


def _profile_changed(played: Played) -> None:
    """Another Wise profile is set and adopted while an attempt is under way (money-cases.md H8)."""

    def change() -> None:
        played.operations.set_other_profile()
        played.operations.adopt(played.world.main)

    played.just_before["write quoted"] = change


def _cancelled_at_once(played: Played) -> None:
    """A person cancels the transfer between our look and our own cancel: nobody can tell the two apart."""
    invoice = played.scenario.day.invoices[0]
    played.just_before[_CANCEL] = lambda: played.people.do("cancel", invoice)


def _retried_after_void(played: Played) -> None:
    """The money comes back after posting, the payment is voided, and a person has it paid again."""
    _bounces(played)

    def order() -> None:
        payment = next(iter(played.world.payments()))
        played.world.main.order(lambda deps: operate(deps, {"action": "retry", "payment": payment}, "a person"))

    played.at(120, order)


def _stopped_while_poor(played: Played) -> None:
    """Money comes while all payments are stopped: nothing is paid before a person says so (money-cases.md H42)."""
    played.at(20, lambda: played.orders.stop_for(90 * _MINUTE))
    played.at(30, played.world.top_up)


def _ended_while_poor(played: Played) -> None:
    """A person orders the end of a payment that waits for money; Wise does not hear of the cancel at first."""
    played.at(20, lambda: played.orders.mean_to("cancel", played.scenario.day.invoices[0]))
    played.at(25, played.world.top_up)


def _approved_alone(played: Played) -> None:
    """The account changes while a payment waits for money, and one person approves it twice (money-cases.md H12)."""
    invoice = played.scenario.day.invoices[0]
    played.act(20, "edit_bank")
    for minutes in (100, 120):
        played.at(minutes, lambda: played.orders.approve([ANNA], invoice))
    played.at(30, played.world.top_up)


def _only_webhooks(played: Played) -> None:
    """Nobody polls any more, and the webhooks of sending arrive after those of the bounce: they must not undo it."""
    world, sent_by = played.world, played.world.time + timedelta(minutes=20)

    def deliver(job: Callable[[], None]) -> None:
        late = 40 * _MINUTE if world.time < sent_by else 0
        world.later(late, lambda: world.spawn("receive_webhook", lambda deps: job(), world.note))

    no_more = {"poll_transfers": world.time + timedelta(days=1)}
    played.at(20, lambda: world.main.broken.update(no_more))
    world.wise._background = deliver
    _bounces(played)
    world.acts_until(45 * _MINUTE)


def _key_is_taken(played: Played) -> None:
    """Another amount stands under our key already: an older release, a second stack (money-cases.md H15)."""
    wise, invoice = played.world.deps.wise, played.scenario.day.invoices[0]
    row_id = next(r["sys_row_id"] for r in played.world.epicor.state()["invoices"])
    key = transfer_key(row_id, 1, 1)

    def take(recipient: int) -> None:
        quote = wise.create_quote("EUR", invoice.currency, invoice.amount + 1000, recipient)
        wise.create_transfer(key, recipient, quote.id, "older")

    def before_create() -> None:
        worker, played.world.worker = played.world.worker, None
        take(max(played.world.wise._world.books.recipients))
        played.world.worker = worker

    played.just_before["wise POST 2026Q3/transfers"] = before_create


def _repeats_are_refused(played: Played) -> None:
    """Wise refuses a key it has seen, as two public clients expect (money-cases.md H1)."""
    create = Transfers.create

    def refusing(desk: Transfers, call: Call) -> Response:
        body = call.json_object()
        if UUID(str(body["customerTransactionId"])).hex in seen:
            raise quote_not_found(str(body["quoteUuid"]), 422)
        seen.add(UUID(str(body["customerTransactionId"])).hex)
        return create(desk, call)

    seen: set[str] = set()
    played.world.patches.append(patch.object(Transfers, "create", refusing))


_CREATE, _FUND = "wise POST 2026Q3/transfers", "wise POST transfers/payments"
_CANCEL = set_back.CANCEL
SCENARIOS: dict[str, Scenario] = {
    "calm": Scenario(days.PLAIN, Status.POSTED),
    "again": Scenario(days.AGAIN, Status.POSTED),
    "create_lost": Scenario(days.PLAIN, Status.POSTED, ((_CREATE, Fault.LOST),)),
    "create_lost_and_quote_over": Scenario(days.PLAIN, Status.POSTED, ((_CREATE, Fault.LOST),), _half_an_hour_is_lost),
    "create_late": Scenario(days.PLAIN, Status.POSTED, ((_CREATE, Fault.LATE),)),
    "repeat_refused": Scenario(days.PLAIN, Status.POSTED, ((_CREATE, Fault.LOST),), _repeats_are_refused),
    "fund_before": Scenario(days.PLAIN, Status.POSTED, ((_FUND, Fault.BEFORE),)),
    "fund_lost": Scenario(days.PLAIN, Status.POSTED, ((_FUND, Fault.LOST),)),
    "claimed_meanwhile": Scenario(days.PLAIN, Status.POSTED, prepare=_claimed_meanwhile),
    "claim_late": Scenario(days.PLAIN, Status.POSTED, (("write claimed", Fault.LATE),)),
    "poor": Scenario(POOR, Status.POSTED, prepare=_poor),
    "held_while_poor": Scenario(POOR, Status.HELD, prepare=_held_while_poor, reason="on_payment_hold"),
    "held_before_approval": Scenario(days.PLAIN, Status.HELD, prepare=_held_before_approval, reason="on_payment_hold"),
    "cancelled_while_poor": Scenario(POOR, Status.FAILED, prepare=_cancelled_while_poor, reason="transfer_cancelled"),
    "funded_meanwhile": Scenario(days.AGAIN, Status.FAILED, prepare=_funded_meanwhile, reason="transfer_cancelled"),
    "bounces": Scenario(days.PLAIN, Status.RETURNED, prepare=_bounces, reason="bounced_back"),
    "returned": Scenario(days.RETURNED, Status.FAILED, reason="transfer_cancelled"),
    "set_back": Scenario(replace(days.AGAIN, balances=POOR.balances), Status.POSTED, prepare=set_back.between_attempts),
    "set_back_beside_its_trail": Scenario(
        replace(days.AGAIN, balances=POOR.balances), Status.POSTED, prepare=set_back.beside_its_trail
    ),
    "set_back_while_paid": Scenario(days.PLAIN, Status.POSTED, prepare=set_back.while_paid),
    "set_back_when_begun": Scenario(
        days.PLAIN,
        Status.HELD,
        (("CreateNewCheckHed", Fault.DIES_AFTER),),
        prepare=set_back.when_begun,
        reason="invoice_changed",
    ),
    "set_back_when_posted": Scenario(days.PLAIN, Status.RETURNED, prepare=set_back.when_posted, reason="bounced_back"),
    "ended_beside_an_earlier": Scenario(
        replace(days.AGAIN, balances=POOR.balances),
        Status.HELD,
        prepare=_ended_beside_an_earlier,
        reason="moves_again",
    ),
    "overtaken": Scenario(days.PLAIN, Status.POSTED, prepare=_overtaken),
    "profile_changed": Scenario(days.PLAIN, Status.HELD, prepare=_profile_changed, reason="ledger_not_bound"),
    "cancelled_at_once": Scenario(days.AGAIN, Status.POSTED, prepare=_cancelled_at_once),
    "instalments": Scenario(days.INSTALMENTS, Status.POSTED),
    "instalments_claimed_and_held": Scenario(
        days.INSTALMENTS,
        Status.HELD,
        (("claimed", Fault.DIES_AFTER),),
        prepare=_held_when_claimed,
        reason="on_payment_hold",
    ),
    "claim_repeated": Scenario(days.PLAIN, Status.POSTED, (("write claimed", Fault.REPEATED),)),
    "poller_dies": Scenario(
        days.PLAIN,
        Status.POSTED,
        (("queue payments", Fault.DIES_BEFORE),),
        settings=Settings(epicor_slot_wait=2.0, change_column="SysRevID"),
    ),
    "retried_after_void": Scenario(days.PLAIN, Status.POSTED, prepare=_retried_after_void),
    "only_webhooks": Scenario(days.PLAIN, Status.RETURNED, prepare=_only_webhooks, reason="bounced_back"),
    "stopped_while_poor": Scenario(POOR, Status.POSTED, prepare=_stopped_while_poor),
    "ended_while_poor": Scenario(
        POOR, Status.REJECTED, ((_CANCEL, Fault.BROKEN),), _ended_while_poor, reason="rejected_by_person"
    ),
    "approved_alone": Scenario(POOR, Status.HELD, prepare=_approved_alone, reason="bank_details_changed"),
    "key_is_taken": Scenario(days.PLAIN, Status.HELD, prepare=_key_is_taken, reason="transfer_disagrees"),
}
