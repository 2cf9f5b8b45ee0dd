"""Balances: what a payment line takes from an invoice, what payments and groups sum up to (5.1, 7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from simulators.epicor.errors import business
from simulators.epicor.schema import Row
from simulators.epicor.store import CompanyStore

ZERO = Decimal(0)
_CENT = Decimal("0.01")


def in_base(amount: Decimal, rate: Decimal) -> Decimal:
    """An amount in the company's currency: base = foreign x rate (section 9)."""
    return (amount * (rate or 1)).quantize(_CENT)


def reserve(books: CompanyStore, invoice: Row, amount: Decimal, user: str, today: str) -> None:
    """Take an amount out of the invoice's unposted balance; a negative one gives it back. Raises EpicorError."""
    left = invoice.get("DocUnpostedBal", ZERO) - amount
    total = invoice["DocInvoiceAmt"]
    if (total >= 0 and left < 0) or (total < 0 and left > 0):
        raise business(
            f"The payment of {amount} is greater than the balance of invoice {invoice['InvoiceNum']}.",
            "APTran",
            "DocTranAmt",
        )
    books["APInvHed"].change(
        invoice,
        DocUnpostedBal=left,
        UnpostedBal=in_base(left, invoice.get("ExchangeRate", ZERO)),
        ChangeDate=today,
        ChangedBy=user,
    )


def pay(books: CompanyStore, invoice: Row, amount: Decimal, user: str, today: str) -> None:
    """Take a posted amount out of the invoice's balance and close it at zero; a negative one opens it again."""
    left = invoice["DocInvoiceBal"] - amount
    books["APInvHed"].change(
        invoice,
        DocInvoiceBal=left,
        InvoiceBal=in_base(left, invoice.get("ExchangeRate", ZERO)),
        OpenPayable=left != 0,
        ChangeDate=today,
        ChangedBy=user,
    )
    next_due(books, books["APInvHed"].get(invoice["VendorNum"], invoice["InvoiceNum"]) or invoice)


def next_due(books: CompanyStore, invoice: Row) -> None:
    """The header's DueDate is that of the earliest unpaid instalment (5.1): the first ones are paid first."""
    paid = invoice["DocInvoiceAmt"] - invoice["DocInvoiceBal"]
    for instalment in books["APInvSched"].find(InvoiceNum=invoice["InvoiceNum"], VendorNum=invoice["VendorNum"]):
        paid -= instalment["DocPayAmount"]
        if paid < 0 and instalment["PayDueDate"] != invoice.get("DueDate"):
            books["APInvHed"].change(invoice, DueDate=instalment["PayDueDate"])
        if paid < 0:
            return


def live_lines(books: CompanyStore, head_num: int) -> list[Row]:
    """The invoice lines of a payment, without the flipped ones of a void."""
    return [line for line in books["APTran"].find(HeadNum=head_num) if not line.get("Voided")]


def sum_up(books: CompanyStore, head: Row) -> Row:
    """Write the payment's totals, and its group's."""
    lines = live_lines(books, head["HeadNum"])
    total = sum((line["DocTranAmt"] - line.get("DocDiscAmt", ZERO) for line in lines), ZERO)
    rate = head.get("ExchangeRate", ZERO)
    written = books["CheckHed"].change(
        head,
        DocCheckAmt=total,
        CheckAmt=in_base(total, rate),
        BankTotalAmt=(total * (head.get("PaymentBankRate") or 1)).quantize(_CENT),
    )
    sum_up_group(books, head["GroupID"])
    return written


@dataclass(frozen=True)
class GroupTotals:
    """What a group holds."""

    payments: int
    base: Decimal
    document: Decimal


def group_totals(books: CompanyStore, group_id: str) -> GroupTotals:
    """The sums over a group's unposted payments."""
    heads = [head for head in books["CheckHed"].find(GroupID=group_id) if not head.get("Posted")]
    base = sum((head.get("CheckAmt", ZERO) for head in heads), ZERO)
    return GroupTotals(len(heads), base, sum((head.get("DocCheckAmt", ZERO) for head in heads), ZERO))


def sum_up_group(books: CompanyStore, group_id: str) -> None:
    """Write a group's totals, when they changed."""
    group = books["APChkGrp"].get(group_id)
    if group is None:
        return
    totals = group_totals(books, group_id)
    values = {"HasDetails": totals.payments > 0, "TotalCheckAmt": totals.base, "TotalDocCheckAmt": totals.document}
    if any(group.get(name, ZERO) != value for name, value in values.items()):
        books["APChkGrp"].change(group, **values)
