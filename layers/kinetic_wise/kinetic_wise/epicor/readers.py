"""Three ways to read the same rows: entity sets, the business objects' GetRows, and BAQs (epicor-kinetic-api.md 3).

Some sites answer plain sets with a 500 (3.5, pitfall 9), others keep bank data from the API user (6.3). Whatever the
way, a caller asks with OData text over Epicor's own column names and gets rows of these columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from kinetic_wise.epicor import filters, values
from kinetic_wise.epicor.get_rows import GetRows
from kinetic_wise.epicor.sets import PAGE, REVISION, SETS, EntitySet, Query
from kinetic_wise.epicor.values import Row
from kinetic_wise.transport import Unclear

if TYPE_CHECKING:
    from kinetic_wise.epicor.service import Service

_TRIED_AGAIN = timedelta(hours=1)
_IN_BAQ = re.compile(r"\w+_[A-Z]\w*")  # Table_Field, Calculated_Name: named as in the BAQ already (1.5)


@dataclass
class Reading:
    """Reads a set the way the site's options say, and by GetRows where Epicor cannot read the set."""

    service: Service
    _get_rows: GetRows = field(init=False)
    _broken: dict[str, datetime] = field(default_factory=dict, init=False)  # service -> when its sets are tried again

    def __post_init__(self) -> None:
        self._get_rows = GetRows(self.service)

    @property
    def broken_services(self) -> list[str]:
        """The services whose sets Epicor could not read within the last hour."""
        now = self.service.transport.now()
        return sorted(name for name, until in self._broken.items() if until > now)

    def rows(self, company: str, query: Query) -> list[Row]:
        """The first page in the order asked for, at most 100 rows; fewer does not mean the end. Raises RemoteError.

        Of a child set that GetRows reads, all rows.
        """
        options = self.service.options
        source = SETS.get(query.path)
        baq = options.baqs.get(source.name) if source else None
        if source and baq:
            target = f"BaqSvc/{quote(baq, safe='')}/Data"
            return _renamed(query, partial(self._in_baq, source), lambda asked: self._page(company, target, asked))
        if not options.columns:
            return self._of_service(company, source, query)
        names = options.columns
        return _renamed(query, lambda name: names.get(name, name), partial(self._of_service, company, source))

    def every_row(self, company: str, query: Query) -> Iterator[Row]:
        """All rows, whatever is written meanwhile: what changes gets a higher SysRevID and comes again (5.4).

        Raises RemoteError.
        """
        source = SETS.get(query.path)
        if source and source.parent and self._by_get_rows(source) and source.name not in self.service.options.baqs:
            yield from self._get_rows.children(company, source, query)
            return
        last, select = 0, ",".join(dict.fromkeys([*query.columns, REVISION]))
        while page := self.rows(company, Query(query.path, select, f"{REVISION} gt {last}", REVISION)):
            yield from page
            last = max(values.number(row, REVISION) for row in page)

    def _of_service(self, company: str, source: EntitySet | None, query: Query) -> list[Row]:
        if source and self._by_get_rows(source):
            return self._get_rows.rows(company, source, query)
        try:
            return self._page(company, query.path, query)
        except Unclear as error:
            if source is None or not _cannot_read(error):
                raise
        self._broken[source.service] = self.service.transport.now() + _TRIED_AGAIN
        return self._get_rows.rows(company, source, query)

    def _by_get_rows(self, source: EntitySet) -> bool:
        now = self.service.transport.now()
        return self.service.options.read_mode == "getrows" or self._broken.get(source.service, now) > now

    def _in_baq(self, source: EntitySet, name: str) -> str:
        own = self.service.options.columns.get(name, name)
        return own if _IN_BAQ.fullmatch(own) else f"{source.table}_{own}"

    def _page(self, company: str, target: str, query: Query) -> list[Row]:
        asked = {"$filter": query.where} if query.where else {}
        asked |= {"$select": query.select, "$orderby": query.order, "$top": str(PAGE), "$skip": "0"}
        answer = self.service.get(company, target, asked)
        found = answer.data.get("value")
        if not isinstance(found, list):
            raise Unclear(f"{target} answered without rows", exchange=answer.exchange)
        return found


def _renamed(query: Query, rename: Callable[[str], str], read: Callable[[Query], list[Row]]) -> list[Row]:
    """Read under the site's names for the columns, and give the rows Epicor's."""
    names = {name: rename(name) for name in query.columns}
    asked = replace(
        query,
        select=",".join(names.values()),
        where=filters.as_odata(filters.parse(query.where), rename),
        order=",".join(map(rename, query.order.split(","))),
    )
    return [{name: row[own] for name, own in names.items() if own in row} for row in read(asked)]


def _cannot_read(error: Unclear) -> bool:
    """Whether Epicor itself, and no gateway, says that something went wrong: trying again does not help (3.5)."""
    return error.exchange is not None and error.exchange.status == 500 and bool(error.code)
