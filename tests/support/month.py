"""A month in which everything happens that a reconciliation must tell apart: one world, one payment of each kind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import Headers

from kinetic_wise.flows.deps import ExchangeLog
from kinetic_wise.flows.reconcile import Sources
from kinetic_wise.ledger.histories import Histories
from kinetic_wise.payments.model import Payment
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from simulators.epicor.schema import Row
from simulators.sample_day import Day, make_day
from simulators.wise.books import Transfer
from tests.support.acts import HOUR, Watched, fault, people_in_epicor
from tests.support.dynamodb import PAYMENTS
from tests.support.world import World

MATCHED, MATCHED_IN_DOLLARS, SHORT, NOT_POSTED, BOUNCED, STUCK, RESERVED, RETURNED, BY_HAND = range(9)
SETTINGS = Settings(settle_again=900, sweep_after=HOUR, busy_pause=1800, unknown_pause=1800)


def month_day() -> Day:
    """One payable invoice for each of the above, the second one in dollars."""
    day = make_day()
    behaving = set(day.behaviours)
    vendors = {v.vendor_num for v in day.vendors if not any(b.name_on_account in behaving for b in v.banks)}
    payable = [
        i for i in day.invoices if i.expect_outcome == "paid" and i.vendor_num in vendors and i.company == "EPIC01"
    ]
    euros = [invoice for invoice in payable if invoice.currency == "EUR"][:BY_HAND]
    dollars = next(invoice for invoice in payable if invoice.currency == "USD")
    chosen = (euros[0], dollars, *euros[1:BY_HAND])
    balances = {"EUR": Decimal("900000.00")}
    return replace(day, invoices=chosen, duplicate_messages=(), balances=balances, top_ups={"EUR": Decimal("1234.00")})


class Month(Watched):
    """The month, worked off up to the second of December."""

    def __init__(self) -> None:
        super().__init__(month_day(), SETTINGS)
        self._acted: set[int] = set()
        self._pay_by_hand()
        self.check = self._interfere
        self.poll()
        self.run(HOUR)
        self.top_up()
        self._foreign = self._made_in_wise()
        self._after_sent()
        self.run(2 * HOUR)
        self.check = lambda: None
        self.time = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
        self._tick()

    @property
    def foreign(self) -> int:
        """The transfer that a person made in Wise."""
        return self._foreign

    def number(self, position: int) -> str:
        """An invoice's number."""
        return self.day.invoices[position].invoice_num

    def payment(self, position: int) -> Payment:
        """The payment of an invoice."""
        found = self.payment_of(self.day.invoices[position])
        assert found is not None
        return found

    def transfer(self, position: int) -> Transfer | None:
        """The transfer of an invoice's payment, by Wise's book."""
        payment = self.payment_of(self.day.invoices[position])
        attempt = self.deps.ledger.attempt(payment.id, 1) if payment else None
        keyed = {transfer.key: transfer for transfer in self.wise._world.books.transfers.values()}
        return keyed.get(attempt.key) if attempt else None

    # --- what people and banks do ----------------------------------------------------------------------------------

    def _pay_by_hand(self) -> None:
        """A clerk books a payment from the account for Wise, and never makes the transfer."""
        invoice = self.day.invoices[BY_HAND]
        people_in_epicor(self, "pay_by_hand", invoice, invoice_num=invoice.invoice_num)
        heads = self.epicor.site.companies[invoice.company]["CheckHed"]
        (head,) = list(heads.rows())
        heads.change(head, BankAcctID=self._wise_account(invoice.company))

    def _wise_account(self, company: str) -> str:
        rows: list[Row] = list(self.epicor.site.companies[company]["BankAcct"].rows())
        return next(str(row["BankAcctID"]) for row in rows if "wise" in str(row).lower())

    def _interfere(self) -> None:
        """As soon as they are there: Wise asks for something, a clerk locks a group, Wise refuses to take money."""
        self._once(STUCK, "processing", lambda t: self.in_wise("raise_case", t, case="deposit_amount_less_invoice"))
        self._once(NOT_POSTED, "processing", lambda t: self._lock_group())
        self._once(RESERVED, "incoming_payment_waiting", self._refuse)

    def _once(self, position: int, status: str, act: Callable[[Transfer], None]) -> None:
        transfer = self.transfer(position) if position not in self._acted else None
        if transfer is not None and transfer.status == status:
            self._acted.add(position)
            act(transfer)

    def _lock_group(self) -> None:
        payment = self.payment(NOT_POSTED)
        assert payment.draft is not None
        act = {"act": "lock_group", "company": "EPIC01", "group_id": payment.draft.group_id}
        answer = self.epicor.handle(Request("POST", "/_sim/people", body=dump_json(act).encode())).response
        assert answer is not None
        assert answer.status == 200, answer.body

    def _refuse(self, transfer: Transfer) -> None:
        path = f"/transfers/{transfer.id}/payments$"
        fault(self.wise, ("POST", path), "status", -1, status=403)

    def _after_sent(self) -> None:
        for position in (BOUNCED, SHORT, RETURNED):
            transfer = self.transfer(position)
            assert transfer is not None
            self.in_wise("bounce", transfer)
        self.run(HOUR)
        for position, kept in ((SHORT, "20.00"), (RETURNED, "0")):
            transfer = self.transfer(position)
            assert transfer is not None
            self.in_wise("give_back", transfer, kept=kept)

    def _made_in_wise(self) -> int:
        """A person makes and funds a transfer in Wise's own screens."""
        wise = self.wise_client(self.wise_ready["profile_id"], ExchangeLog())
        like = self.transfer(MATCHED)
        assert like is not None
        quote = wise.create_quote("EUR", "EUR", Decimal("77.70"), like.recipient.id)
        made = wise.create_transfer("11111111-2222-4333-8444-555555555555", like.recipient.id, quote.id, "by hand")
        self.in_wise("fund", self.wise._world.books.transfers[made.id])
        return made.id

    def in_wise(self, act: str, transfer: Transfer, **more: Any) -> None:
        """Something happens to a transfer at Wise."""
        body = dump_json({"act": act, "transfer": transfer.id, **more}).encode()
        answer = self.wise.handle(Request("POST", "/_sim/people", body=body)).response
        assert answer is not None
        assert answer.status == 200, answer.body

    def request_to_wise(self, path: str, query: str) -> Request:
        """A request with our token, as a person's browser would send it."""
        headers = Headers({"Authorization": f"Bearer {self.wise_ready['personal_token']}"})
        return Request("GET", path, query, headers=headers)


def camt(month: Month) -> bytes:
    """The statement of the month that a person downloads in Wise, as CAMT.053."""
    balance = month.deps.wise.balances()["EUR"]
    path = f"/v1/profiles/{month.wise_ready['profile_id']}/balance-statements/{balance.id}/statement.xml"
    query = "currency=EUR&intervalStart=2026-11-01T00:00:00Z&intervalEnd=2026-12-02T00:00:00Z"
    answer = month.wise.handle(month.request_to_wise(path, query)).response
    assert answer is not None
    return answer.body


def sources_of(world: World) -> Sources:
    """The three books of a world."""
    deps = world.deps
    return Sources(
        settings=deps.settings,
        histories=Histories(world.database.client, PAYMENTS, world.now),
        epicor=lambda: nullcontext(deps.epicor),
        companies=deps.epicor_site.companies,
        wise=deps.wise,
        now=world.now,
        forget=deps.exchanges.take,
    )
