"""Voiding: by group, reference, vendor and line; looked at before and judged by what Epicor shows after (7.9, H14)."""

from __future__ import annotations

from datetime import date

import pytest

from kinetic_wise.epicor.notes import Attachment
from kinetic_wise.payments.systems import Costs, Draft
from kinetic_wise.transport import Refused
from tests.contract.epicor import GROUP, Epicor, known

TODAY = date(2026, 11, 23)


def posted(epicor: Epicor) -> tuple[str, Draft]:
    """A posted payment of the sample day."""
    wanted = epicor.reservation(epicor.payable())
    draft = epicor.client.reserve(wanted)
    epicor.client.post(wanted.company, draft)
    return wanted.company, known(epicor.client.draft(wanted.company, GROUP))


def test_a_void_opens_the_invoice_again_and_is_done_once() -> None:
    """Voided: balances are back and the payment says so; a second call changes nothing."""
    epicor = Epicor()
    invoice = epicor.payable()
    company, draft = posted(epicor)
    for _ in range(2):
        epicor.client.void(company, draft, "money came back", TODAY)
    assert [payment["voided"] for payment in epicor.books()] == [True]
    assert epicor.afresh(invoice).balance == epicor.afresh(invoice).unposted_balance == invoice.balance


def test_what_epicor_asks_before_a_void_is_for_a_person() -> None:
    """A closed period refuses the date, with Epicor's own words; nothing is voided."""
    epicor = Epicor()
    company, draft = posted(epicor)
    epicor.control("people", {"act": "close_period", "company": company, "through": TODAY.isoformat()})
    with pytest.raises(Refused, match="closed"):
        epicor.client.void(company, draft, "money came back", TODAY)
    assert epicor.client.earliest_day(company) == date(2026, 11, 24)
    assert [payment["voided"] for payment in epicor.books()] == [False]


def test_costs_are_booked_once_however_often_they_are_sent() -> None:
    """Wise's fee becomes one bank fee line of the draft, in its exact amount, and stays one."""
    epicor = Epicor()
    wanted = epicor.reservation(epicor.payable())
    draft = epicor.client.reserve(wanted)
    currency = "EUR"
    costs = Costs(currency=currency, bank_fee_id="WISEFEE", fee=wanted.amount / wanted.amount)
    for _ in range(2):
        epicor.client.book_costs(wanted.company, draft, costs)
    rows = epicor.simulator.site.companies[wanted.company]["BankTran"].find(HeadNum=draft.head_num)
    assert [(row["BankFeeID"], row["DocBankFeeAmt"]) for row in rows] == [("WISEFEE", 1)]
    epicor.client.post(wanted.company, draft)
    assert known(epicor.client.draft(wanted.company, GROUP)).posted


def test_costs_in_another_currency_than_the_bank_account_are_refused() -> None:
    """Wise took dollars, the payment's bank account is in euros: nothing is booked, the reason names both."""
    epicor = Epicor()
    wanted = epicor.reservation(epicor.payable())
    draft = epicor.client.reserve(wanted)
    with pytest.raises(Refused, match="USD"):
        epicor.client.book_costs(wanted.company, draft, Costs(currency="USD", bank_fee_id="WISEFEE", fee=wanted.amount))


def test_a_receipt_hangs_on_the_posted_payment() -> None:
    """The file is stored and found again by its title; its content never enters the record of exchanges."""
    epicor = Epicor()
    company, draft = posted(epicor)
    assert draft.head_num is not None
    assert not epicor.client.notes.has_attachment(company, draft.head_num, "Wise receipt 1")
    epicor.client.notes.attach(company, draft.head_num, "Wise receipt 1", Attachment("r.pdf", b"%PDF-1.4 secret"))
    assert epicor.client.notes.has_attachment(company, draft.head_num, "Wise receipt 1")
    assert not any("JVBERi0" in exchange.request for exchange in epicor.exchanges)
