"""The same reads in every mode: entity sets, GetRows, BAQs, and GetRows where Epicor cannot read its sets (3.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kinetic_wise.epicor import EpicorOptions, Watermark
from kinetic_wise.payments import policy
from kinetic_wise.payments.systems import Invoice, InvoiceKey
from kinetic_wise.transport import NotArrived, Refused, Unclear
from simulators.common.http import Request
from simulators.sample_day import make_day
from tests.contract.epicor import DAY, GROUP, Epicor, known

BAQS = {"APInvoices": "WisePay-Invoices", "Vendors": "WisePay-Vendors", "VendBanks": "WisePay-VendorBanks"}
OPTIONS = {
    "odata": EpicorOptions(columns={"UpdatedOn": "UpdatedOn_c"}, approval_column="WiseApproved_c"),
    "getrows": EpicorOptions(
        read_mode="getrows", columns={"UpdatedOn": "UpdatedOn_c"}, approval_column="WiseApproved_c"
    ),
    "baq": EpicorOptions(
        baqs=BAQS, columns={"UpdatedOn": "Calculated_UpdatedOn"}, approval_column="Calculated_Approved"
    ),
}
OPTIONS["broken sets"] = OPTIONS["odata"]
AWKWARD = "O'Brien & Söhne, 50% + 1/2 #7 _x*?"


def open_epicor(mode: str, **changes: Any) -> Epicor:
    """The sample day's Epicor with a client in this mode."""
    epicor = Epicor(options=replace(OPTIONS[mode], **changes.pop("options", {})), **changes)
    if mode == "broken sets":
        apology = {"match": {"method": "GET", "path": "(APInvoice|Vendor|PaymentEntry)Svc/"}, "fault": "status"}
        epicor.control("faults", [{**apology, "status": 500, "times": -1}])
    return epicor


@pytest.fixture(params=OPTIONS)
def mode(request: pytest.FixtureRequest) -> str:
    """Each read mode."""
    return str(request.param)


@pytest.fixture
def epicor(mode: str) -> Epicor:
    """The sample day's Epicor."""
    return open_epicor(mode)


@pytest.fixture(scope="module")
def plain() -> list[Invoice]:
    """What entity sets give."""
    epicor = Epicor()
    return [invoice for company in epicor.companies for invoice in epicor.everything(company)]


def test_eligible_invoices_are_the_same(epicor: Epicor, plain: list[Invoice]) -> None:
    """Whatever the way, the same invoices come in the same order and say the same to the cent and the day."""
    found = [invoice for company in epicor.companies for invoice in epicor.everything(company)]

    assert found == plain
    assert len(found) > 20


def test_invoice_afresh_is_the_same(epicor: Epicor, plain: list[Invoice]) -> None:
    """Each number is found again by filter or clause: slashes, quotes, percent signs, umlauts, blanks."""
    by_sets = Epicor()

    for invoice in plain:
        assert epicor.afresh(invoice) == by_sets.afresh(invoice)


def test_awkward_number_is_found(epicor: Epicor, plain: list[Invoice]) -> None:
    """Quotes are doubled, everything is encoded, and a renamed invoice is found by its row (pitfalls 32, 33)."""
    invoice = plain[0]
    epicor.people("rename_invoice", invoice, new_invoice_num=AWKWARD)

    by_row = epicor.afresh(invoice)
    by_number = epicor.client.numbered_invoice(invoice.key.company, invoice.key.vendor_num, AWKWARD)

    assert by_row.key.invoice_num == AWKWARD
    assert by_number == by_row
    assert epicor.client.numbered_invoice(invoice.key.company, invoice.key.vendor_num, AWKWARD.lower()) is None


