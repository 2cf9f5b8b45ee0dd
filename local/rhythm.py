"""What the schedules do on AWS, every few seconds: they cannot go below a minute."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local.connector import FunctionFailed

_PAUSE_SECONDS = 1.5
_POLL = "PollInvoicesFunctionName"
_REPEATED = ("PollTransfersFunctionName", "SweepFunctionName")


class Invokes(Protocol):
    """What starts functions: the connector."""

    def invoke(self, function: str) -> dict[str, Any]:
        """Start a function by its output's name and wait for its answer. Raises FunctionFailed."""


class Rhythm:
    """Polls invoices until it worked once, and transfers and the sweep again and again, in a thread of its own."""

    def __init__(self, connector: Invokes) -> None:
        self._connector = connector
        self._over = threading.Event()
        self._polled = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True, name="rhythm")
        self.failures: Counter[str] = Counter()  # function and error -> how often

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._over.set()

    @property
    def has_polled(self) -> bool:
        """Whether all invoices have been looked at once."""
        return self._polled.is_set()

    def _go_on(self) -> None:
        while not self._over.is_set():
            self.beat()
            self._over.wait(_PAUSE_SECONDS)

    def beat(self) -> None:
        """One round."""
        if not self._polled.is_set() and self._invoke(_POLL):
            self._polled.set()
        for function in _REPEATED:
            if not self._over.is_set():
                self._invoke(function)

    def _invoke(self, function: str) -> bool:
        try:
            self._connector.invoke(function)
        except (FunctionFailed, BotoCoreError, ClientError) as error:
            if not self._over.is_set():
                self.failures[f"{function.removesuffix('FunctionName')}: {error}"] += 1
            return False
        return True
