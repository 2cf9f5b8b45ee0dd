"""A world in which every outside effect can fail, one function after the other; `concurrent.py` interleaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import requests

from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Attempt, Payment
from kinetic_wise.settings import Settings
from simulators.common.simulator import Simulator
from simulators.sample_day import Day, Invoice
from simulators.wise.books import WAITING
from tests.faults import books
from tests.faults.accounts import Accounts
from tests.faults.doors import DatabaseDoor, faulty_session
from tests.faults.effects import Effects, Worker, WorkerDied
from tests.faults.looks import Looks
from tests.faults.stack import Done, Function, Stack
from tests.support.dynamodb import FIRST
from tests.support.world import START, Died, World

_QUIET = 60
_NIGHT = 5  # the hour of the scan of all invoices
_POLL_EVERY, _SWEEP_EVERY, _POLL_TRANSFERS_EVERY, _CLOSE_BATCHES_EVERY = 900, 300, 300, 150
_NOTICED = timedelta(minutes=20)  # whatever polls does so in this time
_PLENTY = Decimal(1_000_000)
_WITH_A_WAITING_TRANSFER = frozenset({Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})
Watch = Callable[["FaultWorld"], list[str]]


@dataclass(frozen=True)
class Ordered:
    """An order that a person sent, about an invoice's payment or, with neither named, about all of them."""

    at: datetime
    action: str
    invoice: str
    payment: str
    caller: str


