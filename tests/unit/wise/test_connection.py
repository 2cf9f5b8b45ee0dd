"""How requests reach Wise."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import requests

from kinetic_wise.transport import AccessRefused, Call, Effect, Exchange, NotArrived, Unclear
from tests.unit.wise.scripted import Reply, ScriptedWise, transport_to

WRITE = Call("PUT", "/2026Q3/transfers/1/cancel", Effect.WRITE)
READ = Call("GET", "/2026Q3/transfers/1", Effect.READ)


@dataclass
class Renewing:
    """A token that can be renewed a number of times."""

    left: int = 1
    number: int = 1

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer token-{self.number}"}

    def renew(self) -> bool:
        self.left -= 1
        self.number += 1
        return self.left >= 0


def test_each_request_says_who_and_what_it_is() -> None:
    """Bearer token, content type and a correlation id of its own go with every write."""
    wise = ScriptedWise([Reply({})])
    transport = transport_to(wise)

    transport.send(WRITE)
    transport.send(READ)

    first, second = wise.asked
    assert first.headers["Authorization"] == "Bearer secret-token"
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["X-External-Correlation-Id"] != second.headers["X-External-Correlation-Id"]
    assert len(first.headers["X-External-Correlation-Id"]) == 36


def test_a_refused_token_is_renewed_once_and_the_request_repeated() -> None:
    """A 401 was not carried out: with a new token the same request goes again."""
    wise = ScriptedWise([Reply({"error": "invalid_token"}, 401), Reply({"ok": True})])

    answer = transport_to(wise, Renewing()).send(WRITE)

    assert answer.data == {"ok": True}
    assert [request.headers["Authorization"] for request in wise.asked] == ["Bearer token-1", "Bearer token-2"]


def test_a_token_refused_again_stops() -> None:
    """After one renewal that does not help the access is refused; a personal token is not even tried again."""
    wise = ScriptedWise([Reply({"error": "invalid_token"}, 401)])

    with pytest.raises(AccessRefused):
        transport_to(wise, Renewing(left=5)).send(WRITE)
    assert len(wise.asked) == 2
    with pytest.raises(AccessRefused):
        transport_to(wise).send(WRITE)
    assert len(wise.asked) == 3


def test_writes_are_never_repeated_after_an_unclear_answer() -> None:
    """A read is asked again after a server error; a write is not."""
    wise = ScriptedWise([Reply("x", 502)])
    with pytest.raises(Unclear):
        transport_to(wise).send(WRITE)
    assert len(wise.asked) == 1

    wise = ScriptedWise([Reply("x", 502), Reply(error=requests.ReadTimeout()), Reply({"id": 1})])
    assert transport_to(wise).send(READ).data == {"id": 1}
    assert len(wise.asked) == 3


def test_too_many_requests_wait_as_long_as_wise_asks() -> None:
    """After a 429 a write goes again, never before Retry-After."""
    waits: list[float] = []
    wise = ScriptedWise([Reply("", 429, {"Retry-After": "3"}), Reply({"id": 1})])

    transport_to(wise, sleep=waits.append).send(WRITE)

    assert len(wise.asked) == 2
    assert waits
    assert waits[0] >= 3.0


def test_a_long_wait_is_left_to_the_caller() -> None:
    """Nobody sleeps for minutes inside a call."""
    wise = ScriptedWise([Reply("", 429, {"Retry-After": "600"})])

    with pytest.raises(NotArrived) as caught:
        transport_to(wise).send(WRITE)
    assert caught.value.retry_after == 600.0


def test_exchanges_are_recorded_masked_with_their_trace_id() -> None:
    """Each request is kept with its outcome and Wise's trace id, without names, numbers and token."""
    kept: list[Exchange] = []
    reply = Reply(
        {"details": {"iban": "DE75512108001245126199"}, "name": {"fullName": "Max"}}, headers={"x-trace-id": "t1"}
    )
    body = {"accountHolderName": "Max Muster", "details": {"IBAN": "DE75512108001245126199"}}
    call = Call("POST", "/2026Q3/accounts", Effect.WRITE, json=body)

    transport_to(ScriptedWise([reply]), record=kept.append).send(call)

    (exchange,) = kept
    text = repr(exchange)
    assert exchange.trace_id == "t1"
    assert exchange.status == 200
    assert "***6199" in exchange.request
    assert "***6199" in exchange.response
    for secret in ("DE7551", "Max", "secret-token"):
        assert secret not in text


class Counting:
    """Permits that count."""

    def __init__(self) -> None:
        self.taken = 0
        self.rests: list[float | None] = []

    def take(self) -> None:
        self.taken += 1

    def rest(self, seconds: float | None) -> None:
        self.rests.append(seconds)


def test_every_request_takes_a_permit_and_a_429_is_told_to_all() -> None:
    """Repeats and the call after a renewal count as well; what Retry-After says goes to the shared limit."""
    replies = [Reply("", 429, {"Retry-After": "3"}), Reply({"error": "invalid_token"}, 401), Reply("", 429), Reply({})]
    transport, permits = transport_to(ScriptedWise(replies), Renewing()), Counting()
    transport.permits = permits
    transport.send(READ)
    assert (permits.taken, permits.rests) == (4, [3.0, None])
