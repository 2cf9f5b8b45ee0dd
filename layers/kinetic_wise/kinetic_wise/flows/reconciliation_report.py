"""A reconciliation as a spreadsheet: a sheet of figures, a sheet of balances, and one of all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import IO

from kinetic_wise.payments.footing import Summary
from kinetic_wise.payments.reconciliation import Row
from kinetic_wise.spreadsheet import Cell, Workbook

COLUMNS = tuple(Row.model_fields)
_ROWS, _SUMMARY, _BALANCES = "Rows", "Summary", "Balances"


class Report:
    """Rows are written as they come; the figures at the end, in front."""

    def __init__(self, book: Workbook, write: Callable[[list[Cell]], None]) -> None:
        self._book = book
        self._write = write
        self._summary: Summary | None = None

    def row(self, row: Row) -> None:
        """One more row."""
        self._write([_cell(getattr(row, column)) for column in COLUMNS])

    def conclude(self, summary: Summary) -> None:
        """What to write when all rows are there."""
        self._summary = summary

    def figures(self) -> None:
        """Write the sheets of figures. Without a conclusion there is nothing to tell."""
        if self._summary is None:
            return
        with self._book.sheet(_SUMMARY, ("class", "currency", "rows", "amount")) as write:
            for one in self._summary.classes:
                write([one.kind.value, one.currency, one.rows, one.amount])
        with self._book.sheet(_BALANCES, ("currency", "what", "amount", "problem")) as write:
            for row in _balances(self._summary):
                write(row)
        self._book.end((_SUMMARY, _BALANCES, _ROWS))


@contextmanager
def spreadsheet(stream: IO[bytes]) -> Iterator[Report]:
    """A report into a stream of bytes; give it its rows, then `conclude` it."""
    with closing(Workbook(stream)) as book:
        with book.sheet(_ROWS, COLUMNS) as write:
            report = Report(book, write)
            yield report
        report.figures()


def _balances(summary: Summary) -> Iterator[list[Cell]]:
    for balance in summary.balances:
        yield [balance.currency, "opening", balance.opening, ""]
        for kind, amount in balance.movements.items():
            yield [balance.currency, kind.value, amount, ""]
        yield [balance.currency, "closing", balance.closing, balance.problem]
    for currency in summary.without_statement:
        yield [currency, "no statement", None, "Wise gives it to a person only"]


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, Cell) else str(value)