def test_vendors_and_banks_are_the_days(epicor: Epicor) -> None:
    """Names, holds, countries and every bank row, also over the whole company."""
    for expected in DAY.vendors:
        found = epicor.client.vendor(expected.company, expected.vendor_num)
        assert found is not None
        assert (found.vendor_id, found.name, found.pay_hold, found.inactive, found.primary_bank_id) == (
            expected.vendor_id,
            expected.name,
            expected.pay_hold,
            expected.inactive,
            expected.primary_bank_id,
        )
        assert {bank.bank_id: bank["IBANCode"] for bank in found.banks} == {b.bank_id: b.iban for b in expected.banks}
    for company in epicor.companies:
        rows = {(number, bank.bank_id) for number, bank in epicor.client.bank_rows(company)}
        assert rows == {(v.vendor_num, b.bank_id) for v in DAY.vendors if v.company == company for b in v.banks}


def test_own_columns_of_a_site_are_read(mode: str) -> None:
    """Columns that a site added to bank rows and vendors come with the others, where a setting names them."""
    epicor = open_epicor(mode, options={"bank_columns": ("WireRouting_c", "CountryISO"), "vendor_columns": ("TIN",)})
    vendor = next(one for one in DAY.vendors if one.banks)
    where = {"company": vendor.company, "vendor_num": vendor.vendor_num, "bank_id": vendor.banks[0].bank_id}
    epicor.control("people", {"act": "change_bank", **where, "columns": {"WireRouting_c": "026009593"}})

    found = epicor.client.vendor(vendor.company, vendor.vendor_num)

    assert found is not None
    bank = next(bank for bank in found.banks if bank.bank_id == vendor.banks[0].bank_id)
    assert (bank["WireRouting_c"], bank["CountryISO"], found.columns) == (
        "026009593",
        vendor.banks[0].country,
        {"TIN": ""},
    )


def test_bank_is_the_named_one_or_the_primary_one(epicor: Epicor, plain: list[Invoice]) -> None:
    """The row that the invoice names, else the vendor's primary one; a name without row is nobody, never the first."""
    invoice = next(one for one in plain if one.bank_id)
    vendor = epicor.client.vendor(invoice.key.company, invoice.key.vendor_num)
    assert vendor is not None
    assert len(vendor.banks) > 1
    named, unnamed, unknown = invoice, invoice.model_copy(update={"bank_id": ""}), "NOBODY"

    assert [vendor.bank_for(one) for one in (named, unnamed)] == [
        next(bank for bank in vendor.banks if bank.bank_id == wanted)
        for wanted in (invoice.bank_id, vendor.primary_bank_id)
    ]
    assert vendor.bank_for(invoice.model_copy(update={"bank_id": unknown})) is None
    assert vendor.model_copy(update={"primary_bank_id": ""}).bank_for(unnamed) is None


def test_account_numbers_are_masked(epicor: Epicor) -> None:
    """Whatever the columns are called on the way, the audit trail keeps no whole account number (rule 17)."""
    for vendor in DAY.vendors:
        epicor.client.vendor(vendor.company, vendor.vendor_num)
    numbers = {text for vendor in DAY.vendors for bank in vendor.banks for text in (bank.iban, bank.account_number)}
    kept = "".join(exchange.response + exchange.request + exchange.url for exchange in epicor.exchanges)

    assert len(kept) > 10_000
    assert [number for number in numbers if len(number) > 7 and f'"{number}"' in kept] == []


@pytest.mark.parametrize("column", ["ChangeDate", "UpdatedOn", "SysRevID"])
def test_watermarks(mode: str, column: str) -> None:
    """After a poll only what somebody changed comes, by day with the day's others, exactly otherwise (5.4)."""
    epicor = open_epicor(mode, options={"change_column": column})
    company = epicor.companies[0]
    first = epicor.client.eligible_page(company, None, 0)
    epicor.sleep(3 * 86_400)
    changed = first.invoices[3]
    epicor.people("change_invoice", changed, columns={"Description": "seen by the clerk"})
    watermark = Watermark.after(column, first.newest_change, timedelta())

    found = [invoice.key for invoice in epicor.everything(company, watermark)]

    assert found[-1] == changed.key
    assert len(found) == (len(first.invoices) if column == "ChangeDate" else 1)
    later = Watermark.after(column, epicor.client.eligible_page(company, watermark, 0).newest_change, timedelta())
    assert [invoice.key for invoice in epicor.everything(company, later)] == (
        [changed.key] if column == "ChangeDate" else []
    )


