"""A day's payments while tokens expire, are killed and cannot be renewed: money does not notice."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

import requests
from werkzeug.datastructures import Headers

from kinetic_wise.credentials import epicor_auth, wise_auth
from kinetic_wise.epicor import EpicorClient, EpicorOptions, epicor_transport
from kinetic_wise.flows.deps import ExchangeLog
from kinetic_wise.ledger.permits import Permits
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.wise import WiseClient, wise_transport
from simulators.common.http import Request, dump_json
from simulators.common.simulator import Simulator
from tests.support.acts import HOUR, small_day
from tests.support.credentials import FakeEnvelope, Office
from tests.support.dynamodb import CONNECTOR
from tests.support.world import World

EPICOR, WISE = "http://epicor/SaaS001", "http://wise"
FORM = "application/x-www-form-urlencoded"


class TokenWorld(World):
    """A world in which both systems are reached with tokens of the store, and Wise within its limits."""

    @cached_property
    def epicor_office(self) -> Office:
        return Office(self.database, self.epicor, self.now, self.sleep)

    @cached_property
    def wise_office(self) -> Office:
        return Office(self.database, self.wise, self.now, self.sleep)

    @cached_property
    def epicor_envelope(self) -> FakeEnvelope:
        return FakeEnvelope({**self.epicor_ready, "url": EPICOR, "auth": "token_resource"})

    @cached_property
    def wise_envelope(self) -> FakeEnvelope:
        return FakeEnvelope({**self.wise_ready, "auth": "refresh_token", "refresh_token": self.consent()})

    def consent(self) -> str:
        """A person connects the application in the browser; the refresh token of it."""
        code = control(self.wise, "people", {"act": "consent"})["code"]
        basic = requests.auth._basic_auth_str(self.wise_ready["client_id"], self.wise_ready["client_secret"])
        headers = Headers({"Authorization": basic, "Content-Type": FORM})
        body = f"grant_type=authorization_code&code={code}".encode()
        answer = self.wise.handle(Request("POST", "/oauth/token", headers=headers, body=body)).response
        assert answer is not None
        return str(Request("GET", "/", body=answer.body).json()["refresh_token"])

    def _epicor_client(self, exchanges: ExchangeLog) -> EpicorClient:
        auth = epicor_auth(self.epicor_envelope, self.epicor_office.tools())
        transport = epicor_transport(EPICOR, auth, session=self.epicor_office.session(), **self._common(exchanges))
        return EpicorClient(transport, options=EpicorOptions())

    def wise_client(self, profile: int, exchanges: ExchangeLog) -> WiseClient:
        """A client of Wise for a profile."""
        permits = Permits(self.database.client, CONNECTOR, "wise", 100, 1000, self.now, self.sleep)
        auth = wise_auth(self.wise_envelope, self.wise_office.tools())
        session = self.wise_office.session()
        transport = wise_transport(WISE, auth, session=session, permits=permits, **self._common(exchanges))
        return WiseClient(transport, profile)


def control(simulator: Simulator, path: str, body: Any) -> Any:
    """A `/_sim/` route."""
    request = Request("POST", f"/_sim/{path}", body=dump_json(body).encode())
    answer = simulator.handle(request).response
    assert answer is not None
    assert answer.status == 200, answer.body
    return Request("GET", "/", body=answer.body).json()


def paid_once(world: World) -> bool:
    """Every payment is posted, every transfer funded once."""
    return {payment.status for payment in world.payments().values()} == {Status.POSTED} and all(
        transfer["funded_count"] == 1 for transfer in world.wise.state()["transfers"]
    )


def test_tokens_that_die_all_the_time_cost_no_payment() -> None:
    """Again and again both systems' tokens are killed: each is renewed once, everything is paid once."""
    world = TokenWorld(small_day(2))
    world.time += timedelta(minutes=2)
    for _ in range(3):
        control(world.epicor, "people", {"act": "revoke_tokens"})
        world.consent()
        world.poll()
        world.run(90)
    assert paid_once(world)
    assert len(world.payments()) == 2
    logins = [exchange.url for exchange in world.epicor_office.exchanges if exchange.status == 200]
    assert len(logins) >= 2
    assert (world.epicor_office.alarms, world.wise_office.alarms) == ([], [])


def test_a_connection_that_was_ended_stops_everything_and_goes_on_after_a_new_consent() -> None:
    """Payments stand still without harm, Wise is hardly asked; a consent that is stored lets them go on."""
    world = TokenWorld(small_day())
    control(world.wise, "people", {"act": "revoke"})
    world.time += timedelta(hours=12)
    world.poll()
    world.run(HOUR / 4)
    asked = sum(exchange.status == 400 for exchange in world.wise_office.exchanges)
    assert world.wise.state()["transfers"] == []
    assert 1 <= len(world.wise_office.alarms) == asked <= 3
    world.wise_envelope.store(refresh_token=world.consent())
    world.run(HOUR)
    assert paid_once(world)
    assert len(world.wise.state()["transfers"]) == 1
