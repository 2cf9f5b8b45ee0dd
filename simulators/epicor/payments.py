"""Payment entry: the header methods of Erp.BO.PaymentEntrySvc (7.3, 7.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from simulators.epicor import attachments, fees, lines, money
from simulators.epicor.errors import bad_call, business, not_found, stale
from simulators.epicor.groups import open_group
from simulators.epicor.schema import TABLES, Row
from simulators.epicor.session import Answer, DataSet, Method, Session, fresh, read_day, stored

SERVICE = "Erp.BO.PaymentEntrySvc"
_TABLES = ("CheckHed", "APTran", fees.TABLE, attachments.TABLE)
_RATE = Decimal("0.00000001")
_SERVER_OWNED = frozenset(
    "Company HeadNum GroupID Posted Voided VoidDate EntryPerson CheckSrc CheckAmt DocCheckAmt BankTotalAmt HasLines "
    "BankAcctID SysRevID SysRowID FiscalYear FiscalPeriod PaymentStatus ChangedBy ChangeDate".split()
)
_BANK_COLUMNS = {
    "VendorBankID": "BankID",
    "VendorBankName": "BankName",
    "VendorBankNameOnAccount": "NameOnAccount",
    "VendorBankAcctNumber": "BankAcctNumber",
    "VendorBankIBANCode": "IBANCode",
    "VendorBankSwiftNum": "SwiftNum",
    "VendorBankBranchCode": "BankBranchCode",
    "VendorBankAddress1": "Address1",
    "VendorBankCity": "City",
    "VendorBankPostalCode": "PostalCode",
    "VendorBankCountryNum": "CountryNum",
}
_VENDOR_COLUMNS = (
    "VendorNum", "Name", "Address1", "Address2", "Address3", "City", "State", "ZIP", "Country", "CountryNum"
)  # fmt: skip


def bank_copy(bank: Row | None) -> Row:
    """The columns that a payment copies from a vendor's bank row; empty ones without a row."""
    defaults = TABLES["CheckHed"].defaults
    return {copy: (bank or {}).get(column, defaults[copy]) for copy, column in _BANK_COLUMNS.items()}


def _create(session: Session, body: Mapping[str, Any]) -> Answer:
    """The header is in the database at once, still without a vendor (7.5, row 6)."""
    data = DataSet(body["ds"], _TABLES)
    group = open_group(session, body["pcGroupID"])
    method = session.books["PayMethod"].get(group.get("PMUID", 0)) or {}
    row: Row = {
        "HeadNum": session.site.next_head_num(),
        "GroupID": group["GroupID"],
        "BankAcctID": group["BankAcctID"],
        "BankCurrCode": group.get("CurrencyCode", ""),
        "CurrencyCode": group.get("CurrencyCode", ""),
        "CheckDate": group["CheckDate"],
        "CheckSrc": "1",
        "PMUID": group.get("PMUID", 0),
        "ElecPayment": method.get("Type", 0) == 1,
        "ExchangeRate": Decimal(1),
        "PaymentBankRate": Decimal(1),
        **_period(group["CheckDate"]),
        "EntryPerson": session.user,
        "ChangedBy": session.user,
        "ChangeDate": session.today,
    }
    head = session.books["CheckHed"].put(row)
    money.sum_up_group(session.books, group["GroupID"])
    data.tables["CheckHed"].append(fresh(session.books, "CheckHed", head))
    return data.answer()


