"""Everything in one process under one clock: real flows, clients, ledger and state machine, simulated systems.

Time stands still while something works and jumps to whatever is due next, so days pass in milliseconds.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from itertools import count
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.datastructures import Headers

from kinetic_wise.aws import canonical_details
from kinetic_wise.epicor import BasicAuth, EpicorClient, EpicorOptions, epicor_transport
from kinetic_wise.flows.adopt import adopt
from kinetic_wise.flows.balances import BalanceMessage, record_balance
from kinetic_wise.flows.close_batches import close_batches
from kinetic_wise.flows.deps import Deps, EpicorSite, ExchangeLog, WiseSite
from kinetic_wise.flows.outcomes import Step
from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.flows.poll_transfers import poll_transfers
from kinetic_wise.flows.ports import Queue
from kinetic_wise.flows.receive import Delivery, Queues, receive
from kinetic_wise.flows.settle import Settled, TransferMessage, settle
from kinetic_wise.flows.start import read_message, start_payment
from kinetic_wise.flows.steps import run_step
from kinetic_wise.flows.subscribe import subscribe
from kinetic_wise.flows.sweep import sweep
from kinetic_wise.flows.write_audit_rows import write_audit_rows
from kinetic_wise.ledger import ConnectorState, Ledger
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.ledger.items import from_item
from kinetic_wise.payments.identity import payment_id
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.systems import VendorBank
from kinetic_wise.settings import Settings
from kinetic_wise.wise import PersonalToken, WiseClient, wise_transport
from simulators.common.clock import Clock
from simulators.common.http import Request, dump_json
from simulators.common.simulator import Simulator
from simulators.epicor.simulator import EpicorSimulator
from simulators.sample_day import Day, Invoice, make_day
from simulators.wise.deliveries import new_key
from simulators.wise.simulator import WiseSimulator
from simulators.wise.world import Settings as WiseSettings
from tests.support import asl, rights
from tests.support.credentials import with_key
from tests.support.dynamodb import FIRST, InProcessDynamoDb, Tables
from tests.support.dynamodb import Request as Params
from tests.support.evidence import MemoryEvidence
from tests.support.in_process import InProcessAdapter, Seen

ROOT = Path(__file__).parents[2]
DEFINITION = json.loads((ROOT / "statemachine/transfer.asl.json").read_text())
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_SCHEDULES = {"poll_transfers": 300.0, "sweep": 60.0}
Work = Callable[[], None]


class Died(BaseException):
    """The process died: nothing after it runs. Not an Exception, so that no code can catch it by accident."""


@dataclass
class ListQueue:
    """A queue in memory; messages come after their delay."""

    world: World
    name: str
    work: Callable[[dict[str, Any]], None]
    sent: int = 0

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        """Queue all messages."""
        self.world.needs("sqs:SendMessage", self.name)
        for message in messages:
            self.sent += 1
            body = json.loads(json.dumps(message, default=str))
            self.world.later(delay_seconds, partial(self.work, body))


@dataclass
class Machines:
    """Executions of the real state machine definition, interpreted."""

    world: World
    live: dict[str, asl.Steps] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, execution_input: dict[str, Any]) -> None:
        """Start an execution; a taken name starts nothing."""
        self.world.needs("states:StartExecution", "TransferStateMachine")
        if name in self.live or name in self.ended:
            return
        self.live[name] = asl.execute(DEFINITION, execution_input)
        self.world.later(0, lambda: self._advance(name, None))

    def is_running(self, name: str) -> bool:
        """Whether it runs."""
        self.world.needs("states:DescribeExecution", rights.EXECUTIONS)
        return name in self.live

    def running(self, limit: int) -> int:
        """How many run."""
        self.world.needs("states:ListExecutions", "TransferStateMachine")
        return min(limit, len(self.live))

    def _advance(self, name: str, value: Any, error: Exception | None = None) -> None:
        machine = self.live[name]
        try:
            asked = machine.throw(error) if error else machine.send(value)
        except StopIteration as stopped:
            self.ended[name] = stopped.value.state
            del self.live[name]
        except asl.ExecutionFailed as failed:
            self.ended[name] = f"failed: {failed}"
            del self.live[name]
        else:
            self._schedule(name, asked)

    def _schedule(self, name: str, asked: asl.Task | asl.Wait) -> None:
        if isinstance(asked, asl.Wait):
            self.world.later(asked.seconds, lambda: self._advance(name, None))
        else:
            self.world.later(0.01, lambda: self._run(name, asked.payload))

    def _run(self, name: str, payload: dict[str, Any]) -> None:
        try:
            with self.world.acting("transfer_step"):
                outcome = run_step(self.world.deps, Step(payload["step"]), payload["payment_id"], payload["run"])
        except Exception as error:  # as Lambda reports whatever a handler raises
            self.world.errors.append(error)
            self._advance(name, None, error)
        else:
            self._advance(name, {"outcome": outcome.value})


@dataclass
class Fingerprints:
    """Fingerprints without KMS."""

    world: World
    key_id: str = "test-key"

    def __call__(self, bank: VendorBank) -> str:
        """A plain hash will do for a test."""
        self.world.needs("kms:GenerateMac", "FingerprintKey")
        return hashlib.sha256(canonical_details(bank)).hexdigest()


class World:
    """One company, one ledger, one day."""

    def __init__(
        self,
        day: Day | None = None,
        settings: Settings | None = None,
        webhooks: bool = True,
        sca_region: bool = False,
    ) -> None:
        self.time = START
        self.errors: list[Exception] = []
        self.log_lines: list[tuple[str, dict[str, Any]]] = []
        self._due: list[tuple[datetime, int, Work]] = []
        self._order = count()
        self._ids = count()
        self._at_work = ""
        self.day = day or make_day()
        self.database = InProcessDynamoDb()
        self.database.authorise = self._authorise
        self.evidence = MemoryEvidence(self.needs)
        self.epicor = EpicorSimulator(clock=Clock(lambda: self.time), day=self.day)
        self.wise = WiseSimulator(
            clock=Clock(lambda: self.time),
            day=self.day,
            deliver=self._deliver,
            webhook_key=webhook_key(),
            background=self._in_background,
            settings=WiseSettings(sca_region=sca_region),
        )
        self.epicor_ready = self.epicor.ready
        self.wise_ready = self.wise.ready("http://wise")
        self.machines = Machines(self)
        self.payments_queue: Queue = ListQueue(self, "PaymentsQueue", self._start)
        self.events_queue: Queue = ListQueue(self, "TransferEventsQueue", self._settle)
        self.balances_queue: Queue = ListQueue(self, "BalanceEventsQueue", self._record_balance)
        self._row_events = (settings or Settings()).row_events
        self.deps = self._deps(settings or Settings())
        with self.acting("operate"):
            adopt(self.deps, "test")
            if webhooks:
                subscribe(self.deps, "https://connector.example/wise/webhook", "test")

    def _deps(self, settings: Settings) -> Deps:
        return Deps(
            ledger_id="TESTLEDG",
            settings=settings,
            ledger=self.ledger_on(FIRST),
            state=self.state_on(FIRST),
            make_epicor=self._epicor_client,
            make_wise=partial(self.wise_client, self.wise_ready["profile_id"]),
            read_epicor_site=lambda: EpicorSite("http://epicor", tuple(self.epicor_ready["companies"])),
            read_wise_site=lambda: WiseSite("http://wise", self.wise_ready["profile_id"]),
            payments_queue=self.payments_queue,
            events_queue=self.events_queue,
            executions=self.machines,
            fingerprint=Fingerprints(self),
            table_id=self._table_id,
            now=self.now,
            log=lambda message, **values: self.log_lines.append((message, values)),
        )

    def ledger_on(self, tables: Tables) -> Ledger:
        """A ledger on these tables."""
        return Ledger(
            self.database.client,
            tables.payments,
            tables.audit,
            now=self.now,
            new_id=self._new_id,
            sleep=self.sleep,
            dice=random.Random(1),
            keep_body=self.evidence.keep_body,
            due_rows=self.state_on(tables).due_rows,
        )

    def state_on(self, tables: Tables) -> ConnectorState:
        """The connector's state on these tables."""
        return ConnectorState(
            self.database.client,
            tables.connector,
            tables.audit,
            now=self.now,
            new_id=self._new_id,
            sleep=self.sleep,
            dice=random.Random(1),
            keep_body=self.evidence.keep_body,
            row_events=self._row_events,
        )

    def _table_id(self) -> str:
        self.needs("dynamodb:DescribeTable", "PaymentsTable")
        return self._own_table

    @cached_property
    def _own_table(self) -> str:
        answer = self.database.carry_out("DescribeTable", {"TableName": FIRST.payments})
        return str(json.loads(answer.body)["Table"]["TableId"])

    def _new_id(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._ids):012d}"

    def _epicor_client(self, exchanges: ExchangeLog) -> EpicorClient:
        ready = self.epicor_ready
        auth = with_key(BasicAuth(ready["user"], ready["password"]), ready["api_key"])
        session = self._session(self.epicor)
        transport = epicor_transport("http://epicor/SaaS001", auth, session=session, **self._common(exchanges))
        chosen = self.deps.settings
        options = EpicorOptions(function_library=chosen.function_library, time_zone=chosen.time_zone)
        return EpicorClient(transport, options=options)

    def wise_client(self, profile: int, exchanges: ExchangeLog) -> WiseClient:
        """A client of Wise for a profile."""
        token, session = PersonalToken(self.wise_ready["personal_token"]), self._session(self.wise)
        transport = wise_transport("http://wise", token, session=session, **self._common(exchanges))
        return WiseClient(transport, profile)

    def _common(self, exchanges: ExchangeLog) -> dict[str, Any]:
        return {
            "record": exchanges,
            "now": self.now,
            "sleep": self.sleep,
            "dice": random.Random(1),
            "read_only": self.deps.settings.shadow,
        }

    def _session(self, simulator: Simulator) -> requests.Session:
        secret = "EpicorSecret" if simulator is self.epicor else "WiseSecret"
        return in_process_session(simulator, before=lambda request: self.needs("secretsmanager:GetSecretValue", secret))

    def _in_background(self, job: Callable[[], None]) -> None:
        job()

    # --- whose role ----------------------------------------------------------------------------------------------

    @contextmanager
    def acting(self, function: str) -> Iterator[None]:
        """What happens meanwhile is done by this function, with the rights that the template gives it."""
        before, self._at_work = self._at_work, function
        try:
            yield
        finally:
            self._at_work = before

    def needs(self, action: str, place: str) -> None:
        """The function at work does something to a part of AWS. Raises NotGranted."""
        if self._at_work:
            rights.ask(self._at_work, action, place)

    def _authorise(self, operation: str, request: Params) -> None:
        for action, place in rights.of_dynamodb(operation, request) if self._at_work else ():
            self.needs(action, place)

    # --- time ----------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time of this world."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Time passes while a worker sleeps."""
        self.time += timedelta(seconds=seconds)

    def later(self, seconds: float, work: Work) -> None:
        """Do some work after a while."""
        heapq.heappush(self._due, (self.time + timedelta(seconds=seconds), next(self._order), work))

    def run(self, seconds: float) -> None:
        """Let the world run for a while of its own time."""
        end = self.time + timedelta(seconds=seconds)
        schedules = dict(_SCHEDULES)
        if self.deps.settings.funding == "batch":
            schedules["close_batches"] = 60.0
        if self.deps.settings.audit_table:
            schedules["write_audit_rows"] = 300.0
        for name, every in schedules.items():
            for turn in range(1, int(seconds / every) + 1):
                self.later(turn * every, getattr(self, f"_{name}"))
        while self._step(end):
            pass
        self.time = max(self.time, end)
        self._tick()

    def _step(self, end: datetime) -> bool:
        dues = [self._due[0][0]] if self._due else []
        dues += [due for due in (self.epicor.agenda.next_due(), self.wise.agenda.next_due()) if due is not None]
        if not dues or min(dues) > end:
            return False
        self.time = max(self.time, min(dues))
        self._tick()
        if self._due and self._due[0][0] <= self.time:
            heapq.heappop(self._due)[2]()
        return True

    def _tick(self) -> None:
        self.epicor.tick()
        self.wise.tick()

    # --- the connector's functions -------------------------------------------------------------------------------

    def poll(self) -> None:
        """The schedule of `poll_invoices` fires."""
        self.later(0, lambda: self._guarded("poll_invoices", lambda: poll_invoices(self.deps)))

    def _poll_transfers(self) -> None:
        self._guarded("poll_transfers", lambda: poll_transfers(self.deps))

    def _sweep(self) -> None:
        self._guarded("sweep", lambda: sweep(self.deps))

    def _close_batches(self) -> None:
        self._guarded("close_batches", lambda: close_batches(self.deps))

    def _write_audit_rows(self) -> None:
        self._guarded("write_audit_rows", lambda: write_audit_rows(self.deps))

    def _start(self, body: dict[str, Any]) -> None:
        try:
            with self.acting("start_payment"):
                start_payment(self.deps, read_message(body))
        except Busy:
            self.payments_queue.send([body], 5)
        except Exception as error:  # the message comes again
            self.errors.append(error)
            self.payments_queue.send([body], 360)

    def _settle(self, body: dict[str, Any]) -> None:
        message = TransferMessage.model_validate(body)
        self.deps.exchanges.take()
        try:
            with self.acting("settle_payment"):
                settled = settle(self.deps, message)
        except Exception as error:  # the message comes again
            self.errors.append(error)
            self.events_queue.send([body], 360)
        else:
            if settled is Settled.LATER and not message.once:
                self.events_queue.send([message.model_dump(mode="json")], self.deps.settings.settle_again)

    def _record_balance(self, body: dict[str, Any]) -> None:
        message = BalanceMessage.model_validate(body)
        try:
            with self.acting("record_balances"):
                is_done = record_balance(self.deps, message)
        except Exception as error:  # the message comes again
            self.errors.append(error)
            self.balances_queue.send([body], 360)
        else:
            if not is_done:
                self.balances_queue.send([body], self.deps.settings.settle_again)

    def _guarded(self, function: str, work: Callable[[], Any]) -> None:
        try:
            with self.acting(function):
                work()
        except Exception as error:  # the schedule fires again
            self.errors.append(error)

    def _deliver(self, _: str, headers: dict[str, str], body: bytes) -> int | None:
        lower = {name.lower(): value for name, value in headers.items()}
        delivery = Delivery(
            body=body,
            signature=lower.get("x-signature-sha256", ""),
            is_test=lower.get("x-test-notification") == "true",
        )
        with self.acting("receive_webhook"):
            receipt = receive(
                delivery,
                public_key=self.wise_ready["webhook_public_key"],
                profile=self.wise_ready["profile_id"],
                deliveries=self.deps.state,
                queues=Queues(self.events_queue, self.balances_queue),
                now=self.time,
            )
        return receipt.status

    def top_up(self) -> None:
        """Money arrives: what the day says is added to the balances."""
        for currency, amount in self.day.top_ups.items():
            balance = self.deps.wise.balances()[currency]
            body = {"profileId": self.wise_ready["profile_id"], "balanceId": balance.id, "currency": currency}
            headers = Headers(
                {"Authorization": f"Bearer {self.wise_ready['personal_token']}", "Content-Type": "application/json"}
            )
            request = Request(
                "POST", "/v1/simulation/balance/topup", "", headers, dump_json({**body, "amount": amount}).encode()
            )
            answer = self.wise.handle(request).response
            if answer is None or answer.status >= 300:
                raise AssertionError(f"top-up refused: {answer}")

    # --- what became of it ---------------------------------------------------------------------------------------

    def payments(self) -> dict[str, Payment]:
        """Every payment in the ledger, by id."""
        ids = [from_item(row)["pk"] for row in self.database.rows(FIRST.payments) if row["sk"]["S"] == "STATE"]
        found = (self.deps.ledger.get(payment_id) for payment_id in ids)
        return {payment.id: payment for payment in found if payment is not None}

    def payment_of(self, invoice: Invoice) -> Payment | None:
        """The payment of an invoice of the day, if one was claimed."""
        return self.deps.ledger.get(payment_id(*invoice.key, 1))


@cache
def webhook_key() -> rsa.RSAPrivateKey:
    """One key for all worlds of a process: making one takes longer than a day in them."""
    return new_key()


def in_process_session(simulator: Simulator, before: Seen = lambda request: None) -> requests.Session:
    """A session whose requests go straight to a simulator; `before` sees them."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", InProcessAdapter(simulator, before=before))
    return session
