"""HTTP as money needs it: what happened to a request is known exactly, and no write is repeated unasked.

RemoteError
├── NotArrived      the write provably did not take effect: it may be sent again, later
├── Refused         a final answer with a reason (rule 4): data for a decision
├── Unclear         a time-out, 5xx, broken body, or a code of existing, used, state, not-found: look before acting
└── AccessRefused   credentials or rights: stop, tell a person
    └── TokenRejected   401: the token is not valid (any more); renewed once, then the end
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Protocol

import requests
import simplejson


class RemoteError(Exception):
    """Something went wrong with a request to Epicor or Wise. Holds the exchange; its text is safe to log.

    `retry_after`: for so many seconds the other side has no room; None: it did not say.
    """

    def __init__(
        self, message: str, *, code: str = "", exchange: Exchange | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.exchange = exchange
        self.retry_after = retry_after


class NotArrived(RemoteError):
    """The request provably had no effect: no connection, 429, no licence."""


class Refused(RemoteError):
    """The other side refused with a reason."""


class Unclear(RemoteError):
    """Nobody knows whether the request took effect."""


class AccessRefused(RemoteError):
    """Credentials, key, scope or rights do not allow the call."""


class TokenRejected(AccessRefused):
    """401: credentials, key or token are not valid (any more). The request was not carried out."""


@dataclass(frozen=True)
class Exchange:
    """One HTTP request and what came back, as the audit trail keeps it. Bodies are masked before they get here."""

    system: str
    method: str
    url: str
    at: datetime
    seconds: float
    status: int | None  # None: no answer
    request: str
    response: str
    trace_id: str = ""


class Recorder(Protocol):
    """Takes each exchange."""

    def __call__(self, exchange: Exchange, /) -> None:
        """Take one exchange."""


class Effect(Enum):
    """Whether a request only looks or changes something."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Answer:
    """A response: `data` is the parsed JSON (numbers exact) or None; `text` the raw body, `content` that of a file."""

    status: int
    headers: Mapping[str, str]
    text: str
    data: Any
    exchange: Exchange
    content: bytes = b""


@dataclass
class Call:
    """A request about to be sent."""

    method: str
    path: str
    effect: Effect
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 30.0
    is_file: bool = False  # a good answer is bytes, of which the audit trail keeps length and hash only


def system_time() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)


def own_session() -> requests.Session:
    """A session that takes nothing from its surroundings: no .netrc may replace our credentials, and no proxy."""
    session = requests.Session()
    session.trust_env = False
    return session


def retry_after(answer: Answer) -> float | None:
    """The seconds that `Retry-After` asks for; None without it, or where it names a date."""
    value = answer.headers.get("Retry-After", "").strip()
    return float(value) if value.isascii() and value.isdigit() else None


class Permits(Protocol):
    """A limit on calls that all workers share."""

    def take(self) -> None:
        """Wait for room for one call. Raises NotArrived when there is none for long."""

    def rest(self, seconds: float | None) -> None:
        """The other side has no room: nobody may call before these seconds are over; None: it did not say."""


class Unlimited:
    """No limit of ours."""

    def take(self) -> None:
        """There is always room."""

    def rest(self, seconds: float | None) -> None:
        """The transport's own pause is enough."""


