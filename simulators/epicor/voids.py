"""Voiding posted payments: Erp.BO.VoidPaymentSvc (7.9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from simulators.epicor import fees, money
from simulators.epicor.errors import business, not_found
from simulators.epicor.schema import Row
from simulators.epicor.session import Answer, DataSet, Method, Session, fresh, read_day

SERVICE = "Erp.BO.VoidPaymentSvc"
_FLIPPED = ("TranAmt", "DocTranAmt", "DiscAmt", "DocDiscAmt")


def _set_date(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], ("CheckHed",))
    day = read_day(body["VoidDate"])
    _check_open(session, day)
    for row in data.tables["CheckHed"]:
        if row["HeadNum"] == int(body["HeadNum"]):
            row["VoidDate"] = day
    return data.answer()


def _check_before(session: Session, body: Mapping[str, Any]) -> Answer:
    _voidable(session, int(body["headNum"]))
    return {"returnObj": 0, "parameters": {"message": ""}}


def _void_selected(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], ("CheckHed",))
    chosen = [row for row in data.tables["CheckHed"] if row["SelectedForAction"]]
    if not chosen:
        raise business("No payment is selected.", "CheckHed", "SelectedForAction")
    for row in chosen:
        _check_open(session, row["VoidDate"] or session.today)
        _voidable(session, row["HeadNum"])
    voided = [_void(session, row) for row in chosen]
    data.tables["CheckHed"] = [fresh(session.books, "CheckHed", head) for head in voided]
    return data.answer(allOK=True, rvnJrnUID=0)


def _void_all(session: Session, body: Mapping[str, Any]) -> Answer:
    answer = _void_selected(session, body)
    return {"parameters": {"ds": answer["parameters"]["ds"]}}


def _check_open(session: Session, day: str) -> None:
    closed = session.site.closed_through.get(session.company)
    if closed is not None and date.fromisoformat(day[:10]) <= closed:
        raise business(f"The fiscal period of {day[:10]} is closed.", "CheckHed", "VoidDate")


def _voidable(session: Session, head_num: int) -> Row:
    head = session.books["CheckHed"].get(head_num)
    if head is None:
        raise not_found()
    if not head.get("Posted"):
        raise business("Only posted payments can be voided.", "CheckHed", "Posted")
    if head.get("Voided"):
        raise business("The payment is voided already.", "CheckHed", "Voided")
    if head.get("ClearedCheck"):
        raise business("The payment is cleared.", "CheckHed", "ClearedCheck")
    return head


def _void(session: Session, row: Row) -> Row:
    """The lines get flipped twins, the invoices their balances back."""
    books = session.books
    head = _voidable(session, row["HeadNum"])
    for line in money.live_lines(books, head["HeadNum"]):
        invoice = books["APInvHed"].get(line["VendorNum"], line["InvoiceNum"]) or {}
        money.reserve(books, invoice, -line["DocTranAmt"], session.user, session.today)
        invoice = books["APInvHed"].get(line["VendorNum"], line["InvoiceNum"]) or {}
        money.pay(books, invoice, -line["DocTranAmt"], session.user, session.today)
        twin = {name: -value if name in _FLIPPED else value for name, value in line.items() if name != "SysRowID"}
        books["APTran"].put({**twin, "Voided": True, "TranDate": row["VoidDate"] or session.today})
    fees.void(session, head["HeadNum"], row["VoidDate"] or session.today)
    return books["CheckHed"].change(
        head,
        Voided=True,
        VoidDate=row["VoidDate"] or session.today,
        VoidedReason=row["VoidedReason"],
        ChangedBy=session.user,
        ChangeDate=session.today,
    )


def void_by_hand(session: Session, head_num: int) -> Row:
    """A person voids one posted payment as of today."""
    _check_open(session, session.today)
    return _void(session, {"HeadNum": head_num, "VoidDate": session.today, "VoidedReason": "by hand"})


METHODS: Mapping[str, Method] = {
    "SetVoidDate": Method(_set_date, ("HeadNum", "VoidDate", "ds"), reads=True),
    "CheckBeforeVoid": Method(
        _check_before, ("headNum", "fromAutoBankRec", "bankAcctID", "cashBookNum", "cashBookLine"), reads=True
    ),
    "VoidSelectedChecks": Method(_void_selected, ("ds", "singleVoid")),
    "VoidChecks": Method(_void_all, ("ds",)),
}
