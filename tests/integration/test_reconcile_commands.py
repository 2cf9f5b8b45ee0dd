"""The month at the command line and on schedule: figures, spreadsheet, exit codes, one sentence for each slip."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import requests
from typer.testing import CliRunner, Result

from cli.main import app
from cli.problem import Problem
from cli.shell import Shell
from cli.stack import Connector
from kinetic_wise.flows.keep_reconciliation import Keeping, keep_reconciliation, period_of, usual_period
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.ledger.histories import Histories
from kinetic_wise.ledger.items import from_item, to_item
from kinetic_wise.ledger.seals import seal
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.payments.reconciliation import RowClass
from tests.support.acts import ask_a_person, system_entries
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.evidence import MemoryEvidence
from tests.support.in_process import InProcessAdapter
from tests.support.month import BY_HAND, MATCHED, STUCK, Month, camt, sources_of

OUTPUTS = {  # pragma: allowlist secret - names
    "EpicorSecretArn": "epicor",
    "WiseSecretArn": "wise",
    "OperateFunctionName": "operate",
}
NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-30")


class Desk:
    """A controller at the command line, and the AWS services that the command asks."""

    def __init__(self, month: Month) -> None:
        self.month = month
        self.settings = "{}"
        self.ordered: list[dict[str, Any]] = []
        self.carries_out = False  # else orders are only taken down
        self.refuses = ""  # why no order is taken from this person
        self.wise: dict[str, str] = {}  # what Wise's envelope has besides
        self.evidence = MemoryEvidence()
        self.evidence.objects |= month.evidence.objects

    def run(self, *words: str) -> Result:
        """`reconcile` with these words."""
        return self.command("reconcile", *words)

    def command(self, *words: str) -> Result:
        """Any command."""
        tables = {"payments": PAYMENTS, "audit": AUDIT, "connector": CONNECTOR}
        connector = Connector(self.month.database.client, tables, self._order, OUTPUTS, lambda service: self)
        connector.__dict__["evidence"] = self.evidence
        here = Shell(connect=lambda where: connector, now=self.month.now, sleep=self.month.sleep, session=self._session)
        return CliRunner().invoke(app, list(words), obj=here, catch_exceptions=False)

    def _order(self, action: str, **values: Any) -> dict[str, Any]:
        order = json.loads(json.dumps({"action": action, **values}))
        self.ordered.append(order)
        if self.refuses:
            raise Problem(self.refuses, "ask for the right")
        return operate(self.month.deps, order, "arn:anna") if self.carries_out else {}

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - as boto3 has it
        """The credential envelopes."""
        month = self.month
        envelopes: dict[str, Any] = {
            "epicor": {**month.epicor_ready, "url": "http://epicor/SaaS001"},
            "wise": {**month.wise_ready, "url": "http://wise", **self.wise},
        }
        return {"SecretString": json.dumps(envelopes[SecretId])}

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        """The settings."""
        return {"Environment": {"Variables": {"KINETIC_WISE_SETTINGS": self.settings}}}

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("http://epicor", InProcessAdapter(self.month.epicor))
        session.mount("http://wise", InProcessAdapter(self.month.wise))
        return session


@pytest.fixture(scope="module")
def month() -> Month:
    """The month, worked off."""
    return Month()


@pytest.fixture
def desk(month: Month) -> Desk:
    """A desk in it."""
    return Desk(month)


def test_the_month_in_figures_and_a_spreadsheet(desk: Desk, tmp_path: Path) -> None:
    """Classes, balances that add up, what is open with its invoice, every row in the file; exit code 2."""
    path = tmp_path / "november.xlsx"
    told = desk.run(*NOVEMBER, "--output", str(path))
    assert told.exit_code == 2
    assert "it adds up" in told.output
    assert desk.month.number(STUCK) in told.output
    assert "in_transit" in told.output
    with ZipFile(path) as packed:
        rows = packed.read("xl/worksheets/sheet1.xml").decode()
    assert all(kind.value in rows for kind in RowClass)
    assert desk.month.number(BY_HAND) in rows


def test_the_figures_as_json(desk: Desk) -> None:
    """A program reads classes and balances, amounts as text."""
    told = json.loads(desk.run(*NOVEMBER, "--json").stdout)
    assert told["foots"] is True
    (balance,) = told["balances"]
    assert (balance["currency"], balance["opening"]) == ("EUR", "900000.00")
    assert {one["kind"] for one in told["classes"]} == {kind.value for kind in RowClass}


@pytest.mark.parametrize(("words", "said"), [
    (("--from", "2026-11-30", "--to", "2026-11-01"), "before it begins on 2026-11-30"),
    (("--from", "2026-11-01", "--to", "2027-01-31"), "which is yet to come"),
    (("--from", "November", "--to", "2026-11-01"), "November"),
    ((*NOVEMBER, "--statement", "no-such-file.xml"), "no-such-file.xml cannot be read"),
    ((*NOVEMBER, "--output", "/no/such/folder/a.xlsx"), "cannot be written"),
])  # fmt: skip
def test_a_slip_is_told_in_one_sentence(desk: Desk, words: tuple[str, ...], said: str) -> None:
    """Wrong period, missing file, a place that cannot be written: exit code 1, and what is wrong."""
    told = desk.run(*words)
    assert told.exit_code == 1
    assert said in told.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"profile_id": ""}, "lacks 'profile_id'"),
        ({"profile_id": "main"}, "`profile_id` is a number, not 'main'"),
        ({"personal_token": ""}, "lacks 'personal_token'"),
        ({"environment": "production"}, "production"),
    ],
)
def test_an_envelope_that_cannot_be_used_is_told(desk: Desk, changed: dict[str, str], said: str) -> None:
    """Whether it shows at once or with the first call: one sentence, exit code 1, and where the fields stand."""
    desk.wise = changed
    told = desk.run(*NOVEMBER)
    assert told.exit_code == 1
    assert said in told.stderr
    assert "Docs/credentials.md tells what the envelope holds" in told.stderr.replace("\n", " ")
    assert desk.ordered == []


def test_settings_that_contradict_each_other_are_named(desk: Desk) -> None:
    """Settings that cannot be used stop the command before anything is read, and the field is named."""
    calls = desk.month.epicor.calls, desk.month.wise.calls
    desk.settings = '{"wise_calls_a_minute": 100, "wise_calls_a_second": 100}'
    told = desk.run(*NOVEMBER)
    assert told.exit_code == 1
    assert "wise_calls_a_minute must be above wise_calls_a_second" in told.output.replace("\n", " ")
    assert (desk.month.epicor.calls, desk.month.wise.calls) == calls


def test_a_bank_account_that_nobody_has_chosen_finds_nothing_invented(desk: Desk) -> None:
    """With the bank account of a setting only its payments count: what Wise paid is then not posted there."""
    desk.settings = '{"bank_account_id": "NOSUCH"}'
    told = json.loads(desk.run(*NOVEMBER, "--json").stdout)
    kinds = {one["kind"] for one in told["classes"]}
    assert not kinds & {"matched", "only_in_epicor"}
    assert told["foots"] is True


def test_on_schedule_each_payment_is_told_where_it_stands(month: Month, desk: Desk) -> None:
    """The class is written to each payment once, the spreadsheet is kept, and the audit trail has its digest."""
    evidence = MemoryEvidence()
    keeping = Keeping(evidence, month.deps.state.note, month.deps.log)
    sources = sources_of(month)
    written = month.database.changes
    _, key = keep_reconciliation(sources, keeping, period_of(sources, "2026-11-01", "2026-11-30"))
    histories = Histories(month.database.client, PAYMENTS)
    standing = histories.standing(month.payment(STUCK).id)
    assert standing is not None
    assert (standing.kind, standing.first, standing.last) == ("in_transit", "2026-11-01", "2026-11-30")
    (entry,) = system_entries(month, "reconcile")
    assert entry["data"]["file"] == key
    assert entry["data"]["sha256"] == evidence.digest(key)
    with ZipFile(io.BytesIO(evidence.objects[key])) as packed:
        assert packed.testzip() is None
    first = month.database.changes - written
    keep_reconciliation(sources, keeping, period_of(sources, "2026-11-01", "2026-11-30"))
    assert first - (month.database.changes - written - first) == len(month.payments())
    told = desk.command("payment", "show", month.number(MATCHED))
    assert "matched, 2026-11-01 to 2026-11-30" in told.output


def test_a_persons_reconciliation_is_written_to_each_payment_as_well(month: Month, desk: Desk, tmp_path: Path) -> None:
    """With the statement as a file, each payment that stands elsewhere says so, by an order in the person's name."""
    path = tmp_path / "EUR.xml"
    path.write_bytes(camt(month))
    forget_standings(month)
    desk.carries_out = True
    settings = month.wise._world.settings
    ask_a_person(month)
    try:
        told = desk.run(*NOVEMBER, "--statement", str(path))
        again = desk.run(*NOVEMBER, "--statement", str(path))
    finally:
        object.__setattr__(month.wise._world, "settings", settings)
    assert told.exit_code == again.exit_code == 2
    assert "it adds up" in told.output
    histories = Histories(month.database.client, PAYMENTS)
    for payment in month.payments().values():
        standing = histories.standing(payment.id)
        assert standing is not None
        assert (standing.first, standing.last) == ("2026-11-01", "2026-11-30")
    (order,) = desk.ordered
    entry = system_entries(month, "reconcile")[-1]
    assert entry["kind"] == "standings"
    assert entry["data"]["caller"] == "arn:anna"
    assert entry["data"]["standings"] == order["standings"]
    assert entry["data"]["statements"] == [hashlib.sha256(path.read_bytes()).hexdigest()]


