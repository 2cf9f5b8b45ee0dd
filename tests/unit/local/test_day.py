"""The day is over when all is at rest, or when nothing moves any more; systems that were given are never driven."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from local import day as day_module
from local import systems as systems_module
from local.accounts import never_begun
from local.books import EpicorBook, epicor_book
from local.connector import FunctionFailed, Look
from local.day import Clock, Driver, Progress, Watch
from local.rhythm import Rhythm
from local.stop import Stop
from local.systems import System, Systems
from simulators.epicor.simulator import EpicorSimulator
from simulators.sample_day import make_day


def _never_asked() -> dict[str, Any]:
    raise AssertionError("a system that was given has no book for us")


@dataclass
class FakeConnector:
    """A connector whose looks are given; the last one stays."""

    looks: list[Look]
    items: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def look(self) -> Look:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def ledger_items(self) -> list[dict[str, Any]]:
        return self.items

    def payment(self, payment_id: str) -> dict[str, Any]:
        return {"pk": payment_id, "currency": payment_id.partition(":")[0]}

    def send_payment_messages(self, messages: list[dict[str, Any]]) -> None:
        self.sent += messages


@dataclass
class FakeTime:
    """Time that passes only by waiting."""

    seconds: float = 100.0

    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Polled:
    """A rhythm that has polled, or has not."""

    has_polled: bool = True


class Shown(list[Progress]):
    """A meter that remembers."""

    def show(self, progress: Progress) -> None:
        self.append(progress)


def _systems(*, epicor: bool = False, wise: bool = False) -> Systems:
    return Systems(
        System("epicor", {"url": "http://epicor.test/x"}, ours=epicor),
        System("wise", {"url": "http://wise.test", "profile_id": 7, "personal_token": "t"}, ours=wise),
    )


def _watch(connector: FakeConnector, *, polled: bool = True, check: Callable[[], None] = lambda: None) -> Watch:
    systems = _systems()
    driver = Driver(connector, systems, make_day(), None)
    return Watch(connector, systems, Polled(polled), driver, 20, None, check, FakeTime().clock())


def test_the_day_is_over_when_all_is_at_rest() -> None:
    """With every payment at rest and both queues empty the day is over, and its time ends with the last change."""
    looks = [Look({}, 2), Look({"a": "queued"}, 0), Look({"a": "sent"}, 0), Look({"a": "posted", "b": "held"}, 0)]
    shown = Shown()
    outcome = _watch(FakeConnector(looks)).until_over(shown)
    assert outcome.settled
    assert outcome.seconds == 3.0
    assert shown[1] == Progress(0, 1, {"queued": 1})
    assert shown[-1] == Progress(2, 2, {})


@pytest.mark.parametrize(
    ("look", "polled"), [(Look({"a": "awaiting_funds"}, 0), True), (Look({}, 1), True), (Look({}, 0), False)]
)
def test_a_day_without_change_ends_unsettled(look: Look, *, polled: bool) -> None:
    """A payment that stays open, a message that stays queued, or a poll that never works end the day unsettled."""
    outcome = _watch(FakeConnector([look]), polled=polled).until_over(Shown())
    assert not outcome.settled
    assert outcome.seconds == 0.0


def test_the_day_goes_on_while_people_have_something_to_do() -> None:
    """At rest is not over as long as an errand is left: people act at every look, and the day ends after them."""

    @dataclass
    class Busy:
        looks: int = 0

        @property
        def is_done(self) -> bool:
            return self.looks > 9

        def act(self) -> None:
            self.looks += 1

    people, watch = Busy(), _watch(FakeConnector([Look({"a": "posted"}, 0)]))
    watch.driver = Driver(watch.connector, watch.systems, make_day(), None, people)
    assert watch.until_over(Shown()).settled
    assert people.looks > 9


def test_change_keeps_the_day_going() -> None:
    """As long as something changes within the settling time, the day goes on."""
    slow = [Look({"a": status}, 0) for status in ("queued", "reserved", "created", "processing") for _ in range(15)]
    assert _watch(FakeConnector([*slow, Look({"a": "posted"}, 0)])).until_over(Shown()).settled


def test_a_death_ends_the_day() -> None:
    """When a process that the day needs has died, the day stops with its name."""

    def dead() -> None:
        raise day_module.died(["MiniStack"])

    with pytest.raises(Stop, match="MiniStack ended in the middle of the day"):
        _watch(FakeConnector([Look({}, 0)]), check=dead).until_over(Shown())


def test_an_invoice_that_the_ledger_does_not_know_keeps_the_day_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Epicor's book at hand, an eligible invoice that nobody claimed is waited for."""
    book = EpicorSimulator(day=make_day()).state()
    monkeypatch.setattr(System, "book", lambda _: book)
    connector, systems = FakeConnector([Look({}, 0)]), _systems(epicor=True)
    driver = Driver(connector, systems, make_day(), None)
    watch = Watch(connector, systems, Polled(), driver, 20, 33, clock=FakeTime().clock())
    shown = Shown()
    assert not watch.until_over(shown).settled
    assert shown[0].total == 33


