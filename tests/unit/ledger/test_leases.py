"""Leases: one holder at a time, none for ever, and a repeated request of one's own takes nothing from oneself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from kinetic_wise.ledger.leases import Leases
from tests.support.dynamodb import CONNECTOR, InProcessDynamoDb, in_process_dynamodb

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PLACE = ("SLOT#epicor", "1")


@pytest.fixture
def database() -> Iterator[InProcessDynamoDb]:
    """An empty database."""
    with in_process_dynamodb() as database:
        yield database


def _leases(database: InProcessDynamoDb, seconds: float = 0) -> Leases:
    return Leases(database.client, CONNECTOR, lambda: NOW + timedelta(seconds=seconds))


def test_a_place_has_one_holder_until_its_time_is_over(database: InProcessDynamoDb) -> None:
    """Another one waits for the end of the lease, and then simply has it."""
    assert _leases(database).take(*PLACE, "anna", 60)
    assert not _leases(database, 60).take(*PLACE, "ben", 60)
    assert _leases(database, 61).take(*PLACE, "ben", 60)


def test_only_the_holder_leaves(database: InProcessDynamoDb) -> None:
    """Whoever lost the place while asleep does not free it for a third; left by its holder it is free at once."""
    _leases(database).take(*PLACE, "anna", 60)
    _leases(database, 61).take(*PLACE, "ben", 60)
    _leases(database, 62).leave(*PLACE, "anna")
    assert not _leases(database, 62).take(*PLACE, "carl", 60)
    _leases(database, 62).leave(*PLACE, "ben")
    assert _leases(database, 62).take(*PLACE, "carl", 60)


def test_a_lost_answer_does_not_lock_its_holder_out(database: InProcessDynamoDb) -> None:
    """The SDK repeats a request whose answer was lost: the place is its holder's, not somebody else's."""
    assert _leases(database).take(*PLACE, "anna", 60)
    assert _leases(database).take(*PLACE, "anna", 60)


def test_a_table_that_does_not_answer_is_no_place_taken(database: InProcessDynamoDb) -> None:
    """Whatever is no failed condition is raised as it is, from taking and from leaving."""

    def away(operation: str, _request: object) -> None:
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, operation)

    database.before = away
    with pytest.raises(ClientError):
        _leases(database).take(*PLACE, "anna", 60)
    with pytest.raises(ClientError):
        _leases(database).leave(*PLACE, "anna")
