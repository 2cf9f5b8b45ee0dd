"""Payment entry in the Epicor simulator: groups, headers, lines and what they do to invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from simulators.epicor.access import PERSON
from tests.unit.simulators.epicor_desk import ENTRY, GROUPS, Desk, parse


def _error(response: Any) -> str:
    assert response.status in (400, 404, 409), response.body
    return str(parse(response)["ErrorMessage"])


def test_group_is_stored_by_update_only() -> None:
    """A new group exists from its Update on, and its id cannot be taken twice (7.2)."""
    desk = Desk()
    desk.ds(f"{GROUPS}/GetNewAPChkGrpNoLock", ds={})
    assert desk.call(f"{GROUPS}/GroupExits", groupID="WT1")["returnObj"] is False
    row = desk.group("WT1")
    assert desk.call(f"{GROUPS}/GroupExits", groupID="WT1")["returnObj"] is True
    assert "already exists" in _error(desk.post(f"{GROUPS}/Update", ds={"APChkGrp": [{**row, "RowMod": "A"}]}))


@pytest.mark.parametrize(("column", "value"), [("GroupID", ""), ("GroupID", "TENLETTERS"), ("BankAcctID", "")])
def test_group_needs(column: str, value: str) -> None:
    """A group needs an id of at most nine characters and a bank account."""
    desk = Desk()
    ds = desk.ds(f"{GROUPS}/GetNewAPChkGrpNoLock", ds={})
    ds["APChkGrp"][0].update({"GroupID": "WT1", "BankAcctID": "HOUSE", column: value})
    assert desk.post(f"{GROUPS}/Update", ds=ds).status == 400


def test_lock_belongs_to_its_user() -> None:
    """A group locked by one user cannot be used or unlocked by another (pitfall 24)."""
    desk = Desk()
    person = Desk(desk.simulator, PERSON)
    desk.group("WT1")
    assert person.call(f"{GROUPS}/LockGroup", pcGroupID="WT1")["parameters"]["plSuccess"] is True
    assert PERSON in _error(desk.post(f"{ENTRY}/CreateNewCheckHed", pcGroupID="WT1", ds={}))
    assert desk.call(f"{GROUPS}/UnLockGroup", pcGroupID="WT1")["parameters"]["plSuccess"] is False
    assert person.call(f"{GROUPS}/UnLockGroup", pcGroupID="WT1")["parameters"]["plSuccess"] is True
    assert desk.post(f"{ENTRY}/CreateNewCheckHed", pcGroupID="WT1", ds={}).status == 200


def test_get_new_takes_the_lock() -> None:
    """GetNewAPChkGrp locks the group for its maker, the NoLock form does not."""
    desk = Desk()
    makers = [desk.ds(f"{GROUPS}/{name}", ds={})["APChkGrp"][0] for name in ("GetNewAPChkGrp", "GetNewAPChkGrpNoLock")]
    assert [row["ActiveUserID"] for row in makers] == [desk.user, ""]


def test_header_is_stored_at_once() -> None:
    """CreateNewCheckHed stores the payment with a number of the sequence before anything else is known."""
    desk = Desk()
    desk.group("WT1")
    row = desk.ds(f"{ENTRY}/CreateNewCheckHed", pcGroupID="WT1", ds={})["CheckHed"][0]
    stored = desk.rows(f"{ENTRY}/PaymentEntries", filter="GroupID eq 'WT1'")
    assert [one["HeadNum"] for one in stored] == [row["HeadNum"]]
    assert (stored[0]["VendorNum"], stored[0]["CheckNum"], stored[0]["EntryPerson"]) == (0, 0, desk.user)


def test_vendor_brings_its_primary_bank() -> None:
    """OnChangeVendor takes the VendorID and copies the primary bank row, IBAN included (6.3)."""
    desk = Desk()
    desk.group("WT1")
    ds = desk.header("WT1", "NORD01", 70_000_001)
    row = ds["CheckHed"][0]
    assert (row["VendorNum"], row["VendorBankID"]) == (101, "MAIN")
    assert row["VendorBankIBANCode"].startswith("DE")


def test_another_bank_row_can_be_named() -> None:
    """A VendorBankID set before Update is kept and its data copied; one the vendor does not have is refused."""
    desk = Desk()
    desk.group("WT1")
    row = desk.header("WT1", "NORD01", 70_000_001, VendorBankID="FACTOR")["CheckHed"][0]
    assert (row["VendorBankID"], row["VendorBankNameOnAccount"]) == ("FACTOR", "Nordlicht Factoring GmbH")
    refused = desk.post(f"{ENTRY}/Update", ds={"CheckHed": [{**row, "VendorBankID": "NONE", "RowMod": "U"}]})
    assert "no such bank" in _error(refused)


def test_methods_want_a_marked_row() -> None:
    """An OnChange method works on a row that is marked as changed, and on no other."""
    desk = Desk()
    desk.group("WT1")
    ds = desk.ds(f"{ENTRY}/CreateNewCheckHed", pcGroupID="WT1", ds={})
    assert "RowMod" in _error(desk.post(f"{ENTRY}/OnChangeVendor", pcVendorID="NORD01", ds=ds))


def test_line_lowers_the_unposted_balance() -> None:
    """Saving a line lowers the invoice's unposted balance at once; deleting the payment restores it (7.5, 7.8)."""
    desk = Desk()
    head_num = desk.draft("WT1", "NORD01", "4500017")
    during = desk.invoice(101, "4500017")
    assert (during["DocUnpostedBal"], during["DocInvoiceBal"]) == (0, Decimal("4218.40"))
    assert desk.head(head_num)["DocCheckAmt"] == Decimal("4218.40")
    desk.call(f"{ENTRY}/DeleteByID", headNum=head_num)
    assert desk.invoice(101, "4500017")["DocUnpostedBal"] == Decimal("4218.40")
    assert desk.rows(f"{ENTRY}/APTrans", filter=f"HeadNum eq {head_num}") == []
    desk.call(f"{GROUPS}/DeleteByID", groupID="WT1")
    assert desk.rows(f"{GROUPS}/APChkGrps", filter="GroupID eq 'WT1'") == []