def test_approval_is_read_with_the_invoice(epicor: Epicor, plain: list[Invoice]) -> None:
    """An approval taken back is out of the eligible ones, and a fresh look says so."""
    invoice = plain[0]
    epicor.people("change_invoice", invoice, columns={"WiseApproved_c": False})

    objection = policy.not_eligible(epicor.afresh(invoice))

    assert objection is not None
    assert objection.reason == "not_approved"
    assert invoice.key not in [found.key for found in epicor.everything(invoice.key.company)]


def test_payment_method_marks_for_wise(epicor: Epicor, plain: list[Invoice]) -> None:
    """An invoice that somebody gives another payment method is not for us any more."""
    invoice = plain[0]
    epicor.people("change_invoice", invoice, columns={"PMUID": 1})

    objection = policy.not_eligible(epicor.afresh(invoice))

    assert objection is not None
    assert objection.reason == "other_payment_method"
    assert invoice.key not in [found.key for found in epicor.everything(invoice.key.company)]


def test_payment_is_made_and_read_back(epicor: Epicor, plain: list[Invoice]) -> None:
    """Reserve, look, post, look again: drafts are read in the same mode as invoices."""
    invoice = epicor.payable()
    company, number = invoice.key.company, invoice.key.invoice_num
    draft = epicor.client.reserve(epicor.reservation(invoice))
    assert epicor.client.draft(company, GROUP) == draft
    assert [one.head_num for one in epicor.client.live_payments(company, invoice.key.vendor_num, number)] == [
        draft.head_num
    ]
    assert [found.head_num for found in epicor.client.unposted_drafts(company, "LEDGER01-")] == [draft.head_num]

    epicor.client.post(company, draft)

    assert known(epicor.client.draft(company, GROUP)).posted
    assert not epicor.afresh(invoice).open_payable


def test_lower_maximum_loses_nothing(mode: str, plain: list[Invoice]) -> None:
    """An administrator's maximum of seven rows makes more pages of the same (3.1)."""
    epicor = open_epicor(mode, page_cap=7)

    assert [invoice for company in epicor.companies for invoice in epicor.everything(company)] == plain
    assert len(list(epicor.client.bank_rows(epicor.companies[0]))) == sum(
        len(vendor.banks) for vendor in DAY.vendors if vendor.company == epicor.companies[0]
    )


def test_pages_do_not_drift(mode: str) -> None:
    """Invoices leave the set, change and come while it is paged through: none of the others is missed (pitfall 5)."""
    epicor = open_epicor(mode, day=make_day(invoices=400, seed=3))
    company = epicor.companies[0]
    before = epicor.everything(company)
    seen: set[InvoiceKey] = set()
    after, pages = 0, 0
    while (page := epicor.client.eligible_page(company, None, after)).last_sys_rev_id > after:
        after, pages = page.last_sys_rev_id, pages + 1
        seen |= {invoice.key for invoice in page.invoices}
        for number, invoice in enumerate(page.invoices if pages < 3 else []):
            if number % 3 == 0:
                epicor.people("set_hold", invoice)
            if number % 3 == 1:
                epicor.people("change_invoice", invoice, columns={"Description": "touched"})

    assert seen == {invoice.key for invoice in before}
    assert pages > len(before) / 100 + 1


def test_restored_database_is_noticed(epicor: Epicor) -> None:
    """Row versions that went back, or days that are gone, tell of a restored database; growth does not (pitfall 8)."""
    company = epicor.companies[0]
    epicor.control("people", {"act": "back_up"})
    epicor.sleep(2 * 86_400)
    invoice = epicor.payable()
    epicor.people("change_invoice", invoice, columns={"Description": "after the backup"})
    page = epicor.client.eligible_page(company, None, 0)
    seen = max(found.sys_rev_id for found in epicor.everything(company)), page.newest_change
    assert epicor.client.went_back(company, *seen) == ""

    epicor.control("people", {"act": "restore_database"})

    assert "SysRevID" in epicor.client.went_back(company, *seen)
    assert "ChangeDate" in epicor.client.went_back(company, 0, seen[1])
    assert epicor.client.went_back(company, 0, "") == ""


