"""The simulated Epicor of the sample day in process, with a client of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kinetic_wise.epicor import BasicAuth, EpicorClient, EpicorOptions, Watermark, epicor_transport
from kinetic_wise.payments.systems import Draft, Invoice, Reservation
from kinetic_wise.transport import Exchange, own_session
from simulators import sample_day
from simulators.common.clock import Clock
from simulators.common.http import Request, dump_json
from simulators.epicor import INSTANCE, EpicorSimulator
from simulators.sample_day import Day
from tests.support.credentials import with_key
from tests.support.in_process import InProcessAdapter

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REFERENCE = "LEDGER01-1"
GROUP = "WTEST001"
WRITE_BACK = {"services": "", "functions": "KineticWise"}  # how payments are written: the function library, if any
DAY = sample_day.make_day()


@dataclass
class Epicor:
    """A simulated Epicor and a client of it; waiting moves the clock."""

    options: EpicorOptions = field(default_factory=EpicorOptions)
    time: datetime = START
    exchanges: list[Exchange] = field(default_factory=list)
    day: Day = DAY
    page_cap: int = 100

    def __post_init__(self) -> None:
        self.simulator = EpicorSimulator(clock=Clock(lambda: self.time), day=self.day, page_cap=self.page_cap)
        self.adapter = InProcessAdapter(self.simulator, wait=self.sleep)
        self.companies: list[str] = self.simulator.ready["companies"]
        self.client = self.client_as(self.simulator.ready["password"])

    def client_as(self, password: str) -> EpicorClient:
        """A client with this password."""
        session = own_session()
        session.mount("http://", self.adapter)
        ready = self.simulator.ready
        auth = with_key(BasicAuth(ready["user"], password), ready["api_key"])
        common: dict[str, Any] = {"now": lambda: self.time, "sleep": self.sleep, "dice": random.Random(1)}
        url = f"http://epicor.test/{INSTANCE}"
        transport = epicor_transport(url, auth, session=session, record=self.exchanges.append, **common)
        return EpicorClient(transport, options=self.options)

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def control(self, path: str, body: Any) -> Any:
        """A `/_sim/` route."""
        answer = self.simulator.handle(Request("POST", f"/_sim/{path}", body=dump_json(body).encode()))
        assert answer.response is not None
        assert answer.response.status == 200, answer.response.body
        return answer.response

    def people(self, act: str, invoice: Invoice, **more: Any) -> None:
        """Somebody acts on an invoice."""
        key = invoice.key
        where = {"company": key.company, "vendor_num": key.vendor_num, "invoice_num": key.invoice_num}
        self.control("people", {"act": act, **where, **more})

    def everything(self, company: str, watermark: Watermark | None = None) -> list[Invoice]:
        """All pages of what is eligible."""
        found: list[Invoice] = []
        after = 0
        while True:
            page = self.client.eligible_page(company, watermark, after)
            assert page.problems == ()
            if page.last_sys_rev_id <= after:
                return found
            found += page.invoices
            after = page.last_sys_rev_id

    def payable(self) -> Invoice:
        """An eligible invoice of a vendor that may be paid."""
        for invoice in self.everything(self.companies[0]):
            vendor = self.client.vendor(invoice.key.company, invoice.key.vendor_num)
            if vendor and vendor.bank_for(invoice) and not vendor.pay_hold:
                return invoice
        raise AssertionError("the day has payable invoices")

    def reservation(self, invoice: Invoice, group_id: str = GROUP, reference: str = REFERENCE) -> Reservation:
        """How the invoice is to be reserved."""
        vendor = self.client.vendor(invoice.key.company, invoice.key.vendor_num)
        bank = vendor.bank_for(invoice) if vendor else None
        assert vendor is not None
        assert bank is not None
        return Reservation(
            company=invoice.key.company,
            group_id=group_id,
            reference=reference,
            vendor_num=vendor.vendor_num,
            vendor_id=vendor.vendor_id,
            bank_id=bank.bank_id,
            invoice_num=invoice.key.invoice_num,
            amount=invoice.unposted_balance,
            currency=invoice.currency,
            currency_code=invoice.currency_code,
        )

    def afresh(self, invoice: Invoice) -> Invoice:
        """The invoice as it is now."""
        found = self.client.invoice(invoice.key)
        assert found is not None
        return found

    def books(self) -> list[dict[str, Any]]:
        """Our payments by the simulator's own book."""
        return [payment for payment in self.simulator.state()["payments"] if payment["group_id"] == GROUP]


def known(draft: Draft | None) -> Draft:
    """A draft that must be there."""
    assert draft is not None
    return draft
