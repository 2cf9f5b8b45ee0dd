"""Finds, orders and cuts rows: the plan behind `$filter`, `$orderby`, `$top` and GetRows."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import islice
from typing import Any

from simulators.epicor.errors import broken
from simulators.epicor.expressions import Call, Column, Literal, Node, conjuncts, evaluator
from simulators.epicor.schema import Row, Table
from simulators.epicor.store import TableStore

Order = tuple[tuple[str, bool], ...]  # column, descending


@dataclass(frozen=True)
class Query:
    """What is asked of one table."""

    condition: Node | None = None
    order: Order = ()
    skip: int = 0
    top: int | None = None


def select(store: TableStore, query: Query) -> list[Row]:
    """The rows asked for, ordered (by key where nothing else is said) and cut."""
    matching = matches(store, query.condition, in_revision_order=_by_revision(query.order))
    end = None if query.top is None else query.skip + query.top
    if _by_revision(query.order):
        return list(islice(matching, query.skip, end))
    key = _sort_key(store.table, query.order)
    ordered = sorted(matching, key=key) if end is None else heapq.nsmallest(end, matching, key=key)
    return ordered[query.skip :]


def count(store: TableStore, condition: Node | None) -> int:
    """How many rows there are, uncut."""
    return len(store) if condition is None else sum(1 for _ in matches(store, condition))


def matches(store: TableStore, condition: Node | None, *, in_revision_order: bool = False) -> Iterator[Row]:
    """The rows that fulfil the condition. Raises EpicorError when it cannot be evaluated."""
    test: Callable[[Row], Any] = evaluator(condition, store.table) if condition is not None else (lambda _: True)
    parts = conjuncts(condition) if condition is not None else []
    return filter(test, _source(store, parts, in_revision_order=in_revision_order))


def _source(store: TableStore, parts: list[Node], *, in_revision_order: bool) -> Iterable[Row]:
    """As few rows as the indexes allow that hold all matching ones."""
    found = [rows for column, value in _values(parts, "eq") if (rows := store.candidates(column, value)) is not None]
    if found:
        rows = min(found, key=lambda rows: len(list(rows)))
        return sorted(rows, key=lambda row: row["SysRevID"]) if in_revision_order else rows
    after = [int(value) for column, value in _values(parts, "gt") if column == "SysRevID"]
    if after or in_revision_order:
        return store.by_revision(max(after, default=0))
    return store.rows()


def _values(parts: list[Node], comparison: str) -> Iterator[tuple[str, Any]]:
    for part in parts:
        if isinstance(part, Call) and part.name == comparison:
            left, right = part.operands
            if isinstance(left, Column) and isinstance(right, Literal) and right.kind != "n":
                yield left.name, right.value


def _by_revision(order: Order) -> bool:
    """SysRevID is unique: whatever follows it does not matter."""
    return bool(order) and order[0] == ("SysRevID", False)


def _sort_key(table: Table, order: Order) -> Callable[[Row], Any]:
    for column, _ in order:
        table.kind(column)
        if column in table.joined:
            raise broken()
    if not order or not any(descending for _, descending in order):
        columns = [column for column, _ in order] or list(table.key)
        return lambda row: [_sortable(row.get(column, table.defaults[column])) for column in columns]
    return cmp_to_key(lambda one, other: _compare(table, order, one, other))


def _compare(table: Table, order: Order, one: Row, other: Row) -> int:
    for column, descending in order:
        first = _sortable(one.get(column, table.defaults[column]))
        second = _sortable(other.get(column, table.defaults[column]))
        if first != second:
            return (first > second) - (first < second) if not descending else (first < second) - (first > second)
    return 0


def _sortable(value: Any) -> tuple[bool, Any]:
    """Null comes first."""
    return (value is not None, value if value is not None else 0)
