"""Reading by GetRows: every whereClause of the service, SQL-like, page after page (epicor-kinetic-api.md 3.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kinetic_wise.epicor import filters, values
from kinetic_wise.epicor.filters import Filter
from kinetic_wise.epicor.sets import PAGE, REVISION, EntitySet, Query
from kinetic_wise.epicor.values import Row
from kinetic_wise.transport import Refused, Unclear

if TYPE_CHECKING:
    from kinetic_wise.epicor.service import DataSet, Service

_CLAUSE = "whereClause"
_INPUT = "GetRows_input"  # the last part of the schema's name
_NO_ROWS = "1=0"
_KEPT = timedelta(hours=1)


@dataclass
class GetRows:
    """Reads the tables of business objects. Which clauses a version wants is read from its own description."""

    service: Service
    _clauses: dict[str, tuple[datetime, list[str]]] = field(default_factory=dict, init=False)

    def rows(self, company: str, source: EntitySet, query: Query) -> list[Row]:
        """The first page of a main table, or all rows of a child's. Raises RemoteError, ConfigurationMissing."""
        if source.parent:
            return sorted(self.children(company, source, query), key=lambda row: _sort_key(row, query.order))
        clause = f"{_clause(filters.conjuncts(filters.parse(query.where)))} BY {query.order}".strip()
        found, _ = self._page(company, source.service, source.table, {source.table: clause})
        return [_cut(row, query) for row in found.get(source.table, [])]

    def children(self, company: str, source: EntitySet, query: Query) -> Iterator[Row]:
        """All rows of a child table, which come with their parents; these page by SysRevID."""
        conditions = filters.conjuncts(filters.parse(query.where))
        of_parent = [one for one in conditions if filters.columns(one) <= source.shared]
        last = 0
        while True:
            after = filters.parse(f"{REVISION} gt {last}")
            clauses = {
                source.parent: f"{_clause([*of_parent, after])} BY {REVISION}",
                source.table: _clause(conditions),
            }
            found, more = self._page(company, source.service, source.parent, clauses)
            yield from (_cut(row, query) for row in found.get(source.table, []))
            if not more:
                return
            last = max(values.number(row, REVISION) for row in found[source.parent])

    def _page(self, company: str, service: str, table: str, clauses: Mapping[str, str]) -> tuple[DataSet, bool]:
        """The first page with rows of the table, and whether there are more. A page may be short, even empty."""
        wanted = self._wanted(service)
        try:
            return self._page_with(company, service, table, wanted, clauses)
        except Refused:
            self._clauses.pop(service)
            if self._wanted(service) == wanted:
                raise
        return self._page_with(company, service, table, self._wanted(service), clauses)  # upgraded meanwhile

    def _page_with(
        self, company: str, service: str, table: str, wanted: list[str], clauses: Mapping[str, str]
    ) -> tuple[DataSet, bool]:
        body: dict[str, Any] = {f"{_CLAUSE}{name}": _NO_ROWS for name in wanted}
        body |= {f"{_CLAUSE}{name}": clause for name, clause in clauses.items()}
        number = 1
        while True:
            reply = self.service.ask(company, f"{service}/GetRows", {**body, "pageSize": PAGE, "absolutePage": number})
            more = reply.parameters.get("morePages") is True
            if reply.returned_ds.get(table) or not more:
                return reply.returned_ds, more
            number += 1

    def _wanted(self, service: str) -> list[str]:
        """The tables that this version of the service wants a clause for (pitfall 12)."""
        now = self.service.transport.now()
        until, _ = self._clauses.get(service, (now, []))
        if until <= now:
            self._clauses[service] = (now + _KEPT, self._described(service))
        return self._clauses[service][1]

    def _described(self, service: str) -> list[str]:
        description = self.service.describe(service)
        schemas = description.get("components", {}).get("schemas", {})
        wanted: Any = next((found for name, found in schemas.items() if name.split(".")[-1] == _INPUT), {})
        inputs = wanted.get("properties", {})
        tables = [name.removeprefix(_CLAUSE) for name in inputs if name.startswith(_CLAUSE)]
        if not tables:
            raise Unclear(f"the description of {service} names no clauses of GetRows")
        return tables


def _clause(conditions: list[Filter]) -> str:
    return " and ".join(f"({filters.as_clause(condition)})" for condition in conditions)


def _cut(row: Row, query: Query) -> Row:
    """The columns asked for of a wide row."""
    return {name: row[name] for name in query.columns if name in row}


def _sort_key(row: Row, order: str) -> list[Any]:
    return [row.get(column) for column in order.split(",")]
