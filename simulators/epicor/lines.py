"""Payment lines: the APTran methods of Erp.BO.PaymentEntrySvc (7.4, 7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulators.epicor import money
from simulators.epicor.errors import business, duplicate, not_found, stale
from simulators.epicor.groups import open_group
from simulators.epicor.schema import Row
from simulators.epicor.session import Answer, DataSet, Method, Session, fresh, stored

_TABLES = ("CheckHed", "APTran")
_SERVER_OWNED = frozenset("Company Posted GLPosted Voided EntryPerson SysRevID SysRowID TranAmt DiscAmt".split())
_NOT_ASKED = "?"


def _get_new(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    head = session.books["CheckHed"].get(int(body["headNum"]))
    if head is None:
        raise not_found()
    row: Row = {
        "Company": session.company,
        "HeadNum": head["HeadNum"],
        "APTranNo": int(body["apTranNo"]),
        "InvoiceNum": str(body["invoiceNum"] or ""),
        "VendorNum": head.get("VendorNum", 0),
        "TranType": "Pay",
        "TranDate": head["CheckDate"],
        "BankAcctID": head["BankAcctID"],
        "EntryPerson": session.user,
    }
    data.tables["APTran"].append({**fresh(session.books, "APTran", row), "RowMod": "A"})
    return data.answer()


def _on_change_invoice(session: Session, body: Mapping[str, Any]) -> Answer:
    """Fills the line from the invoice; asks about the exchange rate when the invoice has another one (7.5, row 14)."""
    data = DataSet(body["ds"], _TABLES)
    row = data.changed("APTran")
    head = session.books["CheckHed"].get(row["HeadNum"])
    if head is None:
        raise not_found()
    invoice = _payable(session, head, str(body["pcInvoiceNum"]))
    another_rate = invoice["ExchangeRate"] != head.get("ExchangeRate", Decimal(1))
    if another_rate and body["pcChangeExchangeRateResponse"] == _NOT_ASKED:
        return data.answer(pcQuestion="The exchange rate of the invoice differs from the payment's. Change it?")
    _fill(session, row, head, invoice)
    return data.answer(pcQuestion="")


def _fill(session: Session, row: Row, head: Row, invoice: Row) -> None:
    amount = invoice["DocUnpostedBal"]
    last_day = invoice.get("DiscountDate")
    discount = invoice.get("DocDiscountAmt", money.ZERO) if last_day and session.today <= last_day else money.ZERO
    row.update(
        InvoiceNum=invoice["InvoiceNum"],
        VendorNum=invoice["VendorNum"],
        Description=invoice.get("Description", ""),
        CurrencyCode=invoice["CurrencyCode"],
        BankID=head.get("VendorBankID", ""),
        DocInvoiceAmt=invoice["DocInvoiceAmt"],
        DocInvoiceBal=invoice["DocInvoiceBal"],
        InvExchangeRate=invoice["ExchangeRate"],
        DebitMemo=bool(invoice.get("DebitMemo")),
        DueDate=invoice.get("DueDate"),
    )
    _set_amounts(row, amount, discount, invoice)


def _set_amounts(row: Row, amount: Decimal, discount: Decimal, invoice: Row) -> None:
    rate = invoice["ExchangeRate"]
    left = invoice["DocUnpostedBal"] - amount
    row.update(
        DocTranAmt=amount,
        TranAmt=money.in_base(amount, rate),
        DocDiscAmt=discount,
        DiscAmt=money.in_base(discount, rate),
        DocUnPostedBal=left,
        DocNewBalance=left,
        DocNetAmount=amount - discount,
        FullyPaid=left == 0,
    )


def _on_change_amount(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    row = data.changed("APTran")
    _set_amounts(row, Decimal(body["pdDocTranAmt"]), row["DocDiscAmt"], _invoice_of(session, row))
    return data.answer()


def _on_change_discount(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    row = data.changed("APTran")
    _set_amounts(row, row["DocTranAmt"], Decimal(body["pdDocDiscAmt"]), _invoice_of(session, row))
    return data.answer()


def _invoice_of(session: Session, row: Row) -> Row:
    invoice = session.books["APInvHed"].get(row["VendorNum"], row["InvoiceNum"])
    if invoice is None:
        raise business("A valid invoice is required.", "APTran", "InvoiceNum")
    return invoice


def _payable(session: Session, head: Row, invoice_num: str) -> Row:
    """An invoice that this payment may pay. Raises EpicorError."""
    invoice = session.books["APInvHed"].get(head.get("VendorNum", 0), invoice_num)
    if invoice is None:
        raise business(f"Invoice {invoice_num} of this supplier does not exist.", "APTran", "InvoiceNum")
    refusals = (
        (not invoice.get("Posted"), "is not posted"),
        (not invoice.get("OpenPayable"), "is not open"),
        (invoice.get("PayHold"), "is on payment hold"),
        (invoice.get("IsLcked"), "is locked"),
        (invoice["CurrencyCode"] != head.get("CurrencyCode"), "has another currency than the payment"),
    )
    for refused, reason in refusals:
        if refused:
            raise business(f"Invoice {invoice_num} {reason}.", "APTran", "InvoiceNum")
    return invoice


def check(session: Session, row: Row, sent_head: Row | None) -> None:
    """Whether a sent line can be written; `sent_head` is its header in the same data set. Raises EpicorError."""
    if row["RowMod"] == "":
        return
    head = session.books["CheckHed"].get(row["HeadNum"])
    if head is None:
        raise not_found()
    if head.get("Posted"):
        raise business(f"Payment {row['HeadNum']} is posted and cannot be changed.", "APTran", "Posted")
    open_group(session, head["GroupID"])
    if row["RowMod"] == "A":
        _check_new(session, row, sent_head if sent_head and sent_head["RowMod"] == "U" else head)
    else:
        _check_known(session, row)


def _check_new(session: Session, row: Row, head: Row) -> None:
    invoice = _payable(session, head, row["InvoiceNum"])
    if any(line["InvoiceNum"] == row["InvoiceNum"] for line in money.live_lines(session.books, row["HeadNum"])):
        raise duplicate(f"Invoice {row['InvoiceNum']} is in this payment already.", "APTran")
    if row["DocTranAmt"] == 0:
        raise business("The payment amount must not be zero.", "APTran", "DocTranAmt")
    _check_amount(row["DocTranAmt"], invoice["DocUnpostedBal"], row["InvoiceNum"])


def _check_known(session: Session, row: Row) -> None:
    known = _stored_line(session, row)
    if known["SysRevID"] != row["SysRevID"]:
        raise stale("APTran")
    if row["RowMod"] == "U":
        free = _invoice_of(session, known)["DocUnpostedBal"] + known["DocTranAmt"]
        _check_amount(row["DocTranAmt"], free, row["InvoiceNum"])


def _check_amount(amount: Decimal, free: Decimal, invoice_num: str) -> None:
    """A payment may not go beyond what is free, nor against its sign."""
    if abs(amount) > abs(free) or amount * free < 0:
        text = f"The payment of {amount} is greater than the balance of invoice {invoice_num}."
        raise business(text, "APTran", "DocTranAmt")


def _stored_line(session: Session, row: Row) -> Row:
    line = session.books["APTran"].get(row["HeadNum"], row["APTranNo"], row["InvoiceNum"], False)
    if line is None:
        raise not_found()
    return line


def write(session: Session, row: Row) -> None:
    """Write a checked line: the invoice's unposted balance moves now (7.5, row 16)."""
    if row["RowMod"] == "A":
        _add(session, row)
    elif row["RowMod"] == "U":
        _change(session, row)
    elif row["RowMod"] == "D":
        remove(session, _stored_line(session, row))