@dataclass
class Transport:
    """Sends calls to one system. `judge` turns an answer that is no success into the right RemoteError.

    Reads, and writes that provably did not arrive, are repeated up to `tries` times with backoff and jitter.
    """

    system: str
    base_url: str
    judge: Callable[[Call, Answer], RemoteError | None]
    mask: Callable[[str], str]
    session: requests.Session = field(default_factory=own_session)
    record: Recorder = lambda exchange: None
    now: Callable[[], datetime] = system_time
    sleep: Callable[[float], None] = time.sleep
    dice: random.Random = field(default_factory=random.SystemRandom)
    tries: int = 3
    pause_seconds: float = 0.5
    longest_pause_seconds: float = 10.0
    permits: Permits = field(default_factory=Unlimited)
    read_only: bool = False  # no write leaves, whoever asks for it

    def send(self, call: Call) -> Answer:
        """Send the call and return its good answer. Raises RemoteError otherwise."""
        if self.read_only and call.effect is Effect.WRITE:
            raise NotArrived(f"{call.method} {self.system}: not sent, the setting `shadow` is on", code="shadow")
        for attempt in range(1, self.tries + 1):
            try:
                return self._send_once(call)
            except RemoteError as error:
                pause = self._pause(error, call, attempt)
                if pause is None:
                    raise
                self.sleep(pause)
        raise AssertionError("unreachable: the last try returns or raises")

    def _pause(self, error: RemoteError, call: Call, attempt: int) -> float | None:
        harmless = isinstance(error, NotArrived) or (call.effect is Effect.READ and isinstance(error, Unclear))
        if not harmless or attempt == self.tries:
            return None
        backoff = min(self.longest_pause_seconds, self.pause_seconds * 2 ** (attempt - 1)) * (
            0.5 + self.dice.random() / 2
        )
        asked = error.retry_after or 0.0
        return None if asked > self.longest_pause_seconds else max(backoff, asked)

    def _send_once(self, call: Call) -> Answer:
        self.permits.take()
        started, clock = self.now(), time.monotonic()
        request = self._prepare(call)
        try:
            response = self.session.send(request, timeout=call.timeout_seconds, allow_redirects=False)
            text = response.text if not (call.is_file and response.ok) else _digest(response.content)
        except requests.RequestException as error:
            exchange = self._exchange(call, request, started, clock, None, type(error).__name__)
            raise _lost(error, exchange) from error
        exchange = self._exchange(call, request, started, clock, response, text)
        answer = Answer(response.status_code, response.headers, text, _parse(text), exchange)
        if call.is_file:
            answer = replace(answer, content=response.content)
        problem = self.judge(call, answer)
        if problem is None:
            return answer
        if answer.status == 429 or problem.retry_after:
            self.permits.rest(problem.retry_after)
        raise problem

    def _prepare(self, call: Call) -> requests.PreparedRequest:
        body = simplejson.dumps(call.json, use_decimal=True) if call.json is not None else call.form
        headers = {"Accept": "application/json", **call.headers}
        if call.json is not None:
            headers.setdefault("Content-Type", "application/json")
        url = self.base_url.rstrip("/") + call.path
        return self.session.prepare_request(
            requests.Request(call.method, url, params=dict(call.params), data=body, headers=headers)
        )

    def _exchange(
        self,
        call: Call,
        request: requests.PreparedRequest,
        started: datetime,
        clock: float,
        response: requests.Response | None,
        text: str,
    ) -> Exchange:
        body = request.body.decode() if isinstance(request.body, bytes) else (request.body or "")
        exchange = Exchange(
            system=self.system,
            method=call.method,
            url=request.url or "",
            at=started,
            seconds=round(time.monotonic() - clock, 3),
            status=None if response is None else response.status_code,
            request=self.mask(str(body)),
            response=self.mask(text),
            trace_id="" if response is None else response.headers.get("x-trace-id", ""),
        )
        self.record(exchange)
        return exchange


def _lost(error: requests.RequestException, exchange: Exchange) -> RemoteError:
    where = f"{exchange.method} {exchange.system}"
    if isinstance(error, requests.ConnectTimeout) or _no_connection(error):
        return NotArrived(f"{where}: no connection", code="no_connection", exchange=exchange)
    return Unclear(f"{where}: no answer ({type(error).__name__})", code="no_answer", exchange=exchange)


def _no_connection(error: BaseException) -> bool:
    from urllib3.exceptions import NewConnectionError

    seen: BaseException | None = error
    while seen is not None:
        reason = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
        if isinstance(seen, NewConnectionError) or isinstance(reason, NewConnectionError):
            return True
        seen = reason if isinstance(reason, BaseException) and reason is not seen else None
    return False


def _digest(content: bytes) -> str:
    return f"{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}"


def _parse(text: str) -> Any:
    try:
        return simplejson.loads(text, use_decimal=True)
    except ValueError:
        return None