def test_group_with_payments_stays() -> None:
    """A group that still has a payment cannot be deleted."""
    desk = Desk()
    desk.draft("WT1", "NORD01", "4500017")
    assert "has payments" in _error(desk.post(f"{GROUPS}/DeleteByID", groupID="WT1"))


def test_partial_payment_and_its_rest() -> None:
    """A part of an invoice can be paid, and a second payment takes the rest but not a cent more."""
    desk = Desk()
    for number, (amount, status) in enumerate((("1000.00", 200), ("3218.41", 400), ("3218.40", 200))):
        desk.group(f"WT{number}")
        ds = desk.header(f"WT{number}", "NORD01", 70_000_001 + number)
        assert desk.line(ds, "4500017", amount).status == status
    assert desk.invoice(101, "4500017")["DocUnpostedBal"] == 0


def test_refused_update_changes_nothing() -> None:
    """An Update that is refused because of its line leaves header and invoice as they were."""
    desk = Desk()
    desk.group("WT1")
    ds = desk.header("WT1", "NORD01", 70_000_001)
    before = desk.head(ds["CheckHed"][0]["HeadNum"])
    ds["CheckHed"][0].update(XRefCheckNum="X-1", RowMod="U")
    assert desk.line(ds, "4500017", "5000.00").status == 400
    assert desk.head(before["HeadNum"]) == before


