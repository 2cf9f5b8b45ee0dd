"""Ways to read the Epicor simulator besides plain sets: BAQs, $expand, descriptions, an administrator's own maximum."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from simulators.common.clock import Clock
from simulators.epicor import EpicorSimulator
from simulators.epicor.services import SERVICES
from simulators.sample_day import make_day
from tests.unit.simulators.epicor_desk import INVOICES, NOW, Desk, parse

SET = f"{INVOICES}/APInvoices"
BAQ = "BaqSvc/WisePay-Invoices/Data"


def test_baq_has_columns_of_its_own() -> None:
    """A BAQ's columns are Table_Field and Calculated_Name; options apply to these (1.5)."""
    rows = Desk().rows(
        BAQ,
        select="APInvHed_InvoiceNum,APInvHed_DocInvoiceBal,Calculated_UpdatedOn",
        filter="APInvHed_VendorNum eq 102 and Calculated_Approved eq true",
        orderby="APInvHed_InvoiceNum",
        top=1,
    )
    (row,) = rows
    assert set(row) == {"APInvHed_InvoiceNum", "APInvHed_DocInvoiceBal", "Calculated_UpdatedOn"}
    assert row["APInvHed_InvoiceNum"] == "7/24 A"
    assert row["Calculated_UpdatedOn"] == "2026-11-23T09:00:00Z"


def test_baq_takes_parameters() -> None:
    """Parameters stand in the query by name, repeated for a list; one that the BAQ lacks is refused."""
    desk = Desk()
    path = desk.path(BAQ)
    found = parse(desk.send("GET", path, "Vendor=101&Vendor=103&$select=APInvHed_VendorNum"))["value"]
    assert {row["APInvHed_VendorNum"] for row in found} == {101, 103}
    assert desk.send("GET", path, "Buyer=1").status == 400
    assert desk.send("GET", path, "Vendor=Tulip").status == 400


@pytest.mark.parametrize(
    ("target", "options", "status"),
    [
        ("BaqSvc/Nothing/Data", {}, 404),
        ("BaqSvc/WisePay-Invoices", {}, 404),
        (BAQ, {"filter": "InvoiceNum eq 'A'"}, 400),
        (BAQ, {"select": "APInvHed_VendorNumName"}, 400),
        (BAQ, {"orderby": "Calculated_Nothing"}, 400),
    ],
)
def test_refused_baqs(target: str, options: dict[str, str], status: int) -> None:
    """An unknown BAQ is a 404; columns count by the BAQ's own names only."""
    assert Desk().read(target, **options).status == status


def test_expand_brings_children() -> None:
    """$expand puts the rows of a child set into those of a set and of an entity, whole (3.1)."""
    desk = Desk()
    options = {"filter": "VendorNum eq 101", "select": "VendorNum", "expand": "VendBanks"}
    (vendor,) = desk.rows("Erp.BO.VendorSvc/Vendors", **options)
    alone = parse(desk.read("Erp.BO.VendorSvc/Vendors('EPIC01',101)", expand="VendBanks"))
    assert [bank["BankID"] for bank in vendor["VendBanks"]] == ["FACTOR", "MAIN"]
    assert alone["VendBanks"] == vendor["VendBanks"]
    assert "Name" in alone
    assert "Name" not in vendor


def test_description_names_what_get_rows_wants() -> None:
    """A service's description lists its methods with their parameters: every clause of GetRows among them (3.4)."""
    desk = Desk()
    answer = desk.send("GET", f"/SaaS001/api/swagger/v2/methods/{INVOICES}.json")
    schemas = parse(answer)["components"]["schemas"]
    wanted = {f"whereClause{table}" for table in SERVICES[INVOICES].clauses}
    assert set(schemas["GetRows_input"]["properties"]) == wanted | {"pageSize", "absolutePage"}
    assert "newInvoiceNum" in schemas["ChangeInvoiceNumber_input"]["properties"]
    assert desk.send("GET", "/SaaS001/api/swagger/v2/methods/Erp.BO.NothingSvc.json").status == 404
    assert desk.send("GET", f"/SaaS001/api/swagger/v2/methods/{INVOICES}.json", headers=Headers()).status == 401


def test_administrators_maximum() -> None:
    """Pages are never longer than the administrator's maximum, whatever $top says."""
    desk = Desk(EpicorSimulator(clock=Clock(lambda: NOW), day=make_day(), page_cap=7))
    assert len(desk.rows(SET)) == len(desk.rows(SET, top=100)) == 7
    assert len(desk.rows(SET, top=3)) == 3


def test_errors_in_xml() -> None:
    """Who accepts XML only gets the error in the same words as XML (4.1)."""
    desk = Desk()
    headers = desk.headers()
    headers["Accept"] = "application/xml"
    answer = desk.send("GET", desk.path(SET), "$select=UpdatedOn", headers=headers)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/xml"
    assert b"<ErrorMessage>Could not find a property named" in answer.body


def test_people_maintain_posted_invoices() -> None:
    """Somebody takes an approval back: the columns change, ChangeDate and the site's own timestamp with them."""
    desk = Desk()
    answer = desk.people(
        act="change_invoice", vendor_num=102, invoice_num="7/24 A", columns={"WiseApproved_c": False, "PMUID": 1}
    )
    assert answer.status == 200
    row = desk.invoice(102, "7/24 A")
    assert (row["WiseApproved_c"], row["PMUID"], row["UpdatedOn_c"]) == (False, 1, "2026-11-23T09:00:00")
    refused = desk.people(act="change_invoice", vendor_num=102, invoice_num="7/24 A", columns={"DocInvoiceAmt": 1})
    assert refused.status == 400


def test_restored_database_goes_on_counting_from_before() -> None:
    """After a restore the row versions fall, and the next write takes the number that was taken before (pitfall 8)."""
    desk = Desk()
    desk.people(act="back_up")
    hold = {"vendor_num": 102, "invoice_num": "7/24 A"}
    desk.people(act="set_hold", **hold)
    before = desk.invoice(102, "7/24 A")["SysRevID"]
    desk.people(act="restore_database")
    assert not desk.invoice(102, "7/24 A")["PayHold"]
    desk.people(act="set_hold", **hold)
    assert desk.invoice(102, "7/24 A")["SysRevID"] == before
