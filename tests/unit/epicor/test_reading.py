"""Reading invoices and vendors: exact, afresh, paged, and never by a key path (sections 3, 5, 6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from kinetic_wise.epicor import ConfigurationMissing, EpicorClient, EpicorOptions, Watermark
from kinetic_wise.payments.money import NO_CURRENCY
from kinetic_wise.payments.systems import InvoiceKey
from kinetic_wise.transport import Refused, Unclear
from tests.unit.epicor.fake import FakeEpicor, Said, business_error
from tests.unit.epicor.rows import COMPANY, ROW_ID, invoice, vendor, vendor_bank

KEY = InvoiceKey(company=COMPANY, vendor_num=214, invoice_num="7/24 A", sys_row_id=ROW_ID)


@pytest.fixture
def epicor() -> FakeEpicor:
    """An Epicor with one invoice of one vendor."""
    return FakeEpicor()


def test_invoice_is_read_exactly(epicor: FakeEpicor) -> None:
    """Amounts keep their cents, dates their day whatever the offset, the currency comes by its ISO code."""
    epicor.tables["APInvoices"] = [invoice(CurrencyCode="US$", DocWithholdAmt=Decimal("0.10"), CPayLinked=True)]

    found = epicor.client().invoice(KEY)

    assert found is not None
    assert found.key == KEY
    assert (found.currency, found.currency_code) == ("USD", "US$")
    assert (found.total, found.withholding) == (Decimal("1200.10"), Decimal("0.10"))
    assert found.due_date == date(2026, 11, 30)
    assert found.central_payment


@pytest.mark.parametrize("number", ["A/B'1", "10% & + more", "Käse #7", "000123", "a=b?c"])
def test_awkward_numbers_travel_in_the_filter(epicor: FakeEpicor, number: str) -> None:
    """Slash, quote, percent, plus, ampersand, umlaut: quotes doubled, all encoded, nothing in the path (3.3)."""
    epicor.tables["APInvoices"] = [invoice(number)]

    found = epicor.client().invoice(KEY.model_copy(update={"invoice_num": number}))

    assert found is not None
    assert found.key.invoice_num == number
    url = str(epicor.requests[0].url)
    assert urlsplit(url).path.endswith("/Erp.BO.APInvoiceSvc/APInvoices")
    assert "+" not in url
    quoted = number.replace("'", "''")
    assert epicor.query(0)["$filter"] == f"VendorNum eq 214 and InvoiceNum eq '{quoted}'"


def test_renamed_invoice_is_found_by_its_row(epicor: FakeEpicor) -> None:
    """An invoice that was renamed comes back with its new number (pitfall 33)."""
    epicor.tables["APInvoices"] = [invoice("7/24 B")]

    found = epicor.client().invoice(KEY)

    assert found is not None
    assert found.key.invoice_num == "7/24 B"


def test_number_used_again_is_another_invoice(epicor: FakeEpicor) -> None:
    """Deleted and typed in anew under the same number: the row we knew is gone (H6)."""
    epicor.tables["APInvoices"] = [invoice(SysRowID="ffffffff-0000-4000-8000-000000000009")]

    assert epicor.client().invoice(KEY) is None


def test_currency_without_iso_code_is_no_currency(epicor: FakeEpicor) -> None:
    """No guess is made at a currency that Epicor does not map; the invoice is seen, so that it is held (pitfall 13)."""
    epicor.tables["APInvoices"] = [invoice(CurrencyCode="XX")]

    found = epicor.client().invoice(KEY)

    assert found is not None
    assert (found.currency, found.currency_code) == (NO_CURRENCY, "XX")
    assert [read.currency for read in epicor.client().eligible_page(COMPANY, None, 0).invoices] == [NO_CURRENCY]


def test_what_somebody_just_entered_is_found(epicor: FakeEpicor) -> None:
    """A code missing in a table that is kept is sought in Epicor again: soon, and not once for each invoice."""
    client, (iso,) = epicor.client(), [row for row in epicor.tables["Currencies"] if row["CurrencyCode"] == "XX"]
    epicor.tables["APInvoices"] = [invoice(CurrencyCode="XX")]
    assert _currency(client) == NO_CURRENCY
    pages = epicor.calls.count("Currencies")
    assert _currency(client) == NO_CURRENCY
    assert epicor.calls.count("Currencies") == pages

    iso["ISOCurrCode"] = "CHF"
    epicor.time += timedelta(minutes=2)

    assert _currency(client) == "CHF"
    assert epicor.calls.count("Currencies") == 2 * pages


def _currency(client: EpicorClient) -> str:
    found = client.invoice(KEY)
    return found.currency if found else ""


@pytest.mark.parametrize("column", ["PayHold", "DebitMemo", "IsLcked", "DocUnpostedBal", "Posted"])
def test_missing_fact_is_not_taken_for_harmless(epicor: FakeEpicor, column: str) -> None:
    """A hold that is not delivered is not `no hold`."""
    row = invoice()
    del row[column]
    epicor.tables["APInvoices"] = [row]

    with pytest.raises(Refused, match=column):
        epicor.client().invoice(KEY)


def test_page_asks_what_the_design_says(epicor: FakeEpicor) -> None:
    """Filter, keyset, watermark, total order, explicit top and skip, short select; below IIS's limit."""
    watermark = Watermark.after("ChangeDate", "2026-03-02", timedelta(days=1))

    epicor.client().eligible_page(COMPANY, watermark, 41)

    first = epicor.calls.index("APInvoices")
    asked = epicor.query(first)
    assert asked["$filter"] == (
        "(Posted eq true and OpenPayable eq true and PayHold eq false and DebitMemo eq false and DocUnpostedBal gt 0)"
        " and (PMUID eq 7) and SysRevID gt 41 and ChangeDate ge 2026-03-01T00:00:00Z"
    )
    assert (asked["$orderby"], asked["$top"], asked["$skip"]) == ("SysRevID,VendorNum,InvoiceNum", "100", "0")
    assert len(urlsplit(str(epicor.requests[first].url)).query) < 2_048


