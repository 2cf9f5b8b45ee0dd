"""What the two systems' books and the ledger say, read into records. Amounts are Decimals in major units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import AT_REST, Status

InvoiceKey = tuple[str, int, str]  # Company, VendorNum, InvoiceNum


@dataclass(frozen=True)
class BookedInvoice:
    """An invoice in Epicor's book, and how its sample must end, where it has one."""

    key: InvoiceKey
    sys_row_id: str
    vendor_name: str
    currency: str
    amount: Decimal
    balance: Decimal
    unposted_balance: Decimal
    posted: bool
    open_payable: bool
    pay_hold: bool
    debit_memo: bool
    expect_outcome: str = ""
    expect_reason: str = ""
    case: str = ""


@dataclass(frozen=True)
class BookedPayment:
    """A payment in Epicor's book: drafts and posted ones."""

    company: str
    head_num: int
    group_id: str
    vendor_num: int
    posted: bool
    voided: bool
    lines: tuple[tuple[str, Decimal], ...]  # InvoiceNum, amount


@dataclass(frozen=True)
class EpicorBook:
    """`GET /_sim/state` of the Epicor simulator."""

    invoices: tuple[BookedInvoice, ...] = ()
    payments: tuple[BookedPayment, ...] = ()
    calls: int = 0


@dataclass(frozen=True)
class BookedTransfer:
    """A transfer in Wise's book."""

    id: int
    key: str
    status: str
    currency: str
    amount: Decimal  # what the vendor gets
    funded_count: int
    refunded: Decimal = Decimal(0)

    @property
    def money_is_out(self) -> bool:
        """Whether money left for it and did not come back."""
        return self.funded_count > 0 and not self.refunded


@dataclass(frozen=True)
class WiseBook:
    """`GET /_sim/state` of the Wise simulator."""

    transfers: tuple[BookedTransfer, ...] = ()
    calls: int = 0


@dataclass(frozen=True)
class LedgerPayment:
    """A payment as the ledger has it, with the keys of all its attempts."""

    id: str
    key: InvoiceKey
    sys_row_id: str
    vendor_name: str
    status: Status
    amount: Decimal
    currency: str
    reason: str = ""
    head_num: int | None = None
    groups: frozenset[str] = frozenset()  # Epicor's group of each reservation
    keys: tuple[str, ...] = ()  # customerTransactionId of each attempt, first to last
    transfers: tuple[int, ...] = ()  # their transfers as far as the ledger knows them
    agreed: Decimal | None = None  # what the vendor is to get by the last attempt's terms: a discount is taken off
    delivered: Decimal | None = None  # what the last transfer gives the vendor, as the ledger saw it

    @property
    def at_rest(self) -> bool:
        """Whether nobody needs to act until a person or news says otherwise."""
        return self.status in AT_REST


@dataclass
class _Attempts:
    keys: list[tuple[int, str]] = field(default_factory=list)
    transfers: list[tuple[int, int]] = field(default_factory=list)
    delivered: dict[int, Decimal] = field(default_factory=dict)
    agreed: dict[int, Decimal] = field(default_factory=dict)


def epicor_book(state: Mapping[str, Any]) -> EpicorBook:
    """Epicor's book from its state (design section 8)."""
    return EpicorBook(
        invoices=tuple(_invoice(row) for row in state["invoices"]),
        payments=tuple(_payment(row) for row in state["payments"]),
        calls=int(state["calls"]),
    )


def expecting(book: EpicorBook, ends: Mapping[InvoiceKey, tuple[str, str | None]]) -> EpicorBook:
    """The book with other ends, outcome and reason, expected of some invoices."""
    return replace(book, invoices=tuple(_expected(invoice, ends.get(invoice.key)) for invoice in book.invoices))


def _expected(invoice: BookedInvoice, end: tuple[str, str | None] | None) -> BookedInvoice:
    return replace(invoice, expect_outcome=end[0], expect_reason=end[1] or "") if end else invoice


