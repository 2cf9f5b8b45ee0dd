"""What nobody knows about Wise is a switch of the simulated one (wise-api.md section 0)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from simulators.wise.__main__ import parser
from simulators.wise.switches import SWITCHES, chosen
from simulators.wise.world import Settings
from tests.unit.simulators.wise_desk import GERMAN_IBAN, LYON, Desk, SmallDay

DAY = 24 * 3600


def switched(**turned: Any) -> Desk:
    """A desk at which some switches are turned while the simulator runs."""
    desk = Desk()
    reply = desk.call("POST", "/switches", turned, version="/_sim")
    assert reply.status == 200, reply.json
    return desk


def repeat(desk: Desk, key: str) -> Any:
    recipient = desk.recipient()
    body = {"targetAccount": recipient, "quoteUuid": desk.quote(recipient)["id"], "customerTransactionId": key}
    return desk.post("/transfers", body)


def test_a_repeated_key_can_be_refused() -> None:
    """With the switch a second create under the same key is a 409, and there is still one transfer."""
    desk = switched(repeated_key="refused")
    key = desk.next_key()
    desk.transfer(key=key)
    refused = repeat(desk, key)
    assert (refused.status, refused.codes) == (409, [("NOT_VALID", "customerTransactionId")])
    assert len(desk.wise.state()["transfers"]) == 1


@pytest.mark.parametrize("repeated_key", ["first", "refused"])
def test_a_key_can_be_forgotten_after_days(repeated_key: str) -> None:
    """Within its days a key is known, after them the same call makes a second transfer."""
    desk = switched(repeated_key=repeated_key, key_days=7)
    key = desk.next_key()
    first = desk.transfer(key=key)["id"]
    desk.wait(7 * DAY - 1)
    assert repeat(desk, key).status == (200 if repeated_key == "first" else 409)
    desk.wait(2)
    assert repeat(desk, key).json["id"] != first
    assert len(desk.wise.state()["transfers"]) == 2


def test_cancel_can_end_with_the_funding() -> None:
    """With the switch a funded transfer cannot be cancelled any more; one that waits can."""
    desk = switched(cancel_until="funded")
    waiting, funded = desk.transfer()["id"], desk.funded()
    assert desk.call("PUT", f"/transfers/{funded}/cancel").codes[0][0] == "transfer.cancellation.not.allowed"
    assert desk.call("PUT", f"/transfers/{waiting}/cancel").json["status"] == "cancelled"


@pytest.mark.parametrize(("status", "code"), [(403, "forbidden.error"), (404, "transfer.not-found")])
def test_an_unknown_transfer_is_a_403_or_a_404(status: int, code: str) -> None:
    """GET of a transfer that nobody made, and of its payments, by the switch."""
    desk = switched(unknown_transfer=status)
    for path in ("/transfers/1", "/transfers/1/payments"):
        reply = desk.get(path)
        assert (reply.status, reply.codes[0][0]) == (status, code)


def test_funding_refusals_can_be_bare_text() -> None:
    """With the switch a refusal's body is its code alone; a rejection inside a success stays JSON."""
    desk = switched(funding_errors="text")
    transfer = desk.funded()
    refused = desk.fund(transfer)
    assert (refused.status, refused.response.body) == (409, b"payment.exists")


@pytest.mark.parametrize("funding_status", [200, 201])
@pytest.mark.parametrize("rejection_status", [201, 422])
def test_the_status_of_a_funding_is_no_promise(funding_status: int, rejection_status: int) -> None:
    """Accepted with 200 or 201; too little money is a rejection inside that status, or a 422."""
    desk = Desk(SmallDay(balances={"EUR": Decimal("150.00")}))
    desk.call(
        "POST", "/switches", {"funding_status": funding_status, "rejection_status": rejection_status}, version="/_sim"
    )
    first, second = desk.transfer()["id"], desk.transfer()["id"]
    assert desk.fund(first).status == funding_status
    rejected = desk.fund(second)
    assert rejected.json["errorCode"] == "balance.insufficient-funds"
    assert rejected.status == (422 if rejection_status == 422 else funding_status)


@pytest.mark.parametrize("same", ["new", "first"])
def test_the_same_recipient_twice_is_one_or_two(same: str) -> None:
    """The same details posted again make another recipient, or answer the first; other details another one."""
    desk = switched(same_recipient=same)
    first, again = desk.recipient(), desk.recipient()
    other = desk.recipient({**LYON, "accountHolderName": "Galvano Paris SAS"})
    assert (again == first) is (same == "first")
    assert other not in (first, again)
    assert GERMAN_IBAN in str(desk.get(f"/accounts/{again}").json["details"])


def test_switches_are_options_and_are_shown() -> None:
    """Every switch has an option, a route and a place in the state, and starts in its first position."""
    words = ["--repeated-key", "refused", "--key-days", "30", "--unknown-transfer", "404"]
    turned = chosen(parser().parse_args(["--port", "0", *words]))
    assert turned == {"repeated_key": "refused", "key_days": 30.0, "unknown_transfer": 404}
    shown = Desk(settings=Settings(**turned)).wise.state()["switches"]
    assert set(shown) == {switch.name for switch in SWITCHES}
    assert shown["cancel_until"] == "converted"
    for switch in SWITCHES:
        usual = getattr(Settings(), switch.name)
        assert usual == (switch.positions[0] if switch.positions else None)


@pytest.mark.parametrize(
    "wanted", [{"sca_region": True}, {"repeated_key": "maybe"}, {"key_days": 0}, ["repeated_key"], {"key_days": "x"}]
)
def test_what_is_no_switch_is_refused(wanted: Any) -> None:
    """An unknown switch or position changes nothing and is told."""
    desk = Desk()
    before = desk.wise.state()["switches"]
    reply = desk.call("POST", "/switches", wanted, version="/_sim")
    assert reply.status == 400
    assert reply.json["error"]
    assert desk.wise.state()["switches"] == before
