"""A simulator without a socket: `requests` talks to it in process, and faults look as they do on a wire."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from http.client import RemoteDisconnected
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import IncompleteRead, ProtocolError, ReadTimeoutError
from werkzeug.datastructures import Headers

from simulators.common.http import Request, Response
from simulators.common.simulator import Simulator

Seen = Callable[[Request], None]


class InProcessAdapter(BaseAdapter):
    """Carries requests to a simulator.

    A closed connection is a ConnectionError (remote disconnected), a delay beyond the read time-out a ReadTimeout after
    the effect, a truncated body a ChunkedEncodingError. Shorter delays go to `wait`, which may move a test's clock.
    """

    def __init__(
        self,
        simulator: Simulator,
        *,
        wait: Callable[[float], None] = lambda seconds: None,
        before: Seen = lambda request: None,
        after: Seen = lambda request: None,
    ) -> None:
        super().__init__()
        self.simulator = simulator
        self.requests: list[Request] = []
        self._wait = wait
        self._before = before
        self._after = after

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The simulator's answer. Raises the requests errors that a fault would cause."""
        sent = _request(request)
        self.requests.append(sent)
        self._before(sent)
        answer = self.simulator.handle(sent)
        self._after(sent)
        self._pass_time(answer.delay_seconds, timeout, request)
        if answer.response is None:
            lost = RemoteDisconnected("Remote end closed connection without response")
            raise requests.ConnectionError(ProtocolError("Connection aborted.", lost), request=request)
        if answer.truncated and answer.response.body:
            whole = len(answer.response.body)
            broken = ProtocolError("Connection broken", IncompleteRead(whole // 2, whole - whole // 2))
            raise requests.exceptions.ChunkedEncodingError(broken, request=request)
        return _response(answer.response, request)

    def close(self) -> None:
        """Nothing is open."""

    def _pass_time(self, seconds: float, timeout: Any, request: requests.PreparedRequest) -> None:
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        self._wait(seconds if patience is None else min(seconds, patience))
        if patience is not None and seconds > patience:
            late = ReadTimeoutError(None, request.url or "", "Read timed out.")  # type: ignore[arg-type]  # no pool
            raise requests.ReadTimeout(late, request=request)


def _request(request: requests.PreparedRequest) -> Request:
    parts = urlsplit(request.url or "")
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    headers = Headers(list(request.headers.items()))
    return Request(request.method or "GET", unquote(parts.path), parts.query, headers, bytes(body))


def _response(answer: Response, request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict({**answer.headers, "Content-Length": str(len(answer.body))})
    response.encoding = "utf-8"
    response.raw = io.BytesIO(answer.body)
    response.url = request.url or ""
    response.request = request
    return response
