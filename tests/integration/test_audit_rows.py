"""Events of the audit trail as rows of Epicor's audit table: once each, whatever happens, and in nobody's way."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from kinetic_wise import metrics
from kinetic_wise.flows.holds import release
from kinetic_wise.flows.operate import operate
from kinetic_wise.flows.write_audit_rows import write_audit_rows
from kinetic_wise.ledger.due_rows import DueRow
from kinetic_wise.payments import identity
from kinetic_wise.payments.audit_rows import DECISIONS
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.settings import Settings
from kinetic_wise.transport import Refused, TokenRejected
from tests.support.acts import small_day, story, system_entries
from tests.support.dynamodb import AUDIT
from tests.support.meter import Meter
from tests.support.world import World

ALL = Settings(audit_table="UD05", audit_events="all")
_UPDATE = "UD05Svc/Update"
_HOUR = 3_600.0


def rows(world: World) -> list[dict[str, Any]]:
    """What the companies' audit tables hold, payment by payment, balances left out."""
    books = [company["UD05"].rows() for company in world.epicor.site.companies.values()]
    found = [row for table in books for row in table if "balance" not in row["Key2"]]
    return sorted(found, key=lambda row: (row["Key2"], row["Key3"]))


def told(world: World, payment: Payment) -> list[tuple[int, str]]:
    """The events of a payment by the audit table: the entry's number and its kind."""
    own = identity.short_id(payment.id)
    return [(int(row["Key3"]), row["ShortChar01"]) for row in rows(world) if row["Key2"] == own]


def wanted(world: World, payment: Payment) -> list[tuple[int, str]]:
    """The same by the audit trail."""
    kinds = [entry["kind"] for entry in story(world, payment)]
    return [(number, kind) for number, kind in enumerate(kinds, start=1) if kind in DECISIONS]


def fault(world: World, path: str = _UPDATE, **how: Any) -> None:
    """What goes wrong from now on."""
    world.epicor.faults.replace([{"match": {"path": path}, "times": -1, **how}])


@pytest.fixture(scope="module")
def day() -> World:
    """A day worked off with all events copied."""
    world = World(settings=ALL)
    world.poll()
    world.run(2 * _HOUR)
    return world


def test_every_decision_of_every_payment_has_its_row(day: World) -> None:
    """For each payment the table tells the decisions of the trail, in its numbers, none missing and none twice."""
    assert day.deps.state.due_rows.count() == 0
    for payment in day.payments().values():
        assert told(day, payment) == wanted(day, payment)
    kinds = {row["ShortChar01"] for row in rows(day)}
    assert {"claimed", "held", "recipient_ready", "quoted", "transfer_created", "funded", "sent", "posted"} <= kinds


def test_a_row_says_what_somebody_looks_for(day: World) -> None:
    """Status, amount, transfer, day, the entry's hash and its data: a hold's row names its reason."""
    paid = next(one for one in day.payments().values() if one.status is Status.POSTED)
    entry = next(entry for entry in story(day, paid) if entry["kind"] == "posted")
    items = [item for item in day.database.rows(AUDIT) if item["pk"]["S"] == paid.id]
    digest = next(item["hash"]["S"] for item in items if item["kind"]["S"] == "posted")
    own = identity.short_id(paid.id)
    row = next(row for row in rows(day) if (row["Key2"], row["ShortChar01"]) == (own, "posted"))
    attempt = day.deps.ledger.attempt(paid.id, paid.attempt)
    assert attempt is not None
    assert attempt.transfer is not None
    assert (row["Key1"], row["ShortChar02"], row["ShortChar03"]) == ("KINETIC-WISE", str(attempt.transfer.id), "posted")
    assert (row["Number01"], row["Date01"]) == (paid.amount, f"{entry['at'][:10]}T00:00:00")
    detail = json.loads(row["Character01"])
    assert (detail["payment"], detail["audit_hash"], detail["at"]) == (paid.id, digest, entry["at"])
    assert detail["debited"].startswith(str(attempt.debited))
    held = next(one for one in day.payments().values() if one.status is Status.HELD and one.hold is not None)
    assert held.hold is not None
    reasons = [row["Character02"] for row in rows(day) if row["Key2"] == identity.short_id(held.id)]
    assert any(f"reason: {held.hold.reason}" in said for said in reasons)


def test_rows_fit_their_columns_and_show_no_account(day: World) -> None:
    """Keys and short texts hold 50 characters, long ones 1,000; no row shows an account number of the day."""
    accounts = {bank.iban for vendor in day.day.vendors for bank in vendor.banks if bank.iban}
    accounts |= {bank.account_number for vendor in day.day.vendors for bank in vendor.banks if bank.account_number}
    assert accounts
    for row in rows(day):
        for name, value in row.items():
            if name.startswith(("Key", "ShortChar")):
                assert len(value) <= 50
            if name.startswith("Character"):
                assert len(value) <= 1_000
        said = row["Character01"] + row["Character02"]
        assert not [account for account in accounts if account in said]


