"""Each mode of authentication against the simulated Epicor: the same reads and writes, and no account is locked."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from kinetic_wise.credentials import epicor_auth
from kinetic_wise.epicor import EpicorClient, EpicorOptions, epicor_transport
from kinetic_wise.ledger import ConnectorState
from kinetic_wise.tokens import RenewalRefused
from kinetic_wise.transport import AccessRefused, NotArrived, RemoteError
from simulators.common.clock import Clock
from simulators.common.http import Request, dump_json
from simulators.epicor import INSTANCE, EpicorSimulator, tokens
from simulators.epicor.access import API_KEY, WRONG_IN_A_ROW
from tests.contract.epicor import DAY, START
from tests.contract.test_wise_access import WORKERS, together
from tests.support.credentials import FakeEnvelope, Office
from tests.support.dynamodb import AUDIT, CONNECTOR, InProcessDynamoDb, in_process_dynamodb

ORIGIN = "http://epicor.test"
URL = f"{ORIGIN}/{INSTANCE}"
COMPANY = "EPIC01"
CHANGED, ABROAD = "Changed-2026", "Grüße-€-2026"
IDP = {"client_id": tokens.CLIENT_ID, "client_secret": tokens.CLIENT_SECRET, "token_url": f"{ORIGIN}/connect/token"}
ENTRA = {
    "tenant_id": tokens.TENANT_ID,
    "client_id": tokens.ENTRA_CLIENT_ID,
    "client_secret": tokens.ENTRA_CLIENT_SECRET,
    "scope": tokens.ENTRA_SCOPE,
    "token_url": f"{ORIGIN}/{tokens.TENANT_ID}/oauth2/v2.0/token",
}
MODES: dict[str, dict[str, str]] = {
    "basic": {"auth": "basic"},
    "token_resource": {"auth": "token_resource"},
    "epicor_idp": {"auth": "epicor_idp", "password": "", **IDP},
    "epicor_idp_user": {"auth": "epicor_idp", **IDP},
    "entra_id": {"auth": "entra_id", "password": "", **ENTRA},
}
BEARER = [mode for mode in MODES if mode != "basic"]


@dataclass
class Site:
    """A simulated Epicor, an envelope for one mode, and as many workers as a test wants."""

    database: InProcessDynamoDb
    time: datetime = START
    envelope: FakeEnvelope = field(init=False)

    def __post_init__(self) -> None:
        self.simulator = EpicorSimulator(clock=Clock(lambda: self.time), day=DAY)
        self.office = Office(self.database, self.simulator, lambda: self.time, lambda seconds: time.sleep(0.001))
        self.envelope = FakeEnvelope({"url": URL, **self.simulator.ready})

    def use(self, mode: str) -> None:
        self.envelope.store(**MODES[mode])

    def control(self, path: str, body: Any) -> None:
        answer = self.simulator.handle(Request("POST", f"/_sim/{path}", body=dump_json(body).encode()))
        assert answer.response is not None
        assert answer.response.status == 200, answer.response.body

    def worker(self, options: EpicorOptions | None = None) -> EpicorClient:
        tools = self.office.tools()
        auth = epicor_auth(self.envelope, tools)
        common: dict[str, Any] = {"now": tools.now, "sleep": tools.sleep, "dice": random.Random(1)}
        transport = epicor_transport(URL, auth, session=tools.session(), record=tools.record, **common)
        return EpicorClient(transport, options=options or EpicorOptions(companies=(COMPANY,)))

    @property
    def logins(self) -> int:
        return sum("api/v2" not in request.path for request in self.office.adapter.requests)

    @property
    def refused(self) -> int:
        return sum(exchange.status == 401 for exchange in self.office.exchanges)

    @property
    def is_locked(self) -> bool:
        return max(self.simulator.access.wrong.values(), default=0) >= WRONG_IN_A_ROW


def is_let_in(worker: EpicorClient) -> bool:
    """Whether Epicor answers a worker: one call, for an invoice that there is not."""
    return worker.called(COMPANY, "no such number") == []


@pytest.fixture
def site() -> Iterator[Site]:
    with in_process_dynamodb() as database:
        yield Site(database)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_opens_epicor(site: Site, mode: str) -> None:
    """A worker is answered, and a page of invoices comes, whoever vouches for us."""
    site.use(mode)
    worker = site.worker()
    assert is_let_in(worker)
    assert worker.eligible_page(COMPANY, None, 0).invoices
    assert site.logins == (mode != "basic")
    assert all(r.headers["X-API-Key"] for r in site.office.adapter.requests if "api/v2" in r.path)


@pytest.mark.parametrize("mode", BEARER)
def test_a_token_is_shared_and_renewed_once_an_expiry(site: Site, mode: str) -> None:
    """Twenty workers, three lives of a token: three logins, and nobody fails."""
    site.use(mode)
    workers = [site.worker() for _ in range(WORKERS)]
    for lap in range(1, 4):
        assert together([partial(is_let_in, worker) for worker in workers]) == []
        assert site.logins == lap
        site.time += timedelta(hours=1)
    assert (site.refused, site.office.alarms) == (0, [])


@pytest.mark.parametrize("mode", BEARER)
def test_a_token_that_ends_early_is_renewed_once(site: Site, mode: str) -> None:
    """A 401 in the middle: one worker logs in again, all calls go through."""
    site.use(mode)
    workers = [site.worker() for _ in range(WORKERS)]
    assert together([partial(is_let_in, worker) for worker in workers]) == []
    site.time += timedelta(minutes=10)
    site.control("people", {"act": "revoke_tokens"})
    assert together([partial(is_let_in, worker) for worker in workers]) == []
    assert (site.logins, site.office.alarms) == (2, [])


@pytest.mark.parametrize("mode", ["token_resource", "epicor_idp_user"])
def test_a_changed_password_locks_nobody_out(site: Site, mode: str) -> None:
    """The wrong password is presented once by twenty workers, with one alarm; the new one works as soon as stored."""
    site.use(mode)
    site.control("people", {"act": "change_password", "password": CHANGED})
    workers = [site.worker() for _ in range(WORKERS)]
    raised = together([partial(is_let_in, worker) for worker in workers])
    assert [type(error) for error in raised] == [RenewalRefused] * WORKERS
    assert (site.logins, len(site.office.alarms), site.is_locked) == (1, 1, False)
    site.envelope.store(password=CHANGED)
    assert together([partial(is_let_in, worker) for worker in workers]) == []
    assert site.logins == 2


def test_a_wrong_password_by_basic_locks_nobody_out(site: Site) -> None:
    """Each call presents it, so a refusal stops all others: at most those in flight had sent it already."""
    state = ConnectorState(
        site.database.client, CONNECTOR, AUDIT, now=lambda: site.time, sleep=lambda seconds: time.sleep(0.001)
    )
    site.control("people", {"act": "change_password", "password": CHANGED})

    def work() -> None:
        with state.epicor_slot(3, 8):
            is_let_in(site.worker())

    raised = together([work] * WORKERS)
    assert len(raised) == WORKERS
    assert all(isinstance(error, AccessRefused) for error in raised)
    assert 1 <= site.refused <= 3
    assert (len(site.office.alarms), site.is_locked) == (1, False)


def test_a_refusal_by_basic_is_tried_again_by_one(site: Site) -> None:
    """After the pause one worker tries, while the others wait for it; when it is let in, all are."""
    site.control("faults", [{"fault": "status", "status": 401, "times": 1}])
    first, second = site.worker(), site.worker()
    with pytest.raises(AccessRefused):
        is_let_in(first)
    with pytest.raises(RenewalRefused):
        is_let_in(second)
    site.time += timedelta(minutes=5)
    assert is_let_in(first)
    with pytest.raises(NotArrived):
        is_let_in(second)
    assert is_let_in(first)
    assert is_let_in(second)
    assert len(site.office.alarms) == 1


def test_pauses_between_refusals_double(site: Site) -> None:
    """An unattended wrong password is presented ever more seldom: at most three times within half an hour."""
    site.use("token_resource")
    site.control("people", {"act": "change_password", "password": CHANGED})
    for _ in range(60 * 6):
        with pytest.raises(RemoteError):
            is_let_in(site.worker())
        site.time += timedelta(minutes=1)
    assert site.logins == 7  # after 0, 5, 15, 35, 75, 155 and 315 minutes
    assert len(site.office.alarms) == 7


@pytest.mark.parametrize("mode", BEARER)
def test_no_secret_is_kept_of_a_login(site: Site, mode: str) -> None:
    """Neither exchanges nor the table nor an error shows password, client secret or token."""
    site.use(mode)
    is_let_in(site.worker())
    secrets = [value for name in ("password", "client_secret") if (value := site.envelope.get(name))]
    secrets += list(site.simulator.access._tokens)
    told = repr(site.office.exchanges) + site.office.stored()
    site.envelope.store(**{name: "wr0ng-secret" for name in ("password", "client_secret") if site.envelope.get(name)})
    site.time += timedelta(hours=2)
    with pytest.raises(RenewalRefused) as refused:
        is_let_in(site.worker())
    told += repr(site.office.exchanges) + site.office.stored() + str(refused.value) + repr(site.office.alarms)
    assert len(secrets) >= 2
    assert [secret for secret in [*secrets, "wr0ng-secret"] if secret in told] == []


def test_a_password_that_no_header_can_carry_is_named_without_being_told(site: Site) -> None:
    """TokenResource takes the password as a header: blanks around it are refused by us, not quoted by a library."""
    site.use("token_resource")
    site.envelope.store(password=" begins-with-a-blank")
    with pytest.raises(AccessRefused, match="password") as refused:
        is_let_in(site.worker())
    assert "begins-with" not in repr(refused.value)
    assert site.logins == 0


def test_a_password_outside_ascii_works_by_every_way(site: Site) -> None:
    """Umlauts in a password reach TokenResource, the identity provider and Basic alike."""
    site.control("people", {"act": "change_password", "password": ABROAD})
    for mode in ("basic", "token_resource", "epicor_idp_user"):
        site.use(mode)
        site.envelope.store(password=ABROAD)
        assert is_let_in(site.worker())


def test_licence_and_call_settings_go_along(site: Site) -> None:
    """The licence type and the settings of the call are claimed by header, and the server takes them."""
    licence = "00000003-9439-4B30-A6F4-6D2FD4B9FD0F"
    options = EpicorOptions(companies=(COMPANY,), license_id=licence, call_settings={"Language": "enu"})
    assert is_let_in(site.worker(options))
    sent = site.office.adapter.requests[-1].headers
    assert (sent["License"], sent["CallSettings"]) == (f'{{"ClaimedLicense": "{licence}"}}', '{"Language": "enu"}')


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_needs_the_key(site: Site, mode: str) -> None:
    """A disabled API key is a 401 that no login cures: one try more at most, then an alarm (pitfall 1)."""
    site.use(mode)
    worker = site.worker()
    is_let_in(worker)
    site.time += timedelta(minutes=10)
    site.simulator.access.keys[API_KEY].enabled = False
    with pytest.raises(AccessRefused):
        is_let_in(worker)
    with pytest.raises(AccessRefused):
        is_let_in(worker)
    assert site.logins == (0 if mode == "basic" else 2)
    assert len(site.office.alarms) == 1


def test_no_more_than_three_calls_are_in_flight(site: Site) -> None:
    """Twenty workers with three places: logins and calls together never exceed three at a time."""
    site.use("token_resource")
    state = ConnectorState(
        site.database.client, CONNECTOR, AUDIT, now=lambda: site.time, sleep=lambda seconds: time.sleep(0.001)
    )
    counting, flying = threading.Lock(), [0]
    most = [0]

    def departs(_request: Request) -> None:
        with counting:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        time.sleep(0.002)

    def arrives(_request: Request) -> None:
        with counting:
            flying[0] -= 1

    site.office.adapter._before, site.office.adapter._after = departs, arrives

    def work() -> None:
        with state.epicor_slot(3, 8):
            is_let_in(site.worker())

    assert together([work] * WORKERS) == []
    assert 2 <= most[0] <= 3
    assert site.logins == 1


def test_a_new_key_is_used_as_soon_as_it_is_stored(site: Site) -> None:
    """A warm worker takes up the API key with the rest of the envelope; the old one is not held against the new."""
    worker = site.worker()
    is_let_in(worker)
    keys = site.simulator.access.keys
    keys["another-key"] = keys.pop(API_KEY)
    with pytest.raises(AccessRefused):
        is_let_in(worker)
    site.envelope.store(api_key="another-key")  # pragma: allowlist secret - a stand-in's
    assert is_let_in(worker)
    assert is_let_in(site.worker())
