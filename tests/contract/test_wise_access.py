"""Each mode of authentication against the simulated Wise, alone and with twenty workers at once."""

from __future__ import annotations

import base64
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import simplejson
from werkzeug.datastructures import Headers

from kinetic_wise.credentials import wise_auth
from kinetic_wise.tokens import RenewalRefused
from kinetic_wise.transport import AccessRefused, NotArrived
from kinetic_wise.wise import WiseClient, WrongEnvironment, wise_transport
from simulators import sample_day
from simulators.common.clock import Clock
from simulators.common.http import Request, dump_json
from simulators.wise.simulator import WiseSimulator
from simulators.wise.world import Settings
from tests.support.credentials import FakeEnvelope, Office
from tests.support.dynamodb import InProcessDynamoDb, in_process_dynamodb
from tests.support.world import webhook_key

URL = "http://wise.test"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HALF_A_DAY = timedelta(seconds=43_199)
TOKEN = "/oauth/token"
WORKERS = 20


@dataclass
class Site:
    """A simulated Wise, an envelope with a fresh consent, and as many workers as a test wants."""

    database: InProcessDynamoDb
    rotating: bool = False
    time: datetime = START
    envelope: FakeEnvelope = field(init=False)

    def __post_init__(self) -> None:
        self.simulator = WiseSimulator(
            Clock(lambda: self.time),
            day=sample_day.make_day(),
            dice=random.Random(7),
            settings=Settings(rotating_refresh_tokens=self.rotating),
            webhook_key=webhook_key(),
        )
        self.ready = self.simulator.ready(URL)
        self.office = Office(self.database, self.simulator, lambda: self.time, lambda seconds: time.sleep(0.001))
        self.envelope = FakeEnvelope({**self.ready, "auth": "refresh_token", "refresh_token": self.consent()})
        self.office.adapter.requests.clear()

    def control(self, path: str, body: Any) -> Any:
        answer = self.simulator.handle(Request("POST", f"/_sim/{path}", body=dump_json(body).encode()))
        assert answer.response is not None
        assert answer.response.status == 200, answer.response.body
        return simplejson.loads(answer.response.body)

    def consent(self) -> str:
        """A person consents in the browser; the refresh token that comes of it."""
        code = self.control("people", {"act": "consent"})["code"]
        pair = f"{self.ready['client_id']}:{self.ready['client_secret']}".encode()
        headers = Headers(
            {
                "Authorization": f"Basic {base64.b64encode(pair).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
        )
        form = f"grant_type=authorization_code&code={code}".encode()
        answer = self.simulator.handle(Request("POST", TOKEN, headers=headers, body=form))
        assert answer.response is not None
        return str(simplejson.loads(answer.response.body)["refresh_token"])

    def fault(self, kind: str, path: str = TOKEN, **more: Any) -> None:
        self.control("faults", [{"match": {"path": path}, "fault": kind, **more}])

    def worker(self) -> WiseClient:
        tools = self.office.tools()
        common: dict[str, Any] = {"now": tools.now, "sleep": tools.sleep, "dice": random.Random(1)}
        auth = wise_auth(self.envelope, tools)
        transport = wise_transport(URL, auth, session=tools.session(), record=tools.record, **common)
        return WiseClient(transport, self.ready["profile_id"])

    @property
    def refreshes(self) -> int:
        return self.office.asked(TOKEN)

    def bearers(self) -> list[str]:
        """The access tokens that calls carried, each once, in order."""
        sent = [r.headers.get("Authorization", "") for r in self.office.adapter.requests if r.path != TOKEN]
        return list(dict.fromkeys(sent))

    def is_dead(self, bearer: str) -> bool:
        answer = self.simulator.handle(Request("GET", "/2026Q3/me", headers=Headers({"Authorization": bearer})))
        return answer.response is not None and answer.response.status == 401


@pytest.fixture
def site() -> Iterator[Site]:
    with in_process_dynamodb() as database:
        yield Site(database)


@pytest.fixture
def rotating() -> Iterator[Site]:
    with in_process_dynamodb() as database:
        yield Site(database, rotating=True)


def together(work: list[Callable[[], Any]]) -> list[BaseException]:
    """All of it at the same time; what was raised."""
    gate, raised = threading.Barrier(len(work)), []

    def run(job: Callable[[], Any]) -> None:
        gate.wait()
        try:
            job()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize("mode", ["personal_token", "client_credentials", "refresh_token"])
def test_each_mode_opens_wise(site: Site, mode: str) -> None:
    """A personal token, the client's own credentials and a user's refresh token all lead to the balances."""
    site.envelope.store(auth=mode)
    assert site.worker().balances()
    assert site.refreshes == (mode != "personal_token")


def test_twenty_workers_share_one_refresh_token(site: Site) -> None:
    """Through many expiries: exactly one refresh each, no worker ever fails, and the token before is really dead."""
    workers = [site.worker() for _ in range(WORKERS)]
    for lap in range(1, 5):
        assert together([worker.balances for worker in workers]) == []
        assert site.refreshes == lap
        site.time += HALF_A_DAY
    bearers = site.bearers()
    assert len(bearers) == 4
    assert all(site.is_dead(bearer) for bearer in bearers[:-1])
    assert site.office.alarms == []


def test_twenty_workers_with_a_refresh_token_that_rotates(rotating: Site) -> None:
    """The same when each refresh brings another refresh token: the last one is always the one presented."""
    workers = [rotating.worker() for _ in range(WORKERS)]
    for lap in range(1, 5):
        assert together([worker.balances for worker in workers]) == []
        assert rotating.refreshes == lap
        rotating.time += HALF_A_DAY
    assert rotating.office.alarms == []


def test_renewal_ahead_of_time_disturbs_nobody(site: Site) -> None:
    """At four fifths of its life one worker renews the token; the others meet one 401 at most and go on."""
    workers = [site.worker() for _ in range(WORKERS)]
    assert together([worker.balances for worker in workers]) == []
    site.time += HALF_A_DAY * 0.81
    assert together([worker.balances for worker in workers]) == []
    assert site.refreshes == 2
    assert together([worker.balances for worker in workers]) == []
    assert (site.refreshes, site.office.alarms) == (2, [])


def test_a_token_killed_by_others_is_renewed_once(site: Site) -> None:
    """A person consents anew somewhere: the token dies in the middle, and one worker's refresh serves all."""
    workers = [site.worker() for _ in range(WORKERS)]
    assert together([worker.balances for worker in workers]) == []
    site.time += timedelta(hours=1)
    site.consent()
    before = site.refreshes
    assert together([worker.balances for worker in workers]) == []
    assert site.refreshes == before + 1


def test_a_worker_that_comes_later_finds_the_token(site: Site) -> None:
    """A cold start asks the store, not Wise; the token in the store is readable to nobody without the key."""
    site.worker().balances()
    token = site.bearers()[0].removeprefix("Bearer ")
    site.worker().balances()
    assert site.refreshes == 1
    stored = site.office.stored()
    assert token not in stored
    assert site.envelope["refresh_token"] not in stored
    assert site.ready["client_secret"] not in stored


@pytest.mark.parametrize("kind", ["lost", "truncated", "before"])
def test_a_lost_answer_to_a_refresh_does_not_lock_out(site: Site, kind: str) -> None:
    """The refresh may have killed the old token unseen: it is asked again once, and the call goes through."""
    worker = site.worker()
    worker.balances()
    site.time += HALF_A_DAY
    site.fault(kind)
    assert worker.balances()
    assert (site.refreshes, site.office.alarms) == (3, [])


def test_wise_away_for_a_while_is_no_refusal(site: Site) -> None:
    """While the token call fails nothing is sent, and nothing is remembered; then work goes on by itself."""
    worker = site.worker()
    site.fault("status", status=502, times=-1)
    with pytest.raises(NotArrived):
        worker.balances()
    site.control("faults", [])
    assert worker.balances()
    assert site.office.alarms == []


def test_a_good_token_outlives_trouble_with_its_renewal(site: Site) -> None:
    """Ahead of time a renewal that fails is no harm: the old token is used on."""
    worker = site.worker()
    worker.balances()
    site.time += HALF_A_DAY * 0.9
    site.fault("status", status=502, times=-1)
    assert worker.balances()
    assert worker.balances()
    assert site.refreshes == 3  # the first, and two tries of one renewal: the second call did not try again


def test_a_refused_renewal_alarms_once(site: Site) -> None:
    """The user has ended the connection: one alarm, one try; twenty workers stop without asking Wise again."""
    workers = [site.worker() for _ in range(WORKERS)]
    workers[0].balances()
    site.time += HALF_A_DAY
    site.control("people", {"act": "revoke"})
    raised = together([worker.balances for worker in workers])
    assert [type(error) for error in raised] == [RenewalRefused] * WORKERS
    assert (site.refreshes, len(site.office.alarms)) == (2, 1)
    site.time += timedelta(minutes=4)
    with pytest.raises(AccessRefused, match="nobody presents them"):
        site.worker().balances()
    assert (site.refreshes, len(site.office.alarms)) == (2, 1)


def test_a_new_consent_is_used_at_once(site: Site) -> None:
    """Once a person has consented again and stored the envelope, no remembered refusal stands in the way."""
    worker = site.worker()
    worker.balances()
    site.time += HALF_A_DAY
    site.control("people", {"act": "revoke"})
    with pytest.raises(RenewalRefused):
        worker.balances()
    site.envelope.store(refresh_token=site.consent())
    assert worker.balances()
    assert site.worker().balances()


def test_an_envelope_stored_for_another_reason_keeps_the_connection(rotating: Site) -> None:
    """An envelope with the first refresh token, long rotated away, is stored again: the newest one stays in use."""
    rotating.worker().balances()
    rotating.envelope.store(webhook_public_key="another")
    rotating.time += HALF_A_DAY
    assert rotating.worker().balances()
    assert rotating.office.alarms == []


def test_a_token_refused_right_after_it_was_issued_is_not_renewed_again(site: Site) -> None:
    """Where rights are missing a renewal does not help, and would kill the token of all others."""
    worker = site.worker()
    worker.balances()
    site.fault("status", path="/balances", status=401, times=-1)
    with pytest.raises(AccessRefused):
        worker.balances()
    assert site.refreshes == 1
    assert len(site.office.alarms) == 1


def test_no_secret_is_kept_of_a_token_call(site: Site) -> None:
    """The exchange is recorded with status and grant, and without secret, refresh token or access token."""
    site.worker().balances()
    (exchange,) = [one for one in site.office.exchanges if one.url.endswith(TOKEN)]
    told = repr(exchange)
    assert exchange.status == 200
    assert exchange.trace_id
    assert "grant_type=refresh_token" in exchange.request
    for secret in (site.envelope["refresh_token"], site.ready["client_secret"], site.bearers()[0][7:]):
        assert secret not in told


def test_every_call_carries_a_correlation_id(site: Site) -> None:
    """Token calls as well, each its own, and Wise's trace id is kept of every exchange."""
    site.worker().balances()
    ids = [request.headers["X-External-Correlation-Id"] for request in site.office.adapter.requests]
    assert len(set(ids)) == len(ids) == 2
    assert all(exchange.trace_id for exchange in site.office.exchanges)


def test_credentials_never_leave_for_production_unless_meant_for_it(site: Site) -> None:
    """An envelope that does not say production is refused before anything is sent there."""
    site.envelope.store(url="https://api.wise.com")
    with pytest.raises(WrongEnvironment):
        wise_auth(site.envelope, site.office.tools()).headers()
    assert site.office.adapter.requests == []
