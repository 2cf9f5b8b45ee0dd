"""Permits for calls: both limits hold in every window, for all workers together, at the price of few writes."""

from __future__ import annotations

import heapq
import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from kinetic_wise.ledger.permits import Permits
from kinetic_wise.transport import NotArrived
from tests.support.dynamodb import CONNECTOR, InProcessDynamoDb, in_process_dynamodb

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Pause(Exception):
    """A worker waits."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


def pause(seconds: float) -> None:
    raise Pause(seconds)


@dataclass
class Site:
    """A database and a clock in seconds; workers take turns in order of time."""

    database: InProcessDynamoDb
    seconds: float = 0.0
    calls: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def worker(self, number: int = 0) -> Permits:
        dice = random.Random(number)
        return Permits(self.database.client, CONNECTOR, "wise", 100, 1000, self.now, pause, dice)

    def run(self, workers: list[Permits], until: float, each: float) -> None:
        """All workers call one after the other, each call lasting `each` seconds."""
        due = [(self.seconds + n * 0.001, n) for n in range(len(workers))]
        while due:
            self.seconds, number = heapq.heappop(due)
            if self.seconds >= until:
                continue
            try:
                workers[number].take()
            except Pause as waiting:
                heapq.heappush(due, (self.seconds + waiting.seconds, number))
            else:
                self.calls.append(self.seconds)
                heapq.heappush(due, (self.seconds + each, number))

    def most_within(self, window: float) -> int:
        """The most calls in any window of so many seconds."""
        return max(bisect_left(self.calls, at + window) - n for n, at in enumerate(self.calls))


@pytest.fixture
def site() -> Iterator[Site]:
    with in_process_dynamodb() as database:
        yield Site(database)


@pytest.mark.parametrize(("workers", "each"), [(6, 0.05), (20, 1.0)], ids=["few quick ones", "many slow ones"])
def test_both_limits_hold_in_every_window(site: Site, workers: int, each: float) -> None:
    """However many workers press, never more than 100 calls in a second nor 1,000 in a minute; little room is lost."""
    site.run([site.worker(number) for number in range(workers)], until=75, each=each)
    assert site.most_within(1) <= 100
    assert 800 <= site.most_within(60) <= 1000


def test_permits_left_over_are_void_soon(site: Site) -> None:
    """Workers cannot save permits up and use them all at once later."""
    workers = [site.worker(number) for number in range(12)]
    site.run(workers, until=20, each=0.1)
    saved = sum(worker._left for worker in workers)
    site.seconds += 10
    before = site.database.calls
    for worker in workers:
        worker.take()
    assert saved > 0
    assert site.database.calls - before >= len(workers)


def test_an_idle_system_calls_at_once(site: Site) -> None:
    """A single payment's calls never wait, and cost a write for the first few, then one for ten."""
    worker = site.worker()
    before = site.database.calls
    site.run([worker], until=3, each=0.06)
    assert len(site.calls) == 50
    assert site.database.calls - before <= 14


def test_after_a_429_nobody_calls(site: Site) -> None:
    """What one worker is told holds for all: no permit is given before Retry-After is over."""
    told, other = site.worker(1), site.worker(2)
    told.take()
    told.rest(7)
    site.run([told, other], until=7, each=0.1)
    assert site.calls == []
    site.run([told, other], until=9, each=0.1)
    assert site.calls
    assert min(site.calls) >= 7


def test_a_429_without_a_time_rests_for_a_second(site: Site) -> None:
    """Without Retry-After everybody still steps back."""
    worker = site.worker()
    worker.rest(None)
    site.run([worker], until=1, each=0.1)
    assert site.calls == []


def test_a_long_wait_ends_as_not_arrived(site: Site) -> None:
    """A call that finds no room for long was provably not sent, and says so."""
    worker = site.worker()
    worker.rest(600)

    def wait(seconds: float) -> None:
        site.seconds += seconds

    worker.sleep = wait
    with pytest.raises(NotArrived):
        worker.take()
    assert 20 <= site.seconds < 21
