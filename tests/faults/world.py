"""A world in which every outside effect can fail, one function after the other; `concurrent.py` interleaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, cast
from unittest.mock import patch

import requests

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.outcomes import Step
from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.flows.poll_transfers import poll_transfers
from kinetic_wise.flows.settle import Settled, TransferMessage, again_in, settle
from kinetic_wise.flows.start import read_message, start_payment
from kinetic_wise.flows.steps import run_step
from kinetic_wise.flows.sweep import sweep
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.ledger.items import from_item
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.settings import Settings
from kinetic_wise.transport import NotArrived, Unclear
from simulators.common.simulator import Simulator
from simulators.sample_day import Day, Invoice
from simulators.wise.books import CONVERTED, PROCESSING
from tests.faults import books
from tests.faults.doors import DatabaseDoor, faulty_session, through
from tests.faults.effects import Effects, Kind, Worker, WorkerDied
from tests.support.dynamodb import AUDIT
from tests.support.world import START, Died, ListQueue, Machines, Work, World

_VISIBILITY = 360
_QUIET = 60
_NIGHT = 5  # the hour of the scan of all invoices
_POLL_EVERY, _SWEEP_EVERY, _POLL_TRANSFERS_EVERY = 900, 300, 300
_TRAVELLING = frozenset({PROCESSING, CONVERTED})
T = TypeVar("T")
Function = Callable[[Deps], object]
Done = Callable[[Exception | None], None]
Watch = Callable[["FaultWorld"], list[str]]


@dataclass
class FaultyQueue:
    """A queue as flows send to it. Messages not worked off yet are counted."""

    world: FaultWorld
    name: str
    queue: ListQueue
    waiting: int = 0

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        """Queue all messages, through a fault."""
        if messages:
            send = partial(self._put, messages, delay_seconds)
            through(self.world.effects, self.world, Kind.QUEUE, f"queue {self.name}", send)

    def _put(self, messages: list[dict[str, Any]], delay_seconds: int, more: int) -> None:
        self.waiting += len(messages)
        self.queue.send(messages, delay_seconds + more)

    def again(self, body: dict[str, Any], delay_seconds: float) -> None:
        """The queue itself delivers a message again."""
        self._put([body], round(delay_seconds), 0)


class FaultyMachines(Machines):
    """Executions whose start can fail, and whose steps can die."""

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
        world.spawn(f"step {payload['step']}", step, done)


def _later_or_now(world: FaultWorld, begin: Work, delay: int) -> None:
    if delay:
        world.later(delay, begin)
    else:
        begin()


class FaultWorld(World):
    """The world of a fault run. `watch` looks at the books after each request and tells what must never be seen."""

    waits = frozenset({Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL, Status.REFUND_UNKNOWN})  # rest as well

    def __init__(self, day: Day, effects: Effects | None = None, settings: Settings | None = None) -> None:
        self.effects = effects or Effects()
        self.worker: Worker | None = None
        self.watch: Watch = lambda world: []
        self.violations: dict[str, None] = {}  # told once each
        self.patches: list[AbstractContextManager[object]] = []  # in force while the world runs
        self._acts_until = START
        self._looked_at: object = None
        self._read: dict[str, tuple[int, Any]] = {}
        self.topped_up: dict[str, Decimal] = {}
        self.renamed: dict[str, str] = {}  # new invoice number -> the day's
        self.cancelled: list[tuple[Invoice, int, datetime]] = []  # by a person: which transfer, when
        self.on_hold: dict[str, datetime] = {}  # invoice number -> since when
        self.touched: dict[str, list[str]] = {}  # invoice number -> what people did to it by hand
        super().__init__(day, settings or Settings(epicor_slot_wait=2.0))
        door = DatabaseDoor(self)
        self.database.before, self.database.after = door.before, door.after
        self.machines = FaultyMachines(self)
        self.claims = FaultyQueue(self, "payments", ListQueue(self, self._start))
        self.wakes = FaultyQueue(self, "transfer-events", ListQueue(self, self._settle))
        self.payments_queue = self.deps.payments_queue = self.claims
        self.events_queue = self.deps.events_queue = self.wakes
        self.deps.executions = self.machines
        self._row_ids = {(r["company"], r["invoice_num"]): r["sys_row_id"] for r in self.epicor.state()["invoices"]}
        self.effects.armed = True

    def _session(self, simulator: Simulator) -> requests.Session:
        return faulty_session(self, "epicor" if simulator is self.epicor else "wise", simulator)

    def acts_until(self, seconds: float) -> None:
        """Something else will happen then: the world does not rest before."""
        self._acts_until = max(self._acts_until, self.time + timedelta(seconds=seconds))

    # --- workers -------------------------------------------------------------------------------------------------

    def spawn(self, name: str, function: Function, done: Done) -> None:
        """Run one function as Lambda would and tell `done` how it ended: None, or what it raised."""
        before, self.worker = self.worker, Worker(name)
        error = outcome_of(function, self.deps, name)
        self.worker = before
        done(error)

    def pause(self) -> None:
        """Before and after each effect others may work; here nobody does."""

    def wait(self, seconds: float) -> None:
        """Time passes on the wire."""
        if seconds:
            self.sleep(seconds)

    def look(self) -> None:
        """Have the books watched, if they changed."""
        stand = books.stand(self), len(self.on_hold)
        if stand == self._looked_at:
            return
        self._looked_at = stand
        self.violations.update(dict.fromkeys(self.watch(self)))

    # --- the connector's functions -------------------------------------------------------------------------------

    def poll(self, *, everything: bool = False) -> None:
        """The schedule of `poll_invoices` fires."""
        self._fire("poll_invoices", lambda deps: poll_invoices(deps, everything=everything))

    def _poll_transfers(self) -> None:
        self._fire("poll_transfers", poll_transfers)

    def _sweep(self) -> None:
        self._fire("sweep", sweep)

    def _fire(self, name: str, function: Callable[[Deps], Any]) -> None:
        self.spawn(name, function, self._note)

    def _note(self, error: Exception | None) -> None:
        if error is not None:
            self.errors.append(error)

    def _start(self, body: dict[str, Any]) -> None:
        def done(error: Exception | None) -> None:
            self.claims.waiting -= 1
            if isinstance(error, Busy | NotArrived | Unclear):
                self.claims.again(body, 5)
            elif error is not None:
                self.errors.append(error)
                self.claims.again(body, _VISIBILITY)

        self.spawn("start_payment", lambda deps: start_payment(deps, read_message(body)), done)

    def _settle(self, body: dict[str, Any]) -> None:
        settled: list[Settled] = []

        def work(deps: Deps) -> None:
            settled.append(settle(deps, TransferMessage.model_validate(body)))

        def done(error: Exception | None) -> None:
            self.wakes.waiting -= 1
            self._note(error)
            if error is not None:
                self.wakes.again(body, _VISIBILITY)
            elif settled[0] is Settled.LATER:
                self.wakes.again(body, again_in(self.deps, TransferMessage.model_validate(body)))

        self.spawn("settle_payment", work, done)

    def _in_background(self, job: Callable[[], None]) -> None:
        self.later(0, lambda: self.spawn("receive_webhook", lambda deps: job(), self._note))

    def _deliver(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
        try:
            return super()._deliver(url, headers, body)
        except Died:
            return 502  # API Gateway speaks for a function that died
        except Exception as error:
            self.errors.append(error)
            return 503

    def payment_of(self, invoice: Invoice) -> Payment | None:
        """The payment of an invoice, whatever number a person gave it since."""
        row_id = self._row_ids[invoice.company, invoice.invoice_num]
        return next((p for p in self.payments().values() if p.invoice.sys_row_id == row_id), None)

    def payments(self) -> dict[str, Payment]:
        """Every payment in the ledger, by id."""
        return self._as_long_as_unchanged("payments", super().payments)

    def audit_rows(self) -> list[dict[str, Any]]:
        """Every entry of the audit trail."""
        return self._as_long_as_unchanged("audit", lambda: [from_item(row) for row in self.database.rows(AUDIT)])

    def _as_long_as_unchanged(self, name: str, read: Callable[[], T]) -> T:
        stand, found = self._read.get(name, (None, None))
        if stand != self.database.changes:
            found = read()
            self._read[name] = self.database.changes, found
        return cast("T", found)

    # --- time ----------------------------------------------------------------------------------------------------

    def run_to_rest(self, days: float = 2.0) -> bool:
        """Let the world run, schedules on, until nothing moves any more; False when it never rests."""
        end = self.time + timedelta(days=days)
        with ExitStack() as stack:
            for each in self.patches:
                stack.enter_context(each)
            while self.time < end and not self.at_rest():
                self._quarter_of_an_hour()
        return self.at_rest()

    def _quarter_of_an_hour(self) -> None:
        end = self.time + timedelta(seconds=_POLL_EVERY)
        nightly = self.time.hour == _NIGHT
        self.later(0, lambda: self.poll(everything=nightly))
        for every, work in ((_SWEEP_EVERY, self._sweep), (_POLL_TRANSFERS_EVERY, self._poll_transfers)):
            for turn in range(1, _POLL_EVERY // every + 1):
                self.later(turn * every - _QUIET, work)  # workers have ended when the quarter is over
        while self._step(end):
            pass
        self.time = max(self.time, end)
        self._tick()

    def _tick(self) -> None:
        super()._tick()
        self.look()

    def at_rest(self) -> bool:
        """Whether nobody works, nothing is queued, no money travels and every eligible invoice was picked up."""
        if (
            self.time < self._acts_until
            or self.machines.live
            or self.claims.waiting
            or self.wakes.waiting
            or self.epicor.agenda.next_due()
        ):
            return False
        if any(transfer["status"] in _TRAVELLING for transfer in self.wise.state()["transfers"]):
            return False
        payments = self.payments().values()
        claimed = {payment.invoice.sys_row_id for payment in payments}
        owed = {row["sys_row_id"] for row in self.epicor.state()["invoices"] if is_owed(row)}
        return {payment.status for payment in payments} <= AT_REST | self.waits and owed <= claimed


def is_owed(row: dict[str, Any]) -> bool:
    """Whether the connector should pick this invoice up."""
    return Decimal(row["doc_unposted_bal"]) > 0 and row["posted"] and not (row["pay_hold"] or row["debit_memo"])


def outcome_of(function: Function, deps: Deps, name: str) -> Exception | None:
    """Run a function; what it raised, WorkerDied for one that died, or None."""
    try:
        function(deps)
    except Died:
        return WorkerDied(name)
    except Exception as error:
        return error
    return None


@contextmanager
def without_pauses() -> Iterator[None]:
    """Real pauses between collisions in the database are left out: the world's clock is what counts."""
    with patch("kinetic_wise.ledger.items._spread", lambda attempt: 0.0):
        yield
