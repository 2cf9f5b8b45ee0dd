"""One call of a method: who calls, in which company, with what; and the data sets that calls carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from simulators.epicor import views
from simulators.epicor.errors import bad_call, business
from simulators.epicor.schema import TABLES, Row, Table
from simulators.epicor.store import CompanyStore, Revisions


@dataclass(frozen=True)
class Directive:
    """What a site's own rule does to a method: refuse it with a text, or set columns of the rows sent, by table."""

    says: str
    alters: Mapping[str, Mapping[str, Any]]


@dataclass
class Books:
    """The whole site: companies, row versions, the open fiscal periods."""

    revisions: Revisions
    companies: dict[str, CompanyStore]
    names: dict[str, str]
    rates: dict[tuple[str, str], Decimal] = field(default_factory=dict)  # by company and currency code
    closed_through: dict[str, date] = field(default_factory=dict)  # by company: periods are closed up to this day
    last_head_num: int = 5000
    upgrading: bool = False  # every call is refused meanwhile
    directives: dict[str, Directive] = field(default_factory=dict)  # by Service/Method
    legal_numbers: set[str] = field(default_factory=set)  # companies whose payments want one from a person
    new_clauses: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by service: tables that an upgrade brought
    keeps_groups: bool = False  # whether payment groups cannot be deleted
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)  # attachments by company and path
    _backup: tuple[Revisions, dict[str, CompanyStore], int] | None = None

    def back_up(self) -> None:
        """Keep the database as it is now."""
        self._backup = deepcopy((self.revisions, self.companies, self.last_head_num))

    def restore(self) -> None:
        """Put the kept database back: row versions fall (pitfall 8). Raises ValueError without a backup."""
        if self._backup is None:
            raise ValueError("there is no backup")
        self.revisions, self.companies, self.last_head_num = deepcopy(self._backup)

    def next_head_num(self) -> int:
        """The next number of the payment sequence."""
        self.last_head_num += 1
        return self.last_head_num


@dataclass(frozen=True)
class Session:
    """A call: the site, the company of the path, the caller, the time, and how to do something later."""

    site: Books
    company: str
    user: str
    now: datetime
    later: Callable[[float, Callable[[], None]], None]

    @property
    def books(self) -> CompanyStore:
        """The tables of the call's company."""
        return self.site.companies[self.company]

    def as_user(self, user: str) -> Session:
        """The same call by somebody else."""
        return replace(self, user=user)

    def rate(self, code: str) -> Decimal:
        """Today's rate of a currency to the company's own."""
        return self.site.rates.get((self.company, code), Decimal(1))

    @property
    def today(self) -> str:
        """The day as rows hold dates."""
        return midnight(self.now.date())


Answer = dict[str, Any]
Handler = Callable[[Session, Mapping[str, Any]], Answer]


@dataclass(frozen=True)
class Method:
    """A method: what it does, the parameters it must be given, whether it leaves everything as it was."""

    handler: Handler
    parameters: tuple[str, ...]
    reads: bool = False
    verbs: tuple[str, ...] = ("POST",)


def midnight(day: date) -> str:
    """A date as rows hold it."""
    return f"{day.isoformat()}T00:00:00"


class DataSet:
    """A data set as a client sent it: tables of rows with RowMod. Unknown columns are dropped, as the server does."""

    def __init__(self, raw: Any, tables: tuple[str, ...]) -> None:
        if not isinstance(raw, dict):
            raise bad_call("Parameter ds is not found in the input object")
        self.rest = {name: rows for name, rows in raw.items() if name not in tables}
        self.tables = {name: [_read_row(TABLES[name], row) for row in raw.get(name) or []] for name in tables}

    def changed(self, table: str) -> Row:
        """The one row of a table that is being added or updated. Raises EpicorError without one."""
        rows = [row for row in self.tables[table] if row["RowMod"] in ("A", "U")]
        if not rows:
            raise business("No row is marked as added or updated (RowMod).", table)
        return rows[-1]

    def answer(self, **values: Any) -> Answer:
        """The answer of a method that hands the data set back."""
        return {"parameters": {**values, "ds": {**self.rest, **self.tables}}}


def _read_row(table: Table, raw: Any) -> Row:
    """A sent row: columns that are missing get their default, so that a partial row overwrites (pitfall 35)."""
    if not isinstance(raw, dict):
        raise bad_call(f"A row of {table.name} is not an object")
    row = {**table.defaults, **{name: _read_value(table, name, raw[name]) for name in table.kinds if name in raw}}
    row["RowMod"] = str(raw.get("RowMod") or "")
    return row


def _read_value(table: Table, name: str, value: Any) -> Any:
    kind = table.kinds[name]
    if value is None:
        return table.defaults[name]
    try:
        return _READERS[kind](value)
    except (TypeError, ValueError, ArithmeticError):
        raise bad_call(f"Could not convert '{value}' of column {name} to {_TYPES[kind]}") from None


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or int(value) != Decimal(str(value)):
        raise TypeError
    return int(value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool | str):
        raise TypeError
    return Decimal(value)


def read_day(value: Any) -> str:
    """A date as rows hold it, from its first ten characters (3.2). Raises ValueError."""
    return midnight(date.fromisoformat(str(value)[:10]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "s": _text,
    "b": _boolean,
    "i": _whole,
    "d": _decimal,
    "t": read_day,
    "g": lambda value: str(value).lower(),
}
_TYPES = {"s": "string", "b": "boolean", "i": "integer", "d": "decimal", "t": "date", "g": "guid"}


def stored(table: str, row: Row) -> Row:
    """The columns of a sent row that the database keeps."""
    definition = TABLES[table]
    return {name: value for name, value in row.items() if name in definition.kinds and name not in definition.joined}


def fresh(books: CompanyStore, table: str, row: Row) -> dict[str, Any]:
    """A stored row as an Update answers it: read again, unchanged."""
    return views.full(books, table, row)
