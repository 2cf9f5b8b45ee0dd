"""`kinetic-wise doctor wise`: each fault that it is to find, in words, with a remedy and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from typer.testing import CliRunner, Result

from cli.main import app
from cli.problem import Problem
from cli.shell import Shell
from cli.stack import Connector, Where
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.flows.subscribe import EVENTS
from kinetic_wise.settings import Settings
from kinetic_wise.transport import RemoteError
from simulators.common.http import Request, dump_json
from tests.support.acts import fault as strike
from tests.support.acts import small_day
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.in_process import InProcessAdapter
from tests.support.world import World

URL = "https://connector.example/wise/webhook"
PERSONAL, BUSINESS = 30_000_001, 30_000_002
_TABLES = {"payments": PAYMENTS, "audit": AUDIT, "connector": CONNECTOR}


class Address(BaseAdapter):
    """Our webhooks' address as the world outside sees it: answers with a status, or not at all."""

    def __init__(self, status: int | None) -> None:
        super().__init__()
        self.status = status

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """One answer."""
        if self.status is None:
            raise requests.ConnectionError("nobody there", request=request)
        response = requests.Response()
        response.status_code, response.url = self.status, request.url or ""
        return response

    def close(self) -> None:
        """Nothing is open."""


class Desk:
    """A person at the command line of a world."""

    def __init__(self, world: World, answers: int | None = 401) -> None:
        self.world = world
        self.answers = answers

    def run(self, *words: str) -> Result:
        """`doctor wise` with these words."""
        return self.command("doctor", "wise", *words)

    def command(self, *words: str) -> Result:
        """Any command."""
        here = Shell(connect=self._connect, now=self.world.now, sleep=self.world.sleep, session=self._session)
        return CliRunner().invoke(app, list(words), obj=here, catch_exceptions=False)

    def found(self, *words: str) -> dict[tuple[str, str], str]:
        """Texts and remedies by check and verdict; the exit code fits them."""
        result = self.run("--json", *words)
        told = json.loads(result.stdout)
        assert result.exit_code == (0 if told["works"] else 2)
        assert told["works"] is all(one["verdict"] != "fault" for one in told["findings"])
        assert all(one["remedy"] for one in told["findings"] if one["verdict"] in ("warning", "fault"))
        found: dict[tuple[str, str], str] = {}
        for one in told["findings"]:
            key, text = (one["check"], one["verdict"]), f"{one['text']} → {one['remedy']}"
            found[key] = f"{found[key]}\n{text}" if key in found else text
        return found

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("https://connector.example", Address(self.answers))
        session.mount("http://wise", InProcessAdapter(self.world.wise))
        return session

    def _connect(self, _: Where) -> Connector:
        client = self.world.database.client
        return Connector(client, _TABLES, self._order, {"WebhookUrl": URL}, lambda service: client)

    def _order(self, action: str, **values: Any) -> dict[str, Any]:
        try:
            answer = operate(self.world.deps, json.loads(json.dumps({"action": action, **values})), "anna")
        except (BadOrder, RemoteError) as error:
            raise Problem(str(error)) from None
        return dict(json.loads(json.dumps(answer)))


def people(world: World, **act: Any) -> None:
    """Somebody does something in Wise."""
    answer = world.wise.handle(Request("POST", "/_sim/people", body=dump_json(act).encode())).response
    assert answer is not None
    assert answer.status == 200, answer.body


def ask_anew(world: World, profile: int = BUSINESS) -> None:
    """The connector's client is made again, for this profile."""
    world.deps.make_wise = partial(world.wise_client, profile)
    world.deps.__dict__.pop("wise", None)


def with_subscriptions(change: Callable[[dict[str, Any]], None]) -> dict[tuple[str, str], str]:
    """What is found once Wise's subscriptions were changed."""
    world = World(small_day())
    change(world.wise._world.books.subscriptions)
    return Desk(world).found()


def test_what_works_is_told_and_ends_with_zero() -> None:
    """Token, profile, region, clock, balances, statements, transfers, each subscription and the address."""
    desk = Desk(World(small_day()))
    result = desk.run()
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("Nothing was found that stops payments.\n")
    found = desk.found()
    checks = {check for check, verdict in found if verdict == "ok"}
    assert checks == {
        "token",
        "profile",
        "funding",
        "clock",
        "balances",
        "statements",
        "transfers",
        "webhooks",
    }
    assert all(f"{event} {version} is subscribed" in found["webhooks", "ok"] for event, version in EVENTS.items())
    assert "refuses what Wise did not sign" in found["webhooks", "ok"]
    assert "stand-in" in found["environment", "warning"]
    assert "no read shows" in found["payment rules", "unknown"]


