"""HTTP as money needs it: what happened to a request is known, and no write is repeated unasked."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import NewConnectionError
from urllib3.response import HTTPResponse

from kinetic_wise.epicor import BasicAuth, epicor_transport
from kinetic_wise.transport import (
    AccessRefused,
    Answer,
    Call,
    Effect,
    Exchange,
    NotArrived,
    Refused,
    RemoteError,
    Transport,
    Unclear,
)
from kinetic_wise.wise import PersonalToken, wise_transport

Server = Callable[[requests.PreparedRequest], tuple[int, str]]


class FunctionAdapter(BaseAdapter):
    """A server that is only a function from request to answer."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.requests: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.requests.append(request)
        status, text = self.server(request)
        raw = HTTPResponse(body=BytesIO(text.encode()), status=status, preload_content=False)
        response = requests.Response()
        response.status_code, response.raw, response.encoding = status, raw, "utf-8"
        return response

    def close(self) -> None:
        """Nothing is open."""


def judge(_: Call, answer: Answer) -> RemoteError | None:
    """A plain judge: what each class of status means for a write."""
    if answer.status < 300:
        return None
    if answer.status == 429:
        return NotArrived("slow down", retry_after=2.0)
    if answer.status == 401:
        return AccessRefused("who are you")
    return Refused("no") if answer.status < 500 else Unclear("who knows")


def transport(server: Server) -> tuple[Transport, FunctionAdapter, list[float], list[Exchange]]:
    """A transport to a function, with the pauses it made and the exchanges it recorded."""
    adapter, pauses, exchanges = FunctionAdapter(server), list[float](), list[Exchange]()
    session = requests.Session()
    session.mount("http://", adapter)
    made = Transport(
        "wise",
        "http://wise",
        judge,
        lambda text: text.replace("secret", "***"),
        session=session,
        record=exchanges.append,
        now=lambda: datetime(2026, 11, 21, tzinfo=UTC),
        sleep=pauses.append,
        dice=random.Random(1),
    )
    return made, adapter, pauses, exchanges


def raising(error: Exception) -> Server:
    """A server whose connection breaks."""

    def server(_: requests.PreparedRequest) -> tuple[int, str]:
        raise error

    return server


WRITE = Call("POST", "/transfers", Effect.WRITE, json={"amount": Decimal("10.10")})
READ = Call("GET", "/transfers/1", Effect.READ)


@pytest.mark.parametrize("error", [requests.ReadTimeout(), requests.ConnectionError("reset"), requests.Timeout()])
def test_a_write_without_an_answer_is_unclear_and_sent_once(error: Exception) -> None:
    """A time-out is not a failure, and nothing repeats the write by itself (rule 4)."""
    made, adapter, pauses, _ = transport(raising(error))
    with pytest.raises(Unclear):
        made.send(WRITE)
    assert (len(adapter.requests), pauses) == (1, [])


def test_a_write_answered_with_500_is_unclear_and_sent_once() -> None:
    """A server error says nothing about the effect (rule 4)."""
    made, adapter, _, _ = transport(lambda _: (500, "oops"))
    with pytest.raises(Unclear):
        made.send(WRITE)
    assert len(adapter.requests) == 1


def test_a_read_is_repeated_with_growing_pauses() -> None:
    """Reads do no harm: three tries, then the error."""
    made, adapter, pauses, _ = transport(raising(requests.ReadTimeout()))
    with pytest.raises(Unclear):
        made.send(READ)
    assert len(adapter.requests) == 3
    assert pauses[0] < pauses[1]


@pytest.mark.parametrize("error", [requests.ConnectTimeout(), requests.ConnectionError(NewConnectionError(None, "no"))])  # type: ignore[arg-type]
def test_no_connection_means_the_write_did_not_arrive(error: Exception) -> None:
    """What never reached the other side may be sent again, also when it writes (rule 4)."""
    made, adapter, _, _ = transport(raising(error))
    with pytest.raises(NotArrived):
        made.send(WRITE)
    assert len(adapter.requests) == 3


def test_retry_after_is_honoured() -> None:
    """A throttled call waits at least as long as it is told to."""
    made, adapter, pauses, _ = transport(lambda _: (429, ""))
    with pytest.raises(NotArrived):
        made.send(WRITE)
    assert len(adapter.requests) == 3
    assert min(pauses) >= 2.0


def test_a_refusal_is_never_repeated() -> None:
    """A 4xx with a reason is data for a decision."""
    made, adapter, _, _ = transport(lambda _: (422, "{}"))
    with pytest.raises(Refused):
        made.send(READ)
    assert len(adapter.requests) == 1


def test_no_netrc_replaces_our_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a machine has of its own for a host stays there: each transport's own session sends what it is given."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine there.test login somebody password else")  # pragma: allowlist secret - nobody's
    monkeypatch.setenv("NETRC", str(netrc))
    adapter = FunctionAdapter(lambda _: (200, "{}"))
    plain = Transport("wise", "http://there.test", judge, str)
    to_wise = wise_transport("http://there.test", PersonalToken("ours"))
    to_epicor = epicor_transport("http://there.test", BasicAuth("we", "ours"))
    for way in (plain, to_wise, to_epicor):
        way.session.mount("http://", adapter)
        way.send(Call("GET", "/x", Effect.READ, headers={"Authorization": "Bearer ours"}))
    kept = [request.headers["Authorization"] for request in adapter.requests]
    assert kept == ["Bearer ours", "Bearer ours", BasicAuth("we", "ours").headers()["Authorization"]]


def test_amounts_travel_exactly_both_ways() -> None:
    """10.10 leaves as 10.10 and an answer's 0.1 is Decimal("0.1") (rule 13)."""
    made, adapter, _, _ = transport(lambda _: (200, '{"rate": 0.1}'))
    answer = made.send(WRITE)
    assert adapter.requests[0].body == '{"amount": 10.10}'
    assert answer.data == {"rate": Decimal("0.1")}


def test_every_try_is_recorded_masked() -> None:
    """The audit trail sees each exchange, and never a secret (rule 17)."""
    made, _, _, exchanges = transport(lambda _: (200, '{"token": "secret"}'))
    made.send(Call("POST", "/x", Effect.WRITE, json={"password": "secret"}))
    assert [exchange.status for exchange in exchanges] == [200]
    assert "secret" not in exchanges[0].request + exchanges[0].response


def test_a_lost_answer_is_recorded_too() -> None:
    """An exchange without an answer stands in the trail as just that."""
    made, _, _, exchanges = transport(raising(requests.ReadTimeout()))
    with pytest.raises(Unclear):
        made.send(WRITE)
    assert [(exchange.status, exchange.response) for exchange in exchanges] == [(None, "ReadTimeout")]
