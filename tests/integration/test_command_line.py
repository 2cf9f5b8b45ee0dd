"""The command line over a worked-off day: real ledger, real orders, one process."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.export import COLUMNS
from cli.main import app
from cli.problem import Problem
from cli.shell import Shell
from cli.stack import Connector, Where
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.ledger.due_rows import DueRow
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.money import Money
from simulators.sample_day import Invoice
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.world import World

_TABLES = {"payments": PAYMENTS, "audit": AUDIT, "connector": CONNECTOR}
_ANNA = "local:ANNA"


class Desk:
    """A person at the command line of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ordered: list[dict[str, Any]] = []
        self.person = _ANNA

    def run(self, *words: str, typed: str = "") -> Result:
        """One command, and what is typed when it asks."""
        shell = Shell(connect=self._connect, now=self.world.now)
        return CliRunner().invoke(app, list(words), obj=shell, catch_exceptions=False, input=typed)

    def json(self, *words: str) -> Any:
        """What a command answers in JSON."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def _connect(self, where: Where) -> Connector:
        client = self.world.database.client
        connector = Connector(client, _TABLES, self._order, {}, lambda service: client)
        connector.__dict__["evidence"] = self.world.evidence
        return connector

    def _order(self, action: str, **values: Any) -> dict[str, Any]:
        order = json.loads(json.dumps({"action": action, **values}))
        self.ordered.append(order)
        try:
            with self.world.acting("operate"):
                answer: dict[str, Any] = json.loads(json.dumps(operate(self.world.deps, order, self.person)))
        except BadOrder as error:
            raise Problem(str(error)) from None
        return answer


@pytest.fixture(scope="module")
def desk() -> Desk:
    """A sample day that has been worked off."""
    world = World()
    world.poll()
    world.run(900)
    world.top_up()
    world.run(1800)
    return Desk(world)


def _one(desk: Desk, status: Status) -> Invoice:
    found = (
        invoice
        for invoice in desk.world.day.invoices
        if (payment := desk.world.payment_of(invoice)) and payment.status is status
    )
    return next(found)


def test_status_counts_every_payment_once(desk: Desk) -> None:
    """Each payment is counted under its status and reason, with the age of the oldest."""
    told = desk.json("status")
    counted = Counter({(row["status"], row["reason"]): row["count"] for row in told["payments"]})
    wanted = Counter(
        (
            payment.status.value,
            payment.hold.reason if payment.hold and payment.status is Status.HELD else payment.reason,
        )
        for payment in desk.world.payments().values()
    )
    assert counted == wanted
    assert all(row["age_seconds"] >= 0 for row in told["payments"])
    assert (told["stopped"], told["bound"]) == (False, True)


def test_status_is_a_table_for_people(desk: Desk) -> None:
    """Words, not JSON: each reason with its meaning from the page on holds, and the sum."""
    told = desk.run("status").output
    assert "no usable bank row" in told
    assert f"{len(desk.world.payments())} payments" in told


def test_rows_that_epicor_still_lacks_are_counted(desk: Desk) -> None:
    """A clerk sees that Epicor's audit table is behind; without such rows there is no word of it."""
    assert desk.json("status")["audit_rows_due"] == 0
    row = DueRow(chain="EPIC01:1:INV-1:1", number=1, hash="h", at=desk.world.now(), event="claimed", told="")
    desk.world.deps.state.due_rows.keep(row)
    try:
        assert desk.json("status")["audit_rows_due"] == 1
        assert "Rows that Epicor's audit table still lacks: 1." in desk.run("status").output
    finally:
        desk.world.deps.state.due_rows.drop([row])
    assert "audit table" not in desk.run("status").output


def test_a_held_payment_says_why_and_what_to_do(desk: Desk) -> None:
    """From "this invoice was not paid" to the reason, its detail and the remedy in one command, by its number."""
    invoice = next(one for one in desk.world.day.invoices if one.expect_reason == "bank_details_missing")
    vendor = next(one for one in desk.world.day.vendors if (one.company, one.vendor_num) == invoice.key[:2])
    told = desk.run("payment", "show", invoice.key[2].lower())
    assert told.exit_code == 0
    for words in (
        "held: stopped by a rule",
        "has no primary bank",
        "fill the column that the text names",
        vendor.name,
    ):
        assert words in told.output
    assert desk.json("payment", "show", invoice.key[2])["why"]["code"] == "bank_details_missing"


