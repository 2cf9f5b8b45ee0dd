"""Reads of the Epicor simulator: sets, options, literals, GetRows."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from simulators.common.clock import Clock
from simulators.epicor import EpicorSimulator
from simulators.epicor.services import SERVICES
from simulators.sample_day import make_day
from tests.unit.simulators.epicor_desk import INVOICES, NOW, Desk, parse

SET = f"{INVOICES}/APInvoices"
CLAUSES = {f"whereClause{table}": "1=0" for table in SERVICES[INVOICES].clauses}


def _many() -> Desk:
    return Desk(EpicorSimulator(clock=Clock(lambda: NOW), day=make_day(invoices=400, seed=1)))


def test_cap_of_100_without_next_link() -> None:
    """A set gives at most 100 rows, asked or not, and no nextLink (pitfall 4)."""
    desk = _many()
    for options in ({}, {"top": 250}):
        answer = parse(desk.read(SET, **options))
        assert len(answer["value"]) == 100
        assert "@odata.nextLink" not in answer


def test_pages_make_the_whole() -> None:
    """Pages by $skip in a total order give every row once, and $count tells their number."""
    desk = _many()
    seen = []
    for skip in range(0, 400, 100):
        seen += [row["InvoiceNum"] for row in desk.rows(SET, orderby="VendorNum,InvoiceNum", top=100, skip=skip)]
    total = parse(desk.read(SET, count="true", top=1))["@odata.count"]
    assert len(seen) == len(set(seen)) == total
    assert desk.read(f"{SET}/$count").body == str(total).encode()


def test_keyset_by_revision() -> None:
    """SysRevID gt n in its own order pages through everything, and a changed row comes again at the end."""
    desk = _many()
    first = desk.rows(SET, filter="SysRevID gt 0", orderby="SysRevID", top=100)
    desk.people(act="set_hold", vendor_num=first[0]["VendorNum"], invoice_num=first[0]["InvoiceNum"])
    seen, after = [], 0
    while page := desk.rows(SET, filter=f"SysRevID gt {after}", orderby="SysRevID,VendorNum,InvoiceNum", top=100):
        after = page[-1]["SysRevID"]
        seen += [row["InvoiceNum"] for row in page]
    assert len(seen) == len(set(seen))
    assert seen[-1] == first[0]["InvoiceNum"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("InvoiceNum eq 'O''Neil-118'", {"O'Neil-118"}),
        ("InvoiceNum eq 'Müller Rg 77'", {"Müller Rg 77"}),
        ("InvoiceNum eq '50% Anzahlung 3'", {"50% Anzahlung 3"}),
        ("VendorNum eq 102 and (InvoiceNum eq '7/24 A' or InvoiceNum eq '7/24 B')", {"7/24 A", "7/24 B"}),
        ("startswith(InvoiceNum,'TF-2095') and not PayHold and DocInvoiceAmt lt 700", {"TF-20950"}),
        ("contains(InvoiceNum,'/26-27/') eq true", {"BF/26-27/0042"}),
        ("endswith(InvoiceNum,'/E')", {"204/E"}),
        ("DocInvoiceAmt sub 0.44 eq 871.00", {"204/E"}),
        ("DiscountDate eq null and DebitMemo and startswith(InvoiceNum,'GS-')", {"GS-300"}),
        ("DueDate eq 2026-11-12T00:00:00Z", {"BF/26-27/0042"}),
        ("InvoiceNum eq 'BF/26-27/0042' and DueDate lt 2026-11-12T02:00:00+02:00", set()),
    ],
)
def test_filters(condition: str, expected: set[str]) -> None:
    """$filter understands the operators and literals of 3.1 and 3.2."""
    desk = Desk()
    rows = desk.rows(SET, filter=condition, select="InvoiceNum")
    assert {row["InvoiceNum"] for row in rows} == expected


def test_select_and_order() -> None:
    """$select cuts the row to what is asked, $orderby sorts down as well as up."""
    rows = Desk().rows(SET, select="InvoiceNum,DocInvoiceBal", orderby="DocInvoiceBal desc,InvoiceNum", top=3)
    assert [set(row) for row in rows] == [{"InvoiceNum", "DocInvoiceBal"}] * 3
    assert [row["InvoiceNum"] for row in rows][:2] == ["SK-7781", "BF/26-27/0042"]


@pytest.mark.parametrize(
    ("options", "status", "text"),
    [
        ({"filter": "UpdatedOn gt 2026-11-01T00:00:00Z"}, 400, "Could not find a property named 'UpdatedOn'"),
        ({"select": "UpdatedOn"}, 400, "Could not find a property named 'UpdatedOn'"),
        ({"orderby": "UpdatedOn"}, 400, "Could not find a property named 'UpdatedOn'"),
        ({"filter": "ChangeDate ge '2026-11-01'"}, 400, "incompatible types"),
        ({"filter": "VendorNum eq '101'"}, 400, "incompatible types"),
        ({"filter": "VendorNumName eq 'Tulip Components'"}, 500, "Sorry"),
        ({"filter": "VendorNum eq"}, 400, "Expression expected"),
        ({"filter": "VendorNum equals 101"}, 400, "Syntax error"),
        ({"top": "many"}, 400, "$top"),
        ({"expand": "APInvDtls"}, 400, "$expand"),
        ({"search": "Tulip"}, 400, "$search"),
    ],
)
def test_refused_options(options: dict[str, str], status: int, text: str) -> None:
    """Unknown columns, wrong literals and joined columns in filters fail as they do in Kinetic (section 11)."""
    answer = Desk().read(SET, **options)
    assert answer.status == status
    assert text in answer.body.decode()


def test_long_query() -> None:
    """IIS refuses a query string over 2,048 characters (pitfall 11)."""
    answer = Desk().read(SET, filter=" or ".join(f"VendorNum eq {number}" for number in range(200)))
    assert answer.status == 404
    assert b"404.15" in answer.body


def test_rows_as_kinetic_sends_them() -> None:
    """Rows are wide, dates are midnights, amounts are exact JSON numbers, and there is no UpdatedOn."""
    answer = Desk().read(SET, filter="InvoiceNum eq 'BF/26-27/0042'")
    row = parse(answer)["value"][0]
    assert len(row) > 200
    assert row["DueDate"] == "2026-11-12T00:00:00Z"
    assert row["DiscountDate"] is None
    assert b'"DocInvoiceBal": 184500.50' in answer.body
    assert isinstance(row["DocInvoiceBal"], Decimal)
    assert (row["VendorNumVendorID"], row["CurrencyCodeCurrencyID"]) == ("BHARAT", "INR")
    assert "UpdatedOn" not in row


def test_internal_currency_codes() -> None:
    """A company's internal currency code need not be the ISO code; CurrencySvc tells which it is (pitfall 13)."""
    desk = Desk(company="EPIC02")
    code = desk.rows(SET, filter="InvoiceNum eq 'INV-90417'")[0]["CurrencyCode"]
    currency = desk.rows("Erp.BO.CurrencySvc/Currencies", filter=f"CurrencyCode eq '{code}'")[0]
    assert (code, currency["ISOCurrCode"]) == ("US$", "USD")


