"""What flows work with. Only `wiring.py` and tests put one together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from kinetic_wise.epicor import EpicorClient
from kinetic_wise.ledger import ConnectorState, Ledger
from kinetic_wise.payments.model import VendorBank
from kinetic_wise.settings import Settings
from kinetic_wise.transport import Exchange
from kinetic_wise.wise import WiseClient


class Queue(Protocol):
    """A queue of messages that carry identity only."""

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        """Queue all of them. Raises when one was not taken."""


class Executions(Protocol):
    """The state machine's executions."""

    def start(self, name: str, execution_input: dict[str, Any]) -> None:
        """Start one; a name already taken is fine."""

    def is_running(self, name: str) -> bool:
        """Whether an execution of this name is running."""

    def running(self, limit: int) -> int:
        """How many are running, counted up to `limit`."""


class Fingerprinter(Protocol):
    """Makes keyed fingerprints of vendor bank details."""

    key_id: str

    def __call__(self, bank: VendorBank) -> str:
        """The fingerprint of a bank row's payment details."""


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