def test_a_balance_without_its_statement_is_no_balance_that_adds_up(month: Month, desk: Desk) -> None:
    """Where statements are closed `foots` is null, the words say that nothing was checked, and the exit code is 2."""
    settings = month.wise._world.settings
    ask_a_person(month)
    try:
        words = desk.run(*NOVEMBER)
        told = desk.run(*NOVEMBER, "--json")
    finally:
        object.__setattr__(month.wise._world, "settings", settings)
    assert "EUR: NOT CHECKED whether it adds up" in words.output
    assert "it adds up" not in words.output.replace("whether it adds up", "")
    assert (json.loads(told.stdout)["foots"], told.exit_code, words.exit_code) == (None, 2, 2)


def test_an_access_that_refreshes_is_left_to_the_connector(desk: Desk) -> None:
    """With a refresh token nothing is asked of either system: a refresh from here would end the connector's own."""
    calls = desk.month.epicor.calls, desk.month.wise.calls
    desk.wise = {"auth": "refresh_token", "refresh_token": "of the connector"}
    told = desk.run(*NOVEMBER)
    assert told.exit_code == 1
    assert "would end the access that the connector has" in told.stderr
    assert "Have the function `reconcile` do it" in told.stderr
    assert (desk.month.epicor.calls, desk.month.wise.calls) == calls


