"""The books as `GET /_sim/state` shows them: amounts as strings, never as floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.epicor import money
from simulators.epicor.schema import Row
from simulators.epicor.session import Books
from simulators.epicor.store import CompanyStore
from simulators.sample.model import Invoice


def state(site: Books, samples: Mapping[str, Invoice]) -> dict[str, Any]:
    """Invoices and payments of all companies."""
    return {
        "invoices": [_invoice(books, row, samples) for books in _companies(site) for row in books["APInvHed"].rows()],
        "payments": [_payment(books, row) for books in _companies(site) for row in books["CheckHed"].rows()],
    }


def _companies(site: Books) -> list[CompanyStore]:
    return list(site.companies.values())


def _invoice(books: CompanyStore, row: Row, samples: Mapping[str, Invoice]) -> dict[str, Any]:
    vendor = books["Vendor"].get(row["VendorNum"]) or {}
    currency = books["Currency"].get(row["CurrencyCode"]) or {}
    sample = samples.get(row["SysRowID"])
    return {
        "company": books.company,
        "vendor_num": row["VendorNum"],
        "invoice_num": row["InvoiceNum"],
        "sys_row_id": row["SysRowID"],
        "doc_invoice_bal": str(row["DocInvoiceBal"]),
        "doc_unposted_bal": str(row["DocUnpostedBal"]),
        "posted": row["Posted"],
        "pay_hold": row["PayHold"],
        "debit_memo": row["DebitMemo"],
        "open_payable": row["OpenPayable"],
        "currency": currency.get("ISOCurrCode", ""),
        "invoice_amount": str(row["DocInvoiceAmt"]),
        "vendor_id": vendor.get("VendorID", ""),
        "vendor_name": vendor.get("Name", ""),
        "due_date": row["DueDate"][:10],
        "expect_outcome": sample.expect_outcome if sample else None,
        "expect_reason": sample.expect_reason if sample else None,
        "case": sample.case if sample else None,
    }


def _payment(books: CompanyStore, head: Row) -> dict[str, Any]:
    lines = money.live_lines(books, head["HeadNum"])
    return {
        "company": books.company,
        "head_num": head["HeadNum"],
        "group_id": head["GroupID"],
        "reference": head.get("XRefCheckNum", ""),
        "vendor_num": head.get("VendorNum", 0),
        "posted": bool(head.get("Posted")),
        "voided": bool(head.get("Voided")),
        "check_num": head.get("CheckNum", 0),
        "vendor_bank_id": head.get("VendorBankID", ""),
        "entry_person": head.get("EntryPerson", ""),
        "lines": [{"invoice_num": line["InvoiceNum"], "amount": str(line["DocTranAmt"])} for line in lines],
    }
