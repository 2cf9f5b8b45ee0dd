"""A Wise that answers what a test wrote down, and remembers what it was asked."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import requests
import simplejson
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kinetic_wise.authentication import Auth
from kinetic_wise.transport import Exchange
from kinetic_wise.wise import PersonalToken, WiseClient, WiseTransport, wise_transport

URL = "http://wise.test"
PROFILE = 30_000_001


@dataclass
class Reply:
    """One answer: JSON (or raw text) with a status; an exception instead is raised."""

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    error: Exception | None = None


@dataclass
class ScriptedWise(BaseAdapter):
    """Answers from a list, in order; the last one again and again. Other paths than those asked for are not checked."""

    replies: list[Reply]
    asked: list[requests.PreparedRequest] = field(default_factory=list)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.asked.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if reply.error is not None:
            raise reply.error
        text = simplejson.dumps(reply.data, use_decimal=True) if reply.text is None else reply.text
        response = requests.Response()
        response.status_code = reply.status
        response.headers = CaseInsensitiveDict(reply.headers)
        response.encoding = "utf-8"
        response.raw = io.BytesIO(text.encode())
        response.url, response.request = request.url or "", request
        return response

    def close(self) -> None:
        """Nothing is open."""

    def lines(self) -> list[str]:
        """Method and path of each request."""
        return [f"{request.method} {urlsplit(request.url or '').path}" for request in self.asked]

    def query(self, index: int = -1) -> dict[str, str]:
        """The query of one request."""
        query = urlsplit(str(self.asked[index].url)).query
        return {key: values[0] for key, values in parse_qs(query).items()}

    def body(self, index: int = -1) -> Any:
        """The JSON body of one request."""
        return simplejson.loads(self.asked[index].body or "null", use_decimal=True)


def transport_to(
    wise: ScriptedWise,
    auth: Auth | None = None,
    record: Callable[[Exchange], None] = lambda exchange: None,
    sleep: Callable[[float], None] = lambda seconds: None,
) -> WiseTransport:
    """A transport to a scripted Wise that never really sleeps."""
    session = requests.Session()
    session.mount(URL, wise)
    numbers = iter(range(1, 1000))
    return wise_transport(
        URL,
        auth or PersonalToken("secret-token"),
        session=session,
        record=record,
        sleep=sleep,
        dice=random.Random(1),
        new_id=lambda: UUID(int=next(numbers)),
    )


def client_of(*replies: Reply, version: str = "2026Q3") -> tuple[WiseClient, ScriptedWise]:
    """A client and the Wise that answers it."""
    wise = ScriptedWise(list(replies))
    return WiseClient(transport_to(wise), PROFILE, version), wise


def errors(*elements: Mapping[str, Any] | str) -> dict[str, Any]:
    """A body of the second error family."""
    return {"timestamp": "2026-11-21T10:00:00Z", "errors": list(elements)}