@pytest.mark.parametrize("found", [True, False])
def test_who_may_not_give_orders_gets_the_figures_and_the_problem_in_one_document(
    month: Month, desk: Desk, monkeypatch: pytest.MonkeyPatch, found: bool
) -> None:
    """One JSON document with both; exit code 2 where something is open, 1 where only the writing failed."""
    forget_standings(month)
    desk.refuses = "keep_standings was refused (403)"
    if not found:
        monkeypatch.setattr("cli.reconcile._SETTLED", frozenset(RowClass))
    told = desk.run(*NOVEMBER, "--json")
    document = json.loads(told.stdout)
    assert (document["foots"], document["error"], document["remedy"]) == (True, desk.refuses, "ask for the right")
    assert told.stderr == "Error: keep_standings was refused (403). Ask for the right.\n"
    assert told.exit_code == (2 if found else 1)
    words = desk.run(*NOVEMBER)
    assert ("it adds up" in words.stdout, words.stderr, words.exit_code) == (True, told.stderr, told.exit_code)


def forget_standings(month: Month) -> None:
    """As if nothing had been reconciled yet."""
    for payment in month.payments().values():
        key = to_item({"pk": payment.id, "sk": "RECONCILED"})
        month.database.client.delete_item(TableName=PAYMENTS, Key=key)


