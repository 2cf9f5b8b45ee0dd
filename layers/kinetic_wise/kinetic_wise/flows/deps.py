"""What flows work with. Only `wiring.py` and tests put one together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from kinetic_wise.epicor import EpicorClient
from kinetic_wise.flows.ports import Executions, Fingerprinter, Queue
from kinetic_wise.ledger import ConnectorState, Ledger
from kinetic_wise.settings import Settings
from kinetic_wise.transport import Exchange
from kinetic_wise.wise import WiseClient


class ExchangeLog:
    """Keeps the exchanges since the last audit entry."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []

    def __call__(self, exchange: Exchange, /) -> None:
        """Keep one more."""
        self._exchanges.append(exchange)

    def take(self) -> list[Exchange]:
        """The exchanges so far; they are taken out."""
        taken, self._exchanges = self._exchanges, []
        return taken


@dataclass(frozen=True)
class Identity:
    """Who this stack is and which systems it was set up for (rules 2 and 15)."""

    ledger_id: str
    wise: str  # environment, or the address where it is none of Wise's
    profile: int
    epicor: str
    companies: tuple[str, ...]


@dataclass
class Deps:
    """Clients, ledger, settings, clock: everything that is not a decision."""

    identity: Identity
    settings: Settings
    ledger: Ledger
    state: ConnectorState
    epicor: EpicorClient
    wise: WiseClient
    payments_queue: Queue
    events_queue: Queue
    executions: Executions
    fingerprint: Fingerprinter
    table_id: Callable[[], str]
    now: Callable[[], datetime]
    log: Callable[..., None]
    exchanges: ExchangeLog = field(default_factory=ExchangeLog)

    @contextmanager
    def epicor_place(self) -> Iterator[EpicorClient]:
        """Epicor, while holding one of the few places for calls to it. Raises Busy."""
        with self.state.epicor_slot(self.settings.epicor_slots, self.settings.epicor_slot_wait):
            yield self.epicor
