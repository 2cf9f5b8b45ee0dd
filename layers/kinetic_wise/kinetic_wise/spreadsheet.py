"""A spreadsheet (Office Open XML), written row by row.

Written here and not by a library: amounts go into the file digit by digit as they are, where libraries pass them
through binary floating point; and nothing is kept in memory. Text is text, whatever it begins with: there are no
formulas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

Cell = str | int | Decimal | date | None
_BEFORE_ALL_DAYS = date(1899, 12, 30)  # so that the first of March 1900 is 61, as in every spreadsheet
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
_DAY, _AMOUNT, _HEAD = 1, 2, 3  # positions in cellXfs
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FONT = '<sz val="11"/><name val="Calibri"/>'
_XF = '<xf numFmtId="{}" fontId="{}" fillId="0" borderId="0" applyNumberFormat="1" applyFont="1"/>'
_FORMATS = "".join(_XF.format(number, font) for number, font in ((0, 0), (14, 0), (4, 0), (0, 1)))
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    f'</fills><borders count="1"><border/></borders><cellStyleXfs count="1">{_XF.format(0, 0)}</cellStyleXfs>'
    f'<cellXfs count="4">{_FORMATS}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Workbook:
    """Sheets are written one after the other; `end` writes the rest."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = ZipFile(stream, "w", ZIP_DEFLATED)
        self._names: list[str] = []

    @contextmanager
    def sheet(self, name: str, columns: Sequence[str]) -> Iterator[Callable[[Sequence[Cell]], None]]:
        """A sheet with a line of heads that stays in sight; call the value with each row."""
        self._names.append(name)
        with self._zip.open(f"xl/worksheets/sheet{len(self._names)}.xml", "w", force_zip64=True) as part:
            pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            views = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
            part.write(f'{_XML}<worksheet xmlns="{_MAIN}">{views}<sheetData>'.encode())
            part.write(_row([_text(column, _HEAD) for column in columns]))

            def write(row: Sequence[Cell]) -> None:
                part.write(_row([_cell(value) for value in row]))

            yield write
            part.write(b"</sheetData></worksheet>")

    def end(self, order: Sequence[str]) -> None:
        """Write what holds the sheets together; they are shown in this order."""
        numbers = [self._names.index(name) + 1 for name in order]
        sheets = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
            for name, number in zip(order, numbers, strict=True)
        )
        book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
        self._write("xl/workbook.xml", book)
        self._write("xl/styles.xml", _STYLES)
        related = [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in sorted(numbers)]
        self._write("xl/_rels/workbook.xml.rels", _relations([*related, ("rId0", "styles", "styles.xml")]))
        self._write("_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")]))
        self._write("[Content_Types].xml", _types(len(numbers)))
        self.close()

    def close(self) -> None:
        """Let go of the stream; without `end` what is in it is no spreadsheet."""
        self._zip.close()

    def _write(self, name: str, text: str) -> None:
        self._zip.writestr(name, f"{_XML}{text}")


def _row(cells: Sequence[str]) -> bytes:
    return f"<row>{''.join(cells)}</row>".encode()


def _cell(value: Cell) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, date):
        return f'<c s="{_DAY}"><v>{(value - _BEFORE_ALL_DAYS).days}</v></c>'
    if isinstance(value, Decimal):
        return f'<c s="{_AMOUNT}"><v>{value:f}</v></c>'
    return f"<c><v>{value}</v></c>" if isinstance(value, int) else _text(value)


def _text(value: str, style: int = 0) -> str:
    clean = escape(_UNSAYABLE.sub("\ufffd", value))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{clean}</t></is></c>'


def _relations(related: Sequence[tuple[str, str, str]]) -> str:
    told = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for name, kind, target in related
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def _types(sheets: int) -> str:
    parts = {"xl/workbook.xml": "sheet.main", "xl/styles.xml": "styles"}
    parts |= {f"xl/worksheets/sheet{number}.xml": "worksheet" for number in range(1, sheets + 1)}
    told = "".join(f'<Override PartName="/{part}" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in parts.items())
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    xml = '<Default Extension="xml" ContentType="application/xml"/>'
    return f'<Types xmlns="{_PACKAGE}/content-types">{rels}{xml}{told}</Types>'
