"""Batches in the connector table: one takes members a currency, nobody joins a closed one, each write is chained."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from kinetic_wise.ledger import Entry, Moved, Stopped
from kinetic_wise.ledger.batches import Batches
from kinetic_wise.ledger.items import transact
from kinetic_wise.ledger.switch import StopSwitch
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.ledger.verify import verify
from kinetic_wise.payments.batch import Batch, BatchStatus, GroupAction, GroupIntent, Member
from tests.support.dynamodb import FIRST, InProcessDynamoDb, in_process_dynamodb

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
INTENT = GroupIntent(action=GroupAction.CREATE, at=NOW)


class Desk:
    """Batches on tables of their own, under a clock of their own."""

    def __init__(self, database: InProcessDynamoDb) -> None:
        self.database = database
        self.now = NOW
        ids = count(1)
        self.batches = Batches(
            database.client, FIRST.connector, FIRST.audit, lambda: self.now, lambda: f"00000000-{next(ids):04d}"
        )

    def begin(self, currency: str = "EUR") -> Batch:
        """A batch whose group is being made."""
        return self.batches.begin(7, currency, "TEST", {"intent": INTENT}, Entry("intent.create_group"))

    def open(self, currency: str = "EUR") -> Batch:
        """A batch that takes members."""
        changes = {"status": BatchStatus.OPEN, "group": "g", "intent": None}
        return self.batches.write(self.begin(currency), changes, Entry("group_created"))

    def join(self, batch: Batch, payment: str, most: int = 1000) -> bool:
        """Whether an attempt could join."""
        parts: list[dict[str, Any]] = self.batches.joining(batch, payment, 1, most)
        return not transact(self.database.client, parts, f"join {payment}")


@pytest.fixture
def desk() -> Iterator[Desk]:
    """An empty one."""
    with in_process_dynamodb() as database:
        yield Desk(database)


def test_one_batch_takes_members_a_currency(desk: Desk) -> None:
    """A second one is refused while the first is being made or open; another currency has its own."""
    first = desk.begin()
    assert desk.batches.taking_members(7, "EUR") == first
    with pytest.raises(Moved):
        desk.begin()
    assert desk.begin("GBP").currency == "GBP"
    assert desk.batches.taking_members(8, "EUR") is None


def test_a_batch_that_closes_makes_room_for_the_next(desk: Desk) -> None:
    """From `closing` on it takes nobody, and another one may be opened; it lives on until it is over."""
    closing = desk.batches.write(desk.open(), {"status": BatchStatus.CLOSING}, Entry("closing"))
    assert not desk.join(closing, "late")
    assert desk.open().id != closing.id
    assert len(desk.batches.live()) == 2
    desk.batches.write(closing, {"status": BatchStatus.PAID}, Entry("paid"))
    assert [batch.id for batch in desk.batches.live()] != [closing.id]


def test_nobody_joins_a_full_batch(desk: Desk) -> None:
    """The count and the member are one transaction: the last place is taken once."""
    batch = desk.open()
    assert [desk.join(batch, name, most=2) for name in "abc"] == [True, True, False]
    assert {member.payment_id for member in desk.batches.members(batch.id)} == {"a", "b"}
    stored = desk.batches.get(batch.id)
    assert stored is not None
    assert stored.members == 2


def test_whoever_read_an_older_version_writes_nothing(desk: Desk) -> None:
    """A member that joined meanwhile counts: the batch is not closed over its head."""
    batch = desk.open()
    desk.join(batch, "a")
    with pytest.raises(Moved):
        desk.batches.write(batch, {"status": BatchStatus.CLOSING}, Entry("closing"))


def test_the_stop_switch_is_checked_in_the_intents_transaction(desk: Desk) -> None:
    """An order between our look at the switch and the intent stops the batch, and nothing is written (rule 9)."""
    switch = StopSwitch(desk.database.client, FIRST.connector)
    batch, seen = desk.open(), switch.read()
    switch.stop()
    with pytest.raises(Stopped):
        desk.batches.write(batch, {}, Entry("intent.complete_group"), admission=switch.checking(seen))
    assert desk.batches.get(batch.id) == batch


def test_a_batch_has_a_chain_that_verify_finds(desk: Desk) -> None:
    """Each write is an entry of the batch's own chain, which ends in its head (rule 17)."""
    batch = desk.open()
    trail = Trail(desk.database.client, FIRST.payments, FIRST.audit, FIRST.connector)
    (found,) = verify(trail)
    assert (found.chain, found.entries, found.findings) == (f"BATCH#{batch.id}", 2, ())


def test_what_is_seen_of_a_member_is_kept(desk: Desk) -> None:
    """When it passed the gate, and why it cannot stay."""
    batch = desk.open()
    desk.join(batch, "a")
    desk.batches.note(batch.id, Member(payment_id="a", attempt=1, passed_at=NOW))
    assert [member.passed_at for member in desk.batches.members(batch.id)] == [NOW]
    desk.batches.note(batch.id, Member(payment_id="a", attempt=1, objection="on_payment_hold: set"))
    assert [member.objection for member in desk.batches.members(batch.id)] == ["on_payment_hold: set"]


def test_one_turn_at_a_time_and_none_for_ever(desk: Desk) -> None:
    """Two ticks do not do the same work; a worker that died is waited for no longer than it could have lived."""
    turn = desk.batches.take_turn(60)
    assert turn is not None
    assert desk.batches.take_turn(60) is None
    desk.now += timedelta(seconds=61)
    second = desk.batches.take_turn(60)
    assert second is not None
    desk.batches.end_turn(turn)  # the first wakes up: the turn is no longer its own
    assert desk.batches.take_turn(60) is None
    desk.batches.end_turn(second)
    assert desk.batches.take_turn(60) is not None
