"""The client of Epicor against the simulated Epicor, in process: both keep to the same reference."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kinetic_wise.epicor import EpicorOptions, ForeignDraft, Watermark
from kinetic_wise.payments import policy
from kinetic_wise.payments.systems import InvoiceKey
from kinetic_wise.transport import AccessRefused, NotArrived, Refused
from tests.contract.epicor import DAY, GROUP, WRITE_BACK, Epicor, known


@pytest.fixture(params=WRITE_BACK)
def epicor(request: pytest.FixtureRequest) -> Epicor:
    """The sample day's Epicor, written to in each way."""
    return Epicor(EpicorOptions(function_library=WRITE_BACK[request.param]))


def test_eligible_invoices_are_the_days(epicor: Epicor) -> None:
    """What Epicor's filter lets through is exactly what the day says the connector picks up, in ISO currencies."""
    found = {
        (invoice.key.company, invoice.key.vendor_num, invoice.key.invoice_num): invoice
        for company in epicor.companies
        for invoice in epicor.everything(company)
    }
    expected = {invoice.key: invoice for invoice in DAY.invoices if invoice.expect_outcome != "not_eligible"}

    assert found.keys() == expected.keys()
    for key, invoice in found.items():
        assert (invoice.currency, invoice.unposted_balance) == (expected[key].currency, expected[key].amount)
        assert policy.not_eligible(invoice) is None


def test_every_invoice_can_be_read_by_its_number(epicor: Epicor) -> None:
    """Slashes, quotes, spaces, umlauts, percent signs: what a page showed is found again by its key."""
    for company in epicor.companies:
        for invoice in epicor.everything(company):
            found = epicor.client.invoice(invoice.key)
            assert found is not None
            assert found.model_copy(update={"instalments": ()}) == invoice  # a page comes without schedules


def test_watermark_of_a_day_brings_the_day_again(epicor: Epicor) -> None:
    """Going on after the newest day, with a day of overlap, loses nothing that changed on it."""
    page = epicor.client.eligible_page(epicor.companies[0], None, 0)
    watermark = Watermark.after("ChangeDate", page.newest_change, timedelta(days=1))

    again = {invoice.key for invoice in epicor.everything(epicor.companies[0], watermark)}

    assert again
    assert again <= {invoice.key for invoice in epicor.everything(epicor.companies[0])}


def test_number_watermark_is_exact(epicor: Epicor) -> None:
    """After the newest SysRevID nothing comes until something changes; our own draft is such a change."""
    epicor.options = EpicorOptions(change_column="SysRevID")
    epicor.client = epicor.client_as(epicor.simulator.ready["password"])
    company = epicor.companies[0]
    page = epicor.client.eligible_page(company, None, 0)
    watermark = Watermark.after("SysRevID", page.newest_change, timedelta())
    assert epicor.everything(company, watermark) == []

    invoice = epicor.payable()
    wanted = epicor.reservation(invoice)
    epicor.client.reserve(wanted.model_copy(update={"amount": Decimal(1)}))

    assert [found.key for found in epicor.everything(company, watermark)] == [invoice.key]


def test_vendors_are_the_days(epicor: Epicor) -> None:
    """Names, ISO countries and all bank rows come as the day says, codes in the columns where the site keeps them."""
    for expected in DAY.vendors:
        found = epicor.client.vendor(expected.company, expected.vendor_num)
        assert found is not None
        assert (found.vendor_id, found.name, found.pay_hold) == (expected.vendor_id, expected.name, expected.pay_hold)
        assert (found.address["country"], found.address["city"]) == (expected.country, expected.city)
        assert {bank.bank_id: (bank["IBANCode"], bank["LocalBIC"], bank["CountryISO"]) for bank in found.banks} == {
            bank.bank_id: (bank.iban, bank.local_bic, bank.country) for bank in expected.banks
        }


def test_bank_rows_of_a_company(epicor: Epicor) -> None:
    """The bank rows that a first adopt approves are those of the day's vendors."""
    for company in epicor.companies:
        expected = {
            (vendor.vendor_num, bank.bank_id)
            for vendor in DAY.vendors
            if vendor.company == company
            for bank in vendor.banks
        }
        assert {(number, bank.bank_id) for number, bank in epicor.client.bank_rows(company)} == expected


