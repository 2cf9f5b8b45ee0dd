"""The figures of a reconciliation: rows by class, and per balance opening + movements = closing. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from kinetic_wise.payments.books import CashLine, Period
from kinetic_wise.payments.reconciliation import Row, RowClass
from kinetic_wise.payments.record import Amount, Record

_NOTHING = Decimal(0)


class BalanceFigures(Record):
    """A balance over the period. It foots when the rows lead from what was there to what Wise says is there."""

    currency: str
    opening: Amount
    movements: dict[RowClass, Amount]  # by the class of the rows that tell of them
    closing: Amount
    foots: bool
    problem: str = ""


class ClassFigures(Record):
    """The rows of a class in a currency: amounts of the payments, or of the fees."""

    kind: RowClass
    currency: str
    rows: int
    amount: Amount


_DIFFER = frozenset(
    {
        RowClass.AMOUNT_DIFFERS,
        RowClass.PAID_NOT_POSTED,
        RowClass.POSTED_BUT_RETURNED,
        RowClass.ONLY_IN_EPICOR,
        RowClass.ONLY_IN_WISE,
    }
)


class Summary(Record):
    """What a reconciliation found."""

    first: str
    last: str
    classes: tuple[ClassFigures, ...]
    balances: tuple[BalanceFigures, ...]
    without_statement: tuple[str, ...]  # currencies whose statement Wise gives to a person only

    @property
    def foots(self) -> bool | None:
        """Whether every balance adds up; None when those checked do, and some could not be without their statement."""
        if not all(balance.foots for balance in self.balances):
            return False
        return None if self.without_statement else True

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(figures.rows for figures in self.classes)

    @property
    def differences(self) -> int:
        """How many rows say different things in two books: somebody must look."""
        return sum(figures.rows for figures in self.classes if figures.kind in _DIFFER)

    def count(self, kind: RowClass) -> int:
        """How many rows of a class."""
        return sum(figures.rows for figures in self.classes if figures.kind is kind)


@dataclass
class RunningBalance:
    """A statement read line by line, the oldest first: what was in the balance when the period began and ended."""

    currency: str
    period: Period
    opening: Decimal | None = None
    closing: Decimal | None = None
    balance: Decimal | None = None  # after the last line
    problem: str = ""

    def add(self, line: CashLine) -> None:
        """One more line."""
        before = line.running_balance - line.amount
        if self.balance is not None and before != self.balance and not self.problem:
            self.problem = f"before {line.reference} the balance was {before}, after the line before it {self.balance}"
        if line.at >= self.period.start and self.opening is None:
            self.opening = before
        if line.at >= self.period.end and self.closing is None:
            self.closing = before
        self.balance = line.running_balance

    def reached(self, balance: Decimal) -> None:
        """So far the lines led, and Wise says what is in the balance then."""
        if self.balance is not None and self.balance != balance and not self.problem:
            self.problem = f"the last line leaves {self.balance}, the statement says {balance}"
        self.balance = balance

    def end(self) -> None:
        """There are no more lines."""
        self.opening = self.balance if self.opening is None else self.opening
        self.closing = self.balance if self.closing is None else self.closing


@dataclass
class Tally:
    """Counts rows as they come."""

    rows: dict[tuple[RowClass, str], int] = field(default_factory=lambda: defaultdict(int))
    amounts: dict[tuple[RowClass, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    cash: dict[tuple[str, RowClass], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, row: Row) -> None:
        """One more row."""
        amount, currency = amount_of(row)
        self.rows[row.kind, currency] += 1
        self.amounts[row.kind, currency] += amount
        if row.cash:
            self.cash[row.cash_currency, row.kind] += row.cash

    def summary(self, period: Period, balances: list[RunningBalance], without_statement: list[str]) -> Summary:
        """The figures of all rows so far."""
        order = list(RowClass)
        keys = sorted(self.rows, key=lambda key: (order.index(key[0]), key[1]))
        return Summary(
            first=period.first.isoformat(),
            last=period.last.isoformat(),
            classes=tuple(
                ClassFigures(kind=kind, currency=currency, rows=self.rows[kind, currency], amount=amount)
                for kind, currency in keys
                for amount in [self.amounts[kind, currency]]
            ),
            balances=tuple(self._figures(balance) for balance in balances),
            without_statement=tuple(without_statement),
        )

    def _figures(self, balance: RunningBalance) -> BalanceFigures:
        movements = {
            kind: self.cash[balance.currency, kind] for kind in RowClass if self.cash.get((balance.currency, kind))
        }
        opening, closing = balance.opening or _NOTHING, balance.closing or _NOTHING
        reached = opening + sum(movements.values(), _NOTHING)
        problem = balance.problem
        if reached != closing and not problem:
            problem = f"the rows lead to {reached}, the statement says {closing}"
        return BalanceFigures(
            currency=balance.currency,
            opening=opening,
            movements=movements,
            closing=closing,
            foots=not problem,
            problem=problem,
        )


def amount_of(row: Row) -> tuple[Decimal, str]:
    """What a row is about: what Epicor says, else Wise, else the movement itself."""
    if row.epicor_amount is not None:
        return row.epicor_amount, row.epicor_currency
    if row.wise_amount is not None:
        return row.wise_amount, row.wise_currency
    return row.cash or _NOTHING, row.cash_currency
