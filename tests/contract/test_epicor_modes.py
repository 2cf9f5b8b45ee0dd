"""One payment's whole life for every way to log in, to read and to write payments: it is the same in each."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from cli.own_tokens import OwnTokens
from kinetic_wise.credentials import Tools, epicor_auth
from kinetic_wise.epicor import EpicorClient, epicor_transport
from kinetic_wise.transport import own_session
from simulators.epicor import INSTANCE
from tests.contract.epicor import GROUP, WRITE_BACK, Epicor, known
from tests.contract.test_epicor_access import MODES
from tests.contract.test_epicor_reads import OPTIONS
from tests.support.credentials import FakeEnvelope

COMPANY = "EPIC01"
URL = f"http://epicor.test/{INSTANCE}"
READ = ("odata", "getrows", "baq")


def opened(login: str, read: str, write: str) -> Epicor:
    """An Epicor whose client logs in, reads and writes in these ways."""
    epicor = Epicor(options=replace(OPTIONS[read], function_library=WRITE_BACK[write], companies=(COMPANY,)))
    session = own_session()
    session.mount("http://", epicor.adapter)
    common: dict[str, Any] = {"now": lambda: epicor.time, "sleep": epicor.sleep}
    tools = Tools(
        store=lambda *_: OwnTokens(),
        session=lambda: session,
        record=epicor.exchanges.append,
        alarm=pytest.fail,
        **common,
    )
    envelope = FakeEnvelope({**epicor.simulator.ready, "url": URL, **MODES[login]})
    auth = epicor_auth(envelope, tools)
    transport = epicor_transport(URL, auth, session=session, record=tools.record, dice=random.Random(1), **common)
    epicor.client = EpicorClient(transport, options=epicor.options)
    return epicor


@pytest.mark.parametrize(("login", "read", "write"), [*product(MODES, READ, WRITE_BACK)])
def test_a_payment_lives_the_same_life(login: str, read: str, write: str) -> None:
    """Read, reserved, looked at, posted an hour later, voided, reserved again, deleted: the books follow each step."""
    epicor = opened(login, read, write)
    client, invoice = epicor.client, epicor.payable()
    key = invoice.key
    client.check_rights(COMPANY)
    assert client.look_before(key).invoice == epicor.afresh(invoice)

    draft = client.reserve(epicor.reservation(invoice))
    assert client.look_back(key, draft).draft == draft
    assert epicor.afresh(invoice).unposted_balance == 0
    epicor.time += timedelta(hours=1, minutes=30)  # tokens are renewed on the way
    again = client.look_again(key, GROUP)
    assert (again.invoice, again.draft) == (epicor.afresh(invoice), draft)
    client.post(COMPANY, draft)
    posted = known(client.draft(COMPANY, GROUP))
    assert posted.posted
    assert not epicor.afresh(invoice).open_payable

    client.void(COMPANY, posted, "came back", epicor.time.date())
    assert epicor.afresh(invoice).balance == invoice.balance
    second = client.reserve(epicor.reservation(invoice, "WTEST002", "LEDGER01-2"))
    client.delete_draft(COMPANY, second)
    assert client.draft(COMPANY, "WTEST002") is None
    assert epicor.afresh(invoice).unposted_balance == invoice.unposted_balance
    assert [(one["posted"], one["voided"]) for one in epicor.books()] == [(True, True)]


def test_every_way_is_there() -> None:
    """Four ways to log in (one with and without a user), three to read, two to write: none is left out."""
    assert {fields["auth"] for fields in MODES.values()} == {"basic", "token_resource", "epicor_idp", "entra_id"}
    assert {*READ, "broken sets"} == set(OPTIONS)
    assert set(WRITE_BACK) == {"services", "functions"}