def test_get_rows_asks_no_set() -> None:
    """In GetRows mode no entity set is asked, and every clause that this version wants is there (pitfall 12)."""
    epicor = open_epicor("getrows")
    invoice = epicor.payable()
    epicor.client.reserve(epicor.reservation(invoice))

    reads = [request for request in epicor.adapter.requests if request.method == "GET"]

    assert all("/api/swagger/v2/methods/" in request.path for request in reads)
    assert len(reads) == len({request.path for request in reads})


def test_a_table_that_an_upgrade_brought_has_its_clause_at_once() -> None:
    """Clauses are kept for an hour; a version that wants one more is asked for its description again (pitfall 12)."""
    epicor = open_epicor("getrows")
    invoice = epicor.payable()
    for table in ("APInvNew", "APInvNewer"):
        epicor.control("people", {"act": "add_table", "service": "Erp.BO.APInvoiceSvc", "table": table})
        assert epicor.afresh(invoice).key == invoice.key
    before = len(epicor.adapter.requests)
    assert epicor.afresh(invoice).key == invoice.key
    assert len(epicor.adapter.requests) == before + 1


def test_broken_set_is_asked_again_after_an_hour() -> None:
    """A set that Epicor could not read is left alone for an hour, then tried again."""
    epicor = open_epicor("odata")
    company = epicor.companies[0]
    apology = {"match": {"path": "/APInvoices$"}, "fault": "status", "status": 500, "times": 3}
    epicor.control("faults", [apology])
    sets = [_sets(epicor, company)]
    sets.append(_sets(epicor, company))
    epicor.sleep(3_601)
    sets.append(_sets(epicor, company))

    assert sets == [3, 0, 1]


def _sets(epicor: Epicor, company: str) -> int:
    """How often one page asks the set of invoices."""
    before = len(epicor.adapter.requests)
    assert epicor.client.eligible_page(company, None, 0).invoices
    return sum(request.path.endswith("/APInvoices") for request in epicor.adapter.requests[before:])


@pytest.mark.parametrize(("status", "error"), [(502, Unclear), (400, NotArrived), (404, Refused)])
def test_only_epicors_own_500_is_gone_around(status: int, error: type[Exception]) -> None:
    """A gateway's failure, a missing licence or path is no reason to read otherwise."""
    epicor = open_epicor("odata")
    epicor.control("faults", [{"match": {"path": "/APInvoices$"}, "fault": "status", "status": status, "times": -1}])

    with pytest.raises(error):
        epicor.client.eligible_page(epicor.companies[0], None, 0)

    assert not [request for request in epicor.adapter.requests if _is_get_rows(request)]


def _is_get_rows(request: Request) -> bool:
    return request.path.endswith("/GetRows")


def test_upgrade_is_waited_for(epicor: Epicor, plain: list[Invoice]) -> None:
    """While Epicor is upgraded nothing is concluded; afterwards everything is as before (pitfall 37)."""
    epicor.control("people", {"act": "upgrade"})
    with pytest.raises(Unclear, match="Data conversions are pending"):
        epicor.client.invoice(plain[0].key)

    epicor.control("people", {"act": "upgrade", "done": True})

    assert epicor.client.invoice(plain[0].key) == plain[0]


def test_unknown_column_is_told_in_every_mode(mode: str) -> None:
    """A watermark column that the site does not have is a refusal with Epicor's own words (pitfall 6)."""
    epicor = open_epicor(mode, options={"change_column": "UpdatedOn", "columns": {}})
    watermark = Watermark("UpdatedOn", "2026-11-20T00:00:00.000000Z")

    with pytest.raises(Refused, match="UpdatedOn"):
        epicor.client.eligible_page(epicor.companies[0], watermark, 0)
