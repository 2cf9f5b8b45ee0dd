"""A day's course: it runs to its first rest; then, on our own sample day, people come and it runs on to its end."""

from __future__ import annotations

import textwrap
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from local import systems
from local.accounts import Account, account
from local.books import EpicorBook, epicor_book, expecting, ledger_payments, wise_book
from local.connector import Connector
from local.day import Driver, Outcome, Watch, eligible, read_book
from local.options import Options
from local.people import DeployedOffice, People
from local.rhythm import Rhythm
from local.screen import Screen, sum_of
from local.systems import System, Systems
from simulators.sample_day import Day, make_day

_COLUMNS = 80


@dataclass
class Workday:
    """One day, worked off. `noon` is how it stood at its first rest, None where nobody comes after it."""

    connector: Connector
    systems: Systems
    options: Options
    screen: Screen
    rhythm: Rhythm
    check: Callable[[], None]  # raises Stop when something that the day needs is gone
    noon: Account | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        day = make_day(self.options.invoices, self.options.seed)
        self._day: Day = day if self.options.all_ours else replace(day, errands=())
        self._people = People(DeployedOffice(self.connector, self.systems), self._day.errands)

    def work_off(self) -> Outcome:
        """Work until all is at rest, or nothing changes any more; answers are lost until then only. Raises Stop."""
        outcome = self._work_off()
        for system in self._lossy:
            systems.answer_again(system)
        return outcome

    @property
    def _lossy(self) -> list[System]:
        both = (self.systems.epicor, self.systems.wise)
        return [system for system in both if system.ours and self.options.lost]

    def _work_off(self) -> Outcome:
        book = read_book(self.systems)
        self._people.begin("before")
        self._people.act()
        self._lose_answers()
        self.screen.say("")
        self.rhythm.start()
        begun = time.monotonic()
        self._people.begin("during")
        first = self._until_rest(replace(self._day, top_ups={}) if self._day.errands else self._day, book)
        if not self._day.errands or not first.settled:
            return first
        self._look_at_noon(first)
        self._people.begin("after")
        later = time.monotonic() - begun
        second = self._until_rest(replace(self._day, duplicate_messages=()), book)
        self._tell_of_people()
        return replace(second, seconds=later + second.seconds)

    def _until_rest(self, day: Day, book: EpicorBook | None) -> Outcome:
        watch = Watch(
            connector=self.connector,
            systems=self.systems,
            rhythm=self.rhythm,
            driver=Driver(self.connector, self.systems, day, book, self._people),
            settle_seconds=self.options.settle_seconds,
            to_pay=len(eligible(book)) if book else None,
            check=self.check,
        )
        with self.screen.meter() as meter:
            return watch.until_over(meter)

    def _lose_answers(self) -> None:
        lossy = self._lossy
        for system in lossy:
            systems.lose_answers(system, self.options.lost, self.options.seed)
        if lossy:
            names = " and ".join(system.name.capitalize() for system in lossy)
            self.screen.say(f"  {names}: the answers to {self.options.lost} % of the calls are lost from now on.")

    # --- people ------------------------------------------------------------------------------------------------------

    def evening(self, book: EpicorBook) -> EpicorBook:
        """Epicor's book with how each invoice must end once people have been at work."""
        return expecting(book, {errand.invoice: errand.evening for errand in self._day.errands})

    def _look_at_noon(self, first: Outcome) -> None:
        epicor, wise = epicor_book(self.systems.epicor.book()), wise_book(self.systems.wise.book())
        expected = expecting(epicor, {errand.invoice: errand.noon for errand in self._day.errands})
        self.noon = account(expected, wise, ledger_payments(self.connector.ledger_items()))
        self.screen.say(f"  At rest after {first.seconds:.0f} s: {sum_of(self.noon)}")
        self.screen.say("  ANNA and BEN look at what is held: mend it, approve it, release or reject it.")

    def _tell_of_people(self) -> None:
        for bank, changed in self._people.compared.items():
            told = f"Approved by both, bank {bank}: {changed}"
            self.screen.say("  " + textwrap.shorten(told, _COLUMNS - 2, placeholder=" …"))

    def figures(self) -> dict[str, Any]:
        """For the report: what was held until people came, or while they worked, and what they ordered."""
        if self.noon is None:
            return {}
        held = Counter(self.noon.held) + self._people.met
        return {"people": {"held_before": dict(sorted(held.items())), "orders": dict(self._people.orders)}}
