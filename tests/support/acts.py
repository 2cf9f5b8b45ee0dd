"""What tests let happen in a world: small days, people in both systems, money coming in, faults, time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import Headers

from kinetic_wise.flows.adopt import AdoptReport, adopt
from kinetic_wise.flows.operate import operate
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from simulators.common.simulator import Simulator
from simulators.sample_day import Day, Invoice, make_day
from tests.support.dynamodb import AUDIT
from tests.support.world import World

HOUR = 3600.0
DAY = 24 * HOUR
CREATE, FUND, CANCEL = ("POST", "/transfers$"), ("POST", "/payments$"), ("PUT", "/cancel$")


class Watched(World):
    """A world in which something is checked after every moment."""

    def __init__(self, day: Day, settings: Settings | None = None) -> None:
        self.check: Callable[[], None] = lambda: None
        super().__init__(day, settings)

    def _tick(self) -> None:
        super()._tick()
        self.check()


def small_day(invoices: int = 1, **changes: Any) -> Day:
    """The first payable EUR invoices of the sample day; `changes` to the day itself."""
    day = make_day()
    behaving = set(day.behaviours)
    vendors = {v.vendor_num for v in day.vendors if not any(b.name_on_account in behaving for b in v.banks)}
    payable = [
        i
        for i in day.invoices
        if i.expect_outcome == "paid" and i.currency == "EUR" and i.vendor_num in vendors and i.company == "EPIC01"
    ]
    return replace(day, invoices=tuple(payable[:invoices]), duplicate_messages=(), **changes)


def poor_day(invoices: int = 1) -> Day:
    """A small day whose EUR balance holds ten euros."""
    return small_day(invoices, balances={"EUR": Decimal("10.00")})


def day_with(amount: str, currency: str = "EUR", **changes: Any) -> Day:
    """A day of one invoice like the first payable one in this currency, of this amount."""
    like = next(i for i in make_day().invoices if i.expect_outcome == "paid" and i.currency == currency)
    return replace(small_day(), invoices=(replace(like, amount=Decimal(amount), **changes),))


def paid_day(world: World, hours: float = 1) -> World:
    """The world after its poll and some hours of work."""
    world.poll()
    world.run(hours * HOUR)
    return world


def only_payment(world: World) -> Payment:
    """The one payment there is."""
    (payment,) = world.payments().values()
    return payment


def attempt(world: World, number: int = 1) -> Attempt:
    """An attempt of the one payment there is."""
    found = world.deps.ledger.attempt(only_payment(world).id, number)
    assert found is not None
    return found


def held_for(payment: Payment) -> str:
    """Why a payment is held; "" when it is not."""
    return payment.hold.reason if payment.status is Status.HELD and payment.hold else ""


def detail(payment: Payment) -> str:
    """What a hold tells."""
    assert payment.hold is not None
    return payment.hold.detail


def step_until(world: World, there: Callable[[], bool]) -> None:
    """Let the world work until something is so."""
    end = world.time + timedelta(days=1)
    while not there():
        assert world._step(end), "the world came to rest before"


def work_until(world: World, status: Status) -> Payment:
    """Poll, and let the world work until its one payment is in a status."""
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is status)
    return only_payment(world)


def rest_until(world: World, status: Status, hours: float = 1) -> Payment:
    """Poll, let the world work for some hours, and see its one payment in a status."""
    payment = only_payment(paid_day(world, hours))
    assert payment.status is status, (payment.status, payment.hold, payment.reason)
    return payment


def story(world: World, payment: Payment) -> list[dict[str, Any]]:
    """The audit trail of a payment, oldest first."""
    rows = [row for row in world.database.rows(AUDIT) if row["pk"]["S"] == payment.id]
    return [json.loads(row["text"]["S"]) for row in sorted(rows, key=lambda row: row["sk"]["S"])]


def kinds(world: World) -> list[str]:
    """The kinds of the one payment's audit entries, oldest first."""
    return [entry["kind"] for entry in story(world, only_payment(world))]


def system_entries(world: World, source: str) -> list[dict[str, Any]]:
    """The audit trail of a system source, oldest first."""
    rows = [row for row in world.database.rows(AUDIT) if row["pk"]["S"].startswith(f"SYSTEM#{source}#")]
    return [json.loads(row["text"]["S"]) for row in sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))]


def adopted(world: World, caller: str = "anna") -> AdoptReport:
    """A person adopts the ledger, and has payments go on where they are stopped because it was set back."""
    report = adopt(world.deps, caller)
    if report.set_back:
        operate(world.deps, {"action": "resume"}, caller)
    return report


