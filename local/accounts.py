"""How the day ended, counted from the books (design section 8): each invoice once, in exactly one place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.life_cycle import Status
from local.books import BookedInvoice, BookedPayment, BookedTransfer, EpicorBook, InvoiceKey, LedgerPayment, WiseBook

_SECOND = "second_identity"
_ENDED = frozenset({Status.FAILED, Status.RETURNED, Status.CLOSED, Status.REJECTED})


@dataclass(frozen=True)
class End:
    """How one invoice ended: paid, held, failed, returned, closed, rejected, not_eligible, open or lost."""

    key: InvoiceKey
    vendor_name: str
    amount: Decimal
    currency: str
    outcome: str
    reason: str = ""
    payment_id: str = ""  # empty where the ledger does not know the invoice
    status: str = ""  # the ledger's
    transfers: tuple[int, ...] = ()
    head_num: int | None = None
    posted: Decimal = Decimal(0)  # by our payments in Epicor's book
    expect_outcome: str = ""
    expect_reason: str = ""

    @property
    def difference(self) -> str:
        """How this end differs from the sample's, in a sentence; empty when it does not, or there is no sample."""
        if not self.expect_outcome:
            return ""
        name = f"{self.key[2]} of {self.vendor_name} ({self.key[0]})"
        wanted, got = _words(self.expect_outcome, self.expect_reason), _words(self.outcome, self.reason)
        if wanted != got:
            return f"{name}: should end {wanted}, ended {got}"
        if self.outcome == "paid" and (self.status != Status.POSTED or self.posted != self.amount):
            return f"{name}: paid, but the ledger says {self.status} and Epicor has posted {self.posted}"
        return ""


@dataclass(frozen=True)
class Account:
    """The day in numbers. None: the book it stands in is not ours to read."""

    ends: tuple[End, ...]
    invoices: int | None
    paid: int | None
    not_eligible: dict[str, int] | None
    lost: int | None
    paid_twice: int | None
    posted_in_epicor: int | None
    transfers_funded: int | None
    held: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)  # failed, returned, closed, rejected

    @property
    def differences(self) -> list[str]:
        """Where the day did not end as its sample says."""
        return [end.difference for end in self.ends if end.difference]

    def as_dict(self) -> dict[str, Any]:
        """The figures of `report.json`."""
        return {
            "invoices": self.invoices,
            "paid": self.paid,
            "held": self.held,
            **{status.value: self.ended.get(status.value, 0) for status in sorted(_ENDED)},
            "not_eligible": self.not_eligible,
            "open": self.open,
            "lost": self.lost,
            "paid_twice": self.paid_twice,
            "posted_in_epicor": self.posted_in_epicor,
            "transfers_funded": self.transfers_funded,
        }


def account(epicor: EpicorBook | None, wise: WiseBook | None, payments: Iterable[LedgerPayment]) -> Account:
    """Count the day from Epicor's book, Wise's book (None: not ours) and the ledger."""
    ledger = tuple(payments)
    books = _Books(epicor, wise, ledger)
    ends = tuple(books.ends())
    return Account(
        ends=ends,
        invoices=len(ends) + books.strangers if epicor else None,
        paid=_count(ends, "paid") if wise else None,
        not_eligible=_reasons(ends, "not_eligible") if epicor else None,
        lost=_known_or_none(_count(ends, "lost") + books.strangers, known=bool(epicor and wise)),
        paid_twice=books.paid_twice() if wise else None,
        posted_in_epicor=books.posted_lines() if epicor else None,
        transfers_funded=sum(transfer.funded_count > 0 for transfer in wise.transfers) if wise else None,
        held=_reasons(ends, "held"),
        open=_reasons(ends, "open"),
        ended=dict(Counter(end.outcome for end in ends if end.outcome in {status.value for status in _ENDED})),
    )


