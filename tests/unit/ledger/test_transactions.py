"""Transactions of the ledger: tried again while that may help, and refused with DynamoDB's words where it cannot."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from kinetic_wise.ledger import ConnectorState, Entry, Ledger, LedgerUnclear
from kinetic_wise.ledger.errors import LedgerRefused
from kinetic_wise.ledger.items import Pauses, read_together, to_item, transact
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, InProcessDynamoDb, in_process_dynamodb

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TOO_LARGE = {"Code": "ValidationError", "Message": "Item size has exceeded the maximum allowed size"}
THROTTLED = {"Code": "ThrottlingError", "Message": "Throughput exceeds the current capacity of your table"}
COLLIDED = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item."}
NO_ROOM = {"Code": "ProvisionedThroughputExceeded", "Message": "The level of configured throughput was exceeded."}
FINE = {"Code": "None"}
EXCEPTIONS = boto3.client(
    "dynamodb", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
).exceptions


@dataclass
class Cancelling:
    """A DynamoDB that cancels every transaction for these reasons, so often."""

    reasons: list[dict[str, str]]
    times: int = 100
    exceptions: Any = EXCEPTIONS

    def transact_write_items(self, **_: Any) -> dict[str, Any]:
        """Write."""
        return self._answer()

    def transact_get_items(self, **_: Any) -> dict[str, Any]:
        """Read."""
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        if not self.times:
            return {"Responses": [{}]}
        self.times -= 1
        error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": self.reasons}
        raise EXCEPTIONS.TransactionCanceledException(error, "TransactWriteItems")


@dataclass
class Slept:
    """The pauses that were made."""

    seconds: list[float] = field(default_factory=list)

    def pauses(self) -> Pauses:
        """Pauses that only count."""
        return Pauses(self.seconds.append, random.Random(7))


Work = Callable[[Any, Pauses], Any]
BOTH: list[Work] = [
    lambda client, pauses: transact(client, [], "token", pauses),
    lambda client, pauses: read_together(client, PAYMENTS, [{"pk": "a", "sk": "b"}], pauses),
]


@pytest.mark.parametrize("work", BOTH)
def test_what_cannot_be_done_as_it_is_says_why_at_once(work: Work) -> None:
    """An item that is too large is no collision: nothing is tried again, and code and message are told."""
    slept = Slept()
    with pytest.raises(LedgerRefused, match="ValidationError: Item size has exceeded the maximum allowed size"):
        work(Cancelling([FINE, TOO_LARGE, COLLIDED]), slept.pauses())
    assert slept.seconds == []


@pytest.mark.parametrize("work", BOTH)
def test_a_cancellation_that_gives_no_reason_is_not_taken_for_a_collision(work: Work) -> None:
    """Nobody can say that a try more would help."""
    with pytest.raises(LedgerRefused, match="TransactionCanceledException"):
        work(Cancelling([FINE]), Slept().pauses())


@pytest.mark.parametrize("work", BOTH)
@pytest.mark.parametrize("reason", [COLLIDED, THROTTLED, NO_ROOM])
def test_collisions_and_throttling_are_tried_again_after_growing_pauses(work: Work, reason: dict[str, str]) -> None:
    """Three in a row are got over, with pauses of the dice that were handed in."""
    slept, dice = Slept(), random.Random(7)
    work(Cancelling([FINE, reason], times=3), slept.pauses())
    assert slept.seconds == [dice.uniform(0.02, 0.05) * 2**attempt for attempt in range(3)]


@pytest.mark.parametrize("work", BOTH)
def test_what_does_not_pass_in_eight_tries_is_unclear_and_says_why(work: Work) -> None:
    """The error names the reason that stayed."""
    slept = Slept()
    with pytest.raises(LedgerUnclear, match="ThrottlingError: Throughput exceeds"):
        work(Cancelling([THROTTLED]), slept.pauses())
    assert len(slept.seconds) == 8


def test_a_failed_condition_is_an_answer() -> None:
    """The reasons come back, one an item, also where another item would not do."""
    failed = Cancelling([FINE, {"Code": "ConditionalCheckFailed"}, TOO_LARGE])
    reasons: Any = transact(failed, [], "token", Slept().pauses())  # type: ignore[arg-type]
    assert reasons == ["None", "ConditionalCheckFailed", "ValidationError"]


@pytest.fixture
def database() -> Iterator[InProcessDynamoDb]:
    """An empty database."""
    with in_process_dynamodb() as database:
        yield database


def _state(database: InProcessDynamoDb, slept: Slept) -> ConnectorState:
    return ConnectorState(
        database.client, CONNECTOR, AUDIT, now=lambda: NOW, sleep=slept.seconds.append, dice=random.Random(7)
    )


def test_a_chain_whose_head_never_fits_is_given_up(database: InProcessDynamoDb) -> None:
    """An entry that the head does not count, put there by somebody's hand, keeps nobody turning for ever."""
    slept = Slept()
    state = _state(database, slept)
    foreign = {"pk": "SYSTEM#test#2026-11-21", "sk": "0000000001", "text": "forged"}
    database.client.put_item(TableName=AUDIT, Item=to_item(foreign))
    with pytest.raises(LedgerUnclear, match="the head of chain SYSTEM#test#2026-11-21"):
        state.note("test", Entry("looked"))
    assert len(slept.seconds) == 8
    assert len(list(database.rows(AUDIT))) == 1


def test_a_head_that_moved_meanwhile_is_read_again(database: InProcessDynamoDb) -> None:
    """Two write to one chain at once: the second pauses, and adds its entry after the first one's."""
    slept = Slept()
    state, other = _state(database, slept), _state(database, Slept())
    turns: list[str] = []

    def meanwhile(operation: str, _request: Any) -> None:
        if operation == "TransactWriteItems" and not turns:
            turns.append(operation)
            other.note("test", Entry("theirs"))

    database.before = meanwhile
    state.note("test", Entry("ours"))
    assert [row["kind"]["S"] for row in sorted(database.rows(AUDIT), key=lambda r: r["sk"]["S"])] == ["theirs", "ours"]
    assert len(slept.seconds) == 1


def test_the_ledger_pauses_as_it_was_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads and writes of payments take the pauses that were handed in, never the clock's own."""
    slept = Slept()
    client: Any = Cancelling([COLLIDED], times=2)
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("slept by the clock"))
    ledger = Ledger(client, PAYMENTS, AUDIT, sleep=slept.seconds.append, dice=random.Random(7))
    client.transact_get_items = lambda **_: client._answer() if client.times else {"Responses": [{}, {}]}
    assert ledger.load("EPIC01:1:INV-1:1") is None
    assert len(slept.seconds) == 2