def test_reserve_post_and_read_back(epicor: Epicor) -> None:
    """A draft lowers the unposted balance at once; posting it lowers the balance and closes the invoice."""
    invoice = epicor.payable()
    company = invoice.key.company

    draft = epicor.client.reserve(epicor.reservation(invoice))
    reserved = epicor.afresh(invoice)
    assert (reserved.unposted_balance, reserved.balance) == (Decimal(0), invoice.balance)
    assert epicor.client.draft(company, GROUP) == draft

    epicor.client.post(company, draft)
    posted = epicor.client.draft(company, GROUP)
    assert posted is not None
    assert posted.posted
    assert epicor.afresh(invoice).balance == 0
    assert not epicor.afresh(invoice).open_payable


def test_reserve_costs_what_it_promises(epicor: Epicor) -> None:
    """Sixteen calls, one more for another currency than the vendor's; three when it is there. One each by functions."""
    by_functions = bool(epicor.options.function_library)
    invoice = epicor.payable()
    client, wanted = epicor.client, epicor.reservation(invoice)
    client.reserve(wanted)
    client.delete_draft(wanted.company, known(client.draft(wanted.company, GROUP)))
    before = epicor.simulator.calls
    client.reserve(wanted.model_copy(update={"group_id": "WTEST002"}))
    fresh = epicor.simulator.calls - before
    client.reserve(wanted.model_copy(update={"group_id": "WTEST002"}))

    assert fresh in ((1,) if by_functions else (16, 17))
    assert epicor.simulator.calls - before - fresh == (1 if by_functions else 3)


def test_every_payable_invoice_can_be_reserved(epicor: Epicor) -> None:
    """All currencies, bank rows and numbers of the day: each draft says exactly what its reservation does."""
    for company in epicor.companies:
        for number, invoice in enumerate(epicor.everything(company)):
            vendor = epicor.client.vendor(company, invoice.key.vendor_num)
            if vendor is None or vendor.bank_for(invoice) is None:
                continue
            wanted = epicor.reservation(invoice, f"W{company[-1]}{number:06d}", f"LEDGER01-{number}")
            draft = epicor.client.reserve(wanted)
            assert policy.draft_objection(draft, wanted) is None
            assert draft.check_num != 0
            assert epicor.afresh(invoice).unposted_balance == 0


def test_deleted_draft_gives_the_balance_back(epicor: Epicor) -> None:
    """Deleting restores the unposted balance and leaves neither payment nor group; again is harmless."""
    invoice = epicor.payable()
    draft = epicor.client.reserve(epicor.reservation(invoice))

    epicor.client.delete_draft(invoice.key.company, draft)
    epicor.client.delete_draft(invoice.key.company, draft)

    assert epicor.afresh(invoice).unposted_balance == invoice.unposted_balance
    assert epicor.client.draft(invoice.key.company, GROUP) is None


def test_posted_by_a_person_is_seen_and_not_deleted(epicor: Epicor) -> None:
    """Somebody posts our draft: the look shows it, and it is not ours to delete any more."""
    invoice = epicor.payable()
    draft = epicor.client.reserve(epicor.reservation(invoice))
    epicor.control("people", {"act": "post_draft", "company": invoice.key.company, "head_num": draft.head_num})

    assert known(epicor.client.draft(invoice.key.company, GROUP)).posted
    with pytest.raises(ForeignDraft):
        epicor.client.delete_draft(invoice.key.company, draft)


def test_changed_draft_is_neither_posted_nor_deleted(epicor: Epicor) -> None:
    """Somebody changes our draft's amount: it is not what we made any more, and stays for a person to see."""
    invoice = epicor.payable()
    draft = epicor.client.reserve(epicor.reservation(invoice))
    change = {"act": "change_draft", "company": invoice.key.company, "head_num": draft.head_num, "amount": "1.00"}
    epicor.control("people", change)

    with pytest.raises(ForeignDraft):
        epicor.client.post(invoice.key.company, draft)
    with pytest.raises(ForeignDraft):
        epicor.client.delete_draft(invoice.key.company, draft)
    with pytest.raises(ForeignDraft):
        epicor.client.reserve(epicor.reservation(invoice))
    assert [payment["posted"] for payment in epicor.books()] == [False]


