"""The spreadsheet: what is written is what a reader of the format finds, digit by digit."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring
from zipfile import ZipFile

from kinetic_wise.spreadsheet import Cell, Workbook

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _cells(row: Element) -> Iterator[tuple[str, str]]:
    for cell in row.iter(f"{_NS}c"):
        yield cell.get("t", "n"), "".join(cell.itertext())


def _sheet(rows: list[list[Cell]]) -> list[list[tuple[str, str]]]:
    stream = io.BytesIO()
    book = Workbook(stream)
    with book.sheet("Rows", ("a", "b")) as write:
        for row in rows:
            write(row)
    book.end(("Rows",))
    with ZipFile(stream) as packed:
        for name in packed.namelist():
            fromstring(packed.read(name))  # noqa: S314 - our own
        sheet = fromstring(packed.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    return [list(_cells(row)) for row in sheet.iter(f"{_NS}row")]


def test_amounts_stand_digit_by_digit() -> None:
    """An amount with more digits than a binary number holds is in the file as it is."""
    (_, row) = _sheet([[Decimal("12345678901234567.89"), Decimal("0.10")]])
    assert row == [("n", "12345678901234567.89"), ("n", "0.10")]


def test_text_is_never_a_formula() -> None:
    """A vendor's name that begins like a formula, or holds mark-up or bytes that XML cannot say, is just text."""
    (_, row) = _sheet([["=1+1", '<b>&"\x00']])
    assert row == [("inlineStr", "=1+1"), ("inlineStr", '<b>&"\ufffd')]


def test_days_are_days_and_nothing_is_nothing() -> None:
    """A date is the spreadsheet's own day number; an empty value leaves its cell empty."""
    (_, row) = _sheet([[date(2026, 11, 30), None, "", 7]])
    assert row == [("n", "46356"), ("n", ""), ("n", ""), ("n", "7")]
