"""What flows ask of queues, executions and keys; `aws.py` has the real ones."""

from __future__ import annotations

from typing import Any, Protocol

from kinetic_wise.payments.systems import VendorBank


class Queue(Protocol):
    """A queue of messages that carry identity only."""

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        """Queue all of them. Raises when one was not taken."""


class DeadLetters(Protocol):
    """Where a queue's messages end that could not be worked off in five tries."""

    def redrive(self) -> int:
        """Send every message to the queue it came from; answers how many."""


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
