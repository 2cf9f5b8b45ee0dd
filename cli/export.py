"""The audit trail of some days as CSV or JSON Lines, entry by entry."""

from __future__ import annotations

import contextlib
import csv
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import simplejson

from cli.problem import Problem
from cli.progress import counting
from kinetic_wise.ledger.trail import Trail, read_entry
from kinetic_wise.payments.books import Period

COLUMNS = ("chain", "n", "at", "kind", "data", "exchanges", "id", "previous", "hash")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for one


def export(trail: Trail, period: Period, path: Path | None, *, lines: bool) -> int:
    """Write the entries of the period and answer how many. Raises Problem when the file cannot be written."""
    with _opened(path) as stream, counting("entries written", quiet=path is None) as count:
        write = _line_writer(stream) if lines else _csv_writer(stream)
        number = 0
        for number, entry in enumerate(_entries(trail, period), start=1):
            write(entry)
            count(number)
    return number


def _entries(trail: Trail, period: Period) -> Iterator[dict[str, Any]]:
    for item in trail.all_entries():
        entry = read_entry(item)
        if datetime.fromisoformat(entry["at"]) in period:
            yield entry


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        stream = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}", "name another file with --output") from None
    with stream:
        yield stream


def _line_writer(stream: TextIO) -> Callable[[dict[str, Any]], object]:
    return lambda entry: stream.write(_text(entry) + "\n")


def _csv_writer(stream: TextIO) -> Callable[[dict[str, Any]], object]:
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(COLUMNS)
    return lambda entry: rows.writerow([_cell(entry[column]) for column in COLUMNS])


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else _text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(value: Any) -> str:
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, sort_keys=True)
