"""The Epicor Kinetic simulator: v2 paths, access, sets and methods over one set of books."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

from simulators.common.clock import Clock
from simulators.common.http import Request, Response, json_response
from simulators.common.simulator import Simulator
from simulators.epicor import (
    access,
    administrators,
    baqs,
    errors,
    functions,
    headers,
    metadata,
    methods,
    people,
    reads,
    seed,
    state,
)
from simulators.epicor.errors import BadQuery, EpicorError, bad_call, business, not_served
from simulators.epicor.services import SERVICES, Child, Service
from simulators.epicor.session import Session
from simulators.epicor.tokens import Issuers
from simulators.sample_day import Day, make_day

INSTANCE = "SaaS001"
_LONGEST_QUERY = 2048
_PATH = re.compile(r"/[^/]+/api/v2/odata/(?P<company>[^/]+)/(?P<service>[^/]+)/(?P<rest>.+)")
_FUNCTION = re.compile(r"/[^/]+/api/v2/efx/(?P<company>[^/]+)(?:/(?P<library>[^/]+)/(?P<function>[^/]+))?")
_DESCRIPTION = re.compile(r"/[^/]+/api/swagger/v2/methods/(?P<service>[^/]+)\.json")
_REST = re.compile(r"(?P<name>\w+)(?:\((?P<key>.*)\))?(?:/(?P<below>\$?\w+))?")
_TOO_LONG = "<html><body>HTTP Error 404.15 - Not Found: the query string is too long.</body></html>"
_SLASH = "<html><body>HTTP Error 404.0 - Not Found</body></html>"


class EpicorSimulator(Simulator):
    """Epicor Kinetic with its own books. `day` is what it is loaded with; none leaves it without vendors.

    `page_cap` is the most rows that a page of a set may have, as the site's administrator set it (3.1).
    """

    def __init__(
        self,
        clock: Clock | None = None,
        day: Day | None = None,
        time_scale: float = 1.0,
        dice: random.Random | None = None,
        page_cap: int = reads.CAP,
    ) -> None:
        super().__init__(clock, time_scale)
        self._dice = dice or random.Random(0)
        self.access = access.Access(self.clock.now, self._dice)
        self._issuers = Issuers(self.access)
        day = day or seed.without_business(make_day())
        self.site = seed.new_books(day, self.clock.now)
        self._page_cap = page_cap
        self.libraries = {functions.LIBRARY}  # published ones
        self._samples = seed.load(day, lambda company: self._session(company, access.PERSON))

    @property
    def ready(self) -> dict[str, Any]:
        """What a client needs to know, without the address."""
        companies = list(self.site.companies)
        return {
            "company": companies[0],
            "companies": companies,
            "user": access.USER,
            "password": access.PASSWORD,
            "api_key": access.API_KEY,
        }

    def dispatch(self, request: Request) -> Response:
        """Carry out one request. Every answer tells the server's time."""
        response = self._answer(request)
        response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
        return response

    def _answer(self, request: Request) -> Response:
        try:
            return self._route(request)
        except EpicorError as error:
            return errors.response(error, self._correlation_id(), request.headers.get("Accept", ""))
        except BadQuery as error:
            return errors.odata_response(error)

    def state(self) -> dict[str, Any]:
        """Invoices and payments (`docs/simulators.md`)."""
        return {**state.state(self.site, self._samples), "calls": self.calls}

    def is_look(self, request: Request) -> bool:
        """Reads of sets and methods that leave everything as it was."""
        function = _FUNCTION.fullmatch(request.path)
        if function is not None and function["function"] in functions.FUNCTIONS:
            return functions.FUNCTIONS[function["function"]].reads
        match = _PATH.fullmatch(request.path)
        method = methods.find(match["service"], match["rest"]) if match else None
        return method.reads if method else request.method == "GET"

    def fault_response(self, status: int) -> Response:
        """A fault in Epicor's words."""
        return errors.fault(status, self._correlation_id())

    def control_routes(self) -> dict[tuple[str, str], Callable[[Request], Response]]:
        """`POST /_sim/people`: what people do meanwhile."""
        return {("POST", "/_sim/people"): self._people}

    def _people(self, request: Request) -> Response:
        body = request.json()
        done = self.access.act(body)
        if done is not None:
            return json_response(200, done)
        company = body.get("company") or next(iter(self.site.companies))
        if company not in self.site.companies:
            raise ValueError(f"no company {company!r}")
        try:
            return json_response(200, people.act(self._session(company, access.PERSON), body))
        except EpicorError as error:
            raise ValueError(error.message) from None

    def _route(self, request: Request) -> Response:
        if self.site.upgrading:
            raise errors.upgrading()
        token = self._issuers.answer(request)
        if token is not None:
            return token
        match = _PATH.fullmatch(request.path)
        return self._of_service(request, match) if match else self._beside(request)

    def _beside(self, request: Request) -> Response:
        """What is no service: descriptions and functions."""
        described = _DESCRIPTION.fullmatch(request.path)
        if described is not None:
            return self._describe(request, described["service"])
        function = _FUNCTION.fullmatch(request.path)
        if function is not None:
            return self._call_function(request, function)
        raise not_served(request.path)

    def _of_service(self, request: Request, match: re.Match[str]) -> Response:
        if len(request.query) > _LONGEST_QUERY:
            return Response(404, _TOO_LONG.encode(), {"Content-Type": "text/html"})
        company, service = match["company"], match["service"]
        user = self.access.check(request, company, service, match["rest"])
        if company not in self.site.companies:
            raise business(f"Invalid company {company}.")
        headers.check(request.headers, self.site.companies)
        if service == baqs.SERVICE:
            session = self._session(company, user)
            return json_response(200, baqs.read(session, request.method, match["rest"], request.query))
        if service not in methods.METHODS:
            raise not_served(service)
        return self._serve(request, self._session(company, user), service, match["rest"])

    def _call_function(self, request: Request, match: re.Match[str]) -> Response:
        """A function of a published library; without one the list of libraries (1.5)."""
        company, library = match["company"], match["library"]
        user = self.access.check(request, company, library or "")
        if company not in self.site.companies:
            raise business(f"Invalid company {company}.")
        headers.check(request.headers, self.site.companies)
        if library is None and request.method == "GET":
            return json_response(200, sorted(self.libraries))
        function = functions.FUNCTIONS.get(match["function"] or "") if library in self.libraries else None
        if function is None or request.method != "POST":
            raise not_served(request.path)
        return json_response(200, functions.invoke(function, self._session(company, user), _body(request)))

    def _describe(self, request: Request, service: str) -> Response:
        self.access.check(request, next(iter(self.site.companies)), service)
        known = SERVICES.get(service)
        if known is None or request.method != "GET":
            raise not_served(request.path)
        parameters = {name: method.parameters for name, method in methods.METHODS[service].items()}
        clauses = (*known.clauses, *self.site.new_clauses.get(service, ()))
        return json_response(200, metadata.description(replace(known, clauses=clauses), parameters))

    def _serve(self, request: Request, session: Session, service: str, rest: str) -> Response:
        method = methods.find(service, rest)
        if method is not None:
            if request.method not in method.verbs:
                raise EpicorError(405, "System.Web.Http.HttpResponseException", "The method is not allowed here.")
            body = administrators.directed(session.site, f"{service}/{rest}", _body(request))
            administrators.check_clauses(session.site, f"{service}/{rest}", body)
            return json_response(200, methods.invoke(method, session, body))
        known = SERVICES.get(service)
        if rest == "$metadata" and known is not None:
            return Response(200, metadata.document(known).encode(), {"Content-Type": "application/xml"})
        match = _REST.fullmatch(rest)
        if match is None or known is None or match["name"] not in known.sets:
            raise not_served(f"{service}/{rest}")
        if match["key"] and "/" in match["key"]:
            return Response(404, _SLASH.encode(), {"Content-Type": "text/html"})
        answer = self._of_set(request, session, known, match)
        if isinstance(answer, Response):
            return answer
        context = f"{request.path[: request.path.index(rest)]}$metadata#{match['below'] or match['name']}"
        return json_response(200, {"@odata.context": context, **answer})

    def _of_set(self, request: Request, session: Session, service: Service, match: re.Match[str]) -> Any:
        table, key, below = service.sets[match["name"]], match["key"], match["below"]
        if request.method != "GET":
            return _write(request, session, service, table, key)
        if below == "$count" and not key:
            return Response(200, str(reads.count_set(session.books, table, request.params)).encode())
        if below:
            return _children(request, session, service, match)
        expandable = _child_sets(service, table)
        if key:
            return reads.read_entity(session.books, table, key, request.params, expandable)
        return reads.read_set(session.books, table, request.params, {}, expandable, self._page_cap)

    def _session(self, company: str, user: str) -> Session:
        return Session(self.site, company, user, self.clock.now(), self.agenda.after)

    def _correlation_id(self) -> uuid.UUID:
        return uuid.UUID(int=self._dice.getrandbits(128))