@pytest.mark.parametrize(
    ("vendor_id", "number"),
    [("GALVA1", "7/24 C"), ("TULIP1", "TC-9001"), ("THAMES", "TF-20950"), ("NORD01", "unknown"), ("NORD01", "7/24 A")],
    ids=["on hold", "not posted", "wholly reserved", "unknown", "another vendor's"],
)
def test_invoices_that_cannot_be_paid(vendor_id: str, number: str) -> None:
    """Invoices on hold, not posted, wholly reserved, unknown or another vendor's are refused."""
    desk = Desk()
    desk.group("WT1")
    ds = desk.header("WT1", vendor_id, 70_000_001)
    if vendor_id == "THAMES":
        ds["CheckHed"][0]["RowMod"] = "U"
        ds = desk.ds(f"{ENTRY}/OnChangeCurrency", pCurrencyCode="GBP", ds=ds)
        ds = desk.ds(f"{ENTRY}/Update", ds=ds)
    head_num = ds["CheckHed"][0]["HeadNum"]
    ds = desk.ds(f"{ENTRY}/GetNewAPTran", ds=ds, headNum=head_num, apTranNo=0, invoiceNum=number)
    row = ds["APTran"][0] | {"InvoiceNum": number, "DocTranAmt": Decimal(1)}
    assert desk.post(f"{ENTRY}/Update", ds={"APTran": [row]}).status == 400


def test_currency_must_be_the_invoices() -> None:
    """A payment in another currency than the invoice's is refused; OnChangeCurrency takes the internal code."""
    desk = Desk()
    desk.group("WT1")
    ds = desk.header("WT1", "PACTOOL", 70_000_001)
    head_num = ds["CheckHed"][0]["HeadNum"]
    line = desk.ds(f"{ENTRY}/GetNewAPTran", ds=ds, headNum=head_num, apTranNo=0, invoiceNum="")
    body = {"pcInvoiceNum": "INV-88120", "pcChangeExchangeRateResponse": "?"}
    assert "currency" in _error(desk.post(f"{ENTRY}/OnChangeInvoiceNum", **body, ds=line))
    ds["CheckHed"][0]["RowMod"] = "U"
    assert desk.post(f"{ENTRY}/OnChangeCurrency", pCurrencyCode="US$", ds=ds).status == 400
    changed = desk.ds(f"{ENTRY}/OnChangeCurrency", pCurrencyCode="USD", ds=ds)["CheckHed"][0]
    assert (changed["CurrencyCode"], changed["ExchangeRate"]) == ("USD", Decimal("0.9217"))


def test_question_about_the_rate() -> None:
    """An invoice with another rate than the payment's makes OnChangeInvoiceNum ask first (7.5, row 14)."""
    desk = Desk()
    desk.group("WT1")
    ds = desk.header("WT1", "ALPENF", 70_000_001)
    ds["CheckHed"][0]["RowMod"] = "U"
    ds = desk.ds(f"{ENTRY}/OnChangeCurrency", pCurrencyCode="CHF", ds=ds)
    ds = desk.ds(f"{ENTRY}/Update", ds=ds)
    ds = desk.ds(f"{ENTRY}/GetNewAPTran", ds=ds, headNum=ds["CheckHed"][0]["HeadNum"], apTranNo=0, invoiceNum="")
    answers = [
        desk.call(f"{ENTRY}/OnChangeInvoiceNum", pcInvoiceNum="2026-1107", pcChangeExchangeRateResponse=said, ds=ds)
        for said in ("?", "Yes")
    ]
    assert answers[0]["parameters"]["pcQuestion"]
    assert answers[0]["parameters"]["ds"]["APTran"][0]["DocTranAmt"] == 0
    assert not answers[1]["parameters"]["pcQuestion"]
    assert answers[1]["parameters"]["ds"]["APTran"][0]["DocTranAmt"] == Decimal("5120.85")


def test_check_number_is_unique_in_its_bank_account() -> None:
    """A payment number used before in the same bank account is refused."""
    desk = Desk()
    desk.draft("WT1", "NORD01", "4500017", 70_000_001)
    desk.group("WT2")
    ds = desk.ds(f"{ENTRY}/CreateNewCheckHed", pcGroupID="WT2", ds={})
    ds["CheckHed"][0].update(RowMod="U", ManualPrint=True)
    assert "already used" in _error(desk.post(f"{ENTRY}/OnChangeCheckNum", piCheckNum=70_000_001, ds=ds))
    assert "out of range" in _error(desk.post(f"{ENTRY}/OnChangeCheckNum", piCheckNum=2_147_719_000_123, ds=ds))