def test_a_paid_payment_shows_its_transfer_and_where_it_is_booked(desk: Desk) -> None:
    """What was paid shows status, Epicor's group and the transfer with what it cost."""
    payment = desk.world.payment_of(_one(desk, Status.POSTED))
    assert payment is not None
    attempt = desk.world.deps.ledger.attempt(payment.id, 1)
    assert attempt is not None
    assert attempt.transfer is not None
    assert attempt.debited is not None
    told = desk.run("payment", "show", payment.id).output
    for words in (
        "posted: paid, and booked in Epicor",
        payment.group_id,
        str(attempt.transfer.id),
        str(Money(attempt.debited, attempt.transfer.source_currency)),
    ):
        assert words in told
    assert [one["number"] for one in desk.json("payment", "show", payment.id)["attempts"]] == [1]


def test_an_ambiguous_number_lists_the_payments(desk: Desk) -> None:
    """Two companies have an invoice of this number: both are named, none is guessed."""
    numbers = Counter(invoice.key[2] for invoice in desk.world.day.invoices if desk.world.payment_of(invoice))
    twice = next(number for number, count in numbers.items() if count == 2)
    told = desk.run("payment", "show", twice, "--json")
    answer = json.loads(told.stdout)
    assert told.exit_code == 1
    assert len(answer["candidates"]) == 2
    assert [desk.json("payment", "show", one)["id"] for one in answer["candidates"]] == answer["candidates"]


def test_an_unknown_invoice_is_told_in_a_sentence(desk: Desk) -> None:
    """One sentence and a remedy, on standard error, with exit code 1."""
    told = desk.run("payment", "show", "4711")
    assert told.exit_code == 1
    assert told.stderr.startswith("Error: the ledger knows no invoice '4711'. Check the number")
    assert told.stdout == ""


def test_an_invoice_that_epicor_does_not_offer_says_why(desk: Desk) -> None:
    """Nobody claimed it, so the ledger cannot know; Epicor is asked, and what keeps it back is told in the answer."""
    told = desk.run("payment", "show", "7/24 C")
    assert told.exit_code == 1
    assert "invoice '7/24 C' is not taken up, because Epicor does not offer it for payment" in told.stderr
    assert "EPIC01, vendor 102: PayHold is set" in told.stderr


def test_an_unknown_invoice_of_an_epicor_that_is_away_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is about the invoice, and says that Epicor could not be asked."""

    def away(*_: Any, **__: Any) -> dict[str, Any]:
        raise Problem("look_up failed (502): no connection")

    monkeypatch.setattr(desk, "_order", away)
    told = desk.run("payment", "show", "4711")
    assert told.stderr.startswith("Error: the ledger knows no invoice '4711'. Check the number; Epicor could not")


def test_the_story_is_told_in_plain_words_with_its_evidence(desk: Desk) -> None:
    """A paid invoice's story goes from claim to posting, each step with the calls that bear it out."""
    payment = desk.world.payment_of(_one(desk, Status.POSTED))
    assert payment is not None
    lines = desk.run("audit", "show", payment.id).output.splitlines()
    wanted = [
        "Claimed:",
        "About to reserve",
        "Reserved:",
        "Wise named a price",
        "The transfer is made",
        "Funded:",
        "Posted:",
    ]
    told = [line for line in lines if not line.startswith(" ")]
    assert [word for line in told for word in wanted if word in line] == wanted
    funded = lines.index(next(line for line in lines if "Funded:" in line))
    assert "/payments → 201" in lines[funded + 1]
    assert lines[-1] == f"{payment.audit_count} entries, chained without a break."
    entries = desk.json("audit", "show", payment.id)["entries"]
    assert [entry["n"] for entry in entries] == list(range(1, payment.audit_count + 1))


def test_bodies_are_shown_when_asked_for_and_masked(desk: Desk) -> None:
    """What was sent and answered is there for who asks, and holds no full account number, nor any secret."""
    payment = desk.world.payment_of(_one(desk, Status.POSTED))
    assert payment is not None
    told = desk.run("audit", "show", payment.id, "--bodies").output
    assert "customerTransactionId" in told
    assert "customerTransactionId" not in desk.run("audit", "show", payment.id).output
    secrets = [
        desk.world.wise_ready["personal_token"],
        desk.world.epicor_ready["api_key"],
        desk.world.epicor_ready["password"],
    ]
    accounts = [bank.iban for vendor in desk.world.day.vendors for bank in vendor.banks if bank.iban]
    assert accounts
    assert not [hidden for hidden in [*secrets, *accounts] if hidden in told]