def test_companies_are_apart() -> None:
    """A company sees its own rows only; the same VendorID has another VendorNum there (pitfall 34)."""
    numbers = [
        Desk(company=company).rows("Erp.BO.VendorSvc/Vendors", filter="VendorID eq 'NORD01'")[0]["VendorNum"]
        for company in ("EPIC01", "EPIC02")
    ]
    assert numbers == [101, 7]


def test_key_paths() -> None:
    """An entity is read by its key and so are its children; a slash in a key path is not found (3.3)."""
    desk = Desk()
    vendor = parse(desk.read("Erp.BO.VendorSvc/Vendors('EPIC01',101)"))
    banks = desk.rows("Erp.BO.VendorSvc/Vendors('EPIC01',101)/VendBanks", select="BankID,PrimaryBank")
    assert vendor["Name"] == "Nordlicht Maschinenbau"
    assert banks == [{"BankID": "FACTOR", "PrimaryBank": False}, {"BankID": "MAIN", "PrimaryBank": True}]
    assert parse(desk.read(f"{SET}('EPIC01',103,'O''Neil-118')"))["InvoiceNum"] == "O'Neil-118"
    assert desk.read(f"{SET}('EPIC01',102,'7/24 A')").status == 404
    assert desk.read(f"{SET}('EPIC01',102,'nothing')").status == 404


