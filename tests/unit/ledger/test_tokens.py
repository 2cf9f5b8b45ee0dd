"""The store of tokens: encrypted, the newest wins, one renews, refusals are remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from kinetic_wise.ledger.tokens import Tokens, TokenTable
from kinetic_wise.tokens import Token
from kinetic_wise.transport import NotArrived
from tests.support.credentials import FakeKms
from tests.support.dynamodb import CONNECTOR, InProcessDynamoDb, in_process_dynamodb

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAME = "wise/refresh_token/client@https://wise.example"
FIRST = Token("access-1", START, START, START + timedelta(hours=12), "refresh-1", "envelope-0")


def aged(seconds: float, **changes: Any) -> Token:
    """A token made so many seconds after the first one."""
    moment = START + timedelta(seconds=seconds)
    return replace(FIRST, access=f"access+{seconds}", created_at=moment, obtained_at=moment, **changes)


@dataclass
class Site:
    """A database, a key and a clock."""

    database: InProcessDynamoDb
    kms: FakeKms = field(default_factory=FakeKms)
    time: datetime = START

    def store(self, name: str = NAME, system: str = "wise", version: str = "v1") -> Tokens:
        place = TokenTable(self.database.client, CONNECTOR, cast("Any", self.kms), "key-1", lambda: self.time)
        return Tokens(place, system, name, version)


@pytest.fixture
def site() -> Iterator[Site]:
    with in_process_dynamodb() as database:
        yield Site(database)


def test_a_token_comes_back_whole(site: Site) -> None:
    """What one worker keeps another reads, with all its moments."""
    assert site.store().newest() is None
    assert site.store().keep(FIRST, None) == FIRST
    assert site.store().newest() == FIRST


def test_the_table_holds_no_secret(site: Site) -> None:
    """Access and refresh tokens are in the table only encrypted, and in no repr."""
    site.store().keep(FIRST, None)
    rows = repr(list(site.database.rows(CONNECTOR))) + repr(FIRST) + repr(site.store())
    assert [secret for secret in ("access-1", "refresh-1", "envelope-0") if secret in rows] == []


def test_a_token_cannot_be_passed_off_as_anothers(site: Site) -> None:
    """An item copied under another name does not open: the encryption context names system and credentials."""
    site.store().keep(FIRST, None)
    (row,) = site.database.rows(CONNECTOR)
    site.database.client.put_item(TableName=CONNECTOR, Item={**row, "pk": {"S": "TOKEN#wise/other@https://wise.com"}})
    with pytest.raises(PermissionError):
        site.store("wise/other@https://wise.com").newest()
    with pytest.raises(PermissionError):
        site.store(system="epicor").newest()


def test_a_long_token_fits(site: Site) -> None:
    """Tokens longer than what KMS encrypts directly are kept as any other."""
    long = replace(FIRST, access="x" * 10_000)
    site.store().keep(long, None)
    assert site.store().newest() == long


def test_the_key_is_asked_once_a_token(site: Site) -> None:
    """A worker that looks often opens the same item once."""
    site.store().keep(FIRST, None)
    reader = site.store()
    assert [reader.newest() for _ in range(5)] == [FIRST] * 5
    assert site.kms.opened == 1


def test_who_lost_a_race_uses_the_newer_token(site: Site) -> None:
    """A worker that slept over its lease and comes late with an older token gets the newer one instead."""
    site.store().keep(FIRST, None)
    slow, quick = aged(60), aged(61)
    assert site.store().keep(quick, FIRST) == quick
    assert site.store().keep(slow, FIRST) == quick
    assert site.store().newest() == quick


def test_tokens_of_one_second_are_told_apart_by_when_they_came(site: Site) -> None:
    """Wise counts whole seconds: of two made in one, the one got later stays."""
    site.store().keep(FIRST, None)
    first, second = aged(60), replace(aged(60.4), created_at=START + timedelta(seconds=60))
    assert site.store().keep(second, FIRST) == second
    assert site.store().keep(first, FIRST) == second


def test_clocks_do_not_decide_when_nobody_interfered(site: Site) -> None:
    """A renewal by whoever read the newest token is newer, whatever the other side's clock says."""
    site.store().keep(FIRST, None)
    assert site.store().keep(aged(-3600), FIRST) == aged(-3600)


def test_one_renews_at_a_time_and_a_dead_one_not_for_long(site: Site) -> None:
    """The lease is taken by one worker and ends by itself after a minute; who lost it does not end another's."""
    first, second = site.store(), site.store()
    assert first.try_lease() is True
    assert second.try_lease() is False
    site.time += timedelta(seconds=61)
    assert second.try_lease() is True
    first.leave_lease()
    assert site.store().try_lease() is False
    second.leave_lease()
    assert site.store().try_lease() is True


def test_without_the_key_nobody_asks_for_a_token(site: Site) -> None:
    """What would keep a new token from being stored shows before it is asked for, and the lease is free again."""

    def denied(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GenerateDataKey")

    store, works = site.store(), site.kms.generate_data_key
    site.kms.generate_data_key = denied  # type: ignore[method-assign]
    with pytest.raises(ClientError):
        store.try_lease()
    site.kms.generate_data_key = works  # type: ignore[method-assign]
    assert site.store().try_lease() is True


def test_a_refusal_is_remembered_by_one(site: Site) -> None:
    """The first worker to remember a refusal raises the alarm; for others it is there already."""
    assert site.store().refuse("invalid_grant") is True
    assert site.store().refuse("invalid_grant") is False
    refusal = site.store().refusal()
    assert refusal is not None
    assert (refusal.reason, refusal.until, refusal.count) == ("invalid_grant", START + timedelta(minutes=5), 1)


def test_refusals_in_a_row_last_longer_up_to_six_hours(site: Site) -> None:
    """Each doubles the pause, six hours at most; a success, or a day without one, begins anew."""
    pauses = []
    for _ in range(9):
        site.store().refuse("no")
        refusal = site.store().refusal()
        assert refusal is not None
        pauses.append((refusal.until - site.time).total_seconds() / 60)
        site.time = refusal.until
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    site.store().accept()
    assert site.store().refusal() is None
    site.store().refuse("no")
    site.time += timedelta(days=2)
    assert site.store().refusal() is None


def test_new_credentials_are_not_bound_by_an_old_refusal(site: Site) -> None:
    """A refusal counts for the version of the envelope that was refused."""
    site.store().refuse("no")
    assert site.store(version="v2").refusal() is None
    assert site.store(version="v2").refuse("no again") is True


@pytest.mark.parametrize("act", ["newest", "try_lease", "refusal", "keep", "accept"])
def test_a_table_that_does_not_answer_lets_no_call_out(site: Site, act: str) -> None:
    """A throttled table means that the call it was asked for was not sent: no write becomes unclear by it."""
    store = site.store()
    works = {name: getattr(site.database.client, name) for name in ("get_item", "put_item", "delete_item")}

    def throttled(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem")

    for name in works:
        setattr(site.database.client, name, throttled)
    with pytest.raises(NotArrived):
        getattr(store, act)(*((FIRST, None) if act == "keep" else ()))
    store.leave_lease()
    for name, work in works.items():
        setattr(site.database.client, name, work)
    assert store.newest() is None
