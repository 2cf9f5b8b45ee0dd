"""What flows work with. Only `wiring/` and tests put one together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from kinetic_wise.epicor import EpicorClient
from kinetic_wise.flows.ports import DeadLetters, Executions, Fingerprinter, Queue
from kinetic_wise.ledger import ConnectorState, Ledger
from kinetic_wise.metrics import Meter, unmeasured
from kinetic_wise.settings import Settings
from kinetic_wise.transport import Exchange
from kinetic_wise.wise import WiseClient


class ExchangeLog:
    """Keeps the exchanges since the last audit entry."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._keeps = True

    def __call__(self, exchange: Exchange, /) -> None:
        """Keep one more."""
        if self._keeps:
            self._exchanges.append(exchange)

    @contextmanager
    def unkept(self) -> Iterator[None]:
        """Keep none meanwhile: a list of everything is no evidence of one decision. What was kept before stays."""
        before, self._keeps = self._keeps, False
        try:
            yield
        finally:
            self._keeps = before

    def take(self) -> list[Exchange]:
        """The exchanges so far; they are taken out."""
        taken, self._exchanges = self._exchanges, []
        return taken


@dataclass(frozen=True)
class EpicorSite:
    """Which Epicor this stack was set up for (rule 15)."""

    url: str
    companies: tuple[str, ...]


@dataclass(frozen=True)
class WiseSite:
    """Which Wise this stack was set up for (rules 2 and 15)."""

    environment: str  # of Wise's, or the address where it is none of them
    profile: int


@dataclass
class Deps:
    """Clients, ledger, settings, clock: everything that is not a decision.

    Clients and sites are made when they are first asked for: not every function may read both credential envelopes.
    """

    ledger_id: str
    settings: Settings
    ledger: Ledger
    state: ConnectorState
    make_epicor: Callable[[ExchangeLog], EpicorClient]
    make_wise: Callable[[ExchangeLog], WiseClient]
    read_epicor_site: Callable[[], EpicorSite]
    read_wise_site: Callable[[], WiseSite]
    payments_queue: Queue
    events_queue: Queue
    executions: Executions
    fingerprint: Fingerprinter
    table_id: Callable[[], str]
    now: Callable[[], datetime]
    log: Callable[..., None]
    dead_letters: Mapping[str, DeadLetters] = field(default_factory=dict)  # by the queue's name
    meter: Meter = unmeasured
    exchanges: ExchangeLog = field(default_factory=ExchangeLog)

    @cached_property
    def epicor(self) -> EpicorClient:
        """The client of Epicor; calls that count go through `epicor_place`."""
        return self.make_epicor(self.exchanges)

    @cached_property
    def wise(self) -> WiseClient:
        """The client of Wise."""
        return self.make_wise(self.exchanges)

    @cached_property
    def epicor_site(self) -> EpicorSite:
        """Which Epicor."""
        return self.read_epicor_site()

    @cached_property
    def wise_site(self) -> WiseSite:
        """Which Wise."""
        return self.read_wise_site()

    @property
    def today(self) -> date:
        """The day in the companies' time zone: dates in Epicor are days there (epicor-kinetic-api.md pitfall 31)."""
        return self.now().astimezone(ZoneInfo(self.settings.time_zone)).date()

    @contextmanager
    def epicor_place(self) -> Iterator[EpicorClient]:
        """Epicor, while holding one of the few places for calls to it. Raises Busy."""
        with self.state.epicor_slot(self.settings.epicor_slots, self.settings.epicor_slot_wait):
            yield self.epicor