def test_many_rows_go_in_few_calls(day: World) -> None:
    """Twenty rows cost four calls, not twenty times three: what is written together is told together in the trail."""
    entries = system_entries(day, "audit_rows")
    outcomes = [entry for entry in entries if entry["kind"] == "audit_rows"]
    written = sum(entry["data"]["rows"] for entry in outcomes)
    assert written == len(rows(day))
    assert len(outcomes) <= written / 5
    assert [entry["kind"] for entry in entries] == ["intent.audit_rows", "audit_rows"] * len(outcomes)


def test_orders_of_people_stand_there_with_their_names(day: World) -> None:
    """Who released, and who switched fundings off and on, is told beside what they said."""
    for action in ("stop", "resume"):
        operate(day.deps, {"action": action}, "arn:ben")
    held = next(one for one in day.payments().values() if one.hold is not None and one.hold.reason != "second_identity")
    release(day.deps, held.id, "arn:anna", "asked the vendor")
    write_audit_rows(day.deps)
    said = {row["ShortChar01"]: row["Character02"] for row in rows(day)}
    assert said["released"].startswith("caller: arn:anna; why: asked the vendor")
    assert said["stop"] == said["resume"] == "caller: arn:ben"


def test_outcomes_only_are_the_default_and_nothing_without_a_table() -> None:
    """A table alone brings a row for each end of a payment; without a table nothing is kept to be written."""
    for settings, expected in ((Settings(audit_table="UD05"), {"posted"}), (Settings(), set())):
        world = World(small_day(), settings)
        world.poll()
        world.run(_HOUR)
        assert world.deps.state.due_rows.count() == 0
        assert {row["ShortChar01"] for row in rows(world)} - {"failed", "returned"} == expected


@pytest.fixture
def away() -> World:
    """A day on which Epicor's audit table was not to be had."""
    world = World(small_day(4), ALL)
    fault(world, "UD05Svc", fault="status", status=503)
    world.poll()
    world.run(2 * _HOUR)
    return world


def test_while_epicor_refuses_rows_payments_go_on_and_nothing_is_lost(away: World) -> None:
    """Every payment ends as on any day; what is behind is counted and aged, and is written once when it can be."""
    assert not rows(away)
    assert any(payment.status is Status.POSTED for payment in away.payments().values())
    meter = Meter()
    away.deps.meter = meter
    due = away.deps.state.due_rows
    behind = due.count()
    write_audit_rows(away.deps)
    assert behind == due.count() > 0
    assert meter.last(metrics.OLDEST_AUDIT_ROW) > _HOUR
    assert ("audit rows written later") in [message for message, _ in away.log_lines]
    away.epicor.faults.replace([])
    write_audit_rows(away.deps)
    assert (due.count(), len(rows(away))) == (0, behind)
    assert meter.last(metrics.OLDEST_AUDIT_ROW) == 0
    for payment in away.payments().values():
        assert told(away, payment) == wanted(away, payment)


def _one(world: World, number: int, **changes: Any) -> DueRow:
    row = DueRow(
        chain="EPIC01:1:INV-1:1",
        number=number,
        hash="h",
        at=world.now(),
        event="claimed",
        told="amount: 1.00",
        company="EPIC01",
        status="queued",
    )
    return row.model_copy(update=changes)


def _due(world: World, *numbers: int, **changes: Any) -> None:
    for number in numbers:
        world.deps.state.due_rows.keep(_one(world, number, **changes))


@pytest.fixture
def world() -> World:
    """A world in which nothing happens by itself."""
    return World(small_day(), Settings(audit_table="UD05"))


@pytest.mark.parametrize("how", [{"fault": "lost"}, {"fault": "status", "status": 502}, {"fault": "truncated"}])
def test_a_lost_answer_doubles_nothing(world: World, how: dict[str, Any]) -> None:
    """Whether Epicor wrote the batch or not, the next run finds out and has each row there once."""
    _due(world, *range(1, 26))
    world.epicor.faults.replace([{"match": {"path": _UPDATE}, "times": 1, **how}])
    assert write_audit_rows(world.deps).problem
    assert world.deps.state.due_rows.count() == 25
    assert not write_audit_rows(world.deps).problem
    assert [int(row["Key3"]) for row in rows(world)] == list(range(1, 26))
    assert world.deps.state.due_rows.count() == 0