def near_the_end_of_the_rate(world: World, minutes: int = 5) -> None:
    """So many minutes before the rate of the current attempt ends; a moment that is over stays over."""
    quote = attempt(world).quote
    assert quote is not None
    assert quote.rate_expires_at is not None
    world.time = max(world.time, quote.rate_expires_at - timedelta(minutes=minutes))


# --- people and money -----------------------------------------------------------------------------------------------


def people_in_epicor(world: World, act: str, invoice: Invoice, **more: Any) -> None:
    """Somebody does something with an invoice or its vendor in Epicor."""
    _act(world.epicor, {"act": act, "company": invoice.company, "vendor_num": invoice.vendor_num, **more})


def on_invoice(world: World, act: str, **more: Any) -> None:
    """Somebody does something with the day's one invoice in Epicor."""
    invoice = world.day.invoices[0]
    people_in_epicor(world, act, invoice, invoice_num=invoice.invoice_num, **more)


def on_draft(world: World, act: str, **more: Any) -> None:
    """Somebody does something with our one draft in Epicor."""
    (head_num,) = [p["head_num"] for p in our_drafts(world)]
    _act(world.epicor, {"act": act, "company": world.day.invoices[0].company, "head_num": head_num, **more})


def on_transfer(world: World, act: str, position: int = -1) -> None:
    """Somebody does something with a transfer in Wise: `fund` or `cancel`."""
    _act(world.wise, {"act": act, "transfer": transfers(world)[position]["id"]})


def _act(simulator: Simulator, body: dict[str, Any]) -> None:
    answer = simulator.handle(Request("POST", "/_sim/people", body=dump_json(body).encode())).response
    assert answer is not None
    assert answer.status == 200, answer.body


def move(world: World, status: str) -> None:
    """Wise moves the last transfer on: the sandbox's simulation call."""
    headers = Headers({"Authorization": f"Bearer {world.wise_ready['personal_token']}"})
    path = f"/v1/simulation/transfers/{transfers(world)[-1]['id']}/{status}"
    answer = world.wise.handle(Request("GET", path, headers=headers)).response
    assert answer is not None
    assert answer.status == 200, answer.body


def money_comes(world: World, amount: str = "1000000.00") -> None:
    """Money arrives in every balance."""
    for balance in world.wise._world.books.balances.values():
        balance.amount += Decimal(amount)


def ask_a_person(world: World) -> None:
    """From now on Wise funds nothing without strong customer authentication."""
    strict = replace(world.wise._world.settings, sca_region=True)
    object.__setattr__(world.wise._world, "settings", strict)  # a region does not change; this spares a second world


def fault(simulator: Simulator, call: tuple[str, str], kind: str = "lost", times: int = 1, **more: Any) -> None:
    """The next calls of a kind meet a fault."""
    method, path = call
    simulator.faults.replace([{"match": {"method": method, "path": path}, "fault": kind, "times": times, **more}])


def clock_falls_back(world: World, minutes: float) -> None:
    """From now on the connector's own clock is behind where it was."""
    world.deps.now = world.deps.ledger.now = lambda: world.now() - timedelta(minutes=minutes)


# --- the books ------------------------------------------------------------------------------------------------------


def transfers(world: World) -> list[dict[str, Any]]:
    """Wise's book of transfers, oldest first."""
    found: list[dict[str, Any]] = world.wise.state()["transfers"]
    return found


def statuses(world: World) -> list[tuple[str, int]]:
    """Each transfer's status and how often money was taken for it."""
    return [(transfer["status"], transfer["funded_count"]) for transfer in transfers(world)]


def our_payments(world: World) -> list[dict[str, Any]]:
    """Our payments in Epicor, drafts and others."""
    return [p for p in world.epicor.state()["payments"] if p["reference"].startswith("TESTLEDG-")]


def our_drafts(world: World) -> list[dict[str, Any]]:
    """Our unposted payments in Epicor."""
    return [p for p in our_payments(world) if not p["posted"]]


def told(world: World, text: str) -> bool:
    """Whether the connector raised an alarm with this text."""
    return any(text in message and values.get("alarm") for message, values in world.log_lines)


def failed_payment() -> World:
    """A payment whose waiting transfer a person cancelled; there is money again."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    on_transfer(world, "cancel")
    world.run(HOUR)
    assert only_payment(world).status is Status.FAILED
    money_comes(world)
    return world
