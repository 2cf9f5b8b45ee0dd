"""AP invoices (epicor-kinetic-api.md section 5): a page of what may be paid, and one afresh."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kinetic_wise.epicor import values
from kinetic_wise.epicor.errors import Unreadable
from kinetic_wise.epicor.options import PLAIN_KINETIC
from kinetic_wise.epicor.service import Service, literal
from kinetic_wise.epicor.sets import INVOICES, REVISION, SCHEDULES
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.values import Row
from kinetic_wise.epicor.watermark import Watermark, change_of, preset
from kinetic_wise.payments.money import NO_CURRENCY
from kinetic_wise.payments.systems import Instalment, Invoice, InvoiceKey

INVOICE_COLUMNS = (
    "Company,VendorNum,InvoiceNum,SysRowID,SysRevID,CurrencyCode,DocInvoiceAmt,DocInvoiceBal,DocUnpostedBal,"
    "DocWithholdAmt,DocDiscountAmt,DiscountDate,DocPayAmounts,Posted,OpenPayable,PayHold,DebitMemo,CPay,CPayLinked,"
    "PrePayment,DocPrePaymentAmt,IsLcked,DueDate,BankID,PMUID"
)
SCHEDULE_COLUMNS = "PaySeq,PayDueDate,DocPayAmount"
_ORDER = "SysRevID,VendorNum,InvoiceNum"  # total, and the keyset's column first


@dataclass(frozen=True)
class Page:
    """Up to 100 eligible invoices, and where to go on.

    `last_sys_rev_id` is the keyset for the next page; it equals the one asked with at the end. `newest_change` is the
    newest value of the change column on this page, as text that compares as the values do, "" on an empty page.
    `problems` tell of rows that could not be read, such as one without PayHold; each names its invoice.
    """

    invoices: list[Invoice]
    last_sys_rev_id: int
    newest_change: str
    problems: tuple[str, ...] = ()


@dataclass
class Invoices:
    """Reads invoices and tells their currency by its ISO code."""

    service: Service
    tables: Tables

    def eligible_page(self, company: str, watermark: Watermark | None, after: int) -> Page:
        """One page of eligible invoices above `after`, changed since the watermark. Raises RemoteError."""
        column = preset(watermark.column if watermark else self.service.options.change_column)
        clauses = [*self.eligible_clauses(company), f"SysRevID gt {after}"]
        if watermark is not None:
            clauses.append(watermark.clause)
        rows = self.service.rows(company, INVOICES, self._columns(column), " and ".join(clauses), _ORDER)
        invoices, problems, last, newest = [], [], after, ""
        for row in rows:
            last = max(last, values.number(row, "SysRevID"))
            try:
                newest = max(newest, change_of(row, column))
                invoices.append(self.read(company, row))
            except Unreadable as error:
                problems.append(str(error))
        return Page(invoices, last, newest, tuple(problems))

    def went_back(self, company: str, sys_rev_id: int, newest: str) -> str:
        """What shows that the database is older than it was when these were the newest seen; "" when nothing does.

        Posted invoices stay: there is always one with the newest row version seen, or a later one. Raises RemoteError.
        """
        column = preset(self.service.options.change_column)
        seen = [Watermark(REVISION, str(sys_rev_id))] if sys_rev_id else []
        seen += [Watermark(column, newest)] if newest and column != REVISION else []
        for mark in seen:
            if not self.service.rows(company, INVOICES, REVISION, mark.reached, _ORDER):
                return f"no invoice of company {company} has {mark.column} {mark.value} or later any more"
        return ""

    def invoice(self, key: InvoiceKey) -> Invoice | None:
        """An invoice as it is now, whatever it is called by now; None when its row is gone. Raises RemoteError."""
        number = f"VendorNum eq {key.vendor_num} and InvoiceNum eq {literal(key.invoice_num)}"
        row = self._row(key, number) or self._row(key, f"SysRowID eq {key.sys_row_id}")
        return self._whole(key.company, row) if row else None

    def open_memos(self, invoice: Invoice) -> tuple[str, ...]:
        """The numbers of open debit memos that refer to the invoice (InvoiceRef). One call. Raises RemoteError."""
        where = (
            f"VendorNum eq {invoice.key.vendor_num} and InvoiceRef eq {literal(invoice.key.invoice_num)}"
            " and DebitMemo eq true and OpenPayable eq true"
        )
        rows = self.service.rows(invoice.key.company, INVOICES, "InvoiceNum", where, _ORDER)
        return tuple(values.text(row, "InvoiceNum") for row in rows)

    def numbered(self, company: str, vendor_num: int, invoice_num: str) -> Invoice | None:
        """The invoice of this number. Raises RemoteError."""
        where = f"VendorNum eq {vendor_num} and InvoiceNum eq {literal(invoice_num)}"
        rows = self.service.rows(company, INVOICES, self._columns(), where, _ORDER)
        row = next((row for row in rows if values.text(row, "InvoiceNum") == invoice_num), None)
        return self._whole(company, row) if row else None

    def called(self, company: str, invoice_num: str) -> list[Invoice]:
        """The invoices of this number, one a vendor, without their instalments. Raises RemoteError."""
        rows = self.service.rows(company, INVOICES, self._columns(), f"InvoiceNum eq {literal(invoice_num)}", _ORDER)
        return [self.read(company, row) for row in rows]

    def _whole(self, company: str, row: Row) -> Invoice:
        """The invoice with its instalments, which take a call more where the row shows that there may be several."""
        invoice = self.read(company, row)
        if _is_one_amount(values.text(row, "DocPayAmounts"), invoice.total):
            return invoice
        where = f"VendorNum eq {invoice.key.vendor_num} and InvoiceNum eq {literal(invoice.key.invoice_num)}"
        schedule = self.service.rows(company, SCHEDULES, SCHEDULE_COLUMNS, where, "PaySeq")
        return with_schedule(invoice, schedule)

    def _row(self, key: InvoiceKey, where: str) -> Row | None:
        wanted = key.sys_row_id.lower()
        rows = self.service.rows(key.company, INVOICES, self._columns(), where, _ORDER)
        return next((row for row in rows if values.text(row, "SysRowID").lower() == wanted), None)

    def eligible_clauses(self, company: str) -> list[str]:
        """The conditions of what may be paid, in OData (5.3). Raises RemoteError, ConfigurationMissing."""
        options = self.service.options
        approved = [f"{options.approval_column} eq true"] if options.approval_column else []
        if options.eligible_filter:
            return [f"({options.eligible_filter})", *approved]
        marked = " or ".join(f"PMUID eq {method}" for method in sorted(self.tables.marked_methods(company)))
        return [f"({PLAIN_KINETIC})", f"({marked})", *approved]

    def _columns(self, *more: str) -> str:
        approval = self.service.options.approval_column
        return ",".join(dict.fromkeys([*INVOICE_COLUMNS.split(","), *more, *([approval] if approval else [])]))

    def read(self, company: str, row: Row) -> Invoice:
        """An invoice from its row, without instalments. Raises Unreadable."""
        try:
            return self._read(company, row)
        except Unreadable as error:
            name = f"invoice {values.text(row, 'InvoiceNum')!r} of vendor {row.get('VendorNum')}"
            raise Unreadable(f"{name}: {error}", code="unreadable") from None

    def _read(self, company: str, row: Row) -> Invoice:
        code, method = values.text(row, "CurrencyCode"), values.number(row, "PMUID")
        options = self.service.options
        return Invoice(
            key=_key(company, row),
            currency=self._currency(company, code),
            currency_code=code,
            total=values.money(row, "DocInvoiceAmt"),
            balance=values.money(row, "DocInvoiceBal"),
            unposted_balance=values.money(row, "DocUnpostedBal"),
            withholding=values.money(row, "DocWithholdAmt") if row.get("DocWithholdAmt") is not None else Decimal(0),
            discount=values.money(row, "DocDiscountAmt") if row.get("DocDiscountAmt") is not None else Decimal(0),
            discount_day=values.day(row, "DiscountDate"),
            posted=values.flag(row, "Posted"),
            open_payable=values.flag(row, "OpenPayable"),
            pay_hold=values.flag(row, "PayHold"),
            debit_memo=values.flag(row, "DebitMemo"),
            central_payment=values.flag(row, "CPay") or values.flag(row, "CPayLinked"),
            prepayment=values.flag(row, "PrePayment") or bool(row.get("DocPrePaymentAmt")),
            locked=values.flag(row, "IsLcked"),
            due_date=values.day(row, "DueDate"),
            bank_id=values.text(row, "BankID"),
            payment_method=method,
            for_wise=bool(options.eligible_filter) or method in self.tables.marked_methods(company),
            approved=not options.approval_column or values.flag(row, options.approval_column),
            sys_rev_id=values.number(row, "SysRevID"),
        )

    def _currency(self, company: str, code: str) -> str:
        """The ISO code. Without one the invoice is still shown, so that it can be held: in no currency (pitfall 13)."""
        try:
            return self.tables.iso_currency(company, code)
        except Unreadable:
            return NO_CURRENCY


def with_schedule(invoice: Invoice, schedule: Iterable[Row]) -> Invoice:
    """The invoice with its instalments from rows of APInvSched, if there are several. Raises Unreadable."""
    found = [
        Instalment(
            pay_seq=values.number(row, "PaySeq"),
            due=values.day(row, "PayDueDate"),
            amount=values.money(row, "DocPayAmount"),
        )
        for row in schedule
    ]
    ordered = tuple(sorted(found, key=lambda instalment: instalment.pay_seq))
    return invoice.model_copy(update={"instalments": ordered}) if len(ordered) > 1 else invoice


def _is_one_amount(amounts: str, total: Decimal) -> bool:
    """Whether the joined list of the schedule's amounts is just the total. How a list is joined is not documented."""
    try:
        return Decimal(amounts) == total
    except InvalidOperation:
        return False


def _key(company: str, row: Row) -> InvoiceKey:
    number, row_id = values.text(row, "InvoiceNum"), values.text(row, "SysRowID")
    if not number or not row_id or values.text(row, "Company") != company:
        raise Unreadable(f"the row lacks InvoiceNum or SysRowID, or is not of company {company}")
    return InvoiceKey(
        company=company, vendor_num=values.number(row, "VendorNum"), invoice_num=number, sys_row_id=row_id
    )
