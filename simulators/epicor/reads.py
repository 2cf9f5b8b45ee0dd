"""Reads: OData sets (3.1) and the standard methods GetRows, GetList, GetByID, GetBySysRowID (3.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulators.epicor import views
from simulators.epicor.errors import BadQuery, bad_call, not_found
from simulators.epicor.expressions import Call, Column, Literal, Node, own_name, renamed
from simulators.epicor.parsing import parse_clause, parse_filter
from simulators.epicor.queries import Query, count, select
from simulators.epicor.schema import TABLES, Row, Table
from simulators.epicor.services import Child, Service
from simulators.epicor.store import CompanyStore

CAP = 100
_OPTIONS = {"$select", "$filter", "$orderby", "$top", "$skip", "$count", "$expand"}
_NO_CHILDREN: Mapping[str, Child] = {}
_KEY_VALUE = re.compile(r"\s*(?:'((?:[^']|'')*)'|(-?\d+)|(true|false)|([0-9a-fA-F-]{36}))\s*(?:,|$)")


def read_set(
    books: CompanyStore,
    table: str,
    params: Mapping[str, str],
    parent: Mapping[str, Any],
    expandable: Mapping[str, Child] = _NO_CHILDREN,
    cap: int = CAP,
) -> dict[str, Any]:
    """One page of a set; never more than the server's maximum, never a nextLink. `parent` limits it to children."""
    query, columns = _query(TABLES[table], params, parent, cap)
    below = _expanded(params, expandable)
    found = [
        {**views.chosen(books, table, row, columns), **_children(books, row, below)}
        for row in select(books[table], query)
    ]
    total = {"@odata.count": count(books[table], query.condition)} if params.get("$count") == "true" else {}
    return {**total, "value": found}


def count_set(books: CompanyStore, table: str, params: Mapping[str, str]) -> int:
    """How many rows of a set fulfil the filter (`/$count`)."""
    query, _ = _query(TABLES[table], params, {})
    return count(books[table], query.condition)


def read_baq(
    books: CompanyStore, table: str, names: Mapping[str, str], params: Mapping[str, str], wanted: Node | None
) -> dict[str, Any]:
    """One page of a BAQ over a table: `names` are its columns with those of the table (1.5)."""
    asked = [name.strip() for name in params.get("$select", "").split(",") if name.strip()] or list(names)
    own = {name: own_name(name, names, table) for name in asked}
    condition = renamed(parse_filter(params["$filter"]), names, table) if params.get("$filter") else None
    order = tuple((own_name(name, names, table), down) for name, down in _order(params))
    query = Query(_all(wanted, condition), order, _number(params, "$skip", 0), min(_number(params, "$top", CAP), CAP))
    rows = (views.chosen(books, table, row, tuple(own.values())) for row in select(books[table], query))
    return {"value": [{name: row[column] for name, column in own.items()} for row in rows]}


def read_entity(
    books: CompanyStore,
    table: str,
    key_text: str,
    params: Mapping[str, str],
    expandable: Mapping[str, Child] = _NO_CHILDREN,
) -> dict[str, Any]:
    """The row that a key path names. Raises EpicorError (404)."""
    row = entity(books, table, key_text)
    chosen = views.chosen(books, table, row, _columns(TABLES[table], params))
    return {**chosen, **_children(books, row, _expanded(params, expandable))}


