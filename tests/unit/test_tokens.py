"""A shared token: when it is renewed, by whom, and what happens when that goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from kinetic_wise.tokens import Refusal, RenewalRefused, SharedToken, Token
from kinetic_wise.transport import AccessRefused, NotArrived, RemoteError, Unclear

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Site:
    """A store in memory, an issuer that answers as planned, and a clock."""

    time: datetime = START
    current: Token | None = None
    leased: bool = False
    refused: Refusal | None = None
    issued: int = 0
    plan: list[RemoteError] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    broken: int = 0  # how often keeping a token still fails

    # --- the issuer

    def issue(self, before: Token | None) -> Token:
        self.issued += 1
        if self.plan:
            raise self.plan.pop(0)
        return Token(f"token-{self.issued}", self.time, self.time, self.time + HOUR)

    # --- the store

    def newest(self) -> Token | None:
        return self.current

    def keep(self, token: Token, before: Token | None) -> Token:
        if self.broken:
            self.broken -= 1
            raise ConnectionError("no table")
        self.current = token
        return token

    def try_lease(self) -> bool:
        taken, self.leased = self.leased, True
        return not taken

    def leave_lease(self) -> None:
        self.leased = False

    def refusal(self) -> Refusal | None:
        return self.refused

    def refuse(self, reason: str) -> bool:
        self.refused = Refusal(reason, self.time + timedelta(minutes=5), 1)
        return True

    def accept(self) -> None:
        self.refused = None

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def worker(self) -> SharedToken:
        return SharedToken(issuer=self, store=self, alarm=self.alarms.append, now=lambda: self.time, sleep=self.sleep)


def bearer(worker: SharedToken) -> str:
    return worker.headers()["Authorization"].removeprefix("Bearer ")


def test_a_token_is_used_for_four_fifths_of_its_life() -> None:
    """One token serves many calls; at four fifths of its life the next call gets another."""
    site = Site()
    worker = site.worker()
    assert [bearer(worker) for _ in range(3)] == ["token-1"] * 3
    site.time += HOUR * 0.79
    assert bearer(worker) == "token-1"
    site.time += HOUR * 0.02
    assert bearer(worker) == "token-2"


def test_while_another_renews_ahead_the_old_token_is_used() -> None:
    """Nobody waits for a renewal that is not yet needed."""
    site = Site()
    worker = site.worker()
    bearer(worker)
    site.time += HOUR * 0.9
    site.leased = True
    assert bearer(worker) == "token-1"
    assert site.time == START + HOUR * 0.9


def test_waiting_for_another_worker_has_an_end() -> None:
    """A worker that died under the lease costs others twenty seconds, and their call counts as not arrived."""
    site = Site(leased=True)
    with pytest.raises(NotArrived):
        bearer(site.worker())
    assert timedelta(seconds=20) <= site.time - START < timedelta(seconds=22)
    assert site.issued == 0


def test_a_token_that_could_not_be_kept_is_kept_before_the_next_call() -> None:
    """It may be our only way in: the worker that got it keeps it as soon as the table answers again."""
    site = Site(broken=1)
    worker = site.worker()
    with pytest.raises(ConnectionError):
        bearer(worker)
    assert site.leased is False
    assert bearer(worker) == "token-1"
    assert (site.current is not None, site.issued) == (True, 1)


def test_a_lost_answer_is_asked_for_once_more_and_not_for_ever() -> None:
    """Two tries, then the call has provably not been sent."""
    site = Site(plan=[Unclear("lost")])
    assert bearer(site.worker()) == "token-2"
    site = Site(plan=[Unclear("lost"), Unclear("lost")])
    with pytest.raises(NotArrived):
        bearer(site.worker())
    assert (site.issued, site.leased, site.refused) == (2, False, None)


def test_a_refusal_stops_until_its_time_is_over_and_a_success_ends_it() -> None:
    """No one asks within the pause; after it one try, and when that works the refusal is forgotten."""
    site = Site(plan=[AccessRefused("no")])
    for _ in range(3):
        with pytest.raises(RenewalRefused):
            bearer(site.worker())
    assert (site.issued, len(site.alarms)) == (1, 1)
    site.time += timedelta(minutes=5)
    assert bearer(site.worker()) == "token-2"
    assert site.refused is None


def test_a_refused_renewal_ahead_of_time_leaves_the_old_token_in_use() -> None:
    """There is time for a person to act: the alarm is raised, calls go on, and the refusal is not repeated."""
    site = Site()
    worker = site.worker()
    bearer(worker)
    site.time += HOUR * 0.85
    site.plan = [AccessRefused("no")]
    assert [bearer(worker) for _ in range(3)] == ["token-1"] * 3
    assert (site.issued, len(site.alarms)) == (2, 1)


def test_after_a_401_the_newer_token_of_the_store_is_taken() -> None:
    """Another worker renewed meanwhile: its token is used, and no refresh is made that would kill it."""
    site = Site()
    first, second = site.worker(), site.worker()
    assert (bearer(first), bearer(second)) == ("token-1", "token-1")
    site.time += timedelta(minutes=10)
    assert first.renew() is True
    assert second.renew() is True
    assert (bearer(first), bearer(second), site.issued) == ("token-2", "token-2", 2)


def test_a_refused_worker_finds_the_token_that_beat_it() -> None:
    """Refused because another was quicker, whose lease had run out: the store is read once more before giving up."""
    site = Site()
    quicker = Token("theirs", START, START, START + HOUR)

    def beaten(before: Token | None) -> Token:
        site.current = quicker
        raise AccessRefused("invalid_grant")

    site.issue = beaten  # type: ignore[method-assign]
    assert bearer(site.worker()) == "theirs"
    assert (site.refused, site.alarms) == (None, [])