def test_pages_go_on_to_the_end(epicor: FakeEpicor) -> None:
    """250 invoices come in three pages of at most 100, none twice; the page after the last is empty."""
    epicor.tables["APInvoices"] = [invoice(str(n), SysRevID=n, SysRowID=f"row-{n}") for n in range(1, 251)]
    client, after, sizes, seen = epicor.client(), 0, [], set()
    while True:
        page = client.eligible_page(COMPANY, None, after)
        if page.last_sys_rev_id <= after:
            break
        sizes.append(len(page.invoices))
        seen |= {found.key.invoice_num for found in page.invoices}
        after = page.last_sys_rev_id

    assert sizes == [100, 100, 50]
    assert len(seen) == 250
    assert page.newest_change == ""


def test_unreadable_row_stops_no_page(epicor: FakeEpicor) -> None:
    """An invoice that lacks a fact is told as a problem, the others go on, and so does the keyset."""
    epicor.tables["APInvoices"] = [invoice("A", SysRevID=1), invoice("B", SysRevID=2, PayHold=None)]

    page = epicor.client().eligible_page(COMPANY, None, 0)

    assert [found.key.invoice_num for found in page.invoices] == ["A"]
    assert page.last_sys_rev_id == 2
    assert page.problems == ("invoice 'B' of vendor 214: PayHold is None, not true or false",)


@pytest.mark.parametrize(
    ("column", "older", "newer", "clause"),
    [
        ("ChangeDate", "2026-11-19T00:00:00", "2026-11-20T00:00:00+02:00", "ChangeDate ge 2026-11-19T00:00:00Z"),
        (
            "UpdatedOn",
            "2026-11-20T09:00:00Z",
            "2026-11-20T11:30:00.1234567+02:00",
            "UpdatedOn gt 2026-11-20T09:30:00.123456Z",
        ),
        ("SysRevID", 99, 100, "SysRevID gt 100"),
    ],
)
def test_each_preset_goes_on_after_the_newest_change(
    epicor: FakeEpicor, column: str, older: object, newer: object, clause: str
) -> None:
    """A day with overlap, a timestamp and a number exactly: each as an unquoted literal in UTC (3.2, 5.4)."""
    epicor.tables["APInvoices"] = [
        invoice("A", **{"SysRevID": 1, column: newer}),
        invoice("B", **{"SysRevID": 2, column: older}),
    ]
    client = epicor.client(EpicorOptions(change_column=column))

    page = client.eligible_page(COMPANY, None, 0)
    watermark = Watermark.after(column, page.newest_change, timedelta(days=1))

    assert watermark.clause == clause
    assert column in epicor.query(epicor.calls.index("APInvoices"))["$select"].split(",")


def test_unknown_change_column_is_named(epicor: FakeEpicor) -> None:
    """A preset that does not exist is told before Epicor is asked."""
    with pytest.raises(ConfigurationMissing, match="change_column"):
        epicor.client(EpicorOptions(change_column="ModifiedOn")).eligible_page(COMPANY, None, 0)

    assert epicor.calls == []


