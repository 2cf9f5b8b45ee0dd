"""Posting and voiding in the Epicor simulator, and what people do meanwhile."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.datastructures import Headers

from simulators.epicor.access import PERSON
from tests.unit.simulators.epicor_desk import ENTRY, GROUPS, NOW, POSTING, Desk, parse

VOIDS = "Erp.BO.VoidPaymentSvc"


def _group_row(desk: Desk, group_id: str) -> dict[str, Any]:
    return desk.rows(f"{GROUPS}/APChkGrps", filter=f"GroupID eq '{group_id}'")[0]


def _posted(desk: Desk) -> int:
    head_num = desk.draft("WT1", "NORD01", "4500017")
    desk.run_posting("WT1")
    assert desk.head(head_num)["Posted"] is True
    return head_num


def test_posting_closes_the_invoice() -> None:
    """Posting marks payment and line, pays the invoice, closes it at zero and removes the group (7.6)."""
    desk = Desk()
    head_num = _posted(desk)
    invoice = desk.invoice(101, "4500017")
    assert (invoice["DocInvoiceBal"], invoice["OpenPayable"]) == (0, False)
    assert [row["Posted"] for row in desk.rows(f"{ENTRY}/APTrans", filter=f"HeadNum eq {head_num}")] == [True]
    assert desk.rows(f"{GROUPS}/APChkGrps", filter="GroupID eq 'WT1'") == []
    assert desk.head(head_num)["GroupID"] == "WT1"


def test_partly_paid_invoice_stays_open() -> None:
    """Posting a part of an invoice leaves the rest open."""
    desk = Desk()
    desk.group("WT1")
    desk.line(desk.header("WT1", "NORD01", 70_000_001), "4500017", "1000.00")
    desk.run_posting("WT1")
    invoice = desk.invoice(101, "4500017")
    assert (invoice["DocInvoiceBal"], invoice["OpenPayable"]) == (Decimal("3218.40"), True)


def test_posted_rows_are_final() -> None:
    """A posted payment can be neither changed nor deleted."""
    desk = Desk()
    head_num = _posted(desk)
    row = desk.head(head_num) | {"XRefCheckNum": "late", "RowMod": "U"}
    assert desk.post(f"{ENTRY}/Update", ds={"CheckHed": [row]}).status == 400
    assert desk.post(f"{ENTRY}/DeleteByID", headNum=head_num).status == 400


@pytest.mark.parametrize(
    ("trouble", "text"),
    [("number", "no payment number"), ("period", "closed"), ("lock", PERSON), ("empty", "no payments")],
)
def test_refused_posting_answers_200(trouble: str, text: str) -> None:
    """A refused posting answers 200, posts nothing and says why in PostErrorLog (pitfall 28)."""
    desk = Desk()
    head_num = 0
    if trouble == "empty":
        desk.group("WT1")
    else:
        head_num = desk.draft("WT1", "NORD01", "4500017")
    if trouble == "number":
        path = desk.path(f"{ENTRY}/PaymentEntries('EPIC01',{head_num})")
        assert desk.send("PATCH", path, body={"CheckNum": 0, "ManualPrint": False}).status == 204
    if trouble == "period":
        desk.people(act="close_period", through=NOW.date().isoformat())
    if trouble == "lock":
        desk.people(act="lock_group", group_id="WT1")
    desk.run_posting("WT1")
    assert text in _group_row(desk, "WT1")["PostErrorLog"]
    assert desk.invoice(101, "4500017")["DocInvoiceBal"] == Decimal("4218.40")


def test_posting_works_once_the_trouble_is_gone() -> None:
    """After the period is open again the same group posts."""
    desk = Desk()
    head_num = desk.draft("WT1", "NORD01", "4500017")
    desk.people(act="close_period", through=NOW.date().isoformat())
    desk.run_posting("WT1")
    desk.people(act="close_period", through=(NOW.date() - timedelta(days=30)).isoformat())
    desk.run_posting("WT1")
    assert desk.head(head_num)["Posted"] is True


def test_agent_posts_later() -> None:
    """SubmitToAgent leaves the group in process and posts when the agent's time has come."""
    desk = Desk()
    head_num = desk.draft("WT1", "NORD01", "4500017")
    ds = parse(desk.send("GET", desk.path(f"{POSTING}/GetNewParameters")))["returnObj"]
    ds["APPaymentPostProcess"][0]["GroupID"] = "WT1"
    body = {"agentID": "SystemTaskAgent", "agentSchedNum": 0, "agentTaskNum": 0, "maintProgram": ""}
    desk.call(f"{POSTING}/SubmitToAgent", ds=ds, **body)
    assert _group_row(desk, "WT1")["PostInProcess"] is True
    assert desk.head(head_num)["Posted"] is False
    desk.send("POST", "/_sim/clock", body={"advance_seconds": 11}, headers=Headers())
    assert desk.head(head_num)["Posted"] is True


