"""Recipients made ahead of the invoices: only of approved details, announced, and safe to repeat."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.flows.sync_vendors import sync_vendors
from kinetic_wise.payments.life_cycle import Status
from simulators.sample_day import make_day
from tests.integration.test_command_line import Desk
from tests.support.acts import fault, kinds, people_in_epicor, rest_until, small_day, system_entries
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.world import START, World

ANNA = "arn:aws:iam::111122223333:user/anna"
NEW_IBAN = "DE02120300000000202051"
LATER = START.replace(year=START.year + 1)
MAKE = ("POST", "/accounts$")


def order(world: World, position: Any = None, *, vendors: int = 100, dry_run: bool = False) -> dict[str, Any]:
    """A person orders a part of a pass."""
    said = {"action": "sync_vendors", "position": position, "vendors": vendors, "dry_run": dry_run}
    return operate(world.deps, said, ANNA)


def active(world: World) -> int:
    """How many recipients Wise would pay."""
    return sum(1 for one in world.wise._world.books.recipients.values() if one.active)


@pytest.fixture
def world() -> World:
    """All vendors of the sample, no invoices."""
    return World(replace(make_day(), invoices=(), duplicate_messages=()))


def test_every_vendor_with_approved_details_has_a_recipient(world: World) -> None:
    """One pass over both companies makes a recipient for each account that can be paid, and says why not for others."""
    told = sync_vendors(world.deps, LATER)
    assert told["finished"] is True
    assert told["vendors"] == len([v for v in world.day.vendors if not v.inactive])
    assert told["made"] == active(world)
    assert told["payable"] == told["made"] + told["matched"]  # a vendor of both companies has one recipient
    assert told["bank_details_missing"] >= 1
    assert told["vendor_on_hold"] >= 1


def test_a_second_pass_makes_nothing_more(world: World) -> None:
    """What is there and unchanged is left alone."""
    first = sync_vendors(world.deps, LATER)
    second = sync_vendors(world.deps, LATER)
    assert "made" not in second
    assert "matched" not in second
    assert second["payable"] == first["payable"]
    assert active(world) == first["made"]


def test_a_dry_run_changes_nothing_and_says_the_same(world: World) -> None:
    """What would be done is what is done then; no recipient, no approval, no audit entry is written by it."""
    audit = len(list(world.database.rows(AUDIT)))
    dry = order(world, dry_run=True)
    assert active(world) == 0
    assert len(list(world.database.rows(AUDIT))) == audit
    wet = order(world)
    assert [line["bank"] for line in dry["lines"] if line["did"]] == [
        line["bank"] for line in wet["lines"] if line["did"]
    ]


def test_parts_make_up_the_whole(world: World) -> None:
    """Seven vendors at a time come to the same as all at once, each vendor once."""
    banks, position = [], None
    while True:
        part = order(world, position, vendors=7)
        assert part["vendors"] <= 7
        banks += [line["bank"] for line in part["lines"]]
        position = part["position"]
        if position is None:
            break
    assert len(banks) == len(set(banks))
    assert {bank.split("/")[0] for bank in banks} == {"EPIC01", "EPIC02"}


def test_a_lost_answer_makes_no_second_recipient(world: World) -> None:
    """What was made although nobody heard of it is found by name and account on the next pass."""
    fault(world.wise, MAKE, "lost")
    first = sync_vendors(world.deps, LATER)
    assert first["recipient_refused"] == 1
    second = sync_vendors(world.deps, LATER)
    assert second["matched"] == 1
    assert "made" not in second
    assert active(world) == first["made"] + 1


def test_each_write_is_announced_in_the_audit_trail(world: World) -> None:
    """Intent, then outcome, in a chain of the system's own; no account number stands in any store."""
    sync_vendors(world.deps, LATER)
    told = [entry["kind"] for entry in system_entries(world, "vendors")]
    assert told.count("intent.create_recipient") == told.count("recipient_made") == active(world)
    assert all(told[n - 1] == "intent.create_recipient" for n, kind in enumerate(told) if kind == "recipient_made")
    stored = json.dumps([row for table in (PAYMENTS, AUDIT, CONNECTOR) for row in world.database.rows(table)])
    ibans = [bank.iban for vendor in world.day.vendors for bank in vendor.banks if bank.iban]
    assert ibans
    assert not [iban for iban in ibans if iban in stored]


def test_a_payment_takes_the_recipient_that_was_made_ahead() -> None:
    """The payment makes none of its own, and is paid to that one."""
    world = World(small_day())
    sync_vendors(world.deps, LATER)
    before = active(world)
    rest_until(world, Status.POSTED)
    assert active(world) == before
    assert "intent.create_recipient" not in kinds(world)


def test_changed_details_are_not_made_into_a_recipient() -> None:
    """Nobody approved them: the old recipient is deactivated, none is made, and the report names the code."""
    world = World(small_day())
    sync_vendors(world.deps, LATER)
    invoice = world.day.invoices[0]
    vendor = next(v for v in world.day.vendors if (v.company, v.vendor_num) == invoice.key[:2])
    bank_id = invoice.bank_id or vendor.primary_bank_id
    people_in_epicor(world, "change_bank", invoice, bank_id=bank_id, columns={"IBANCode": NEW_IBAN})
    row, profile = f"{vendor.company}/{vendor.vendor_num}/{bank_id}", world.wise_ready["profile_id"]
    known = world.deps.state.recipient(row, "EUR", profile)
    assert known is not None
    told = order(world)
    (line,) = [one for one in told["lines"] if one["reason"] == "bank_details_changed"]
    assert line["did"] == "deactivated"
    assert "→ ***2051; code " in line["detail"]
    books = world.wise._world.books.recipients
    assert books[known.recipient_id].active is False
    assert NEW_IBAN not in {one.details.get("IBAN") for one in books.values()}
    assert "recipient_deactivated" in [entry["kind"] for entry in system_entries(world, "vendors")]


def test_a_pass_that_ran_out_of_time_goes_on(world: World) -> None:
    """Stopped after the vendor in hand, the next one begins behind it, until all are done."""
    clock = iter(range(1_000_000))
    world.deps.now = lambda: START.replace(microsecond=next(clock))  # each look at the clock takes a moment
    parts: list[dict[str, Any]] = []
    while not parts or not parts[-1]["finished"]:
        parts.append(sync_vendors(world.deps, world.deps.now().replace(microsecond=next(clock) + 10)))
    assert len(parts) > 1
    assert sum(part["vendors"] for part in parts) == len([v for v in world.day.vendors if not v.inactive])


@pytest.mark.parametrize("said", [{"vendors": 0}, {"vendors": "many"}, {"position": {"after": 3}}, {"dry_run": "no"}])
def test_a_part_that_makes_no_sense_changes_nothing(world: World, said: dict[str, Any]) -> None:
    """One sentence, nothing made."""
    with pytest.raises(BadOrder, match="must be"):
        operate(world.deps, {"action": "sync_vendors", "position": None, "vendors": 5, **said}, ANNA)
    assert active(world) == 0


def test_the_command_tells_who_cannot_be_paid(world: World) -> None:
    """Vendors are counted, those who cannot be paid stand with the column to fill, and the exit code says so."""
    desk = Desk(world)
    dry = desk.run("vendors", "sync", "--dry-run")
    assert dry.exit_code == 2
    assert "nothing was changed" in dry.output
    assert active(world) == 0
    told = json.loads(desk.run("vendors", "sync", "--json").stdout)
    assert told["counts"]["made"] == active(world)
    assert "bank_details_missing" in {line["reason"] for line in told["cannot_be_paid"]}