def test_filter_too_long_is_told(epicor: FakeEpicor) -> None:
    """A filter that IIS would cut off with an obscure 404 is named instead (pitfall 11)."""
    options = EpicorOptions(eligible_filter=" or ".join(f"PMUID eq {n}" for n in range(200)))

    with pytest.raises(Refused, match="eligible_filter"):
        epicor.client(options).eligible_page(COMPANY, None, 0)


def test_currencies_are_kept_for_an_hour(epicor: FakeEpicor) -> None:
    """Small tables are read once an hour; invoices are read each time."""
    client = epicor.client()
    for _ in range(3):
        client.invoice(KEY)
    assert epicor.count() == {"APInvoices": 3, "Currencies": 2, "PayMethods": 2}

    epicor.time += timedelta(minutes=61)
    client.invoice(KEY)

    assert epicor.count()["Currencies"] == 4


def test_vendor_comes_with_its_banks(epicor: FakeEpicor) -> None:
    """All bank rows with every stored text column, and ISO countries instead of Epicor's numbers."""
    epicor.tables["VendBanks"] += [vendor_bank("USD", IBANCode="", BankAcctNumber="0012", CountryNum=0)]

    found = epicor.client().vendor(COMPANY, 214)

    assert found is not None
    assert found.address == {
        "firstLine": "Kai 1, Hof",
        "city": "Hamburg",
        "state": "HH",
        "postCode": "20457",
        "country": "DE",
    }
    assert [bank.bank_id for bank in found.banks] == ["MAIN", "USD"]
    assert found.banks[0]["IBANCode"] == "DE89370400440532013000"
    assert (found.banks[0]["CountryISO"], found.banks[1]["CountryISO"]) == ("DE", "")
    assert found.banks[1]["BankAcctNumber"] == "0012"


def test_vendor_is_never_remembered(epicor: FakeEpicor) -> None:
    """Bank data changed between two looks are seen by the second (pitfall 22)."""
    client = epicor.client()
    client.vendor(COMPANY, 214)
    epicor.tables["VendBanks"] = [vendor_bank(IBANCode="GB29NWBK60161331926819")]

    found = client.vendor(COMPANY, 214)

    assert found is not None
    assert found.banks[0]["IBANCode"] == "GB29NWBK60161331926819"


def test_missing_vendor_is_none(epicor: FakeEpicor) -> None:
    """A vendor that is not there is no error."""
    assert epicor.client().vendor(COMPANY, 999) is None


def test_bank_rows_of_all_vendors(epicor: FakeEpicor) -> None:
    """Every bank row of the company comes, over as many pages as there are."""
    epicor.tables["VendBanks"] = [vendor_bank(str(n), VendorNum=n) for n in range(1, 132)]

    found = list(epicor.client().bank_rows(COMPANY))

    assert [(number, bank.bank_id) for number, bank in found] == [(n, str(n)) for n in range(1, 132)]


def test_reads_are_repeated(epicor: FakeEpicor) -> None:
    """A read that meets a server fault and a broken answer is simply sent again, with pauses."""
    epicor.faults["APInvoices"] = [Said(503, text="<html>"), Said(text='{"value": [')]

    assert epicor.client().invoice(KEY) is not None
    assert epicor.count()["APInvoices"] == 3
    assert len(epicor.slept) == 2


def test_reads_give_up(epicor: FakeEpicor) -> None:
    """A read that keeps failing ends as unclear after three tries."""
    epicor.faults["APInvoices"] = [Said(500, text="sorry")] * 3

    with pytest.raises(Unclear):
        epicor.client().invoice(KEY)


def test_unknown_column_is_a_refusal(epicor: FakeEpicor) -> None:
    """A column that the site does not have is told in Epicor's words, at once (pitfall 6)."""
    epicor.faults["APInvoices"] = [business_error("Could not find a property named 'UpdatedOn'", "x.ODataException")]

    with pytest.raises(Refused, match="UpdatedOn"):
        epicor.client().eligible_page(COMPANY, None, 0)

    assert epicor.count()["APInvoices"] == 1


def test_stopped_vendor_says_so(epicor: FakeEpicor) -> None:
    """Hold and inactive are facts of the vendor, not of the invoice (pitfall 16)."""
    epicor.tables["Vendors"] = [vendor(PayHold=True, Inactive=True)]

    found = epicor.client().vendor(COMPANY, 214)

    assert found is not None
    assert (found.pay_hold, found.inactive) == (True, True)