def test_void_opens_the_invoice_again() -> None:
    """Voiding a posted payment adds flipped lines and opens the invoice again (7.9)."""
    desk = Desk()
    head_num = _posted(desk)
    ds = desk.call(f"{VOIDS}/GetByID", headNum=head_num)["returnObj"]
    ds = desk.ds(f"{VOIDS}/SetVoidDate", HeadNum=head_num, VoidDate="2026-11-23", ds=ds)
    ds["CheckHed"][0].update(SelectedForAction=True, VoidedReason="money came back")
    answer = desk.call(f"{VOIDS}/VoidSelectedChecks", ds=ds, singleVoid=True)
    assert answer["parameters"]["allOK"] is True
    lines = desk.rows(f"{ENTRY}/APTrans", filter=f"HeadNum eq {head_num}", orderby="Voided")
    assert [(line["Voided"], line["DocTranAmt"]) for line in lines] == [
        (False, Decimal("4218.40")),
        (True, Decimal("-4218.40")),
    ]
    invoice = desk.invoice(101, "4500017")
    assert invoice["DocInvoiceBal"] == invoice["DocUnpostedBal"] == Decimal("4218.40")
    assert invoice["OpenPayable"] is True


def test_only_posted_payments_can_be_voided() -> None:
    """A draft cannot be voided, nor a payment twice."""
    desk = Desk()
    head_num = desk.draft("WT1", "NORD01", "4500017")
    body = {"fromAutoBankRec": False, "bankAcctID": "", "cashBookNum": 0, "cashBookLine": 0}
    assert desk.post(f"{VOIDS}/CheckBeforeVoid", headNum=head_num, **body).status == 400


def test_people_set_and_clear_a_hold() -> None:
    """A person sets a hold on an invoice or a vendor and clears it again."""
    desk = Desk()
    desk.people(act="set_hold", vendor_num=101, invoice_num="4500017")
    desk.people(act="set_hold", vendor_num=101)
    held = desk.invoice(101, "4500017")
    assert (held["PayHold"], held["VendorPayHold"]) == (True, True)
    desk.people(act="clear_hold", vendor_num=101, invoice_num="4500017")
    assert desk.invoice(101, "4500017")["PayHold"] is False


def test_people_change_a_bank() -> None:
    """A changed bank row gets a new SysRevID, and another row can be made the primary one."""
    desk = Desk()
    path = "Erp.BO.VendorSvc/VendBanks"
    before = desk.rows(path, filter="VendorNum eq 101 and BankID eq 'MAIN'")[0]
    desk.people(act="change_bank", vendor_num=101, bank_id="MAIN", columns={"IBANCode": "DE00"})
    after = desk.rows(path, filter="VendorNum eq 101 and BankID eq 'MAIN'")[0]
    assert after["IBANCode"] == "DE00"
    assert after["SysRevID"] > before["SysRevID"]
    desk.people(act="change_bank", vendor_num=101, bank_id="FACTOR", primary=True)
    assert desk.call("Erp.BO.VendorSvc/getPrimaryBankID", vendorID="NORD01")["parameters"]["bankID"] == "FACTOR"


def test_people_pay_by_hand() -> None:
    """A person pays an invoice by hand, as a draft or posted."""
    desk = Desk()
    desk.people(act="pay_by_hand", vendor_num=101, invoice_num="4500018", post=False)
    assert desk.invoice(101, "4500018")["DocUnpostedBal"] == 0
    desk.people(act="pay_by_hand", vendor_num=101, invoice_num="4500017")
    assert desk.invoice(101, "4500017")["OpenPayable"] is False


def test_people_touch_our_draft() -> None:
    """A person changes, posts or deletes somebody's draft."""
    desk = Desk()
    first = desk.draft("WT1", "NORD01", "4500017", 70_000_001)
    second = desk.draft("WT2", "NORD01", "4500018", 70_000_002)
    desk.people(act="change_draft", head_num=first, amount="100.00")
    assert desk.invoice(101, "4500017")["DocUnpostedBal"] == Decimal("4118.40")
    desk.people(act="post_draft", head_num=first)
    assert desk.head(first)["Posted"] is True
    desk.people(act="delete_draft", head_num=second)
    assert desk.invoice(101, "4500018")["DocUnpostedBal"] == Decimal("977.15")


def test_people_rename_an_invoice() -> None:
    """A renamed invoice keeps its SysRowID; its old number is gone (pitfall 33)."""
    desk = Desk()
    row_id = desk.invoice(101, "4500017")["SysRowID"]
    desk.people(act="rename_invoice", vendor_num=101, invoice_num="4500017", new_invoice_num="4500017-A")
    assert desk.invoice(101, "4500017-A")["SysRowID"] == row_id
    assert desk.post("Erp.BO.APInvoiceSvc/GetByID", vendorNum=101, invoiceNum="4500017").status == 404


