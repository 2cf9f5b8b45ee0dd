"""Rows as Epicor sends them (epicor-kinetic-api.md sections 5 to 7); keywords change columns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

COMPANY = "ACME"
USER = "kwise"
ROW_ID = "0a1b2c3d-0000-4000-8000-000000000001"
Body = dict[str, Any]


def invoice(number: str = "7/24 A", **changes: Any) -> Body:
    """A row of APInvHed that may be paid."""
    row = {
        "Company": COMPANY,
        "VendorNum": 214,
        "InvoiceNum": number,
        "SysRowID": ROW_ID,
        "SysRevID": 900,
        "CurrencyCode": "EUR",
        "DocInvoiceAmt": Decimal("1200.10"),
        "DocInvoiceBal": Decimal("1200.10"),
        "DocUnpostedBal": Decimal("1200.10"),
        "DocWithholdAmt": 0,
        "DocPayAmounts": "1200.10",
        "PrePayment": False,
        "Posted": True,
        "OpenPayable": True,
        "PayHold": False,
        "DebitMemo": False,
        "CPay": False,
        "CPayLinked": False,
        "IsLcked": False,
        "DueDate": "2026-11-30T00:00:00+02:00",
        "BankID": "",
        "PMUID": 7,
        "ChangeDate": "2026-11-20T00:00:00",
        "Surprise": [1, 2],
    }
    return {**row, **changes}


def vendor(**changes: Any) -> Body:
    """A row of Vendor."""
    row = {
        "VendorNum": 214,
        "VendorID": "NORD01",
        "Name": "Nordwind",
        "LegalName": "Nordwind GmbH",
        "Address1": "Kai 1",
        "Address2": "Hof",
        "Address3": "",
        "City": "Hamburg",
        "State": "HH",
        "ZIP": "20457",
        "CountryNum": 49,
        "EMailAddress": "ap@nordwind.example",
        "PhoneNum": "",
        "TaxPayerID": "",
        "PayHold": False,
        "Inactive": False,
        "PrimaryBankID": "MAIN",
    }
    return {**row, **changes}


def vendor_bank(bank_id: str = "MAIN", **changes: Any) -> Body:
    """A row of VendBank."""
    row = {
        "VendorNum": 214,
        "BankID": bank_id,
        "NameOnAccount": "Nordwind GmbH",
        "IBANCode": "DE89370400440532013000",
        "SwiftNum": "COBADEFFXXX",
        "CountryNum": 49,
        "BCountryNum": 0,
    }
    return {**row, **changes}


def payment(head_num: int, group_id: str, **changes: Any) -> Body:
    """A row of CheckHed, as CreateNewCheckHed stores it."""
    row = {
        "HeadNum": head_num,
        "GroupID": group_id,
        "Posted": False,
        "Voided": False,
        "VendorNum": 0,
        "VendorBankID": "",
        "XRefCheckNum": "",
        "CheckNum": 0,
        "CurrencyCode": "EUR",
        "ManualPrint": False,
        "EntryPerson": USER,
        "Odd_c": "kept",
        "RowMod": "",
    }
    return {**row, **changes}


def line(head_num: int, number: str = "7/24 A", amount: str = "1200.10", **changes: Any) -> Body:
    """A row of APTran."""
    row = {"HeadNum": head_num, "APTranNo": 0, "InvoiceNum": number, "VendorNum": 214, "TranType": "Pay"}
    row |= {"DocTranAmt": Decimal(amount), "DocDiscAmt": 0, "Posted": False, "Voided": False, "RowMod": ""}
    return {**row, **changes}


def bank_account(account_id: str, description: str, currency: str, **changes: Any) -> Body:
    """A row of BankAcct."""
    row = {"BankAcctID": account_id, "Description": description, "BankName": "", "CurrencyCode": currency}
    return {**row, "Closed": False, **changes}


def payment_method(uid: int, name: str, **changes: Any) -> Body:
    """A row of PayMethod."""
    return {"PMUID": uid, "Name": name, "Type": 0, "PMSource": 0, "Inactive": False, **changes}
