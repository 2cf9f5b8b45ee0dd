"""HTTP messages and routing without a socket, so that a server and an in-process run share one logic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import simplejson
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

Handler = Callable[..., "Response"]


@dataclass(frozen=True)
class Request:
    """One request. `path` is percent-decoded and starts with a slash; `headers` ignore case."""

    method: str
    path: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def params(self) -> dict[str, str]:
        """Query parameters; of a repeated one the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON with numbers as Decimal. Raises ValueError when it is not JSON."""
        return simplejson.loads(self.body, use_decimal=True) if self.body else None


@dataclass
class Response:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def dump_json(value: Any) -> str:
    """JSON text with Decimals as exact JSON numbers, never through binary floating point."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False)


def json_response(status: int, value: Any, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(status, dump_json(value).encode(), {"Content-Type": "application/json", **(headers or {})})


Route = tuple[str, str]  # method, pattern


class Router:
    """Finds the handler of a method and path; case-sensitive, as both real systems are treated."""

    def __init__(self) -> None:
        self._handlers: dict[Route, Handler] = {}

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        """Serve `method pattern` (werkzeug's rule syntax) with `handler(request, **path values)`."""
        self._handlers[method, pattern] = handler

    def find(self, request: Request) -> tuple[Handler, dict[str, Any]] | None:
        """The handler and its path values, or None where nothing is served."""
        try:
            route, values = _compiled(tuple(self._handlers)).match(request.path, request.method)
        except HTTPException:
            return None
        return self._handlers[route], dict(values)


@cache
def _compiled(routes: tuple[Route, ...]) -> MapAdapter:
    """Compiling takes longer than many requests, and many simulators of a process serve the same routes."""
    rules = [Rule(pattern, methods=[method], endpoint=(method, pattern)) for method, pattern in routes]
    return Map(rules, strict_slashes=False).bind("simulator")