def test_get_rows_wants_every_clause() -> None:
    """GetRows without one of its whereClauses is refused and names it (pitfall 12)."""
    clauses = {name: text for name, text in CLAUSES.items() if name != "whereClauseTaxConnectStatus"}
    refused = Desk().post(f"{INVOICES}/GetRows", **clauses, pageSize=10, absolutePage=1)
    assert refused.status == 400
    assert "whereClauseTaxConnectStatus" in parse(refused)["ErrorMessage"]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("InvoiceNum = 'O''Neil-118'", ["O'Neil-118"]),
        (
            "InvoiceNum < '4500022' and VendorNum = 101 and DebitMemo = false BY InvoiceNum DESCENDING",
            ["4500021", "4500018", "4500017"],
        ),
        ("InvoiceNum LIKE '7/24%' AND DueDate >= '2026-11-21' BY InvoiceNum", ["7/24 A", "7/24 B", "7/24 C"]),
        ("VendorNum <> 101 AND DocInvoiceAmt > 20000 BY DocInvoiceAmt", ["FV/312/11/2026", "BF/26-27/0042", "SK-7781"]),
        ("1=0", []),
    ],
)
def test_clauses(clause: str, expected: list[str]) -> None:
    """The SQL-like clauses of GetRows find and sort (3.4)."""
    body = {**CLAUSES, "whereClauseAPInvHed": clause, "pageSize": 10, "absolutePage": 1}
    answer = Desk().call(f"{INVOICES}/GetRows", **body)
    assert [row["InvoiceNum"] for row in answer["returnObj"]["APInvHed"]] == expected


def test_get_rows_pages_and_children() -> None:
    """Another page is told by morePages; an empty clause brings the children of the parents found."""
    desk = Desk()
    total = int(desk.read(f"{SET}/$count").body)
    size = total // 2 + 1
    body = {**CLAUSES, "whereClauseAPInvHed": "BY VendorNum, InvoiceNum", "whereClauseAPInvSched": "", "pageSize": size}
    first = desk.call(f"{INVOICES}/GetRows", **body, absolutePage=1)
    second = desk.call(f"{INVOICES}/GetRows", **body, absolutePage=2)
    assert (first["parameters"]["morePages"], second["parameters"]["morePages"]) == (True, False)
    keys = [row["InvoiceNum"] for page in (first, second) for row in page["returnObj"]["APInvHed"]]
    assert len(keys) == len(set(keys)) == total
    parents = {(row["VendorNum"], row["InvoiceNum"]) for row in first["returnObj"]["APInvHed"]}
    children = {(row["VendorNum"], row["InvoiceNum"]) for row in first["returnObj"]["APInvSched"]}
    assert len(parents) == size
    assert children == parents


def test_record_by_row_id() -> None:
    """GetBySysRowID finds a renamed invoice; an unknown id is a 404 RecordNotFoundException."""
    desk = Desk()
    row_id = desk.invoice(102, "7/24 A")["SysRowID"]
    desk.call(f"{INVOICES}/ChangeInvoiceNumber", vendorNum=102, originalInvoiceNum="7/24 A", newInvoiceNum="7-24-A")
    found = desk.call(f"{INVOICES}/GetBySysRowID", id=row_id)["returnObj"]["APInvHed"][0]
    assert (found["InvoiceNum"], found["SysRowID"]) == ("7-24-A", row_id)
    assert desk.rows(SET, filter=f"SysRowID eq {row_id}", select="InvoiceNum") == [{"InvoiceNum": "7-24-A"}]
    gone = desk.post(f"{INVOICES}/GetBySysRowID", id="00000000-0000-4000-8000-000000000000")
    assert gone.status == 404
    assert parse(gone)["ErrorType"].endswith("RecordNotFoundException")


def test_row_ids_are_reproducible() -> None:
    """Two runs give the same rows the same SysRowIDs."""
    assert Desk().invoice(101, "4500017")["SysRowID"] == Desk().invoice(101, "4500017")["SysRowID"]


def test_metadata_names_the_columns() -> None:
    """A service's $metadata names the columns of its sets with their types, the 64-bit row version included."""
    text = Desk().read(f"{INVOICES}/$metadata").body.decode()
    types = dict(re.findall(r'<Property Name="(\w+)" Type="([\w.]+)"/>', text))
    assert types["DocUnpostedBal"] == "Edm.Decimal"
    assert types["ChangeDate"] == "Edm.DateTimeOffset"
    assert types["SysRevID"] == "Edm.Int64"
    assert "UpdatedOn" not in types
