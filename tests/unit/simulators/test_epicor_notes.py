"""User-defined tables and memos in the Epicor simulator (section 8)."""

from __future__ import annotations

from tests.unit.simulators.epicor_desk import INVOICES, Desk, parse

UD, MEMOS = "Ice.BO.UD05Svc", "Ice.BO.MemoSvc"


def test_audit_row_is_written_once() -> None:
    """A row of a UD table has five keys; the same keys a second time are a 409."""
    desk = Desk()
    row = desk.ds(f"{UD}/GetaNewUD05", ds={})["UD05"][0]
    row.update(Key1="WISE", Key2="payment-1", Key3="0000000001", ShortChar01="reserved", Date01="2026-11-23")
    assert desk.ds(f"{UD}/Update", ds={"UD05": [row]})["UD05"][0]["Date01"] == "2026-11-23T00:00:00"
    again = desk.post(f"{UD}/Update", ds={"UD05": [row]})
    assert again.status == 409
    assert parse(again)["ErrorType"].endswith("DuplicateRecordException")
    assert [one["Key3"] for one in desk.rows(f"{UD}/UD05s", filter="Key2 eq 'payment-1'")] == ["0000000001"]


def test_post_to_the_set_creates() -> None:
    """POST to the set creates a row, too, and DeleteByID removes it."""
    desk = Desk()
    created = desk.send("POST", desk.path(f"{UD}/UD05s"), body={"Company": "EPIC01", "Key1": "A", "Key2": "B"})
    assert created.status == 201
    keys = {"key1": "A", "key2": "B", "key3": "", "key4": "", "key5": ""}
    assert desk.call(f"{UD}/GetByID", **keys)["returnObj"]["UD05"][0]["Key2"] == "B"
    desk.call(f"{UD}/DeleteByID", **keys)
    assert desk.post(f"{UD}/GetByID", **keys).status == 404


def test_memo_hangs_on_its_row() -> None:
    """A memo belongs to a row by its SysRowID and gets a number of its own."""
    desk = Desk()
    row_id = desk.invoice(101, "4500017")["SysRowID"]
    related = {"relatedToSchemaName": "Erp", "relatedToFile": "APInvHed", "relatedToSysRowID": row_id}
    for text in ("first", "second"):
        ds = desk.ds(f"{MEMOS}/GetNewMemo", ds={}, **related)
        ds["Memo"][0].update(MemoDesc="Wise", MemoText=text)
        desk.ds(f"{MEMOS}/Update", ds=ds)
    found = desk.rows(f"{MEMOS}/Memos", filter=f"RelatedToSysRowID eq {row_id}", orderby="MemoNum")
    assert [(memo["MemoNum"], memo["MemoText"], memo["MemoUserID"]) for memo in found] == [
        (1, "first", desk.user),
        (2, "second", desk.user),
    ]
    assert parse(desk.read(f"{MEMOS}/Memos('Erp','APInvHed',{row_id},2)"))["MemoText"] == "second"


def test_rows_by_their_ids() -> None:
    """GetBySysRowIDs gives the rows that exist of those asked for."""
    desk = Desk()
    ids = [desk.invoice(101, "4500017")["SysRowID"], "00000000-0000-4000-8000-000000000000"]
    found = desk.call(f"{INVOICES}/GetBySysRowIDs", ids=ids)["returnObj"]["APInvHed"]
    assert [row["InvoiceNum"] for row in found] == ["4500017"]