def test_stale_row_is_refused() -> None:
    """An Update with an outdated SysRevID is refused (3.7)."""
    desk = Desk()
    desk.group("WT1")
    row = desk.header("WT1", "NORD01", 70_000_001)["CheckHed"][0] | {"RowMod": "U"}
    desk.ds(f"{ENTRY}/Update", ds={"CheckHed": [row]})
    assert "another user" in _error(desk.post(f"{ENTRY}/Update", ds={"CheckHed": [row]}))


def test_partial_row_overwrites() -> None:
    """Columns that a row leaves out are written empty: a partial row never goes through Update (pitfall 35)."""
    desk = Desk()
    desk.group("WT1")
    row = desk.header("WT1", "NORD01", 70_000_001, XRefCheckNum="LEDGER-1")["CheckHed"][0]
    kept = {name: row[name] for name in ("HeadNum", "GroupID", "SysRevID", "VendorNum", "VendorBankID", "CheckDate")}
    desk.ds(f"{ENTRY}/Update", ds={"CheckHed": [{**kept, "RowMod": "U"}]})
    assert desk.head(row["HeadNum"])["XRefCheckNum"] == ""


def test_reference_is_stored_and_found() -> None:
    """XRefCheckNum is stored with the header and payments are found by it (7.7)."""
    desk = Desk()
    head_num = desk.draft("WT1", "NORD01", "4500017", XRefCheckNum="LEDGER01-1")
    found = desk.rows(f"{ENTRY}/PaymentEntries", filter="XRefCheckNum eq 'LEDGER01-1'", select="HeadNum")
    assert found == [{"HeadNum": head_num}]


def test_posted_is_never_set_by_writing() -> None:
    """Neither Update nor PATCH can set Posted (section 11)."""
    desk = Desk()
    head_num = desk.draft("WT1", "NORD01", "4500017")
    row = desk.head(head_num) | {"Posted": True, "RowMod": "U"}
    desk.ds(f"{ENTRY}/Update", ds={"CheckHed": [row]})
    patched = desk.send("PATCH", desk.path(f"{ENTRY}/PaymentEntries('EPIC01',{head_num})"), body={"Posted": True})
    assert patched.status == 204
    assert desk.head(head_num)["Posted"] is False


def test_patch_keeps_the_rest() -> None:
    """PATCH changes what it names and keeps the rest; DELETE removes an entity (3.6)."""
    desk = Desk()
    head_num = desk.draft("WT1", "NORD01", "4500017")
    path = desk.path(f"{ENTRY}/PaymentEntries('EPIC01',{head_num})")
    assert desk.send("PATCH", path, body={"XRefCheckNum": "LEDGER01-9"}).status == 204
    head = desk.head(head_num)
    assert (head["XRefCheckNum"], head["VendorNum"], head["CheckNum"]) == ("LEDGER01-9", 101, 70_000_001)
    assert desk.send("DELETE", path).status == 204
    assert desk.invoice(101, "4500017")["DocUnpostedBal"] == Decimal("4218.40")


def test_update_ext_answers_200_on_failure() -> None:
    """UpdateExt says errorsOccurred in a 200 where Update refuses (1.4)."""
    desk = Desk()
    row = desk.group("WT1")
    body = {"continueProcessingOnError": False, "rollbackParentOnChildError": True}
    answer = desk.call(f"{GROUPS}/UpdateExt", ds={"APChkGrp": [{**row, "RowMod": "A"}]}, **body)
    assert answer["parameters"]["errorsOccurred"] is True
    assert "already exists" in answer["returnObj"]["BOUpdError"][0]["ErrorText"]


def test_amounts_must_be_numbers() -> None:
    """An amount as text is refused by the REST layer, as JSON numbers are wanted (3.2)."""
    desk = Desk()
    desk.group("WT1")
    row = desk.header("WT1", "NORD01", 70_000_001)["CheckHed"][0] | {"RowMod": "U", "PaymentBankRate": "1.0"}
    assert "PaymentBankRate" in _error(desk.post(f"{ENTRY}/Update", ds={"CheckHed": [row]}))
