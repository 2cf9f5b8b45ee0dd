"""Bank fees of a payment: the BankTran methods of Erp.BO.PaymentEntrySvc (section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulators.epicor import money
from simulators.epicor.errors import business, not_found, stale
from simulators.epicor.schema import Row
from simulators.epicor.session import Answer, DataSet, Method, Session, fresh, stored

TABLE = "BankTran"
_TABLES = ("CheckHed", TABLE)
_SERVER_OWNED = frozenset("Company TranNum GLPosted Voided EntryPerson SysRevID SysRowID".split())
_FLIPPED = ("TranAmt", "DocTranAmt", "BankFeeAmt", "DocBankFeeAmt", "BankFeeTaxAmt", "DocBankFeeTaxAmt")
_RATE = Decimal("0.00000001")


def _get_new(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    head = session.books["CheckHed"].get(int(body["lvHeadNum"]))
    if head is None:
        raise not_found()
    row: Row = {
        "Company": session.company,
        "BankAcctID": str(body["lvBankAcctID"]),
        "HeadNum": head["HeadNum"],
        "CurrencyCode": head.get("BankCurrCode", ""),
        "ExchangeRate": session.rate(head.get("BankCurrCode", "")),
        "TranDate": head["CheckDate"],
        "SourceModule": "AP",
        "EntryPerson": session.user,
    }
    data.tables[TABLE].append({**fresh(session.books, TABLE, row), "RowMod": "A"})
    return data.answer()


def _on_change_fee(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    fee = session.books["BankFee"].get(str(body["pcBankFeeID"]))
    if fee is None:
        raise business("A valid bank fee is required.", TABLE, "BankFeeID")
    data.changed(TABLE).update(BankFeeID=fee["BankFeeID"], BankFeeIDDescription=fee.get("Description", ""))
    return data.answer()


def _change_amount(_: Session, body: Mapping[str, Any]) -> Answer:
    """The whole charge, in the bank account's currency (D) or the company's (B); fees here bear no tax."""
    data = DataSet(body["ds"], _TABLES)
    row, proposed = data.changed(TABLE), Decimal(body["proposedTranAmt"])
    if body["ipTranAmtType"] not in ("B", "D"):
        raise business("Invalid amount type.", TABLE, "TranAmt")
    rate = row["ExchangeRate"] or Decimal(1)
    amount = proposed if body["ipTranAmtType"] == "D" else (proposed / rate).quantize(Decimal("0.01"))
    base = money.in_base(amount, rate)
    row.update(DocTranAmt=amount, DocBankFeeAmt=amount, TranAmt=base, BankFeeAmt=base)
    return data.answer()


def _on_change_total(_: Session, body: Mapping[str, Any]) -> Answer:
    """What leaves the bank account; the payment's rate follows."""
    data = DataSet(body["ds"], _TABLES)
    row, total = data.changed("CheckHed"), Decimal(body["pBankTotalAmt"])
    if not row["DocCheckAmt"]:
        raise business("The payment has no amount yet.", "CheckHed", "BankTotalAmt")
    if row["CurrencyCode"] == row["BankCurrCode"] and total != row["DocCheckAmt"]:
        raise business("Payment and bank account are in the same currency.", "CheckHed", "BankTotalAmt")
    row.update(BankTotalAmt=total, PaymentBankRate=(total / row["DocCheckAmt"]).quantize(_RATE))
    return data.answer(pQuestion="")


def check(session: Session, row: Row) -> None:
    """Whether a sent fee line may be written. Raises EpicorError."""
    if row["RowMod"] == "":
        return
    head = session.books["CheckHed"].get(row["HeadNum"])
    if head is None:
        raise not_found()
    if head.get("Posted"):
        raise business(f"Payment {row['HeadNum']} is posted and cannot be changed.", TABLE, "HeadNum")
    if session.books["BankFee"].get(row["BankFeeID"]) is None:
        raise business("A valid bank fee is required.", TABLE, "BankFeeID")
    known = session.books[TABLE].get(row["BankAcctID"], row["TranNum"], row["Voided"])
    if row["RowMod"] in ("U", "D") and known is None:
        raise not_found()
    if row["RowMod"] in ("U", "D") and known is not None and row["SysRevID"] != known["SysRevID"]:
        raise stale(TABLE)


def write(session: Session, row: Row) -> None:
    """Write a checked fee line; a new one gets the next number."""
    store = session.books[TABLE]
    values = {name: value for name, value in stored(TABLE, row).items() if name not in _SERVER_OWNED}
    if row["RowMod"] == "A":
        row["TranNum"] = max((each["TranNum"] for each in store.rows()), default=0) + 1  # the answer shows it
        store.put({**values, "TranNum": row["TranNum"], "Voided": False, "EntryPerson": session.user})
        return
    known = store.get(row["BankAcctID"], row["TranNum"], row["Voided"])
    if row["RowMod"] == "U" and known is not None:
        store.change(known, **values)
    elif row["RowMod"] == "D" and known is not None:
        store.delete(known)


def live(session: Session, head_num: int) -> list[Row]:
    """The fee lines of a payment without the flipped ones of a void."""
    return [row for row in session.books[TABLE].find(HeadNum=head_num) if not row.get("Voided")]


def remove(session: Session, head_num: int) -> None:
    """Delete the fee lines with their payment."""
    for row in live(session, head_num):
        session.books[TABLE].delete(row)


def post(session: Session, head_num: int) -> None:
    """Post the fee lines with their payment."""
    for row in live(session, head_num):
        session.books[TABLE].change(row, GLPosted=True)


def void(session: Session, head_num: int, day: str) -> None:
    """Fee lines get flipped twins like invoice lines."""
    for row in live(session, head_num):
        twin = {name: -value if name in _FLIPPED else value for name, value in row.items() if name != "SysRowID"}
        session.books[TABLE].put({**twin, "Voided": True, "TranDate": day})


METHODS: Mapping[str, Method] = {
    "GetNewBankTranByHeadNum": Method(_get_new, ("lvHeadNum", "lvBankAcctID", "ds"), reads=True),
    "OnChangeBankFeeID": Method(_on_change_fee, ("pcBankFeeID", "ds"), reads=True),
    "ChangeTranAmt": Method(_change_amount, ("ipTranAmtType", "proposedTranAmt", "ds"), reads=True),
    "OnChangeBankTotalAmt": Method(_on_change_total, ("pBankTotalAmt", "pFirstTest", "ds"), reads=True),
}