def _invoice(row: Mapping[str, Any]) -> BookedInvoice:
    return BookedInvoice(
        key=(str(row["company"]), int(row["vendor_num"]), str(row["invoice_num"])),
        sys_row_id=str(row["sys_row_id"]).lower(),
        vendor_name=str(row["vendor_name"]),
        currency=str(row["currency"]),
        amount=Decimal(row["invoice_amount"]),
        balance=Decimal(row["doc_invoice_bal"]),
        unposted_balance=Decimal(row["doc_unposted_bal"]),
        posted=bool(row["posted"]),
        open_payable=bool(row["open_payable"]),
        pay_hold=bool(row["pay_hold"]),
        debit_memo=bool(row["debit_memo"]),
        expect_outcome=str(row.get("expect_outcome") or ""),
        expect_reason=str(row.get("expect_reason") or ""),
        case=str(row.get("case") or ""),
    )


def _payment(row: Mapping[str, Any]) -> BookedPayment:
    return BookedPayment(
        company=str(row["company"]),
        head_num=int(row["head_num"]),
        group_id=str(row["group_id"]),
        vendor_num=int(row["vendor_num"]),
        posted=bool(row["posted"]),
        voided=bool(row["voided"]),
        lines=tuple((str(line["invoice_num"]), Decimal(line["amount"])) for line in row["lines"]),
    )


def wise_book(state: Mapping[str, Any]) -> WiseBook:
    """Wise's book from its state (design section 8)."""
    return WiseBook(tuple(_transfer(row) for row in state["transfers"]), int(state["calls"]))


def _transfer(row: Mapping[str, Any]) -> BookedTransfer:
    return BookedTransfer(
        id=int(row["id"]),
        key=str(row["customerTransactionId"]),
        status=str(row["status"]),
        currency=str(row["target_currency"]),
        amount=Decimal(row["target_amount"]),
        funded_count=int(row["funded_count"]),
        refunded=Decimal(row.get("refunded_amount", "0")),
    )


def ledger_payments(items: Iterable[Mapping[str, Any]]) -> tuple[LedgerPayment, ...]:
    """The payments among the items of the payments table: `STATE` with its `ATTEMPT#n`."""
    states: list[Mapping[str, Any]] = []
    attempts: dict[str, _Attempts] = {}
    for item in items:
        if item["sk"] == "STATE":
            states.append(item)
        elif item["sk"].startswith("ATTEMPT#"):
            _note_attempt(attempts.setdefault(item["pk"], _Attempts()), item)
    return tuple(_ledger_payment(state, attempts.get(state["pk"], _Attempts())) for state in states)


def _note_attempt(attempts: _Attempts, item: Mapping[str, Any]) -> None:
    number = int(item["number"])
    attempts.keys.append((number, str(item["key"])))
    attempts.agreed[number] = Decimal(item["terms"]["amount"])
    if item.get("transfer"):
        attempts.transfers.append((number, int(item["transfer"]["id"])))
        attempts.delivered[number] = Decimal(item["transfer"]["target_amount"])


def _ledger_payment(state: Mapping[str, Any], attempts: _Attempts) -> LedgerPayment:
    invoice, hold = state["invoice"], state.get("hold") or {}
    status = Status(state["status"])
    return LedgerPayment(
        id=state["pk"],
        key=(str(invoice["company"]), int(invoice["vendor_num"]), str(invoice["invoice_num"])),
        sys_row_id=str(invoice["sys_row_id"]).lower(),
        vendor_name=str(state.get("vendor_name") or ""),
        status=status,
        amount=Decimal(state["amount"]),
        currency=str(state["currency"]),
        reason=str((hold.get("reason") if status is Status.HELD else state.get("reason")) or ""),
        head_num=(state.get("draft") or {}).get("head_num"),
        groups=frozenset(identity.group_id(state["pk"], n) for n in range(1, int(state["reservation"]) + 1)),
        keys=tuple(key for _, key in sorted(attempts.keys)),
        transfers=tuple(transfer for _, transfer in sorted(attempts.transfers)),
        agreed=attempts.agreed[max(attempts.agreed)] if attempts.agreed else None,
        delivered=attempts.delivered[max(attempts.delivered)] if attempts.delivered else None,
    )
