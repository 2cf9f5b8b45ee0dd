"""Polling by itself: pages are let go, cursors never move back by accident, and a restored Epicor is noticed."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from kinetic_wise.epicor import Page, Watermark
from kinetic_wise.flows.deps import Deps, EpicorSite, ExchangeLog
from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.ledger import Entry
from kinetic_wise.payments.systems import Invoice, InvoiceKey
from kinetic_wise.settings import Settings
from kinetic_wise.transport import Exchange

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CURSOR = "invoices/ACME"


def invoice(number: int, **changes: Any) -> Invoice:
    """An invoice that may be paid; its number is its row version."""
    key = InvoiceKey(company="ACME", vendor_num=1, invoice_num=f"I{number}", sys_row_id=f"row-{number}")
    amount = Decimal("10.00")
    facts: dict[str, Any] = {"posted": True, "open_payable": True, "pay_hold": False, "debit_memo": False}
    facts |= {"total": amount, "balance": amount, "unposted_balance": amount, "sys_rev_id": number}
    return Invoice(key=key, currency="EUR", currency_code="EUR", **facts | changes)


@dataclass
class Pages:
    """An Epicor of eligible invoices, `size` a page, that tells how it was asked."""

    exchanges: ExchangeLog
    invoices: list[Invoice]
    size: int = 2
    why: str = ""
    dies_after: int | None = None  # row version
    asked: list[Watermark | None] = field(default_factory=list)
    pages: list[weakref.ref[Page]] = field(default_factory=list)
    alive: list[int] = field(default_factory=list)  # pages that were still held when the next was asked for
    kept: list[int] = field(default_factory=list)  # exchanges that were still held then

    def check_rights(self, company: str) -> None:
        """All rights are there."""

    def went_back(self, company: str, sys_rev_id: int, newest: str) -> str:
        """What the test says."""
        return self.why if sys_rev_id else ""

    def eligible_page(self, company: str, watermark: Watermark | None, after: int) -> Page:
        """The next invoices by row version."""
        if self.dies_after is not None and after >= self.dies_after:
            raise ConnectionError("gone")
        gc.collect()
        self.asked.append(watermark)
        self.alive.append(sum(page() is not None for page in self.pages))
        self.kept.append(len(self.exchanges.take()))
        rows = [found for found in self.invoices if found.sys_rev_id > after][: self.size]
        self.exchanges(Exchange("epicor", "GET", "http://epicor", NOW, 0.1, 200, "", "a long page"))
        days = [f"2026-11-{10 + found.sys_rev_id:02d}" for found in rows]
        last = max([after, *(found.sys_rev_id for found in rows)])
        page = Page(rows, last, max(days, default=""))
        self.pages.append(weakref.ref(page))
        return page


@dataclass
class Desk:
    """What a poll works with, in memory."""

    epicor: Pages
    exchanges: ExchangeLog
    ledger: Desk = field(init=False)
    state: Desk = field(init=False)
    payments_queue: Desk = field(init=False)
    settings: Settings = field(default_factory=Settings)
    epicor_site: EpicorSite = field(default_factory=lambda: EpicorSite("http://epicor", ("ACME",)))
    cursors: dict[str, dict[str, Any]] = field(default_factory=dict)
    queued: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    posted: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = self.state = self.payments_queue = self

    def now(self) -> datetime:
        """The time."""
        return NOW

    def log(self, message: str, *, alarm: bool = False, **_: Any) -> None:
        """Keep alarms."""
        self.alarms += [message] if alarm else []

    @contextmanager
    def epicor_place(self) -> Iterator[Pages]:
        """Always free."""
        yield self.epicor

    def claimed(self, rows: list[str]) -> set[str]:
        """What was claimed before."""
        return self.taken & set(rows)

    def posted_amounts(self, invoices: list[InvoiceKey]) -> dict[str, Decimal]:
        """What was paid before."""
        return {key.sys_row_id: self.posted[key.sys_row_id] for key in invoices if key.sys_row_id in self.posted}

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        """Queue."""
        self.queued += [message["invoice_num"] for message in messages]

    def cursor(self, name: str) -> dict[str, Any]:
        """A cursor."""
        return self.cursors.get(name, {})

    def move_cursor(self, name: str, values: dict[str, Any]) -> None:
        """Move it."""
        self.cursors[name] = values

    def note(self, source: str, entry: Entry) -> None:
        """Keep the kind of a system event."""
        self.noted.append(entry.kind)

    @property
    def deps(self) -> Deps:
        """As the flow takes it."""
        return cast("Deps", self)


@pytest.fixture
def desk() -> Desk:
    """Nine invoices in pages of two."""
    exchanges = ExchangeLog()
    return Desk(Pages(exchanges, [invoice(number) for number in range(1, 10)]), exchanges)


def test_pages_are_let_go(desk: Desk) -> None:
    """Memory does not grow with the pages: when one is asked for, those before it and their exchanges are gone."""
    report = poll_invoices(desk.deps)

    assert (report.pages, report.seen, report.queued) == (5, 9, 9)
    assert max(desk.epicor.alive) <= 1
    assert max(desk.epicor.kept) == 0
    assert desk.exchanges.take() == []


def test_cursor_goes_on_from_the_newest(desk: Desk) -> None:
    """The next poll asks from the newest day, with a day of overlap; what is claimed is dropped (pitfall 7)."""
    poll_invoices(desk.deps)
    desk.taken = {f"row-{number}" for number in range(1, 10)}
    desk.epicor.asked.clear()

    report = poll_invoices(desk.deps)

    assert desk.epicor.asked[0] == Watermark("ChangeDate", "2026-11-18")
    assert report.queued == 0
    assert desk.cursors[CURSOR] == {
        "column": "ChangeDate",
        "newest": "2026-11-19",
        "sys_rev_id": 9,
        "polled_at": NOW.isoformat(),
    }


def test_nightly_scan_moves_no_cursor_back(desk: Desk) -> None:
    """A scan of everything asks without watermark; that the newest were paid meanwhile is no way back."""
    poll_invoices(desk.deps)
    kept = desk.cursors[CURSOR]
    desk.epicor.invoices = desk.epicor.invoices[:3]
    desk.epicor.asked.clear()

    report = poll_invoices(desk.deps, everything=True)

    assert set(desk.epicor.asked) == {None}
    assert report.queued == 3
    assert desk.cursors[CURSOR] == kept


def test_restored_epicor_is_scanned_and_told(desk: Desk) -> None:
    """A cursor ahead of the database: an alarm, everything is looked at, and the cursor stands where Epicor is."""
    poll_invoices(desk.deps)
    desk.epicor.why, desk.epicor.invoices = "no SysRevID 9 any more", desk.epicor.invoices[:4]
    desk.epicor.asked.clear()

    report = poll_invoices(desk.deps)

    assert report.went_back == ["ACME"]
    assert set(desk.epicor.asked) == {None}
    assert desk.noted == ["epicor_went_back"]
    assert len(desk.alarms) == 1
    assert (desk.cursors[CURSOR]["sys_rev_id"], desk.cursors[CURSOR]["newest"]) == (4, "2026-11-14")


def test_another_change_column_begins_anew(desk: Desk) -> None:
    """A day is no number: with another preset the cursor of the one before is not used."""
    poll_invoices(desk.deps)
    desk.settings = Settings(change_column="SysRevID")
    desk.epicor.asked.clear()

    poll_invoices(desk.deps)

    assert set(desk.epicor.asked) == {None}
    assert desk.cursors[CURSOR]["column"] == "SysRevID"


@pytest.mark.parametrize("changes", [{"for_wise": False}, {"approved": False}, {"pay_hold": True}, {"posted": False}])
def test_what_the_server_lets_through_is_looked_at_again(desk: Desk, changes: dict[str, bool]) -> None:
    """A filter of the site's own may be too wide: each invoice is judged by us as well (5.3)."""
    desk.epicor.invoices = [invoice(1), invoice(2, **changes)]

    poll_invoices(desk.deps)

    assert desk.queued == ["I1"]


def test_poll_that_dies_leaves_the_cursor(desk: Desk) -> None:
    """Only when every page is queued does the cursor move; the next poll brings everything again."""
    desk.epicor.dies_after = 4
    with pytest.raises(ConnectionError):
        poll_invoices(desk.deps)

    assert desk.cursors == {}
    assert desk.queued == ["I1", "I2", "I3", "I4"]


@pytest.mark.parametrize(
    ("posted", "unposted", "alarms"),
    [("4.00", "6.00", 0), ("4.00", "0.50", 0), ("4.00", "10.00", 1), ("10.00", "6.00", 1), ("", "10.00", 0)],
)
def test_a_paid_invoice_that_is_open_again_is_told(desk: Desk, posted: str, unposted: str, alarms: int) -> None:
    """More is open in Epicor than was left to pay: one alarm. What the other instalments owe is none (H6)."""
    desk.epicor.invoices = [invoice(1, unposted_balance=Decimal(unposted))]
    desk.taken, desk.posted = {"row-1"}, {"row-1": Decimal(posted)} if posted else {}

    report = poll_invoices(desk.deps)

    assert (len(desk.alarms), report.queued) == (alarms, 0)
