"""The register of payments made from the bank accounts for Wise (epicor-kinetic-api.md 7.3).

Posted, voided and in entry, for reconciliation: anybody's payments count, not only ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kinetic_wise.epicor import values
from kinetic_wise.epicor.service import Service, literal
from kinetic_wise.epicor.sets import LINES, PAGE, PAYMENTS
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.values import Row
from kinetic_wise.payments.books import BookedPayment

_PAYMENT_COLUMNS = "HeadNum,GroupID,Posted,Voided,VoidDate,CheckDate,VendorNum,XRefCheckNum,CurrencyCode,BankAcctID"
_LINE_COLUMNS = "HeadNum,APTranNo,InvoiceNum,VendorNum,TranType,DocTranAmt,DocDiscAmt,Voided"
_LINE_ORDER = "HeadNum,InvoiceNum,APTranNo,Voided"
_ADJUSTMENT = "Adj"  # exchange gain or loss that posting adds: no invoice line (section 9)


@dataclass
class Register:
    """Reads payments of the bank accounts for Wise, by HeadNum."""

    service: Service
    tables: Tables

    def page(self, company: str, since: date, after: int) -> list[BookedPayment]:
        """At most 100 payments above HeadNum `after`: those in entry, or dated or voided on `since` or later.

        An empty page is the end. Two calls as a rule. Raises RemoteError, ConfigurationMissing.
        """
        accounts = " or ".join(f"BankAcctID eq {literal(one)}" for one in self.tables.bank_accounts(company))
        day = f"{since.isoformat()}T00:00:00Z"
        dated = f"Posted eq false or CheckDate ge {day} or VoidDate ge {day}"
        where = f"({accounts}) and ({dated}) and HeadNum gt {after}"
        heads = self.service.rows(company, PAYMENTS, _PAYMENT_COLUMNS, where, "HeadNum")
        if not heads:
            return []
        lines: dict[int, list[Row]] = {values.number(head, "HeadNum"): [] for head in heads}
        for line in self._lines(company, sorted(lines)):
            lines.get(values.number(line, "HeadNum"), []).append(line)
        return [self._payment(company, head, lines[values.number(head, "HeadNum")]) for head in heads]

    def _lines(self, company: str, head_nums: Sequence[int]) -> Iterator[Row]:
        """The lines of a range of payments. A full page may have cut the last invoice: it is read again, whole."""
        last = head_nums[-1]
        where = f"HeadNum ge {head_nums[0]} and HeadNum le {last}"
        while True:
            rows = self.service.rows(company, LINES, _LINE_COLUMNS, where, _LINE_ORDER)
            if len(rows) < PAGE or _place(rows[0]) == _place(rows[-1]):
                yield from rows
                return
            head, invoice = _place(rows[-1])
            yield from (row for row in rows if _place(row) != (head, invoice))
            rest = f"HeadNum eq {head} and InvoiceNum ge {literal(invoice)}"
            where = f"({rest}) or (HeadNum gt {head} and HeadNum le {last})"

    def _payment(self, company: str, head: Row, lines: Sequence[Row]) -> BookedPayment:
        own = [
            line for line in lines if values.text(line, "TranType") != _ADJUSTMENT and not values.flag(line, "Voided")
        ]
        return BookedPayment(
            company=company,
            head_num=values.number(head, "HeadNum"),
            group_id=values.text(head, "GroupID"),
            reference=values.text(head, "XRefCheckNum"),
            vendor_num=values.number(head, "VendorNum"),
            posted=values.flag(head, "Posted"),
            voided=values.flag(head, "Voided"),
            day=values.day(head, "CheckDate"),
            void_day=values.day(head, "VoidDate"),
            currency=self.tables.iso_currency(company, values.text(head, "CurrencyCode")),
            amount=sum((_paid(line) for line in own), Decimal(0)),
            invoices=tuple(values.text(line, "InvoiceNum") for line in own),
        )


def _place(line: Row) -> tuple[int, str]:
    return values.number(line, "HeadNum"), values.text(line, "InvoiceNum")


def _paid(line: Row) -> Decimal:
    return values.money(line, "DocTranAmt") - values.money(line, "DocDiscAmt")