def test_verify_finds_tampering_and_exits_with_2(desk: Desk) -> None:
    """A clean trail is 0; an entry removed from the table is named, with exit code 2, in the story too."""
    clean = desk.run("audit", "verify")
    assert clean.exit_code == 0
    assert "nothing altered, removed or inserted" in clean.output
    payment = desk.world.payment_of(_one(desk, Status.POSTED))
    assert payment is not None
    client, key = desk.world.database.client, {"pk": {"S": payment.id}, "sk": {"S": "0000000003"}}
    item = client.get_item(TableName=AUDIT, Key=key)["Item"]
    client.delete_item(TableName=AUDIT, Key=key)
    try:
        for words in (["verify"], ["verify", payment.id], ["show", payment.id]):
            told = desk.run("audit", *words)
            assert told.exit_code == 2
            assert "removed" in told.output
        found = json.loads(desk.run("audit", "verify", "--json").stdout)["findings"]
    finally:
        client.put_item(TableName=AUDIT, Item=item)
    assert [(one["chain"], one["entry"], one["tampering"]) for one in found] == [(payment.id, "0000000003", "removed")]
    assert desk.run("audit", "verify").exit_code == 0


def test_export_as_csv_and_json_lines(desk: Desk, tmp_path: Path) -> None:
    """Both formats hold every entry of the days asked for, and none of other days."""
    period = ("audit", "export", "--from", "2026-11-23", "--to", "2026-11-23")
    lines = [json.loads(line) for line in desk.run(*period, "--json").stdout.splitlines()]
    rows = list(csv.DictReader(io.StringIO(desk.run(*period).stdout)))
    stored = sum(1 for _ in desk.world.database.rows(AUDIT))
    assert len(lines) == len(rows) == stored
    assert tuple(rows[0]) == COLUMNS
    assert {(row["chain"], row["n"], row["hash"]) for row in rows} == {
        (line["chain"], str(line["n"]), line["hash"]) for line in lines
    }
    file = tmp_path / "trail.csv"
    assert f"{stored} entries in {file}" in desk.run(*period, "--output", str(file)).output
    assert len(list(csv.DictReader(io.StringIO(file.read_text())))) == stored
    assert desk.json(*period, "--output", str(file)) == {"entries": stored, "output": str(file)}
    assert [json.loads(line) for line in file.read_text().splitlines()] == lines
    assert desk.run("audit", "export", "--from", "2026-11-24", "--to", "2026-11-30", "--json").stdout == ""


def test_a_wrong_period_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    """Days in the wrong order, a day that is none and a file that cannot be written are each told in a sentence."""
    for words, told in (
        (["--from", "2026-11-24", "--to", "2026-11-23"], "lies before --from"),
        (["--from", "yesterday", "--to", "2026-11-23"], "does not match the format"),
        (["--from", "2026-11-23", "--to", "2026-11-23", "--output", str(tmp_path)], "cannot be written"),
    ):
        result = desk.run("audit", "export", *words)
        assert result.exit_code == 1
        assert told in result.stderr
        assert "Traceback" not in result.output


def test_orders_go_through_the_operations_route(desk: Desk) -> None:
    """Stop, resume, adopt and retry are orders to the API; the command line itself writes nothing."""
    desk.ordered.clear()
    before = desk.world.database.changes
    for words in (["status"], ["payment", "show", "KC-2026-14"], ["audit", "verify"]):
        desk.run(*words)
    assert desk.world.database.changes == before
    assert desk.ordered == []
    desk.run("payment", "show", "4711")
    assert [order["action"] for order in desk.ordered] == ["look_up"], "the connector asks Epicor, in its own place"
    desk.ordered.clear()
    failed = desk.world.payment_of(_one(desk, Status.FAILED))
    assert failed is not None
    assert desk.run("stop").exit_code == 0
    assert desk.json("status")["stopped"] is True
    assert "The stop switch is on" in desk.run("status").output
    assert desk.run("resume").exit_code == 0
    assert desk.json("status")["stopped"] is False
    assert "Bound again; no bank row was approved" in desk.run("ledger", "adopt").output
    assert desk.json("payment", "retry", failed.id)["status"] == "queued"
    assert [order["action"] for order in desk.ordered] == ["stop", "resume", "adopt", "retry"]
    assert desk.ordered[-1]["payment"] == failed.id
    story = desk.run("audit", "show", f"SYSTEM#switch#{desk.world.now():%Y-%m-%d}").output
    assert f"{_ANNA} switched fundings off." in story


def test_a_refused_order_says_why(desk: Desk) -> None:
    """What the connector refuses comes back as its own sentence, with exit code 1."""
    payment = desk.world.payment_of(_one(desk, Status.POSTED))
    assert payment is not None
    told = desk.run("payment", "retry", payment.id)
    assert told.exit_code == 1
    assert told.stderr.startswith("Error: ")


