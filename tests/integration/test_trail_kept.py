"""Tables set back to a backup while the audit table is kept: every chain goes on behind what stands in it (H9, H37)."""

from collections.abc import Sequence

import pytest

from kinetic_wise.ledger.trail import Trail
from kinetic_wise.ledger.verify import verify
from kinetic_wise.payments.life_cycle import Status
from tests.integration.test_lost_ledger import Rows, _back_up
from tests.support.acts import (
    HOUR,
    adopted,
    held_for,
    kinds,
    money_comes,
    only_payment,
    poor_day,
    rest_until,
    small_day,
    statuses,
    step_until,
    story,
    system_entries,
)
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.world import World

SET_BACK = ((PAYMENTS,), (PAYMENTS, CONNECTOR))
both = pytest.mark.parametrize("tables", SET_BACK, ids=["payments", "payments-and-connector"])


def _set_back(world: World, rows: Rows, tables: Sequence[str]) -> None:
    """These tables are as they were, under new ids; the audit table is kept, and nothing of what ran is left."""
    world._due.clear()
    world.machines.live.clear()
    world.machines.ended.clear()
    for table in tables:
        for row in list(world.database.rows(table)):
            world.database.client.delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})
        for row in rows[table]:
            world.database.client.put_item(TableName=table, Item=row)
    world.deps.table_id = lambda: "the-restored-table"


def _findings(world: World) -> list[object]:
    trail = Trail(world.database.client, PAYMENTS, AUDIT, CONNECTOR)
    return [finding for chain in verify(trail) for finding in chain.findings]


def _paid_once(world: World) -> None:
    assert only_payment(world).status is Status.POSTED
    assert [status for status, funded in statuses(world) if funded] == ["outgoing_payment_sent"]
    assert _findings(world) == []


@both
def test_a_payment_that_moved_on_after_the_backup_is_adopted_and_paid_once(tables: Sequence[str]) -> None:
    """Set back to its claim, while its trail tells of a transfer: it goes on behind that, and no entry is lost."""
    world = World(poor_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    rows = _back_up(world)
    rest_until(world, Status.AWAITING_FUNDS)
    before = story(world, only_payment(world))
    _set_back(world, rows, tables)
    world.run(HOUR)
    adopted(world)
    money_comes(world)
    world.run(HOUR)
    _paid_once(world)
    after = story(world, only_payment(world))
    assert after[: len(before)] == before
    assert (after[len(before)]["kind"], after[len(before)]["data"]["found"]) == ("trail.ahead", len(before))
    assert kinds(world).count("trail.ahead") == 1


@both
def test_a_payment_claimed_after_the_backup_is_no_second_identity(tables: Sequence[str]) -> None:
    """Before adopt it is claimed anew by the poll, behind its own trail: it has its claim, and is paid once."""
    world = World(poor_day())
    rows = _back_up(world)
    rest_until(world, Status.AWAITING_FUNDS)
    _set_back(world, rows, tables)
    assert world.payments() == {}
    adopted(world)
    assert not held_for(only_payment(world))
    money_comes(world)
    world.run(HOUR)
    _paid_once(world)
    assert "second_identity" not in kinds(world)
    assert "trail.ahead" in kinds(world)


def test_a_poll_claims_behind_the_trail_as_well() -> None:
    """Nothing of it is left in Epicor or Wise but its trail: it is claimed like any other, once."""
    world = World(small_day())
    rows = _back_up(world)
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    _set_back(world, rows, (PAYMENTS,))
    adopted(world)
    world.poll()
    world.run(HOUR)
    _paid_once(world)
    assert kinds(world)[:3] == ["claimed", "run", "trail.ahead"]


def test_events_of_no_payment_go_on_behind_their_trail() -> None:
    """The connector table is set back within the day: the next adopt and the next stop stand behind what was told."""
    world = World(small_day())
    rows = _back_up(world)
    adopted(world)
    told = system_entries(world, "adopt")
    _set_back(world, rows, (PAYMENTS, CONNECTOR))
    adopted(world)
    entries = system_entries(world, "adopt")
    assert entries[: len(told)] == told
    assert [entry["kind"] for entry in entries[len(told) :]] == ["trail.ahead", "adopted"]
    assert _findings(world) == []