@pytest.mark.parametrize(("standings", "said"), [
    ({}, "standings"),
    ({"EPIC01:1:NOSUCH:1": "matched"}, "the ledger knows no payment 'EPIC01:1:NOSUCH:1'"),
    ({"EPIC01:1:NOSUCH:1": "paid twice"}, "standings.EPIC01:1:NOSUCH:1"),
    ({f"EPIC01:1:{number}:1": "matched" for number in range(101)}, "standings"),
])  # fmt: skip
def test_standings_that_make_no_sense_are_refused_whole(month: Month, standings: dict[str, str], said: str) -> None:
    """None, too many, of unknown payments or classes: one message, and nothing is written."""
    written = month.database.changes
    with pytest.raises(BadOrder, match=re.escape(said)):
        operate(month.deps, {"action": "keep_standings", "first": "2026-11-01", "last": "2026-11-30",
                             "standings": standings}, "arn:anna")  # fmt: skip
    assert month.database.changes == written


def test_the_usual_period_is_last_month_in_its_first_days(month: Month) -> None:
    """On the second of December it is November; on the tenth it is December up to the ninth."""
    sources = sources_of(month)
    period = usual_period(sources)
    assert (period.first.isoformat(), period.last.isoformat()) == ("2026-11-01", "2026-11-30")


def test_verifying_holds_the_trail_against_its_seals(desk: Desk) -> None:
    """A chain rewritten with its head is found by the seal alone: exit code 2, and the entry is named."""
    month = desk.month
    assert "No seal was there" in desk.command("audit", "verify").output
    trail = Trail(month.database.client, PAYMENTS, AUDIT, CONNECTOR)
    seal(trail, desk.evidence, month.now())
    told = json.loads(desk.command("audit", "verify", "--json").stdout)
    assert (told["seals"], told["findings"]) == (1, [])
    payment = month.payment(MATCHED)
    cut = {"audit_count": payment.audit_count - 1, "audit_head": _hash_of(month, payment.id, payment.audit_count - 1)}
    month.database.client.delete_item(TableName=AUDIT, Key=_entry(payment.id, payment.audit_count))
    month.database.client.update_item(
        TableName=PAYMENTS,
        Key=to_item({"pk": payment.id, "sk": "STATE"}),
        UpdateExpression="SET audit_count = :c, audit_head = :h",
        ExpressionAttributeValues=to_item({":c": cut["audit_count"], ":h": cut["audit_head"]}),
    )
    found = desk.command("audit", "verify", month.number(MATCHED), "--json")
    assert found.exit_code == 2
    (finding,) = json.loads(found.stdout)["findings"]
    assert (finding["entry"], finding["tampering"]) == (f"{payment.audit_count:010d}", "removed")


def _entry(chain: str, number: int) -> dict[str, Any]:
    return to_item({"pk": chain, "sk": f"{number:010d}"})


def _hash_of(month: Month, chain: str, number: int) -> str:
    item = month.database.client.get_item(TableName=AUDIT, Key=_entry(chain, number))["Item"]
    return str(from_item(item)["hash"])


def test_verifying_holds_long_bodies_against_their_entries(desk: Desk) -> None:
    """A body changed in the bucket makes `audit verify` and `audit show` of its payment exit with 2."""
    invoice = desk.month.number(STUCK)
    told = json.loads(desk.command("audit", "verify", invoice, "--json").stdout)
    assert told["bodies"] > 0
    assert told["findings"] == []
    for key in desk.month.evidence.objects:
        desk.evidence.objects[key] = b"other"
    found = desk.command("audit", "verify", invoice, "--json")
    findings = json.loads(found.stdout)["findings"]
    assert (found.exit_code, len(findings)) == (2, told["bodies"])
    assert {finding["tampering"] for finding in findings} == {"altered"}
    assert all("bodies/" in finding["detail"] for finding in findings)
    assert desk.command("audit", "show", invoice).exit_code == 2
