"""What can be told of a payment where Wise's form for the transfer asks: settings, and Epicor's columns."""

from __future__ import annotations

from functools import cache

from kinetic_wise.flows.case import Case
from kinetic_wise.payments.systems import Vendor
from kinetic_wise.wise import DetailsMissing, Telling


def telling_of(case: Case) -> Telling:
    """The answers for this payment. Epicor is read when an answer names a column of the vendor."""
    vendor = cache(lambda: _vendor(case))

    def column(name: str) -> str:
        table, _, column = name.partition(".")
        if table == "Invoice":
            return _of_invoice(case, column)
        if table == "Vendor":
            return vendor().columns.get(column, "")
        bank = next((bank for bank in vendor().banks if bank.bank_id == case.attempt.terms.vendor_bank_id), None)
        return bank[column] if bank else ""

    terms = case.attempt.terms
    return Telling(terms.currency, case.deps.settings.transfer_answers, column, terms.reference)


def _of_invoice(case: Case, column: str) -> str:
    return case.payment.invoice.invoice_num if column == "InvoiceNum" else ""


def _vendor(case: Case) -> Vendor:
    key = case.payment.invoice
    with case.deps.epicor_place() as epicor:
        vendor = epicor.vendor(key.company, key.vendor_num)
    if vendor is None:
        raise DetailsMissing("vendor", "Vendor", "is not in Epicor any more", "find out why", payee=str(key.vendor_num))
    return vendor