def test_the_samples_word_on_eligibility_is_the_books() -> None:
    """Each invoice of the sample day counts as not eligible in the book exactly where, and why, its sample says."""
    book = epicor_book(EpicorSimulator(day=make_day()).state())
    told = {invoice.sys_row_id: never_begun(invoice) for invoice in book.invoices}
    expected = {
        invoice.sys_row_id: invoice.expect_reason if invoice.expect_outcome == "not_eligible" else None
        for invoice in book.invoices
    }
    assert told == expected
    assert len(day_module.eligible(book)) == sum(reason is None for reason in told.values()) >= 30


def _book() -> EpicorBook:
    return epicor_book(EpicorSimulator(day=make_day()).state())


def test_duplicates_are_sent_once_and_say_what_the_poller_says() -> None:
    """The day's duplicate messages carry the poller's fields and are sent once, after the first claims."""
    connector = FakeConnector([Look({}, 0)])
    driver = Driver(connector, _systems(epicor=True), make_day(), _book())
    driver.act(Look({}, 5))
    assert not connector.sent
    for _ in range(2):
        driver.act(Look({"a": "queued"}, 5))
    keys = [(message["company"], message["vendor_num"], message["invoice_num"]) for message in connector.sent]
    assert tuple(keys) == make_day().duplicate_messages
    assert set(connector.sent[0]) == {"company", "vendor_num", "invoice_num", "sys_row_id", "pay_seq"}


def test_money_arrives_once_where_a_payment_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A top-up comes when a payment of its currency waits for funds, and only once."""
    arrived: list[dict[str, Decimal]] = []
    monkeypatch.setattr(System, "book", lambda _: {"balances": []})
    monkeypatch.setattr(systems_module, "top_up", lambda _wise, amounts, _book: arrived.append(amounts))
    driver = Driver(FakeConnector([Look({}, 0)]), _systems(wise=True), make_day(), None)
    driver.act(Look({"EUR:1": "awaiting_funds", "AUD:2": "processing"}, 0))
    assert not arrived
    for _ in range(2):
        driver.act(Look({"AUD:2": "awaiting_funds"}, 0))
    assert arrived == [dict(make_day().top_ups)]


def test_given_systems_are_never_driven(monkeypatch: pytest.MonkeyPatch) -> None:
    """With both addresses given no message is doubled and no money arrives by our doing."""
    monkeypatch.setattr(System, "book", lambda _: _never_asked())
    connector = FakeConnector([Look({}, 0)])
    driver = Driver(connector, _systems(), make_day(), None)
    driver.act(Look({"AUD:1": "awaiting_funds"}, 0))
    assert not connector.sent


@dataclass
class FlakyFunctions:
    """Functions that fail as often as told."""

    failures: int
    invoked: list[str] = field(default_factory=list)

    def invoke(self, function: str) -> dict[str, Any]:
        self.invoked.append(function)
        if function == "PollInvoicesFunctionName" and self.failures:
            self.failures -= 1
            raise FunctionFailed("EpicorDown: try later")
        return {}


def test_invoices_are_polled_until_it_worked_once() -> None:
    """The first poll is repeated until it succeeds, then never again; transfers and the sweep go on and on."""
    functions = FlakyFunctions(failures=2)
    rhythm = Rhythm(functions)
    for _ in range(4):
        rhythm.beat()
    assert functions.invoked.count("PollInvoicesFunctionName") == 3
    assert functions.invoked.count("SweepFunctionName") == functions.invoked.count("PollTransfersFunctionName") == 4
    assert rhythm.has_polled
    assert dict(rhythm.failures) == {"PollInvoices: EpicorDown: try later": 2}