class FaultWorld(World):
    """The world of a fault run. `watch` looks at the books after each request and tells what must never be seen."""

    waits = frozenset({Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL, Status.REFUND_UNKNOWN})  # rest as well

    def __init__(
        self, day: Day, effects: Effects | None = None, settings: Settings | None = None, *, sca_region: bool = False
    ) -> None:
        self.effects = effects or Effects()
        self.worker: Worker | None = None
        self.watch: Watch = lambda world: []
        self.violations: dict[str, None] = {}  # told once each
        self.patches: list[AbstractContextManager[object]] = []  # in force while the world runs
        self.looks = Looks()
        self.stacks: list[Stack] = []
        self._acts_until = START
        self._skipped = timedelta()
        self._looked_at: object = None
        self.topped_up: dict[int, Decimal] = {}  # balance -> by how much
        self.renamed: dict[str, str] = {}  # new invoice number -> the day's
        self.cancelled: list[tuple[Invoice, int, datetime]] = []  # by a person: which transfer, when
        self.stopped: dict[tuple[str, str], datetime] = {}  # (invoice number, why it may not be paid) -> since when
        self.touched: dict[str, list[str]] = {}  # invoice number -> what people did to it by hand
        self.ordered: list[Ordered] = []  # of the connector, by persons
        self.accepted: list[Ordered] = []  # those that it carried out, or said that it would
        super().__init__(day, settings or Settings(epicor_slot_wait=2.0), sca_region=sca_region)
        door = DatabaseDoor(self)
        self.database.before, self.database.after = door.before, door.after
        self.stacks.append(Stack(self, self.deps, FIRST))
        self.payments_queue, self.events_queue, self.machines = self.main.claims, self.main.wakes, self.main.machines
        self._row_ids = {(r["company"], r["invoice_num"]): r["sys_row_id"] for r in self.epicor.state()["invoices"]}
        self.accounts = Accounts(self)
        self.effects.armed = True

    @property
    def main(self) -> Stack:
        """The stack that is asked about; others may work on the same company."""
        return self.stacks[0]

    def deployed(self, stack: Stack) -> None:
        """A stack's functions work with something else from now on."""
        if not self.stacks or stack is self.main:
            self.deps = stack.deps

    def _session(self, simulator: Simulator) -> requests.Session:
        return faulty_session(self, "epicor" if simulator is self.epicor else "wise", simulator)

    def acts_until(self, seconds: float) -> None:
        """Something else will happen then: the world does not rest before everybody had time to notice."""
        self._acts_until = max(self._acts_until, self.time + timedelta(seconds=seconds) + _NOTICED)

    def needs(self, action: str, place: str) -> None:
        """Rights are asked for in the integration tests: here several functions are under way at once."""

    # --- workers -------------------------------------------------------------------------------------------------

    def spawn(self, name: str, function: Function, done: Done, stack: Stack | None = None) -> None:
        """Run one function as Lambda would and tell `done` how it ended: None, or what it raised."""
        before, self.worker = self.worker, Worker(name)
        error = outcome_of(self.fit(name, function, stack), (stack or self.main).deps, name)
        self.worker = before
        done(error)

    def fit(self, name: str, function: Function, stack: Stack | None) -> Function:
        """The function, or what a broken release of it does."""
        until = (stack or self.main).broken.get(name.split(" ", maxsplit=1)[0])
        return _dies if until is not None and self.time < until else function

    def pause(self) -> None:
        """Before and after each effect others may work; here nobody does."""

    def wait(self, seconds: float) -> None:
        """Time passes on the wire."""
        if seconds:
            self.sleep(seconds)

    def look(self) -> None:
        """Have the books watched, if they changed."""
        stand = books.stand(self), len(self.stopped)
        if stand != self._looked_at:
            self._looked_at = stand
            self.violations.update(dict.fromkeys(self.watch(self)))

    def note(self, error: Exception | None) -> None:
        """Keep what a function raised."""
        if error is not None:
            self.errors.append(error)

    def _in_background(self, job: Callable[[], None]) -> None:
        self.later(0, lambda: self.spawn("receive_webhook", lambda deps: job(), self.note))

    def _deliver(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
        try:
            return super()._deliver(url, headers, body)
        except Died:
            return 502  # API Gateway speaks for a function that died
        except Exception as error:
            self.errors.append(error)
            return 503

    def lift(self, stops: Iterable[tuple[str, str]]) -> None:
        """These do not stop a payment any more."""
        for stop in stops:
            self.stopped.pop(stop, None)

    def top_up(self) -> None:
        """Money comes, on every balance."""
        for balance in self.wise._world.books.balances.values():
            balance.amount += _PLENTY
            self.topped_up[balance.id] = _PLENTY

    # --- what became of it ---------------------------------------------------------------------------------------

    def payments(self) -> dict[str, Payment]:
        """Every payment in the main stack's ledger, by id."""
        return self.main.payments()

    def row_id(self, invoice: Invoice) -> str:
        """The SysRowID of an invoice of the day, whatever number a person gave it."""
        row_id: str = self._row_ids[invoice.company, invoice.invoice_num]
        return row_id

    def payments_of(self, invoice: Invoice) -> list[Payment]:
        """An invoice's payments, one an instalment, whatever number a person gave it: of several the furthest."""
        row_id = self.row_id(invoice)
        found = [p for stack in self.stacks for p in stack.payments().values() if p.invoice.sys_row_id == row_id]
        found.sort(key=lambda p: (p.status is Status.POSTED, p.attempt, p.reservation))
        return list({payment.pay_seq: payment for payment in found}.values())

    def attempts(self, payment: Payment) -> list[Attempt]:
        """All attempts of a payment, from the ledger that it is in."""
        stack = next(stack for stack in self.stacks if stack.payments().get(payment.id) == payment)
        return stack.attempts(payment)

    # --- time ----------------------------------------------------------------------------------------------------

    def run_to_rest(self, days: float = 6.0) -> bool:
        """Let the world run, schedules on, until nothing moves any more; False when it never rests.

        Hours in which nothing runs do not count.
        """
        end, skipped = self.time + timedelta(days=days), self._skipped
        with ExitStack() as stack:
            for each in self.patches:
                stack.enter_context(each)
            while self.time - (self._skipped - skipped) < end and not self.at_rest():
                self._quarter_of_an_hour()
        return self.at_rest()

    def jump(self, seconds: float) -> None:
        """Nothing runs for a while."""
        self.time += timedelta(seconds=seconds)
        self._skipped += timedelta(seconds=seconds)

    def _quarter_of_an_hour(self) -> None:
        end = self.time + timedelta(seconds=_POLL_EVERY)
        for stack in self.stacks:
            self._schedule(stack)
        while self._step(end):
            pass
        self.time = max(self.time, end)
        self._tick()

    def _schedule(self, stack: Stack) -> None:
        nightly = self.time.hour == _NIGHT
        self.later(0, lambda: stack.poll(everything=nightly))
        schedules = [(_SWEEP_EVERY, stack.sweep), (_POLL_TRANSFERS_EVERY, stack.poll_transfers)]
        if stack.deps.settings.funding == "batch":
            schedules.append((_CLOSE_BATCHES_EVERY, stack.close_batches))
        for every, work in schedules:
            for turn in range(1, _POLL_EVERY // every + 1):
                self.later(turn * every - _QUIET, work)  # workers have ended when the quarter is over

    def _tick(self) -> None:
        super()._tick()
        self.look()

    def at_rest(self) -> bool:
        """Whether nobody works, nothing is queued, no money travels and every eligible invoice was picked up."""
        idle = all(stack.is_idle() for stack in self.stacks)
        if self.time < self._acts_until or not idle or self.epicor.agenda.next_due():
            return False
        if any(map(books.travels, self.wise._world.books.transfers.values())):
            return False
        payments = [payment for stack in self.stacks for payment in stack.payments().values()]
        claimed = {payment.invoice.sys_row_id for payment in payments}
        owed = {row["sys_row_id"] for row in self.epicor.state()["invoices"] if is_owed(row)}
        at_rest = {payment.status for payment in payments} <= AT_REST | self.waits and owed <= claimed
        return at_rest and not any(map(self._is_overtaken, payments))

    def _is_overtaken(self, payment: Payment) -> bool:
        """Whether it waits with a transfer that waits no more: another ledger's doing, which it is still to notice."""
        if payment.status not in _WITH_A_WAITING_TRANSFER:
            return False
        known = [attempt.transfer for attempt in self.attempts(payment)[-1:] if attempt.transfer]
        return any(self.wise._world.books.transfers[transfer.id].status != WAITING for transfer in known)


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


def _dies(deps: Deps) -> None:
    raise Died("a broken release")