def test_holds_are_listed_the_oldest_first_and_by_what_is_asked_for(desk: Desk) -> None:
    """Every held payment is listed once; reason, age and vendor each narrow the list down."""
    held = [one for one in desk.world.payments().values() if one.status is Status.HELD and one.hold]
    listed = desk.json("holds", "list")
    assert {one["payment"] for one in listed} == {one.id for one in held}
    assert [one["since"] for one in listed] == sorted(one["since"] for one in listed)
    (found,) = desk.json("holds", "list", "--reason", "vendor_on_hold")
    assert found["reason"] == "vendor_on_hold"
    assert [one["payment"] for one in desk.json("holds", "list", "--vendor", found["vendor"].upper())] == [
        found["payment"]
    ]
    assert desk.json("holds", "list", "--older-than", "1m") == listed
    assert desk.json("holds", "list", "--older-than", "30d") == []
    shown = desk.run("holds", "list").output
    assert f"{len(held)} held." in shown
    assert all(str(Money(one.amount, one.currency)) in shown for one in held)
    assert any(one.amount >= 1000 for one in held)


def test_a_clerk_finds_from_the_invoice_to_the_release(desk: Desk) -> None:
    """`payment show` names the command that releases; it asks why, and the answer says how the payment stands."""
    invoice = next(one for one in desk.world.day.invoices if one.expect_reason == "vendor_on_hold")
    payment = desk.world.payment_of(invoice)
    assert payment is not None
    shown = desk.run("holds", "show", invoice.key[2]).output
    assert f"kinetic-wise holds release {payment.id}" in shown
    told = desk.run("holds", "release", invoice.key[2], typed="the dispute is settled\n")
    assert told.exit_code == 0
    assert "is released and looked at again; it is queued now" in told.output
    refused = desk.run("holds", "release", invoice.key[2], "--why", "again")
    assert refused.exit_code == 1
    assert "is queued, not held: there is nothing to release" in refused.stderr
    ended = desk.run("payment", "cancel", invoice.key[2], "--why", "ordered twice")
    assert f"Payment {payment.id} is rejected." in ended.output
    story = desk.run("audit", "show", payment.id).output
    assert f"{_ANNA} released it: the dispute is settled." in story
    assert f"{_ANNA} cancelled it: ordered twice." in story


def test_bank_details_are_approved_after_a_question(desk: Desk) -> None:
    """A person who does not confirm approves nothing; in JSON nothing is asked, so the code must be named."""
    payment = desk.world.payment_of(_one(desk, Status.POSTED))
    assert payment is not None
    declined = desk.run("holds", "approve", payment.id, "--why", "looked", typed="n\n")
    assert declined.exit_code == 1
    assert "***" in declined.output
    assert desk.ordered[-1]["action"] == "bank_details"
    asked = desk.run("holds", "approve", payment.id, "--why", "looked", "--json")
    assert asked.exit_code == 1
    assert "add --code" in json.loads(asked.stdout)["remedy"]


def test_limits_are_shown_and_set_one_currency_at_a_time(desk: Desk) -> None:
    """Setting one limit leaves the others, and what is no amount changes nothing."""
    assert desk.run("limits", "set", "--payment", "EUR=10000.00", "--day", "EUR=50000.00").exit_code == 0
    assert desk.run("limits", "set", "--payment", "GBP=700.00").exit_code == 0
    shown = desk.json("limits", "show")
    assert shown["payment"] == {"EUR": "10000.00", "GBP": "700.00"}
    assert shown["day"] == {"EUR": "50000.00"}
    assert float(shown["today"]["EUR"]) > 0
    told = desk.run("limits", "show").stdout
    assert "10,000.00 EUR" in told
    free = [one for one in shown["today"] if one not in ("EUR", "GBP")]
    assert free
    assert f"Invoices in {', '.join(free)} have no limit, whatever balance pays them." in told
    assert "in a currency that is not listed have no limit" in told
    wrong = desk.run("limits", "set", "--payment", "EUR=lots")
    assert (wrong.exit_code, "is no limit" in wrong.stderr) == (1, True)
    for words in (["--payment", "EUR=none"], ["--payment", "GBP=none"], ["--day", "EUR=none"]):
        assert desk.run("limits", "set", *words).exit_code == 0
    assert desk.json("limits", "show")["payment"] == {}


def test_a_limit_that_somebody_else_sets_meanwhile_is_not_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another person's order between the look and the order: nothing is set, and the message says what to do."""
    give = desk._order

    def after_ben(action: str, **values: Any) -> dict[str, Any]:
        give("set_caps", payment={"GBP": "700.00"}, day={})
        return give(action, **values)

    monkeypatch.setattr(desk, "_order", after_ben)
    told = desk.run("limits", "set", "--payment", "EUR=10000.00")
    assert (told.exit_code, "changed meanwhile, so nothing is set: look again" in told.stderr) == (1, True)
    assert desk.json("limits", "show")["payment"] == {"GBP": "700.00"}
    monkeypatch.undo()
    assert desk.run("limits", "set", "--payment", "GBP=none").exit_code == 0