def test_a_look_changes_nothing_at_wise() -> None:
    """Quotes, transfers, recipients, balances and subscriptions are as before, and no deliveries were caused."""
    world = World(small_day())
    before = {name: value for name, value in world.wise.state().items() if name != "calls"}
    Desk(world).run()
    assert {name: value for name, value in world.wise.state().items() if name != "calls"} == before


def test_a_dead_token_is_told_with_where_to_make_another() -> None:
    """Nothing more can be looked at: one fault, and where a token is made."""
    world = World(small_day())
    world.wise_ready["personal_token"] = "nobody"
    ask_anew(world)
    found = Desk(world).found()
    assert "does not accept the token → make a new API token in Wise" in found["token", "fault"]
    assert ("balances", "ok") not in found


def test_a_profile_that_is_not_ours_is_told_with_those_that_are() -> None:
    """The number in the envelope is wrong: the token's own businesses are named."""
    world = World(small_day())
    ask_anew(world, 99)
    found = Desk(world).found()
    assert f"the token sees {BUSINESS} (Sample Works Inc)" in found["profile", "fault"]
    assert ("token", "ok") in found


def test_a_personal_profile_pays_no_invoices() -> None:
    """Lists default to it, so it is easily taken for ours."""
    world = World(small_day())
    ask_anew(world, PERSONAL)
    assert "personal profile" in Desk(world).found()["profile", "fault"]


@pytest.mark.parametrize(("state", "verdict"), [("DEACTIVATED", "fault"), ("HIDDEN", "warning")])
def test_a_profile_that_wise_closed_is_told(state: str, verdict: str) -> None:
    """Hidden may surprise, deactivated will not work."""
    world = World(small_day())
    people(world, act="profile", state=state)
    assert state.lower() in Desk(world).found()["profile", verdict]


def test_where_a_person_must_approve_it_is_said() -> None:
    """Registered in the United Kingdom: fundings wait for a person, statements come as files; neither is a fault."""
    found = Desk(World(small_day(), sca_region=True)).found()
    assert "registered in GB: a person must approve each funding" in found["funding", "warning"]
    assert "CAMT.053" in found["statements", "warning"]
    assert not [check for check, verdict in found if verdict == "fault"]


@pytest.mark.parametrize(
    ("balances", "settings", "verdict", "words"),
    [
        ({}, Settings(), "fault", "has no balance"),
        ({"EUR": Decimal("0.00")}, Settings(), "warning", "no money in any balance: 0.00 EUR"),
        ({"EUR": Decimal("5.00")}, Settings(funding_currency="GBP"), "fault", "is GBP, and there is no balance in it"),
        ({"EUR": Decimal("5.00")}, Settings(), "ok", "5.00 EUR"),
    ],
)
def test_balances_are_told(balances: dict[str, Decimal], settings: Settings, verdict: str, words: str) -> None:
    """No balance, none with money, or not the one that the setting names."""
    assert words in Desk(World(small_day(balances=balances), settings)).found()["balances", verdict]


@pytest.mark.parametrize(("minutes", "verdict"), [(0, "ok"), (2, "warning"), (6, "fault"), (-6, "fault")])
def test_a_clock_that_is_wrong_is_told(minutes: int, verdict: str) -> None:
    """A minute may surprise; half the margin before a rate's end is a fault, in either direction."""
    world = World(small_day())
    world.deps.now = lambda: world.now() + timedelta(minutes=minutes)
    assert f"{abs(minutes) * 60} s apart" in Desk(world).found()["clock", verdict]


def test_transfers_that_wise_holds_up_are_told() -> None:
    """One about which Wise asks something, and one that has been in processing for days: is the business verified?"""
    world = World(small_day(2))
    people(world, act="profile", verified=False)
    world.poll()
    world.run(600)
    first, second = [transfer["id"] for transfer in world.wise.state()["transfers"]]
    people(world, act="raise_case", transfer=first, case="deposit_amount_less_invoice")
    world.time += timedelta(days=3)
    told = Desk(world).found()["transfers", "warning"]
    assert f"Wise asks for something about transfer {first} →" in told
    assert f"transfer {first}, {second} in `processing` for more than 2 days → is the business verified?" in told


def test_subscriptions_that_are_missing_are_told() -> None:
    """Without subscriptions polling finds out, later: each event type is named, and how to subscribe."""
    found = Desk(World(small_day(), webhooks=False)).found()
    assert all(f"{event} is not subscribed" in found["webhooks", "warning"] for event in EVENTS)
    assert "webhooks subscribe" in found["webhooks", "warning"]