def _body(request: Request) -> dict[str, Any]:
    """The parameters of a method. Raises EpicorError: the REST layer is obscure about a missing Content-Type (1.3)."""
    if request.method == "GET":
        return dict(request.params)
    if "json" not in request.headers.get("Content-Type", ""):
        raise bad_call("Value cannot be null.\r\nParameter name: input")
    try:
        body = request.json()
    except ValueError:
        raise bad_call("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_call("The request body is not an object.")
    return body


def _children(request: Request, session: Session, service: Service, match: re.Match[str]) -> dict[str, Any]:
    """A child set below an entity (1.1)."""
    child = next((child for child in service.children if service.sets.get(match["below"]) == child.table), None)
    if child is None or not match["key"]:
        raise not_served(match.string)
    parent = reads.entity(session.books, service.sets[match["name"]], match["key"])
    return reads.read_set(session.books, child.table, request.params, {name: parent[name] for name in child.by})


def _child_sets(service: Service, table: str) -> dict[str, Child]:
    """The sets that `$expand` may name: children of the main table in the same service (3.1)."""
    below = {child.table: child for child in service.children} if table == service.main else {}
    return {name: below[held] for name, held in service.sets.items() if held in below}


def _write(request: Request, session: Session, service: Service, table: str, key: str | None) -> Response:
    """POST, PATCH and DELETE of a set: an Update of one row (3.6)."""
    if request.method == "POST" and not key:
        answer = methods.write_entity(session, service, table, {**_body(request), "RowMod": "A"})
        return json_response(201, answer["parameters"]["ds"][table][0])
    if request.method not in ("PATCH", "DELETE") or not key:
        raise EpicorError(405, "System.Web.Http.HttpResponseException", "The method is not allowed here.")
    row = reads.entity(session.books, table, key)
    changes = {**_body(request), "RowMod": "U"} if request.method == "PATCH" else {"RowMod": "D"}
    methods.write_entity(session, service, table, {**row, **changes})
    return Response(204)