def test_two_runs_at_the_same_time_double_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run writes the same rows between our look and our write: Epicor refuses ours, and each is there once."""
    _due(world, 1, 2, 3)
    notes = world.deps.epicor.notes
    look, add = notes.audit_rows_there, notes.add_audit_rows
    raced: list[int] = []

    def look_and_be_overtaken(*asked: Any) -> Any:
        there = look(*asked)
        if not raced:
            raced.append(1)
            add(*asked)
        return there

    monkeypatch.setattr(notes, "audit_rows_there", look_and_be_overtaken)
    write_audit_rows(world.deps)
    write_audit_rows(world.deps)
    assert [int(row["Key3"]) for row in rows(world)] == [1, 2, 3]
    assert world.deps.state.due_rows.count() == 0


def test_a_row_that_epicor_never_takes_is_given_up_and_the_others_are_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bad row among good ones is tried as often as the setting says, then told with an alarm; it blocks nobody."""
    world.epicor.faults.replace([])
    refuse(world, monkeypatch, {2})
    for turn in range(world.deps.settings.note_tries):
        _due(world, *((1, 2, 3) if not turn else (10 + turn,)))
        write_audit_rows(world.deps)
    numbers = [int(row["Key3"]) for row in rows(world)]
    assert numbers == [1, 3, *range(11, 10 + world.deps.settings.note_tries)]
    assert world.deps.state.due_rows.count() == 0
    (line,) = [values for message, values in world.log_lines if message == "audit row given up"]
    assert (line["number"], line["alarm"]) == (2, True)
    assert system_entries(world, "audit_rows")[-1]["kind"] == "audit_row_given_up"


def test_while_epicor_takes_no_row_at_all_none_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing right or a wrong table refuses everything: that is no row's fault, and everything stays due."""
    _due(world, *range(1, 31))
    refuse(world, monkeypatch, set(range(1, 31)))
    for _ in range(2 * world.deps.settings.note_tries):
        assert write_audit_rows(world.deps).problem
    assert world.deps.state.due_rows.count() == 30
    monkeypatch.undo()
    write_audit_rows(world.deps)
    assert (world.deps.state.due_rows.count(), len(rows(world))) == (0, 30)


@pytest.mark.parametrize("status", [403, 404])
def test_a_company_whose_table_takes_nothing_is_in_no_others_way(world: World, status: int) -> None:
    """What another company's table refuses stays due; this company's rows are written, though they are younger."""
    _due(world, *range(1, 4), company="EPIC02")
    world.time += timedelta(minutes=1)
    _due(world, *range(4, 7))
    fault(world, "EPIC02/Ice.BO.UD05Svc", fault="status", status=status)
    assert write_audit_rows(world.deps).problem
    assert [int(row["Key3"]) for row in rows(world)] == [4, 5, 6]
    assert [row.number for row in world.deps.state.due_rows.rows()] == [1, 2, 3]


@pytest.mark.parametrize("there", [0, 3])
def test_a_missing_right_is_no_rows_fault(world: World, there: int) -> None:
    """However often writing is forbidden, beside rows that are there already or not, it counts against no row."""
    _due(world, *range(1, there + 1))
    write_audit_rows(world.deps)
    fault(world, fault="status", status=403)
    for _ in range(2 * world.deps.settings.note_tries):
        _due(world, *range(1, there + 1), 4, 5)
        assert write_audit_rows(world.deps).problem
    assert [(row.number, row.tries) for row in world.deps.state.due_rows.rows() if row.number > 3] == [(4, 0), (5, 0)]
    assert system_entries(world, "audit_rows")[-1]["data"]["problem"]
    world.epicor.faults.replace([])
    write_audit_rows(world.deps)
    assert (world.deps.state.due_rows.count(), len(rows(world))) == (0, there + 2)


def test_rows_that_are_there_already_are_no_proof_that_others_are_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal counts only beside a row that was taken now: the table may have begun to refuse everything."""
    _due(world, 1)
    write_audit_rows(world.deps)
    refuse(world, monkeypatch, {2})
    for _ in range(2 * world.deps.settings.note_tries):
        _due(world, 1)
        if world.deps.state.due_rows.count() == 1:
            _due(world, 2)
        assert write_audit_rows(world.deps).problem
    assert [(row.number, row.tries) for row in world.deps.state.due_rows.rows()] == [(2, 0)]


def test_a_login_that_is_refused_is_told_as_one(world: World) -> None:
    """A 401 to the write ends the run with an error, as the promise says, and its outcome stands in the trail."""
    _due(world, 1)
    fault(world, fault="status", status=401)
    with pytest.raises(TokenRejected):
        write_audit_rows(world.deps)
    entries = system_entries(world, "audit_rows")
    assert [entry["kind"] for entry in entries] == ["intent.audit_rows", "audit_rows"]
    assert entries[-1]["data"]["problem"]
    assert world.deps.state.due_rows.count() == 1


def refuse(world: World, monkeypatch: pytest.MonkeyPatch, numbers: set[int]) -> None:
    """Epicor refuses whatever holds a row of these numbers, as a data directive of the site would."""
    add = world.deps.epicor.notes.add_audit_rows

    def picky(company: str, table: str, asked: Any) -> None:
        if {int(row.keys[2]) for row in asked} & numbers:
            raise Refused("the site's own rule refuses this row")
        add(company, table, asked)

    monkeypatch.setattr(world.deps.epicor.notes, "add_audit_rows", picky)