def _on_change_vendor(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    row = data.changed("CheckHed")
    found = session.books["Vendor"].find(VendorID=str(body["pcVendorID"]))
    if not found:
        raise business("A valid supplier is required.", "CheckHed", "VendorID")
    vendor = found[0]
    if vendor.get("Inactive"):
        raise business(f"Supplier {vendor['VendorID']} is inactive.", "CheckHed", "VendorID")
    row.update({name: vendor.get(name, "") for name in _VENDOR_COLUMNS})
    row["VendorID"] = vendor["VendorID"]
    row.update(bank_copy(session.books["VendBank"].get(vendor["VendorNum"], vendor.get("PrimaryBankID", ""))))
    return data.answer()


def _on_change_currency(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    row = data.changed("CheckHed")
    code = body["pCurrencyCode"]
    currency = session.books["Currency"].get(code)
    if currency is None or currency.get("Inactive"):
        raise business("Invalid currency.", "CheckHed", "CurrencyCode")
    method = session.books["PayMethod"].get(row["PMUID"]) or {}
    if method.get("OnlyBankCurr") and code != row["BankCurrCode"]:
        raise business("The payment method allows the bank's currency only.", "CheckHed", "CurrencyCode")
    row.update(CurrencyCode=code, ExchangeRate=session.rate(code))
    row["PaymentBankRate"] = (session.rate(code) / session.rate(row["BankCurrCode"])).quantize(_RATE)
    return data.answer()


def _on_change_manual(_: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    row = data.changed("CheckHed")
    row["ManualPrint"] = bool(body["plManualPrint"])
    row["CheckNum"] = row["CheckNum"] if row["ManualPrint"] else 0
    row["CheckSrc"] = "2" if row["ManualPrint"] else "1"
    return data.answer()


def _on_change_number(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    row = data.changed("CheckHed")
    if not row["ManualPrint"]:
        raise business("A payment number can be entered for a manual payment only.", "CheckHed", "CheckNum")
    row["CheckNum"] = int(body["piCheckNum"])
    _check_number(session, row)
    return data.answer()


def _check_number(session: Session, row: Row) -> None:
    """A number is used once in a bank account, and fits 32 bits."""
    number = row["CheckNum"]
    if not 0 <= number < 2**31:
        raise business("The payment number is out of range.", "CheckHed", "CheckNum")
    others = session.books["CheckHed"].find(CheckNum=number, BankAcctID=row["BankAcctID"]) if number else []
    if any(other["HeadNum"] != row["HeadNum"] for other in others):
        raise business(
            f"Payment number {number} is already used in bank account {row['BankAcctID']}.", "CheckHed", "CheckNum"
        )


def _on_change_date(_: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    try:
        day = read_day(body["pdtCheckDate"])
    except ValueError:
        raise bad_call(f"Could not convert '{body['pdtCheckDate']}' to date") from None
    data.changed("CheckHed").update(CheckDate=day, **_period(day))
    return data.answer()


def _period(day: str) -> Row:
    """The fiscal period follows from the payment's date (7.3); here a period is a month."""
    return {"FiscalYear": int(day[:4]), "FiscalPeriod": int(day[5:7])}


def _on_change_bank_rate(_: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], _TABLES)
    data.changed("CheckHed")["PaymentBankRate"] = Decimal(body["pPaymentBankRate"])
    return data.answer(pQuestion="")


def _pre_update(session: Session, body: Mapping[str, Any]) -> Answer:
    """Whether a person must type in a legal number (pitfall 26)."""
    wanted = session.company in session.site.legal_numbers
    return DataSet(body["ds"], _TABLES).answer(requiresUserInput=wanted)


def _update(session: Session, body: Mapping[str, Any]) -> Answer:
    """Headers first, then lines; everything is checked before anything is written."""
    data = DataSet(body["ds"], _TABLES)
    for row in data.tables["CheckHed"]:
        _check_header(session, row)
    heads = {row["HeadNum"]: row for row in data.tables["CheckHed"]}
    for row in data.tables["APTran"]:
        lines.check(session, row, heads.get(row["HeadNum"]))
    _beside(data, session, _CHECKS)
    for row in data.tables["CheckHed"]:
        _write_header(session, row)
    for row in data.tables["APTran"]:
        lines.write(session, row)
    _beside(data, session, _WRITES)
    data.tables = {name: _again(session, name, rows) for name, rows in data.tables.items()}
    return data.answer()


def _beside(data: DataSet, session: Session, acts: Mapping[str, Callable[[Session, Row], None]]) -> None:
    """Check, or write, what hangs on payments: fees and attachments."""
    for table, act in acts.items():
        for row in data.tables[table]:
            act(session, row)


_CHECKS = {fees.TABLE: fees.check, attachments.TABLE: attachments.check}
_WRITES = {fees.TABLE: fees.write, attachments.TABLE: attachments.write}


def _again(session: Session, table: str, rows: list[Row]) -> list[Row]:
    """The rows as they are stored now."""
    store = session.books[table]
    found = (store.get(*store.table.key_of(row)) for row in rows)
    return [fresh(session.books, table, row) for row in found if row is not None]


def _check_header(session: Session, row: Row) -> None:
    if row["RowMod"] == "":
        return
    if row["RowMod"] == "A":
        raise business("A payment is added by CreateNewCheckHed.", "CheckHed")
    existing = _open_payment(session, row["HeadNum"])
    if row["SysRevID"] != existing["SysRevID"]:
        raise stale("CheckHed")
    if row["RowMod"] == "U":
        _check_values(session, existing, row)


def _check_values(session: Session, existing: Row, row: Row) -> None:
    vendor_num, books = row["VendorNum"], session.books
    if row["GroupID"] != existing["GroupID"]:
        raise business("The group of a payment cannot change.", "CheckHed", "GroupID")
    if books["Vendor"].get(vendor_num) is None:
        raise business("A valid supplier is required.", "CheckHed", "VendorID")
    if vendor_num != existing.get("VendorNum", 0) and money.live_lines(books, row["HeadNum"]):
        raise business("The supplier cannot change once the payment has lines.", "CheckHed", "VendorID")
    if row["VendorBankID"] and books["VendBank"].get(vendor_num, row["VendorBankID"]) is None:
        raise business("The supplier has no such bank.", "CheckHed", "VendorBankID")
    _check_number(session, {**row, "BankAcctID": existing["BankAcctID"]})


def _open_payment(session: Session, head_num: int) -> Row:
    """A payment that the caller may change. Raises EpicorError."""
    head = session.books["CheckHed"].get(head_num)
    if head is None:
        raise not_found()
    if head.get("Posted") or head.get("Voided"):
        raise business(f"Payment {head_num} is posted and cannot be changed.", "CheckHed", "Posted")
    open_group(session, head["GroupID"])
    return head


def _write_header(session: Session, row: Row) -> None:
    if row["RowMod"] == "D":
        remove(session, row["HeadNum"])
    if row["RowMod"] != "U":
        return
    existing = _open_payment(session, row["HeadNum"])
    values = {name: value for name, value in stored("CheckHed", row).items() if name not in _SERVER_OWNED}
    values.update(bank_copy(session.books["VendBank"].get(row["VendorNum"], row["VendorBankID"])))
    head = session.books["CheckHed"].change(
        existing, **values, CheckSrc=row["CheckSrc"], ChangedBy=session.user, ChangeDate=session.today
    )
    money.sum_up(session.books, head)


def remove(session: Session, head_num: int) -> None:
    """Delete an unposted payment with its lines; the invoices get their unposted balance back."""
    head = _open_payment(session, head_num)
    for line in money.live_lines(session.books, head_num):
        lines.remove(session, line)
    fees.remove(session, head_num)
    session.books["CheckHed"].delete(head)
    money.sum_up_group(session.books, head["GroupID"])


def _delete_by_id(session: Session, body: Mapping[str, Any]) -> Answer:
    remove(session, int(body["headNum"]))
    return {"parameters": {}}


def _mass_delete(session: Session, body: Mapping[str, Any]) -> Answer:
    group = open_group(session, body["pcGroupID"])
    for head in session.books["CheckHed"].find(GroupID=group["GroupID"]):
        if not head.get("Posted"):
            remove(session, head["HeadNum"])
    return {"parameters": {}}


def _electronic(session: Session, body: Mapping[str, Any]) -> Answer:
    group = _group(session, body["pcGroupID"])
    method = session.books["PayMethod"].get(group.get("PMUID", 0)) or {}
    return {"parameters": {"opElecInt": method.get("Type", 0) == 1}}


def _post_allowed(session: Session, body: Mapping[str, Any]) -> Answer:
    group = _group(session, body["pcGroupID"])
    heads = session.books["CheckHed"].find(GroupID=group["GroupID"])
    return {"parameters": {"allowed": bool(heads) and not group.get("PostInProcess")}}


def _group(session: Session, group_id: str) -> Row:
    group = session.books["APChkGrp"].get(group_id)
    if group is None:
        raise not_found()
    return group


def _refresh_bank(session: Session, body: Mapping[str, Any]) -> Answer:
    """Copies the bank data again and answers nothing at all (0a)."""
    head = _open_payment(session, int(body["ipHeadNum"]))
    bank = session.books["VendBank"].get(head.get("VendorNum", 0), head.get("VendorBankID", ""))
    session.books["CheckHed"].change(head, **bank_copy(bank))
    return {"parameters": {}}


def _all_numbered(session: Session, body: Mapping[str, Any]) -> Answer:
    heads = session.books["CheckHed"].find(GroupID=body["groupID"])
    return {"returnObj": all(head.get("CheckNum", 0) for head in heads)}


def _check_locked(session: Session, body: Mapping[str, Any]) -> Answer:
    _open_payment(session, int(body["keyValue"]))
    return {"parameters": {}}


METHODS: Mapping[str, Method] = {
    "CreateNewCheckHed": Method(_create, ("pcGroupID", "ds")),
    "OnChangeVendor": Method(_on_change_vendor, ("pcVendorID", "ds"), reads=True),
    "OnChangeCurrency": Method(_on_change_currency, ("pCurrencyCode", "ds"), reads=True),
    "OnChangeManualPrint": Method(_on_change_manual, ("plManualPrint", "ds"), reads=True),
    "OnChangeCheckNum": Method(_on_change_number, ("piCheckNum", "ds"), reads=True),
    "OnChangeCheckDate": Method(_on_change_date, ("pdtCheckDate", "ds"), reads=True),
    "OnChangePaymentBankRate": Method(_on_change_bank_rate, ("pPaymentBankRate", "pFirstTest", "ds"), reads=True),
    "PreUpdate": Method(_pre_update, ("ds",), reads=True),
    "Update": Method(_update, ("ds",)),
    "GetElecInterface": Method(_electronic, ("pcGroupID",), reads=True),
    "PostAllowed": Method(_post_allowed, ("pcGroupID",), reads=True),
    "RefreshBankInfo": Method(_refresh_bank, ("ipGroupID", "ipHeadNum", "ds")),
    "CheckAllCheckNumsAssigned": Method(_all_numbered, ("groupID",), reads=True),
    "CheckDocumentIsLocked": Method(_check_locked, ("keyValue",), reads=True),
    "DeleteByID": Method(_delete_by_id, ("headNum",)),
    "MassDelete": Method(_mass_delete, ("pcGroupID",)),
    **lines.METHODS,
    **fees.METHODS,
    **attachments.ON_PAYMENTS,
}
