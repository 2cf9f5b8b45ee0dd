"""Rows as clients see them: every column, joined ones filled from their own tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from simulators.epicor.schema import TABLES, Row
from simulators.epicor.store import CompanyStore

_VENDOR_COLUMNS = ("VendorID", "Name", "Address1", "Address2", "Address3", "City", "State", "ZIP", "Country",
                   "CurrencyCode", "TermsCode")  # fmt: skip
_BANK_COLUMNS = ("BankName", "BankAcctNumber", "IBANCode", "SwiftNum", "LocalBIC", "PMUID")


def full(books: CompanyStore, table: str, row: Row, row_mod: str = "") -> dict[str, Any]:
    """The whole row with its joined columns and RowMod, as methods answer it."""
    return {**TABLES[table].defaults, **row, **joined(books, table, row), "RowMod": row_mod}


def chosen(books: CompanyStore, table: str, row: Row, columns: tuple[str, ...]) -> dict[str, Any]:
    """Some columns of a row, as a set answers them: dates with their zone. No columns: all of them."""
    definition = TABLES[table]
    names = columns or tuple(definition.kinds)
    beside = joined(books, table, row) if definition.joined.intersection(names) else {}
    view = {name: beside[name] if name in beside else row.get(name, definition.defaults[name]) for name in names}
    for name in names:
        if definition.kinds[name] == "t" and view[name] is not None:
            view[name] += "Z"
    return view


def joined(books: CompanyStore, table: str, row: Row) -> dict[str, Any]:
    """The joined and computed columns of a row, as far as this server fills them."""
    join = _JOINS.get(table)
    values = join(books, row) if join else {}
    return {name: value for name, value in values.items() if name in TABLES[table].kinds}


def _currency(books: CompanyStore, row: Row) -> dict[str, Any]:
    currency = books["Currency"].get(row.get("CurrencyCode", "")) or {}
    return {"CurrencyCodeCurrencyID": currency.get("CurrencyID", "")}


def _method(books: CompanyStore, row: Row) -> dict[str, Any]:
    method = books["PayMethod"].get(row.get("PMUID", 0)) or {}
    return {"PayMethodName": method.get("Name", ""), "PayMethodType": method.get("Type", 0)}


def _vendor(books: CompanyStore, row: Row) -> dict[str, Any]:
    vendor = books["Vendor"].get(row.get("VendorNum", 0)) or {}
    values = {f"VendorNum{column}": vendor.get(column, "") for column in _VENDOR_COLUMNS}
    return {**values, "VendorPayHold": vendor.get("PayHold", False), "VendorInactive": vendor.get("Inactive", False)}


def _invoice(books: CompanyStore, row: Row) -> dict[str, Any]:
    bank = books["VendBank"].get(row.get("VendorNum", 0), row.get("BankID", "")) or {}
    named = {f"VendBank{column}": bank[column] for column in _BANK_COLUMNS if column in bank}
    copies = {"BankName": bank.get("BankName", ""), "IBANCode": bank.get("IBANCode", "")}
    copies["SwiftCode"] = bank.get("SwiftNum", "")
    return {**_vendor(books, row), **_currency(books, row), **_method(books, row), **named, **copies}


def _of_vendor(books: CompanyStore, row: Row) -> dict[str, Any]:
    country = books["Country"].get(row.get("CountryNum", 0)) or {}
    return {
        **_currency(books, row),
        **_method(books, row),
        "CountryNumISOCode": country.get("ISOCode", ""),
        "CountryNumDescription": country.get("Description", ""),
        "HasBank": bool(books["VendBank"].find(VendorNum=row["VendorNum"])),
    }


def _bank(books: CompanyStore, row: Row) -> dict[str, Any]:
    vendor = books["Vendor"].get(row["VendorNum"]) or {}
    primary = row["BankID"] != "" and vendor.get("PrimaryBankID", "") == row["BankID"]
    return {**_vendor(books, row), **_method(books, row), "PrimaryBank": primary}


def _group(books: CompanyStore, row: Row) -> dict[str, Any]:
    return {**_currency(books, row), **_method(books, row), **_own_bank(books, row)}


def _payment(books: CompanyStore, row: Row) -> dict[str, Any]:
    vendor = _vendor(books, row)
    lines = books["APTran"].find(HeadNum=row["HeadNum"])
    return {
        **vendor,
        **_currency(books, row),
        **_own_bank(books, row),
        "VendorID": vendor["VendorNumVendorID"],
        "HasLines": bool(lines),
    }


def _line(books: CompanyStore, row: Row) -> dict[str, Any]:
    invoice = books["APInvHed"].get(row.get("VendorNum", 0), row.get("InvoiceNum", "")) or {}
    head = books["CheckHed"].get(row.get("HeadNum", 0)) or {}
    amount, discount = row.get("DocTranAmt", Decimal(0)), row.get("DocDiscAmt", Decimal(0))
    unposted = invoice.get("DocUnpostedBal", Decimal(0))
    return {
        **_vendor(books, row),
        **_own_bank(books, row),
        "GroupID": head.get("GroupID", ""),
        "DocInvoiceBal": invoice.get("DocInvoiceBal", Decimal(0)),
        "DocUnPostedBal": unposted,
        "DocNewBalance": unposted,
        "DocNetAmount": amount - discount,
        "FullyPaid": unposted == 0,
    }


def _own_bank(books: CompanyStore, row: Row) -> dict[str, Any]:
    account = books["BankAcct"].get(row.get("BankAcctID", "")) or {}
    return {"BankAcctIDBankName": account.get("BankName", ""), "BankAcctIDDescription": account.get("Description", "")}


_JOINS: Mapping[str, Callable[[CompanyStore, Row], dict[str, Any]]] = {
    "APInvHed": _invoice,
    "Vendor": _of_vendor,
    "VendBank": _bank,
    "APChkGrp": _group,
    "CheckHed": _payment,
    "APTran": _line,
    "BankAcct": _currency,
}
