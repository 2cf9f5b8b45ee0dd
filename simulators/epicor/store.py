"""The database: rows by key with indexes, and one row version counter for everything."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from simulators.epicor.schema import TABLES, Key, Row, Table

_STAMPED = "UpdatedOn_c"  # a directive of the site writes the moment of each change there
_ROW_IDS = uuid.UUID("5a1f3b52-6c0e-4d0f-9c39-7d8c0f4f2a10")


class Revisions:
    """The global row version: every write of any row takes the next one (3.7)."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.last = 100_000
        self._now = now

    def __deepcopy__(self, _: object) -> Revisions:
        copied = Revisions(self._now)
        copied.last = self.last
        return copied

    def next(self) -> int:
        """The next row version."""
        self.last += 1
        return self.last

    def stamp(self) -> str:
        """The moment of a write, as rows hold it."""
        return self._now().strftime("%Y-%m-%dT%H:%M:%S")


class TableStore:
    """The rows of one table in one company. Rows hold only columns that differ from their default."""

    def __init__(self, table: Table, company: str, revisions: Revisions) -> None:
        self.table = table
        self._company = company
        self._revisions = revisions
        self._rows: dict[Key, Row] = {}
        self._by_row_id: dict[str, Key] = {}
        self._indexes: dict[str, dict[Any, dict[Key, None]]] = {column: {} for column in table.indexes}
        self._order: list[tuple[int, Key]] = []  # every write, oldest first; what was overwritten since is skipped

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, *key: Any) -> Row | None:
        """The row of this key (without Company)."""
        return self._rows.get(key)

    def by_row_id(self, row_id: str) -> Row | None:
        """The row of this SysRowID."""
        key = self._by_row_id.get(row_id.lower())
        return self._rows[key] if key is not None else None

    def put(self, row: Row) -> Row:
        """Write a row: it gets a new SysRevID, and a SysRowID if it has none."""
        key = self.table.key_of(row)
        self._forget(key)
        row["Company"] = self._company
        row["SysRevID"] = self._revisions.next()
        if _STAMPED in self.table.kinds:
            row[_STAMPED] = self._revisions.stamp()
        row.setdefault("SysRowID", self._row_id(key))
        self._rows[key] = row
        self._by_row_id[row["SysRowID"]] = key
        self._order.append((row["SysRevID"], key))
        for column, index in self._indexes.items():
            index.setdefault(self._value(row, column), {})[key] = None
        if len(self._order) > 2 * len(self._rows) + 1000:
            self._order = [(rev, known) for rev, known in self._order if self._is_current(rev, known)]
        return row

    def change(self, row: Row, **values: Any) -> Row:
        """Write some columns of a stored row."""
        return self.put({**row, **values})

    def delete(self, row: Row) -> None:
        """Remove a row."""
        self._forget(self.table.key_of(row))

    def rename(self, row: Row, **key: Any) -> Row:
        """Give a row another key; its SysRowID stays."""
        self._forget(self.table.key_of(row))
        return self.put({**row, **key})

    def find(self, **values: Any) -> list[Row]:
        """The rows that have these values, by key; the first column must have an index."""
        column = next(iter(values))
        keys = self._indexes[column].get(values[column], {})
        rows = (self._rows[key] for key in sorted(keys))
        return [row for row in rows if all(self._value(row, name) == wanted for name, wanted in values.items())]

    def candidates(self, column: str, value: Any) -> Iterable[Row] | None:
        """Rows that may have this value in this column, or None when there is no index for it."""
        if column == "SysRowID":
            row = self.by_row_id(str(value))
            return [row] if row else []
        if column not in self._indexes:
            return None
        return [self._rows[key] for key in self._indexes[column].get(value, {})]

    def by_revision(self, after: int = 0) -> Iterator[Row]:
        """All rows with a SysRevID above `after`, in its order."""
        start = bisect_right(self._order, after, key=lambda entry: entry[0])
        for position in range(start, len(self._order)):
            revision, key = self._order[position]
            if self._is_current(revision, key):
                yield self._rows[key]

    def rows(self) -> Iterable[Row]:
        """All rows."""
        return self._rows.values()

    def _is_current(self, revision: int, key: Key) -> bool:
        row = self._rows.get(key)
        return row is not None and row["SysRevID"] == revision

    def _forget(self, key: Key) -> None:
        row = self._rows.pop(key, None)
        if row is None:
            return
        del self._by_row_id[row["SysRowID"]]
        for column, index in self._indexes.items():
            keys = index[self._value(row, column)]
            del keys[key]
            if not keys:
                del index[self._value(row, column)]

    def _value(self, row: Row, column: str) -> Any:
        return row.get(column, self.table.defaults[column])

    def _row_id(self, key: Key) -> str:
        return str(uuid.uuid5(_ROW_IDS, "/".join((self.table.name, self._company, *map(str, key)))))


class CompanyStore:
    """All tables of one company."""

    def __init__(self, company: str, revisions: Revisions) -> None:
        self.company = company
        self._tables = {name: TableStore(table, company, revisions) for name, table in TABLES.items()}

    def __getitem__(self, table: str) -> TableStore:
        return self._tables[table]
