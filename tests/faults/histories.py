"""Random histories, each by a seed: several payments and faults, workers at the same time, people in between."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.sample_day import Invoice
from tests.faults import days
from tests.faults.concurrent import ConcurrentWorld
from tests.faults.effects import Effect, Effects, Fault, faults_of
from tests.faults.invariants import broken
from tests.faults.operations import Operations
from tests.faults.orders import MEANT, Orders
from tests.faults.people import People
from tests.faults.running import Result, measured
from tests.faults.telling import tellings
from tests.faults.truths import crossed_cancels
from tests.faults.watching import watched

_HOUR = 3600.0
_ORDERS = (0, 0, 1, 1, 2, 3)  # of persons, a history


@dataclass
class Chances:
    """How wild a history is; drawn first, so that calm ones are among them."""

    dice: random.Random
    fault: float = field(init=False)
    webhook: float = field(init=False)
    acts: int = field(init=False)
    operations: int = field(init=False)
    invoices: int = field(init=False)
    poor: bool = field(init=False)
    sca_region: bool = field(init=False)

    def __post_init__(self) -> None:
        self.fault = self.dice.choice((0.0, 0.005, 0.02, 0.05))
        self.webhook = self.dice.choice((0.0, 0.3))
        self.acts = self.dice.choice((0, 1, 1, 2, 3))
        self.operations = self.dice.choice((0, 0, 1, 1, 2))
        self.invoices = self.dice.choice((1, 1, 2, 3))
        self.poor = self.dice.random() < 0.2
        self.sca_region = self.dice.random() < 0.15


class History(ConcurrentWorld):
    """One random history."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.told: list[str] = []
        self.happened: Counter[str] = Counter()
        self.chances = Chances(dice)
        numbers = dice.sample(days.ALL, self.chances.invoices)
        day = days.day_of(*numbers, funds=Decimal(500) if self.chances.poor else None)
        effects, settings = Effects(self._strike), Settings(epicor_slot_wait=2)
        super().__init__(day, dice, effects, settings, sca_region=self.chances.sca_region)
        approvals = {Status.AWAITING_APPROVAL} if self.chances.sca_region else set()  # up to people; money comes
        self.waits = frozenset({Status.REFUND_UNKNOWN, *approvals})
        self.watch = watched
        self.people = People(self, dice)
        self.orders = Orders(self, random.Random(f"orders of {seed}"), self.people.tell)
        self.operations = Operations(self, dice, self.orders)
        self._plan_everything()
        self._plan_orders()

    def _plan_everything(self) -> None:
        for _ in range(self.chances.acts):
            self._plan_act(self.dice.choice(list(self.people.acts())), self.dice.choice(self.day.invoices))
        for _ in range(self.chances.operations):
            name, act = self.dice.choice(list(self.operations.acts().items()))
            self._plan(self._sometime(self.dice), act, name)
        if self.chances.sca_region:
            for invoice in self.day.invoices:
                self._plan_act(self.dice.choice(("fund", "fund", "cancel")), invoice, self.dice.uniform(0, 2 * _HOUR))
        if self.chances.poor:
            self._plan(self.dice.uniform(600, 2 * _HOUR), self.top_up, "top_up")

    def _plan_orders(self) -> None:
        """With dice of their own: a history without orders is the one that it would be if there were none at all."""
        dice = self.orders.dice
        for _ in range(dice.choice(_ORDERS)):
            action, invoice, when = dice.choice(MEANT), dice.choice(self.day.invoices), self._sometime(dice)
            if action == "approve_bank":
                self._plan_act("edit_bank", invoice, when)
            self.acts_until(when)
            self.later(when, partial(self.orders.mean_to, action, invoice))

    def _plan_act(self, act: str, invoice: Invoice, when: float | None = None) -> None:
        self._plan(self._sometime(self.dice) if when is None else when, lambda: self.people.do(act, invoice), act)

    def _plan(self, when: float, work: Callable[[], None], name: str) -> None:
        def happen() -> None:
            before = len(self.people.story)
            work()
            self.happened[name] += len(self.people.story) > before

        self.acts_until(when)
        self.later(when, happen)

    def _sometime(self, dice: random.Random) -> float:
        """Most acts come while payments are made, some an hour after."""
        return dice.choice((dice.uniform(0, 60), dice.uniform(0, 15), dice.uniform(0, _HOUR)))

    def _strike(self, effect: Effect) -> Fault | None:
        if effect.name.startswith("epicor") and self.time < self.operations.outage_ends:
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
            self.later(delay, lambda: self.spawn("receive_webhook", lambda deps: job(), self.note))

    def verdict(self) -> list[str]:
        """Run until it rests, and nobody wants anything of it the next morning; what is broken then."""
        while self.run_to_rest() and self.orders.next_morning():
            pass
        return broken(self)

    def counts(self) -> Counter[str]:
        """How often what happened, for the run's report."""
        told = Counter({"faults": len(self.effects.struck), "payments": len(self.day.invoices)})
        told["dead letters"] = sum(queue.dead for stack in self.stacks for queue in (stack.claims, stack.wakes))
        told["cancels that crossed ours"] = crossed_cancels(self)
        told.update(f"ended {payment.status}" for payment in self.payments().values())
        told.update(f"ordered {each.action}" for each in self.ordered)
        told.update(f"accepted {each.action}" for each in self.accepted)
        return told + Counter({f"did {name}": times for name, times in self.happened.items()})


def verdict(seed: int) -> Result:
    """What became of a seed; its text is "" when it is sound."""
    return measured(f"seed {seed}", lambda: _run(seed))


def _run(seed: int) -> tuple[list[str], Counter[str]]:
    history = History(seed)
    found = history.verdict()
    return found, history.counts()


def told(seed: int) -> Iterator[str]:
    """A seed's history in short: what was to be paid, what struck, who acted, how it ended."""
    history = History(seed)
    found = history.verdict()
    yield f"seed {seed}: {', '.join(f'{i.invoice_num} {i.amount} {i.currency}' for i in history.day.invoices)}"
    yield from tellings(history, sorted(history.told + history.people.story))
    yield from found or ["nothing is broken"]