def test_restored_database() -> None:
    """After a restore rows and payments are as they were, and row versions have fallen (pitfall 8)."""
    desk = Desk()
    desk.people(act="back_up")
    head_num = desk.draft("WT1", "NORD01", "4500017")
    before = desk.invoice(101, "4500017")
    desk.people(act="restore_database")
    after = desk.invoice(101, "4500017")
    assert after["SysRevID"] < before["SysRevID"]
    assert after["DocUnpostedBal"] == Decimal("4218.40")
    assert desk.post(f"{ENTRY}/GetByID", headNum=head_num).status == 404


def test_locked_invoice_is_not_paid() -> None:
    """An invoice locked by a review journal can be neither drafted nor posted."""
    desk = Desk()
    head_num = desk.draft("WT1", "NORD01", "4500017")
    for number in ("4500017", "4500018"):
        desk.people(act="lock_invoice", vendor_num=101, invoice_num=number)
    desk.run_posting("WT1")
    assert desk.head(head_num)["Posted"] is False
    desk.group("WT2")
    ds = desk.header("WT2", "NORD01", 70_000_002)
    ds = desk.ds(f"{ENTRY}/GetNewAPTran", ds=ds, headNum=ds["CheckHed"][0]["HeadNum"], apTranNo=0, invoiceNum="")
    refused = desk.post(f"{ENTRY}/OnChangeInvoiceNum", pcInvoiceNum="4500018", pcChangeExchangeRateResponse="?", ds=ds)
    assert "locked" in parse(refused)["ErrorMessage"]


@pytest.mark.parametrize("body", [{"act": "dance"}, {"act": "post_draft", "head_num": 1}, {"act": "set_hold"}])
def test_people_are_told_what_is_wrong(body: dict[str, Any]) -> None:
    """An act that cannot be done is a 400 that says why, and changes nothing."""
    answer = Desk().people(**body)
    assert answer.status == 400
    assert parse(answer)["error"]


def test_state_shows_the_books() -> None:
    """The state has every invoice with its sample's ending, every payment, and amounts as strings."""
    desk = Desk()
    desk.draft("WT1", "NORD01", "4500017", XRefCheckNum="LEDGER01-1")
    books = parse(desk.send("GET", "/_sim/state", headers=Headers()))
    invoice = next(one for one in books["invoices"] if one["invoice_num"] == "4500017" and one["company"] == "EPIC01")
    assert (invoice["doc_invoice_bal"], invoice["doc_unposted_bal"]) == ("4218.40", "0.00")
    assert (invoice["expect_outcome"], invoice["expect_reason"], invoice["currency"]) == ("paid", None, "EUR")
    payment = next(one for one in books["payments"] if one["group_id"] == "WT1")
    assert payment["reference"] == "LEDGER01-1"
    assert payment["lines"] == [{"invoice_num": "4500017", "amount": "4218.40"}]
    assert books["calls"] == desk.simulator.calls > 0
    internal = next(one for one in books["invoices"] if one["invoice_num"] == "INV-90417")
    assert internal["currency"] == "USD"


def test_day_shows_what_people_did_before() -> None:
    """The invoice a person reserved is open without unposted balance, the one paid before is closed."""
    books = Desk().simulator.state()
    by_number = {invoice["invoice_num"]: invoice for invoice in books["invoices"]}
    assert by_number["TF-20950"]["doc_unposted_bal"] == "0.00"
    assert by_number["TF-20950"]["open_payable"] is True
    assert (by_number["LS 9"]["open_payable"], by_number["LS 9"]["doc_invoice_bal"]) == (False, "0.00")


def test_late_request_lands_after_the_next_look() -> None:
    """A write that arrives late takes effect after the next read; method reads count as looks."""
    desk = Desk()
    desk.group("WT1")
    fault = {"match": {"path": "CreateNewCheckHed"}, "fault": "late"}
    desk.send("POST", "/_sim/faults", body=[fault], headers=Headers())
    assert desk.simulator.handle(_create(desk)).response is None
    assert desk.rows(f"{ENTRY}/PaymentEntries", filter="GroupID eq 'WT1'") == []
    assert len(desk.rows(f"{ENTRY}/PaymentEntries", filter="GroupID eq 'WT1'")) == 1


def _create(desk: Desk) -> Any:
    from simulators.common.http import Request

    path = desk.path(f"{ENTRY}/CreateNewCheckHed")
    return Request("POST", path, "", desk.headers(), b'{"pcGroupID": "WT1", "ds": {}}')
