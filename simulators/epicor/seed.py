"""Loads a sample day into the books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from simulators.epicor import money, people, posting
from simulators.epicor.schema import Row
from simulators.epicor.session import Books, Session, midnight
from simulators.epicor.setup_data import COUNTRY_NAMES, COUNTRY_NUMBERS, WISE_METHOD, set_up
from simulators.epicor.store import CompanyStore, Revisions
from simulators.sample.model import Day, Instalment, Invoice, Vendor, VendorBank

_OLDER_RATE = {"CHF": Decimal("1.01")}  # invoices whose rate is not today's: payment entry asks (7.5, row 14)

_JOINED = "~"  # how the header's lists of the schedule are joined (5.1 says no more than that they are)


def new_books(day: Day, now: Callable[[], datetime]) -> Books:
    """A site with the day's companies and their set-up tables."""
    revisions = Revisions(now)
    names = {company.company: company.name for company in day.companies}
    site = Books(revisions, {name: CompanyStore(name, revisions) for name in names}, names)
    for company in day.companies:
        set_up(site, company)
    return site


def load(day: Day, session_of: Callable[[str], Session]) -> dict[str, Invoice]:
    """Load vendors and invoices; answers the sample of each invoice by its SysRowID."""
    companies = {company.company: company for company in day.companies}
    for vendor in day.vendors:
        code = companies[vendor.company].code(vendor.currency)
        _vendor(session_of(vendor.company).books, vendor, code)
    samples = {}
    for invoice in day.invoices:
        code = companies[invoice.company].code(invoice.currency)
        samples[_invoice(session_of(invoice.company), invoice, code)["SysRowID"]] = invoice
    return samples


def _vendor(books: CompanyStore, vendor: Vendor, currency_code: str) -> None:
    books["Vendor"].put(
        {
            "VendorNum": vendor.vendor_num,
            "VendorID": vendor.vendor_id,
            "Name": vendor.name,
            "LegalName": vendor.legal_name,
            "Address1": vendor.address,
            "City": vendor.city,
            "State": vendor.state,
            "ZIP": vendor.zip,
            "Country": COUNTRY_NAMES[vendor.country],
            "CountryNum": COUNTRY_NUMBERS[vendor.country],
            "CurrencyCode": currency_code,
            "PMUID": WISE_METHOD,
            "PrimaryBankID": vendor.primary_bank_id,
            "PayHold": vendor.pay_hold,
            "Inactive": vendor.inactive,
            "OneCheck": vendor.one_check,
            "Approved": True,
            "TermsCode": "N30",
            "EMailAddress": f"accounts@{vendor.vendor_id.lower()}.example",
        }
    )
    for bank in vendor.banks:
        _bank(books, vendor, bank)


def _bank(books: CompanyStore, vendor: Vendor, bank: VendorBank) -> None:
    books["VendBank"].put(
        {
            "VendorNum": vendor.vendor_num,
            "BankID": bank.bank_id,
            "BankName": bank.bank_name,
            "NameOnAccount": bank.name_on_account,
            "IBANCode": bank.iban,
            "SwiftNum": bank.swift,
            "BankAcctNumber": bank.account_number,
            "LocalBIC": bank.local_bic,
            "BankBranchCode": bank.branch_code,
            "Address1": vendor.address,
            "City": vendor.city,
            "State": vendor.state,
            "PostalCode": vendor.zip,
            "CountryNum": COUNTRY_NUMBERS[bank.country],
            "PMUID": WISE_METHOD,
        }
    )


def _invoice(session: Session, sample: Invoice, code: str) -> Row:
    rate = (session.rate(code) * _OLDER_RATE.get(sample.currency, 1)).quantize(Decimal("0.00000001"))
    due = session.now.date() + timedelta(days=sample.due_in_days)
    base = money.in_base(sample.amount, rate)
    invoice = session.books["APInvHed"].put(
        {
            "VendorNum": sample.vendor_num,
            "InvoiceNum": sample.invoice_num,
            "InvoiceDate": midnight(due - timedelta(days=30)),
            "ApplyDate": midnight(due - timedelta(days=30)),
            "DueDate": midnight(due),
            "TermsCode": "N30",
            "CurrencyCode": code,
            "ExchangeRate": rate,
            "DocInvoiceAmt": sample.amount,
            "InvoiceAmt": base,
            "DocInvoiceVendorAmt": sample.amount,
            "InvoiceVendorAmt": base,
            "DocInvoiceBal": sample.amount,
            "InvoiceBal": base,
            "DocUnpostedBal": sample.amount,
            "UnpostedBal": base,
            "OpenPayable": True,
            "Posted": sample.posted,
            "PayHold": sample.pay_hold,
            **_kind(session, sample, rate),
            "BankID": sample.bank_id,
            "PMUID": WISE_METHOD,
            "GroupID": "AP-SAMPLE",
            "Description": f"Invoice {sample.invoice_num}",
            "EntryPerson": "apclerk",
            "ChangedBy": "apclerk",
            "ChangeDate": session.today,
            "WiseApproved_c": sample.posted,
            "Plant": "MfgSys",
        }
    )
    _schedule(session, invoice, sample, rate)
    if sample.reserved_by_person or sample.paid_before:
        head = people.draft_invoice(session, invoice)
        if sample.paid_before:
            posting.post_group(session, head["GroupID"])
    return invoice


def _kind(session: Session, sample: Invoice, rate: Decimal) -> Row:
    """What makes it another invoice than an ordinary one."""
    last_day = session.now.date() + timedelta(days=sample.discount_days)
    amounts = [instalment.amount for instalment in sample.instalments] or [sample.amount]
    return {
        "DebitMemo": sample.debit_memo,
        "InvoiceRef": sample.refers_to,
        "DocDiscountAmt": sample.discount,
        "DiscountAmt": money.in_base(sample.discount, rate),
        "DiscountDate": midnight(last_day) if sample.discount else None,
        "DocWithholdAmt": sample.withholding,
        "WithholdAmt": money.in_base(sample.withholding, rate),
        "CPay": sample.central_payment,
        "PrePayment": sample.prepayment,
        "DocPayAmounts": _JOINED.join(map(str, amounts)),
    }


def _schedule(session: Session, invoice: Row, sample: Invoice, rate: Decimal) -> None:
    today = session.now.date()
    rows = sample.instalments or (Instalment(sample.amount, sample.due_in_days),)
    for pay_seq, instalment in enumerate(rows, start=1):
        session.books["APInvSched"].put(
            {
                "VendorNum": invoice["VendorNum"],
                "InvoiceNum": invoice["InvoiceNum"],
                "PaySeq": pay_seq,
                "PayDays": 30,
                "PayDueDate": midnight(today + timedelta(days=instalment.due_in_days)),
                "DocPayAmount": instalment.amount,
                "PayAmount": money.in_base(instalment.amount, rate),
                "PayPercent": (100 * instalment.amount / sample.amount).quantize(Decimal("0.01")),
                "CreatedBy": "apclerk",
            }
        )
    money.next_due(session.books, invoice)


def without_business(day: Day) -> Day:
    """The day's companies alone: no vendors, no invoices."""
    return replace(day, vendors=(), invoices=())