def _add(session: Session, row: Row) -> None:
    head = session.books["CheckHed"].get(row["HeadNum"]) or {}
    invoice = _payable(session, head, row["InvoiceNum"])
    money.reserve(session.books, invoice, row["DocTranAmt"], session.user, session.today)
    values = {name: value for name, value in stored("APTran", row).items() if name not in _SERVER_OWNED}
    values.update(
        VendorNum=invoice["VendorNum"],
        TranAmt=money.in_base(row["DocTranAmt"], invoice["ExchangeRate"]),
        DiscAmt=money.in_base(row["DocDiscAmt"], invoice["ExchangeRate"]),
        CheckNum=head.get("CheckNum", 0),
        BankID=head.get("VendorBankID", ""),
        EntryPerson=session.user,
        ChangeDate=session.today,
        ChangedBy=session.user,
    )
    session.books["APTran"].put(values)
    money.sum_up(session.books, head)


def _change(session: Session, row: Row) -> None:
    known = _stored_line(session, row)
    difference = row["DocTranAmt"] - known["DocTranAmt"]
    money.reserve(session.books, _invoice_of(session, known), difference, session.user, session.today)
    values = {name: value for name, value in stored("APTran", row).items() if name not in _SERVER_OWNED}
    session.books["APTran"].change(known, **values, ChangeDate=session.today, ChangedBy=session.user)
    _sum_up(session, known["HeadNum"])


def remove(session: Session, line: Row) -> None:
    """Delete an unposted line: the invoice gets its unposted balance back."""
    invoice = _invoice_of(session, line)
    money.reserve(session.books, invoice, -line["DocTranAmt"], session.user, session.today)
    session.books["APTran"].delete(line)
    _sum_up(session, line["HeadNum"])


def _sum_up(session: Session, head_num: int) -> None:
    head = session.books["CheckHed"].get(head_num)
    if head is not None:
        money.sum_up(session.books, head)


METHODS: Mapping[str, Method] = {
    "GetNewAPTran": Method(_get_new, ("ds", "headNum", "apTranNo", "invoiceNum"), reads=True),
    "OnChangeInvoiceNum": Method(
        _on_change_invoice, ("pcInvoiceNum", "pcChangeExchangeRateResponse", "ds"), reads=True
    ),
    "OnChangeDocTranAmt": Method(_on_change_amount, ("pdDocTranAmt", "ds"), reads=True),
    "OnChangeDocDiscAmt": Method(_on_change_discount, ("pdDocDiscAmt", "ds"), reads=True),
}
