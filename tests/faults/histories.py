"""Random histories, each by a seed: several payments and faults, workers at the same time, people in between."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.sample_day import Invoice
from tests.faults import days
from tests.faults.concurrent import ConcurrentWorld
from tests.faults.effects import Effect, Effects, Fault, faults_of
from tests.faults.invariants import broken
from tests.faults.people import People
from tests.faults.telling import tellings
from tests.faults.watching import watched
from tests.faults.world import without_pauses

_HOUR = 3600.0


@dataclass
class Chances:
    """How wild a history is; drawn first, so that calm ones are among them."""

    dice: random.Random
    fault: float = field(init=False)
    webhook: float = field(init=False)
    acts: int = field(init=False)
    invoices: int = field(init=False)
    poor: bool = field(init=False)

    def __post_init__(self) -> None:
        self.fault = self.dice.choice((0.0, 0.005, 0.02, 0.05))
        self.webhook = self.dice.choice((0.0, 0.3))
        self.acts = self.dice.choice((0, 1, 1, 2, 3))
        self.invoices = self.dice.choice((1, 1, 2, 3))
        self.poor = self.dice.random() < 0.2


class History(ConcurrentWorld):
    """One random history."""

    waits = frozenset({Status.REFUND_UNKNOWN})  # money comes in the end

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.told: list[str] = []
        self.chances = Chances(dice)
        numbers = dice.sample(days.PAID, self.chances.invoices)
        funds = Decimal(500) if self.chances.poor else None
        super().__init__(days.day_of(*numbers, funds=funds), dice, Effects(self._strike), Settings(epicor_slot_wait=2))
        self.watch = watched
        self.people = People(self, dice)
        for _ in range(self.chances.acts):
            self._plan(dice.choice(list(self.people.acts())), dice.choice(self.day.invoices))
        if self.chances.poor:
            self.later(dice.uniform(600, 2 * _HOUR), self._top_up)

    def _plan(self, act: str, invoice: Invoice) -> None:
        """Most acts come while payments are made, some an hour after."""
        when = self.dice.choice((self.dice.uniform(0, 60), self.dice.uniform(0, 15), self.dice.uniform(0, _HOUR)))
        self.acts_until(when)
        self.later(when, lambda: self.people.do(act, invoice))

    def _top_up(self) -> None:
        for balance in self.wise._world.books.balances.values():
            more = Decimal(1_000_000)
            balance.amount += more
            self.topped_up[balance.currency] = more

    def _strike(self, effect: Effect) -> Fault | None:
        if effect.name.startswith("epicor") and self.time < self.people.outage_ends:
            return Fault.BEFORE
        if self.dice.random() >= self.chances.fault:
            return None
        fault = self.dice.choice(faults_of(effect))
        self.told.append(f"{self.time:%H:%M:%S} {effect}: {fault}")
        return fault

    def _in_background(self, job: Callable[[], None]) -> None:
        if self.dice.random() >= self.chances.webhook:
            super()._in_background(job)
            return
        for delay in self.dice.choice(((), (600,), (1,), (0, 0), (0, 900), (90,))):
            self.later(delay, lambda: self.spawn("receive_webhook", lambda deps: job(), self._note))

    def at_rest(self) -> bool:
        """Whether nothing moves and the money has come."""
        return bool(self.topped_up or not self.chances.poor) and super().at_rest()

    def verdict(self) -> list[str]:
        """Run until it rests; what is broken then."""
        with without_pauses():
            self.run_to_rest()
        return broken(self)


def verdict(seed: int) -> str:
    """One line for a failing seed, "" for a sound one."""
    try:
        found = History(seed).verdict()
    except Exception as error:  # a history that cannot even be run is a finding of its own
        found = [f"crashed: {type(error).__name__}: {error}"]
    return f"seed {seed}: {'; '.join(found)}" if found else ""


def told(seed: int) -> Iterator[str]:
    """A seed's history in short: what was to be paid, what struck, who acted, how it ended."""
    history = History(seed)
    found = history.verdict()
    yield f"seed {seed}: {', '.join(f'{i.invoice_num} {i.amount} {i.currency}' for i in history.day.invoices)}"
    yield from tellings(history, sorted(history.told + history.people.story))
    yield from found or ["nothing is broken"]
