"""Entity sets and methods of Epicor's services over one transport (epicor-kinetic-api.md sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import simplejson

from kinetic_wise.epicor.connection import EpicorTransport
from kinetic_wise.epicor.options import EpicorOptions
from kinetic_wise.epicor.readers import Reading
from kinetic_wise.epicor.sets import Query
from kinetic_wise.epicor.values import Row
from kinetic_wise.transport import Answer, Call, Effect, NotArrived, Refused, Unclear

DataSet = dict[str, list[Row]]

_LONGEST_QUERY = 2_047  # IIS refuses more (3.1)
_SECONDS = 30.0
# Out parameters by which a method asks something that only a person may answer (7.5, 7.6)
_QUESTIONS = ("pcQuestion", "pQuestion", "requiresUserInput", "taxRecMessage", "LNMessage", "legalNumberMessage")


def literal(value: str) -> str:
    """A text literal of a filter: quotes doubled."""
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True)
class Reply:
    """What a method answered: its function result and its out parameters (1.4)."""

    method: str
    returned: Any
    parameters: Mapping[str, Any]

    @property
    def ds(self) -> DataSet:
        """The data set to go on with: complete, unknown tables and columns included. Raises Unclear without one."""
        found = self.parameters.get("ds")
        return self._data_set(found)

    @property
    def returned_ds(self) -> DataSet:
        """The data set that a reading method returns. Raises Unclear without one."""
        return self._data_set(self.returned)

    @property
    def question(self) -> str:
        """What the method wants to be told before it goes on, in its own words; "" for nothing."""
        asked = ((name, self.parameters.get(name)) for name in _QUESTIONS)
        return next((name if value is True else str(value) for name, value in asked if value), "")

    def _data_set(self, found: Any) -> DataSet:
        if not isinstance(found, dict):
            raise Unclear(f"{self.method} answered without a data set")
        return found


@dataclass
class Service:
    """Reads sets and calls methods of one Epicor. `writes` counts those that took effect."""

    transport: EpicorTransport
    options: EpicorOptions
    writes: int = field(default=0, init=False)
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        self.reading = Reading(self)

    # --- reading sets ----------------------------------------------------------------------------------------------

    def rows(self, company: str, entity_set: str, select: str, where: str, order: str) -> list[Row]:
        """One page, at most 100 rows, of a set such as `Erp.BO.VendorSvc/Vendors` in a total order.

        `select` and `order` are column names separated by commas, `where` is an OData filter ("" for all rows).
        """
        return self.reading.rows(company, Query(entity_set, select, where, order))

    def every_row(self, company: str, entity_set: str, select: str) -> Iterator[Row]:
        """All rows of a set by SysRevID; a row that is written meanwhile comes again."""
        return self.reading.every_row(company, Query(entity_set, select, "", ""))

    def get(self, company: str, target: str, options: Mapping[str, str]) -> Answer:
        """Ask a set, or whatever answers as one, with OData options. Raises RemoteError."""
        query = urlencode(options, quote_via=quote, safe="$,()'/:")
        if len(query) > _LONGEST_QUERY:
            raise Refused(f"a query of {len(query)} characters is too long for Epicor: shorten `eligible_filter`")
        return self._send("GET", f"{self._path(company, target)}?{query}", Effect.READ)

    def describe(self, service: str) -> Mapping[str, Any]:
        """The description (OpenAPI) of a service's methods in the version that runs (1.1). Raises RemoteError."""
        found: Mapping[str, Any] = self._send("GET", f"/api/swagger/v2/methods/{service}.json", Effect.READ).data
        return found

    def metadata(self, company: str, service: str) -> str:
        """The `$metadata` document (XML) of a service's sets in the version that runs (1.1). Raises RemoteError."""
        path = self._path(company, f"{service}/$metadata")
        return self._send("GET", path, Effect.READ, accept="application/xml").text

    # --- methods ---------------------------------------------------------------------------------------------------

    def ask(self, company: str, method: str, body: Mapping[str, Any], *, may_question: bool = False) -> Reply:
        """Call a method without lasting effect, such as `Erp.BO.PaymentEntrySvc/OnChangeVendor`.

        Raises Refused with the text when the method asks a question, unless that `may_question`.
        """
        return self._call(company, method, body, Effect.READ, _SECONDS, may_question=may_question)

    def ask_plainly(self, company: str, method: str) -> Reply:
        """Call a method without parameters, by GET."""
        return self._reply(method, self._send("GET", self._path(company, method), Effect.READ))

    def change(self, company: str, method: str, body: Mapping[str, Any], seconds: float = _SECONDS) -> Reply:
        """Call a method that changes something, once. Raises Refused with the text when it asks a question."""
        reply = self._call(company, method, body, Effect.WRITE, seconds, may_question=False)
        self.writes += 1
        return reply

    def _call(
        self,
        company: str,
        method: str,
        body: Mapping[str, Any],
        effect: Effect,
        seconds: float,
        *,
        may_question: bool,
    ) -> Reply:
        answer = self._send("POST", self._path(company, method), effect, body, seconds)
        reply = self._reply(method, answer)
        if reply.question and not may_question:
            raise Refused(f"{method} asks: {reply.question}", code="question", exchange=answer.exchange)
        return reply

    def _reply(self, method: str, answer: Answer) -> Reply:
        data = answer.data if isinstance(answer.data, dict) else {}
        parameters = data.get("parameters")
        return Reply(method, data.get("returnObj"), parameters if isinstance(parameters, dict) else {})

    def call_function(
        self, company: str, function: str, inputs: Mapping[str, Any], effect: Effect, seconds: float
    ) -> Mapping[str, Any]:
        """Call a Function of the options' library (1.5): its outputs. Raises Refused with the text of an `error`."""
        library = quote(self.options.function_library, safe="")
        path = f"/api/v2/efx/{quote(company, safe='')}/{library}/{function}"
        answer = self._send("POST", path, effect, inputs, seconds)
        return answer.data if isinstance(answer.data, dict) else {}

    @property
    def today(self) -> date:
        """The day in the companies' time zone: fiscal periods follow from it (7.3, pitfall 31)."""
        return self.transport.now().astimezone(ZoneInfo(self.options.time_zone)).date()

    # --- the request -----------------------------------------------------------------------------------------------

    def _path(self, company: str, target: str) -> str:
        return f"/api/v2/odata/{quote(company, safe='')}/{target}"

    def _send(
        self,
        verb: str,
        path: str,
        effect: Effect,
        body: Mapping[str, Any] | None = None,
        seconds: float = _SECONDS,
        accept: str = "application/json",
    ) -> Answer:
        headers = {"Accept": accept, **self._headers()}
        return self.transport.send(Call(verb, path, effect, json=body, headers=headers, timeout_seconds=seconds))

    def _headers(self) -> dict[str, str]:
        headers = {}
        if self.options.license_id:
            headers["License"] = simplejson.dumps({"ClaimedLicense": self.options.license_id})
        if self.options.call_settings:
            headers["CallSettings"] = simplejson.dumps(dict(self.options.call_settings))
        return headers


@contextmanager
def one_write(service: Service) -> Iterator[None]:
    """Several writes that the caller takes for one: when a part took effect, nothing can be said not to have arrived.

    Raises Unclear instead of NotArrived then.
    """
    before = service.writes
    try:
        yield
    except NotArrived as error:
        if service.writes == before:
            raise
        raise Unclear(f"begun, then: {error}", code=error.code, exchange=error.exchange) from error


def only_row(ds: DataSet, table: str, row_mod: str | None = None) -> Row:
    """The one row of a table, or the one with this RowMod. Raises Unclear when there are none or several."""
    found = [row for row in ds.get(table) or [] if row_mod is None or row.get("RowMod") == row_mod]
    if len(found) != 1:
        raise Unclear(f"expected one {table} row, Epicor sent {len(found)}")
    return found[0]