def _expanded(params: Mapping[str, str], expandable: Mapping[str, Child]) -> dict[str, Child]:
    """The child sets that `$expand` names: one level, whole rows."""
    names = [name.strip() for name in params.get("$expand", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in expandable]
    if unknown:
        raise BadQuery(f"The property '{unknown[0]}' in '$expand' is no child set here.")
    return {name: expandable[name] for name in names}


def _children(books: CompanyStore, row: Row, below: Mapping[str, Child]) -> dict[str, Any]:
    found = {}
    for name, child in below.items():
        rows = select(books[child.table], Query(_of_parent(child, row)))
        found[name] = [views.chosen(books, child.table, one, ()) for one in rows]
    return found


def _of_parent(child: Child, row: Row) -> Node | None:
    condition: Node | None = None
    for column in child.by:
        condition = _all(_equals(column, row[column]), condition)
    return condition


def entity(books: CompanyStore, table: str, key_text: str) -> Row:
    """The stored row of a key in a path, `'COMP',12,'INV'`. Raises EpicorError (404), BadQuery."""
    key = _key_values(key_text)
    company = key.pop(0) if TABLES[table].company_in_key and key else books.company
    row = books[table].get(*key) if company == books.company else None
    if row is None:
        raise not_found()
    return row


def _key_values(text: str) -> list[Any]:
    values: list[Any] = []
    position = 0
    while position < len(text):
        match = _KEY_VALUE.match(text, position)
        if match is None:
            raise BadQuery(f"Bad key in the path: '{text}'.")
        quoted, digits, boolean, guid = match.groups()
        values.append(_key_value(quoted, digits, boolean, guid))
        position = match.end()
    return values


def _key_value(quoted: str | None, digits: str | None, boolean: str | None, guid: str | None) -> Any:
    if quoted is not None:
        return quoted.replace("''", "'")
    return int(digits) if digits else boolean == "true" if boolean else guid


def _query(
    table: Table, params: Mapping[str, str], parent: Mapping[str, Any], cap: int = CAP
) -> tuple[Query, tuple[str, ...]]:
    unknown = [name for name in params if name.startswith("$") and name not in _OPTIONS]
    if unknown:
        raise BadQuery(f"The query parameter '{unknown[0]}' is not supported.")
    condition = parse_filter(params["$filter"]) if params.get("$filter") else None
    for name, value in parent.items():
        condition = _all(_equals(name, value), condition)
    top = min(_number(params, "$top", CAP), cap)
    return Query(condition, _order(params), _number(params, "$skip", 0), top), _columns(table, params)


def _equals(column: str, value: Any) -> Node:
    return Call("eq", (Column(column), Literal(value, "s" if isinstance(value, str) else "d")))


def _all(node: Node | None, other: Node | None) -> Node | None:
    return Call("and", (node, other)) if node and other else node or other


def _columns(table: Table, params: Mapping[str, str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in params.get("$select", "").split(",") if name.strip())
    for name in names:
        table.kind(name)
    return names


def _order(params: Mapping[str, str]) -> tuple[tuple[str, bool], ...]:
    return tuple(_order_part(part) for part in params.get("$orderby", "").split(",") if part.strip())


def _order_part(text: str) -> tuple[str, bool]:
    column, *direction = text.split()
    if direction not in ([], ["asc"], ["desc"]):
        raise BadQuery(f"Syntax error in '$orderby': '{text}'.")
    return column, direction == ["desc"]


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, str(default))
    if not text.isdigit():
        raise BadQuery(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def get_rows(books: CompanyStore, service: Service, body: Mapping[str, Any]) -> dict[str, Any]:
    """GetRows: every whereClause must be there; children come along with the parents found."""
    for table in service.clauses:
        if f"whereClause{table}" not in body:
            raise bad_call(f"Parameter whereClause{table} is not found in the input object")
    size, page = _paging(body)
    store = books[service.main]
    condition, order = parse_clause(str(body[f"whereClause{service.main}"]), TABLES[service.main])
    rows = select(store, Query(condition, tuple(order), (page - 1) * size if size else 0, size + 1 if size else None))
    more = bool(size) and len(rows) > size
    rows = rows[:size] if size else rows
    clauses = {table: str(body[f"whereClause{table}"]) for table in service.clauses}
    return {"returnObj": dataset(books, service, rows, clauses), "parameters": {"morePages": more}}


def get_list(books: CompanyStore, service: Service, body: Mapping[str, Any]) -> dict[str, Any]:
    """GetList: the main rows under the name of their short form."""
    if "whereClause" not in body:
        raise bad_call("Parameter whereClause is not found in the input object")
    size, page = _paging(body)
    condition, order = parse_clause(str(body["whereClause"]), TABLES[service.main])
    limit = size + 1 if size else None
    rows = select(books[service.main], Query(condition, tuple(order), (page - 1) * size if size else 0, limit))
    shown = [views.full(books, service.main, row) for row in (rows[:size] if size else rows)]
    return {"returnObj": {f"{service.main}List": shown}, "parameters": {"morePages": bool(size) and len(rows) > size}}


def _paging(body: Mapping[str, Any]) -> tuple[int, int]:
    for name in ("pageSize", "absolutePage"):
        if not isinstance(body.get(name), int | Decimal | str) or not str(body[name]).isdigit():
            raise bad_call(f"Parameter {name} is not found in the input object")
    return int(body["pageSize"]), max(1, int(body["absolutePage"]))


def get_by_id(books: CompanyStore, service: Service, body: Mapping[str, Any]) -> dict[str, Any]:
    """GetByID: the row of a key with its children. Raises EpicorError (404)."""
    table = TABLES[service.main]
    for name, column in service.key.items():
        if name not in body:
            raise bad_call(f"Parameter {name} is not found in the input object")
        table.kind(column)
    key = [_as_key(table, column, body[name]) for name, column in service.key.items()]
    row = books[service.main].get(*key)
    if row is None:
        raise not_found()
    return {"returnObj": dataset(books, service, [row])}


def _as_key(table: Table, column: str, value: Any) -> Any:
    try:
        return int(value) if table.kind(column) == "i" else str(value)
    except ValueError:
        raise bad_call(f"Cannot convert '{value}' to System.Int32") from None


def get_by_row_id(books: CompanyStore, service: Service, body: Mapping[str, Any]) -> dict[str, Any]:
    """GetBySysRowID. Raises EpicorError (404)."""
    if "id" not in body:
        raise bad_call("Parameter id is not found in the input object")
    row = books[service.main].by_row_id(str(body["id"]))
    if row is None:
        raise not_found()
    return {"returnObj": dataset(books, service, [row])}


def get_by_row_ids(books: CompanyStore, service: Service, body: Mapping[str, Any]) -> dict[str, Any]:
    """GetBySysRowIDs: the rows found of a list of ids."""
    if not isinstance(body.get("ids"), list):
        raise bad_call("Parameter ids is not found in the input object")
    found = (books[service.main].by_row_id(str(one)) for one in body["ids"])
    return {"returnObj": dataset(books, service, [row for row in found if row is not None])}


def dataset(
    books: CompanyStore, service: Service, rows: list[Row], clauses: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The data set of a service: every table it has, with the children of these rows."""
    tables: dict[str, Any] = {name: [] for name in service.clauses}
    tables["ExtensionTables"] = []
    tables[service.main] = [views.full(books, service.main, row) for row in rows]
    for child in service.children:
        condition, _ = parse_clause((clauses or {}).get(child.table, ""), TABLES[child.table])
        for row in rows:
            found = select(books[child.table], Query(_all(_of_parent(child, row), condition)))
            tables[child.table] += [views.full(books, child.table, one) for one in found]
    return tables