def test_failed_posting_leaves_its_reason(epicor: Epicor) -> None:
    """A closed period: Epicor answers 200, posts nothing and writes why; the look shows it (pitfalls 28, 29)."""
    invoice = epicor.payable()
    draft = epicor.client.reserve(epicor.reservation(invoice))
    closed = {"act": "close_period", "company": invoice.key.company, "through": "2026-12-31"}
    epicor.control("people", closed)

    epicor.client.post(invoice.key.company, draft)

    read = known(epicor.client.draft(invoice.key.company, GROUP))
    assert not read.posted
    assert read.post_error


def test_group_locked_by_somebody_is_not_posted(epicor: Epicor) -> None:
    """Only its owner can unlock a group: nothing is run for it meanwhile, and the owner is named (pitfall 24)."""
    invoice = epicor.payable()
    draft = epicor.client.reserve(epicor.reservation(invoice))
    epicor.control("people", {"act": "lock_group", "company": invoice.key.company, "group_id": GROUP})

    with pytest.raises(Refused, match=r"is locked by (user )?jsmith"):
        epicor.client.post(invoice.key.company, draft)

    assert not known(epicor.client.draft(invoice.key.company, GROUP)).posted


def test_paid_by_hand_meanwhile(epicor: Epicor) -> None:
    """A colleague pays the invoice: his payment is listed, and our reservation is refused in Epicor's words."""
    invoice = epicor.payable()
    wanted = epicor.reservation(invoice)
    epicor.people("pay_by_hand", invoice)
    key = invoice.key

    (live,) = epicor.client.live_payments(key.company, key.vendor_num, key.invoice_num)

    assert live.posted
    assert live.entry_person != epicor.simulator.ready["user"]
    with pytest.raises(Refused):
        epicor.client.reserve(wanted)
    assert sum(len(payment["lines"]) for payment in epicor.books()) == 0


def test_renamed_invoice_is_followed(epicor: Epicor) -> None:
    """After a rename the row is found under its new number."""
    invoice = epicor.payable()
    epicor.people("rename_invoice", invoice, new_invoice_num="RENAMED'/1")

    assert epicor.afresh(invoice).key.invoice_num == "RENAMED'/1"


def test_hold_set_meanwhile_is_seen(epicor: Epicor) -> None:
    """Nothing about an invoice is remembered between two looks."""
    invoice = epicor.payable()
    epicor.people("set_hold", invoice)

    assert epicor.afresh(invoice).pay_hold


def test_unknown_invoice_and_vendor(epicor: Epicor) -> None:
    """What is not there is None, not an error."""
    gone = InvoiceKey(
        company=epicor.companies[0],
        vendor_num=1,
        invoice_num="nothing",
        sys_row_id="00000000-0000-4000-8000-00000000dead",
    )

    assert epicor.client.invoice(gone) is None
    assert epicor.client.vendor(epicor.companies[0], 987_654) is None
    assert epicor.client.draft(epicor.companies[0], "WNOTHING") is None


def test_wrong_password_is_refused_once(epicor: Epicor) -> None:
    """One call, then a person."""
    client = epicor.client_as("wrong")
    before = epicor.simulator.calls

    with pytest.raises(AccessRefused):
        client.vendor(epicor.companies[0], 1)

    assert epicor.simulator.calls == before + 1


def test_no_free_licence_is_no_refusal(epicor: Epicor) -> None:
    """The 400 that only means that all licences are taken: come again later."""
    epicor.control("faults", [{"match": {"path": "PayMethods|Vendors"}, "fault": "status", "status": 400, "times": -1}])

    with pytest.raises(NotArrived) as caught:
        epicor.client.vendor(epicor.companies[0], 1)

    assert caught.value.code == "licence"


def test_no_account_stands_in_the_trail(epicor: Epicor) -> None:
    """Of a whole payment's exchanges, none holds a full account number or IBAN of the vendor."""
    invoice = epicor.payable()
    vendor = epicor.client.vendor(invoice.key.company, invoice.key.vendor_num)
    epicor.client.post(invoice.key.company, epicor.client.reserve(epicor.reservation(invoice)))

    assert vendor is not None
    secrets = {bank[column] for bank in vendor.banks for column in ("IBANCode", "BankAcctNumber")} - {""}
    secrets |= {epicor.simulator.ready["password"], epicor.simulator.ready["api_key"]}
    kept = "".join(exchange.url + exchange.request + exchange.response for exchange in epicor.exchanges)
    assert secrets
    assert [secret for secret in secrets if secret in kept] == []