class _Books:
    """The three books side by side."""

    def __init__(self, epicor: EpicorBook | None, wise: WiseBook | None, ledger: tuple[LedgerPayment, ...]) -> None:
        self._epicor = epicor
        self._ledger = ledger
        self._transfers = {transfer.key: transfer for transfer in wise.transfers} if wise else None
        self._by_row = self._to_show()
        owned = {key for payment in ledger for key in payment.keys}
        out = (t for t in wise.transfers if t.money_is_out) if wise else ()
        self.strangers = sum(transfer.key not in owned for transfer in out)  # money out that no payment knows

    def ends(self) -> Iterable[End]:
        """One end an invoice; without Epicor's book, one a payment."""
        if self._epicor is None:
            return [self._end_of(payment) for payment in self._ledger]
        paid_out = _posted(self._epicor.payments, self._groups())
        known = {invoice.sys_row_id for invoice in self._epicor.invoices}
        gone = [self._end_of(payment) for payment in self._ledger if payment.sys_row_id not in known]
        return [self._booked_end(invoice, paid_out.get(invoice.key)) for invoice in self._epicor.invoices] + gone

    def _booked_end(self, invoice: BookedInvoice, posted: tuple[int, Decimal] | None) -> End:
        payment = self._by_row.get(invoice.sys_row_id)
        outcome, reason = self._outcome(payment) if payment else _without_payment(invoice)
        return End(
            key=invoice.key,
            vendor_name=invoice.vendor_name,
            amount=invoice.amount,
            currency=invoice.currency,
            outcome=outcome,
            reason=reason,
            payment_id=payment.id if payment else "",
            status=payment.status.value if payment else "",
            transfers=self._transfer_ids(payment) if payment else (),
            head_num=posted[0] if posted else payment.head_num if payment else None,
            posted=posted[1] if posted else Decimal(0),
            expect_outcome=invoice.expect_outcome,
            expect_reason=invoice.expect_reason,
        )

    def _end_of(self, payment: LedgerPayment) -> End:
        outcome, reason = self._outcome(payment)
        return End(
            key=payment.key,
            vendor_name=payment.vendor_name,
            amount=payment.amount,
            currency=payment.currency,
            outcome=outcome,
            reason=reason,
            payment_id=payment.id,
            status=payment.status.value,
            transfers=self._transfer_ids(payment),
            head_num=payment.head_num,
        )

    def _outcome(self, payment: LedgerPayment) -> tuple[str, str]:
        """Open until the payment is at rest; then what Wise's book shows; else what the ledger says."""
        if not payment.at_rest:
            return "open", payment.status.value
        if self._is_paid(payment):
            return "paid", ""
        if payment.status is Status.POSTED:
            return "open", payment.status.value  # Wise's book does not bear it out
        return payment.status.value, payment.reason

    def _is_paid(self, payment: LedgerPayment) -> bool:
        if self._transfers is None:
            return payment.status is Status.POSTED
        exact = (payment.currency, payment.amount if payment.agreed is None else payment.agreed)
        return any(t.status == transfer_status.SENT and (t.currency, t.amount) == exact for t in self._of(payment))

    def _of(self, payment: LedgerPayment) -> list[BookedTransfer]:
        transfers = self._transfers or {}
        return [transfers[key] for key in payment.keys if key in transfers]

    def _transfer_ids(self, payment: LedgerPayment) -> tuple[int, ...]:
        return payment.transfers if self._transfers is None else tuple(t.id for t in self._of(payment))

    def paid_twice(self) -> int:
        """Invoices for which more money is out than one transfer a payment, or more than the invoice's amount."""
        amounts = {invoice.sys_row_id: invoice.amount for invoice in self._epicor.invoices} if self._epicor else {}
        out: dict[str, list[list[BookedTransfer]]] = defaultdict(list)
        for payment in self._ledger:
            out[payment.sys_row_id].append([transfer for transfer in self._of(payment) if transfer.money_is_out])
            amounts.setdefault(payment.sys_row_id, payment.amount)
        return sum(_too_much(payments, amounts[row]) for row, payments in out.items())

    def _to_show(self) -> dict[str, LedgerPayment]:
        """The payment that tells how an invoice ended; of several instalments the one furthest from paid."""
        found: dict[str, LedgerPayment] = {}
        for payment in sorted(self._ledger, key=self._from_paid):
            found[payment.sys_row_id] = payment
        return found

    def _from_paid(self, payment: LedgerPayment) -> tuple[bool, bool, bool]:
        """A second identity was never begun: it tells least."""
        return not payment.at_rest, payment.reason != _SECOND, not self._is_paid(payment)

    def posted_lines(self) -> int:
        """Invoices that our payments in Epicor have posted."""
        return len(_posted(self._epicor.payments, self._groups())) if self._epicor else 0

    def _groups(self) -> set[tuple[str, str]]:
        return {(payment.key[0], group) for payment in self._ledger for group in payment.groups}


def never_begun(invoice: BookedInvoice) -> str | None:
    """Why the invoice is not for us to pay, in the connector's order (docs/holds.md); None if it is."""
    reasons = (
        (not invoice.posted, "not_posted"),
        (not invoice.open_payable, "closed"),
        (invoice.pay_hold, "on_payment_hold"),
        (invoice.debit_memo, "debit_memo"),
        (invoice.unposted_balance <= 0, "nothing_to_pay"),
    )
    return next((reason for applies, reason in reasons if applies), None)


def _without_payment(invoice: BookedInvoice) -> tuple[str, str]:
    reason = never_begun(invoice)
    return ("not_eligible", reason) if reason else ("lost", "")


def _posted(payments: Iterable[BookedPayment], groups: set[tuple[str, str]]) -> dict[InvoiceKey, tuple[int, Decimal]]:
    """What our posted payments paid: invoice -> last HeadNum and sum."""
    found: dict[InvoiceKey, tuple[int, Decimal]] = {}
    for payment in payments:
        if not payment.posted or payment.voided or (payment.company, payment.group_id) not in groups:
            continue
        for invoice_num, amount in payment.lines:
            key = (payment.company, payment.vendor_num, invoice_num)
            found[key] = (payment.head_num, found.get(key, (0, Decimal(0)))[1] + amount)
    return found


def _too_much(payments: list[list[BookedTransfer]], amount: Decimal) -> bool:
    out = [transfer for transfers in payments for transfer in transfers]
    if any(len(transfers) > 1 for transfers in payments) or any(transfer.funded_count > 1 for transfer in out):
        return True
    return sum((transfer.amount for transfer in out), Decimal(0)) > amount


def _count(ends: Iterable[End], outcome: str) -> int:
    return sum(end.outcome == outcome for end in ends)


def _reasons(ends: Iterable[End], outcome: str) -> dict[str, int]:
    counted: Mapping[str, int] = Counter(end.reason for end in ends if end.outcome == outcome)
    return dict(sorted(counted.items()))


def _known_or_none(count: int, *, known: bool) -> int | None:
    """A count that one book alone can prove above zero, but never zero."""
    return count if known or count else None


def _words(outcome: str, reason: str) -> str:
    return f"{outcome} ({reason})" if reason else outcome