def test_a_subscription_removed_at_wise_is_told() -> None:
    """The ledger still knows it, Wise does not."""

    def remove(books: dict[str, Any]) -> None:
        del books[next(one.id for one in books.values() if one.event == "transfers#refund")]

    assert "transfers#refund was removed at Wise" in with_subscriptions(remove)["webhooks", "warning"]


def test_a_subscription_in_another_version_or_elsewhere_is_told() -> None:
    """Ours by its id, but of an older schema, or calling another address."""

    def alter(books: dict[str, Any]) -> None:
        for one in books.values():
            if one.event == "transfers#refund":
                one.version = "2.0.0"
            if one.event == "balances#update":
                one.url = "https://old.example/hook"

    told = with_subscriptions(alter)["webhooks", "warning"]
    assert "transfers#refund comes in schema version 2.0.0, not 4.0.0" in told
    assert "balances#update goes to https://old.example/hook" in told


def test_foreign_and_double_subscriptions_are_told() -> None:
    """One for our address that our ledger does not know, one too many, one not used; other programs' are theirs."""
    world = World(small_day())
    for event, url in (
        ("transfers#refund", URL),
        ("transfers#state-change", "https://other.example/hook"),
    ):
        world.deps.wise.subscribe("by hand", event, "4.0.0", url)
    found = Desk(world).found()
    assert "transfers#refund is subscribed 2 times" in found["webhooks", "warning"]
    assert "1 subscriptions are other programs': https://other.example/hook" in found["webhooks", "ok"]
    for subscription_id in world.deps.state.subscriptions():
        world.deps.state.drop_subscription(subscription_id)
    told = Desk(world).found()["webhooks", "warning"]
    assert "transfers#state-change is subscribed by somebody else for our address: not listened to" in told


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "does not answer from here (ConnectionError)"),
        (502, "answers 502"),
        (301, "answers 301"),
        (403, "answers 403"),
        (200, "takes what Wise did not sign"),
    ],
)
def test_an_address_that_does_not_answer_is_told(status: int | None, words: str) -> None:
    """Unreachable, in trouble, redirected, closed, or open to anybody: each is a fault with its remedy."""
    assert words in Desk(World(small_day()), status).found()["webhooks", "fault"]


def test_a_rule_in_the_account_is_told_by_what_it_stopped() -> None:
    """No read shows Payment Approvals; a payment held by one does."""
    world = World(small_day())
    people(world, act="approval_rule", on=True)
    world.poll()
    world.run(600)
    told = Desk(world).found()["payment rules", "fault"]
    assert "a rule in the Wise account stops 1 payments" in told
    assert "Payment Approvals" in told


def test_a_wise_that_is_away_is_told() -> None:
    """No answer at all at the door, or trouble in the middle: told as what it is, not as a fault of the account."""
    world = World(small_day())
    strike(world.wise, ("GET", "/balances$"), "status", times=-1, status=502)
    found = Desk(world).found()
    assert "502" in found["access", "unknown"]
    assert ("profile", "ok") in found
    strike(world.wise, ("GET", "/profiles"), "status", times=-1, status=503)
    assert "503" in Desk(world).found()["profile", "fault"]


# --- before there is a connector --------------------------------------------------------------------------------------


def file(folder: Path, world: World, **change: Any) -> str:
    """A file of credentials of this world's Wise."""
    path = folder / "credentials.json"
    path.write_text(json.dumps({"wise": {**world.wise_ready, **change}}))
    return str(path)


def test_before_there_is_a_connector_a_file_will_do(tmp_path: Path) -> None:
    """The same looks from this machine; subscriptions come later."""
    world = World(small_day(), webhooks=False)
    found = Desk(world).found("--credentials", file(tmp_path, world))
    assert {check for check, verdict in found if verdict == "ok"} >= {"token", "profile", "clock", "balances"}
    assert "ours are made when the connector is there" in found["webhooks", "ok"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"auth": "refresh_token", "refresh_token": "x"}, "would end the access that the connector has"),
        ({"personal_token": ""}, "lacks 'personal_token'"),
        ({"profile_id": "ours"}, "`profile_id` is a number"),
        ({"environment": "production"}, "meant for Wise's production environment"),
        ({"auth": "magic"}, "must be one of"),
    ],
)
def test_an_envelope_that_cannot_be_used_is_told(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    """A refresh from here would kill the connector's token: refused. What lacks or does not fit is named."""
    world = World(small_day(), webhooks=False)
    result = Desk(world).run("--credentials", file(tmp_path, world, **change))
    assert result.exit_code == 1
    assert words in result.stderr
    assert world.wise_ready["personal_token"] not in result.output
