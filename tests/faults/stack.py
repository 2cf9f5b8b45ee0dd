"""One deployment of the connector in a fault world: its functions, queues and executions over a ledger of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from kinetic_wise.flows.close_batches import close_batches
from kinetic_wise.flows.deps import Deps, ExchangeLog, WiseSite
from kinetic_wise.flows.outcomes import Step
from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.flows.poll_transfers import poll_transfers
from kinetic_wise.flows.settle import Settled, TransferMessage, again_in, settle
from kinetic_wise.flows.start import read_message, start_payment
from kinetic_wise.flows.steps import run_step
from kinetic_wise.flows.sweep import sweep
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.ledger.items import from_item
from kinetic_wise.payments.model import Attempt, Payment
from kinetic_wise.transport import NotArrived, Unclear
from tests.faults.doors import through
from tests.faults.effects import Kind
from tests.support.dynamodb import Tables
from tests.support.world import Machines

if TYPE_CHECKING:
    from tests.faults.world import FaultWorld

_AGAIN_SECONDS = 5
_RECEIVES = 5  # maxReceiveCount of both queues (template.yaml)
_VISIBILITY = {"payments": 360, "transfer-events": 1800}
_REDRIVEN_AFTER = 3600.0  # seconds until somebody has read the alarm
Function = Callable[[Deps], object]
Done = Callable[[Exception | None], None]
T = TypeVar("T")


@dataclass
class Message:
    """A message in a queue."""

    body: dict[str, Any]
    receives: int = 0


@dataclass
class FaultyQueue:
    """A queue as flows send to it. What fails too often goes to the dead letters, and a person has it redriven."""

    world: FaultWorld
    name: str
    work: Callable[[Message], None]
    waiting: int = 0  # not worked off yet, dead letters included
    dead: int = 0  # ever

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        """Queue all messages, through a fault."""
        if messages:
            bodies = json.loads(json.dumps(messages, default=str))
            send = partial(self._put, bodies, delay_seconds)
            through(self.world.effects, self.world, Kind.QUEUE, f"queue {self.name}", send)

    def _put(self, bodies: list[dict[str, Any]], delay_seconds: int, more: int) -> None:
        for body in bodies:
            self.waiting += 1
            self._later(Message(body), delay_seconds + more)

    def _later(self, message: Message, seconds: float) -> None:
        self.world.later(seconds, partial(self._receive, message))

    def _receive(self, message: Message) -> None:
        message.receives += 1
        self.work(message)

    def done(self, message: Message, error: Exception | None) -> None:
        """The function has worked on a message: it is gone, or comes back, or is dead."""
        if error is None:
            self.waiting -= 1
        elif message.receives < _RECEIVES:
            self._later(message, _VISIBILITY[self.name])
        else:
            self.dead += 1
            self._later(Message(message.body), _REDRIVEN_AFTER)


@dataclass
class FaultyMachines(Machines):
    """Executions whose start can fail, and whose steps can die."""

    stack: Stack | None = None

    def start(self, name: str, execution_input: dict[str, Any]) -> None:
        """Start an execution, through a fault."""
        world: Any = self.world
        begin = super().start
        act = partial(_later_or_now, world, lambda: begin(name, execution_input))
        through(world.effects, world, Kind.EXECUTION, "start execution", act)

    def _run(self, name: str, payload: dict[str, Any]) -> None:
        world: Any = self.world

        def step(deps: Deps) -> None:
            outcome = run_step(deps, Step(payload["step"]), payload["payment_id"], payload["run"])
            answer["outcome"] = outcome.value

        def done(error: Exception | None) -> None:
            if error is not None:
                world.errors.append(error)
            self._advance(name, answer or None, error)

        answer: dict[str, str] = {}
        world.spawn(f"step {payload['step']}", step, done, self.stack)


def _later_or_now(world: FaultWorld, begin: Callable[[], None], delay: int) -> None:
    if delay:
        world.later(delay, begin)
    else:
        begin()


@dataclass
class Stack:
    """A stack. `deps` are those of functions that start now; what runs already keeps the ones it began with."""

    world: FaultWorld
    deps: Deps
    tables: Tables
    broken: dict[str, datetime] = field(default_factory=dict)  # function -> dies at once until then
    open_orders: int = 0  # of people, not carried out yet

    def __post_init__(self) -> None:
        self.machines = FaultyMachines(self.world, stack=self)
        self.claims = FaultyQueue(self.world, "payments", self._start)
        self.wakes = FaultyQueue(self.world, "transfer-events", self._settle)
        self.former: list[Tables] = []
        self._idle: list[Deps] = []
        self._read: dict[str, tuple[int, Any]] = {}
        self.change(payments_queue=self.claims, events_queue=self.wakes, executions=self.machines)

    def change(self, **changes: Any) -> None:
        """A new deployment: functions that start from now on work with these."""
        self.deps = replace(self.deps, **changes)
        self._idle = []
        self.world.deployed(self)

    def point_at(self, profile: int) -> None:
        """Set the Wise profile."""
        site = replace(self.deps.wise_site, profile=profile)
        self.change(make_wise=partial(self.world.wise_client, profile), read_wise_site=lambda: site)

    @property
    def profile(self) -> int:
        """The Wise profile that is set."""
        site: WiseSite = self.deps.wise_site
        return site.profile

    def lend(self) -> Deps:
        """Clients and an exchange log for one function; a warm process has them already."""
        return self._idle.pop() if self._idle else replace(self.deps, exchanges=ExchangeLog())

    def take_back(self, deps: Deps) -> None:
        """The process is warm and idle, unless it was deployed before the last change."""
        if all(getattr(deps, name) is getattr(self.deps, name) for name in ("settings", "ledger", "make_wise")):
            self._idle.append(deps)

    # --- functions -----------------------------------------------------------------------------------------------

    def poll(self, *, everything: bool = False) -> None:
        """The schedule of `poll_invoices` fires."""
        self.fire("poll_invoices", lambda deps: poll_invoices(deps, everything=everything))

    def poll_transfers(self) -> None:
        """The schedule of `poll_transfers` fires."""
        self.fire("poll_transfers", poll_transfers)

    def sweep(self) -> None:
        """The schedule of `sweep` fires."""
        self.fire("sweep", sweep)

    def close_batches(self) -> None:
        """The schedule of `close_batches` fires."""
        self.fire("close_batches", close_batches)

    def fire(self, name: str, function: Function) -> None:
        """Run a function whose answer nobody waits for."""
        self.world.spawn(name, function, self.world.note, self)

    def order(self, function: Function) -> None:
        """A person orders something through `operate`, again and again until it works."""
        self.open_orders += 1
        self._order(function)

    def _order(self, function: Function) -> None:
        def done(error: Exception | None) -> None:
            self.world.note(error)
            if error is None:
                self.open_orders -= 1
            else:
                self.world.later(300, lambda: self._order(function))

        self.world.spawn("operate", function, done, self)

    def _start(self, message: Message) -> None:
        def work(deps: Deps) -> None:
            wanted = read_message(message.body)
            try:
                start_payment(deps, wanted)
            except (Busy, NotArrived, Unclear):
                deps.payments_queue.send([wanted.model_dump()], delay_seconds=_AGAIN_SECONDS)

        self._work_off("start_payment", work, self.claims, message)

    def _settle(self, message: Message) -> None:
        def work(deps: Deps) -> None:
            wake = TransferMessage.model_validate(message.body)
            if settle(deps, wake) is Settled.LATER and not wake.once:
                deps.events_queue.send([wake.model_dump(mode="json")], delay_seconds=again_in(deps, wake.first_seen))

        self._work_off("settle_payment", work, self.wakes, message)

    def _work_off(self, name: str, work: Function, queue: FaultyQueue, message: Message) -> None:
        def done(error: Exception | None) -> None:
            self.world.note(error)
            queue.done(message, error)

        self.world.spawn(name, work, done, self)

    # --- what became of it ---------------------------------------------------------------------------------------

    def is_idle(self) -> bool:
        """Whether nothing of it works or waits."""
        return not (self.machines.live or self.claims.waiting or self.wakes.waiting or self.open_orders)

    def payments(self) -> dict[str, Payment]:
        """Every payment in its ledger, by id."""
        return self._as_long_as_unchanged("payments", self._payments)

    def _payments(self) -> dict[str, Payment]:
        rows = (from_item(row) for row in self.world.database.rows(self.tables.payments) if row["sk"]["S"] == "STATE")
        found = (self.deps.ledger.get(row["pk"]) for row in rows)
        return {payment.id: payment for payment in found if payment is not None}

    def attempts(self, payment: Payment) -> list[Attempt]:
        """All attempts of one of its payments."""
        numbers = range(1, payment.attempt + 1)
        found = (self.deps.ledger.attempt(payment.id, number) for number in numbers)
        return [attempt for attempt in found if attempt is not None]

    def locks(self) -> dict[str, Any]:
        """The locks on its invoice rows, by key."""
        rows = (from_item(row) for row in self.world.database.rows(self.tables.payments) if row["sk"]["S"] == "LOCK")
        return {row["pk"]: row for row in rows if row["pk"].startswith("INVOICE#")}

    def counts(self) -> dict[str, Decimal]:
        """What its caps count, by day and currency."""
        [switch] = [row for row in self._rows(self.tables.connector) if row["pk"] == "SWITCH"] or [{}]
        return {name: value for name, value in switch.items() if name.startswith("counted/")}

    def set_back(self) -> set[int]:
        """The transfers that are foreign to it because it was set back to before they were made."""
        rows = self._as_long_as_unchanged("connector", partial(self._rows, self.tables.connector))
        return {int(row["sk"]) for row in rows if row["pk"].startswith("FOREIGN#")} if self.former else set()

    def audit_rows(self) -> list[dict[str, Any]]:
        """Every entry of its audit trail."""
        read = partial(self._rows, self.tables.audit)
        return self._as_long_as_unchanged("audit", read)

    @property
    def keeps_its_trail(self) -> bool:
        """Whether it was set back and its audit table was not."""
        return any(tables.audit == self.tables.audit for tables in self.former)

    def former_audit_rows(self) -> list[dict[str, Any]]:
        """Entries of the audit trails that it had before a restore."""
        return [row for tables in self.former for row in self._rows(tables.audit)]

    def _rows(self, table: str) -> list[dict[str, Any]]:
        return [from_item(row) for row in self.world.database.rows(table)]

    def _as_long_as_unchanged(self, name: str, read: Callable[[], T]) -> T:
        stand, found = self._read.get(name, (None, None))
        if stand != self.world.database.changes:
            found = read()
            self._read[name] = self.world.database.changes, found
        return cast("T", found)
