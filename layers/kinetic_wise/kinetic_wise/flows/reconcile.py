"""Compare Epicor's payments, our ledger, and Wise's transfers and statements over a period. Reads only.

Everything is read until now, so that what was begun in the period is told as it stands today; the figures are the
period's. Rows come one by one and memory stays flat: only the joined books, on disk, grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kinetic_wise.epicor import EpicorClient
from kinetic_wise.flows.joined_books import JoinedBooks, joined_books
from kinetic_wise.ledger.histories import Histories, History
from kinetic_wise.payments import identity
from kinetic_wise.payments.books import BookedPayment, CashLine, LedgerAttempt, LedgerPayment, Period
from kinetic_wise.payments.footing import RunningBalance, Summary, Tally
from kinetic_wise.payments.model import Attempt
from kinetic_wise.payments.pairing import Scope
from kinetic_wise.payments.reconciliation import Row, RowClass, rows_of, standing
from kinetic_wise.settings import Settings
from kinetic_wise.wise import WiseClient
from kinetic_wise.wise.statements import Statement, StatementClosed, StatementLine

_SLICE = timedelta(days=7)  # of a statement, so that a year is not in memory at once


class UnknownCurrency(ValueError):
    """A statement was given in a currency that cannot be reconciled; the message says why."""


@dataclass(frozen=True)
class Sources:
    """The three books. `epicor` gives the client for one page, `forget` drops exchanges that nobody asks for."""

    settings: Settings
    histories: Histories
    epicor: Callable[[], AbstractContextManager[EpicorClient]]
    companies: tuple[str, ...]
    wise: WiseClient
    now: Callable[[], datetime]
    forget: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Listener:
    """Who is told: each row, where each payment of ours stands, and how many rows or facts were worked off."""

    row: Callable[[Row], None]
    payment: Callable[[LedgerPayment, RowClass], None] = lambda payment, kind: None
    progress: Callable[[int], None] = lambda count: None


@dataclass
class _Cash:
    """What the statements showed."""

    balances: list[RunningBalance] = field(default_factory=list)
    covered: set[str] = field(default_factory=set)  # by Wise itself, until now
    closed: list[str] = field(default_factory=list)


def reconcile(
    sources: Sources, period: Period, listener: Listener, imported: Mapping[str, Statement] | None = None
) -> Summary:
    """Compare the books and answer the figures. `imported` are statements from files, by currency.

    Raises RemoteError, Busy, UnknownCurrency, and ConfigurationMissing when the bank accounts for Wise cannot be told.
    """
    margin = timedelta(days=sources.settings.watch_days + sources.settings.waiting_days)
    since = period.start - margin  # what was paid so long ago may come back, or be posted, in the period
    with joined_books() as joined:
        cash = _read_cash(sources, period, joined, imported or {})
        count = _counter(listener)
        for read in (
            _read_ledger(sources, joined),
            _read_epicor(sources, joined, since),
            _read_wise(sources, joined, since),
        ):
            for _ in read:
                count()
        scope = Scope(period, period.day(sources.now()), since, frozenset(cash.covered))
        tally = _compare(joined, scope, listener)
    return tally.summary(period, cash.balances, cash.closed)


def _counter(listener: Listener) -> Callable[[], None]:
    read = 0

    def count() -> None:
        nonlocal read
        read += 1
        listener.progress(read)

    return count


def _compare(joined: JoinedBooks, scope: Scope, listener: Listener) -> Tally:
    tally = Tally()
    for subject in joined.subjects():
        rows = list(rows_of(subject, scope))
        for row in rows:
            tally.add(row)
            listener.row(row)
        kind = standing(rows)
        if kind is not None and subject.ledger is not None:
            listener.payment(subject.ledger, kind)
    return tally


# --- reading the books ------------------------------------------------------------------------------------------------


def _read_ledger(sources: Sources, joined: JoinedBooks) -> Iterator[None]:
    for history in sources.histories.everything():
        if history.payment.has_claim:
            _put_payment(joined, history)
        yield


def _put_payment(joined: JoinedBooks, history: History) -> None:
    payment, key = history.payment, history.payment.invoice
    for reservation in range(1, payment.reservation + 1):
        joined.tie(_group(key.company, identity.group_id(payment.id, reservation)), payment.id)
    fact = LedgerPayment(
        id=payment.id,
        company=key.company,
        vendor_num=key.vendor_num,
        vendor_name=payment.vendor_name,
        invoice_num=key.invoice_num,
        status=payment.status.value,
        reconciled=history.standing.kind if history.standing else "",
    )
    joined.add(payment.id, fact)
    for attempt in history.attempts:
        _put_attempt(joined, payment.id, attempt)


def _put_attempt(joined: JoinedBooks, payment_id: str, attempt: Attempt) -> None:
    joined.tie(_key(attempt.key), payment_id)
    if attempt.transfer is not None:
        joined.tie(_transfer(attempt.transfer.id), payment_id)
    fact = LedgerAttempt(
        number=attempt.number,
        amount=attempt.terms.amount,
        currency=attempt.terms.currency,
        started_at=attempt.started_at,
        transfer=attempt.transfer,
        took_money=attempt.funded or attempt.may_have_money,
        fee=attempt.fee,
        shortfall=attempt.shortfall.amount if attempt.shortfall else None,
    )
    joined.add(payment_id, fact)


def _read_epicor(sources: Sources, joined: JoinedBooks, since: datetime) -> Iterator[None]:
    for company in sources.companies:
        after = 0
        while page := _page(sources, company, since, after):
            for booked in page:
                joined.add(_group(company, booked.group_id), booked)
                yield
            after = page[-1].head_num


def _page(sources: Sources, company: str, since: datetime, after: int) -> list[BookedPayment]:
    with sources.epicor() as epicor:
        page = epicor.payments_page(company, since.date(), after)
    sources.forget()
    return page


def _read_wise(sources: Sources, joined: JoinedBooks, since: datetime) -> Iterator[None]:
    for transfer in sources.wise.transfers(since):
        owner = joined.subject_of(_key(transfer.key)) if transfer.key else None
        if owner is not None:  # also when the ledger never saw the answer with its id
            joined.tie(_transfer(transfer.id), owner)
        joined.add(_transfer(transfer.id), transfer)
        sources.forget()
        yield


def _read_cash(sources: Sources, period: Period, joined: JoinedBooks, imported: Mapping[str, Statement]) -> _Cash:
    found, held = _Cash(), sorted(sources.wise.balances())
    unknown = sorted(set(imported) - set(held))
    if unknown:
        raise UnknownCurrency(f"a statement in {unknown[0]} was given; the balances are in {', '.join(held) or 'none'}")
    for currency in held:
        if currency in imported:
            found.balances.append(_put_lines(joined, RunningBalance(currency, period), [imported[currency]]))
            continue
        try:
            found.balances.append(
                _put_lines(joined, RunningBalance(currency, period), _slices(sources, period, currency))
            )
            found.covered.add(currency)
        except StatementClosed:
            found.closed.append(currency)
        sources.forget()
    return found


def _slices(sources: Sources, period: Period, currency: str) -> Iterator[Statement]:
    start, now = period.start - _SLICE, sources.now()  # what was in the balance before is said by Wise itself
    while start < now:
        end = min(start + _SLICE, now)
        part = sources.wise.statement(currency, start, end)
        sources.forget()
        if part is not None:
            yield part
        start = end


def _put_lines(joined: JoinedBooks, balance: RunningBalance, parts: Iterable[Statement]) -> RunningBalance:
    """Lines on the common bound of two parts come twice and count once."""
    for part in parts:
        for line in part.lines:
            fact = _line(line)
            link = _transfer(line.transfer_id) if line.transfer_id else f"LINE:{line.currency}:{line.reference}"
            if joined.add(link, fact):
                balance.add(fact)
        balance.reached(part.closing)
    balance.end()
    return balance


def _line(line: StatementLine) -> CashLine:
    return CashLine(
        currency=line.currency,
        at=line.date,
        amount=line.amount,
        fee=line.fee,
        reference=line.reference,
        running_balance=line.running_balance,
        transfer_id=line.transfer_id,
    )


# --- references -------------------------------------------------------------------------------------------------------


def _group(company: str, group_id: str) -> str:
    return f"GROUP:{company}:{group_id}"


def _key(key: str) -> str:
    return f"KEY:{key}"


def _transfer(transfer_id: int) -> str:
    return f"TRANSFER:{transfer_id}"
