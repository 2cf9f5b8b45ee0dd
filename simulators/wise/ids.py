"""Identifiers as Wise hands them out: growing int64 numbers and random UUIDs."""

from __future__ import annotations

from itertools import count
from random import Random
from uuid import UUID

FIRST_TRANSFER = 2_147_719_000  # on the way past int32, as in the sandbox of 2026


class Ids:
    """A source of identifiers; the same dice give the same ones."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._transfers = count(FIRST_TRANSFER)
        self._recipients = count(700_100_200)
        self._balances = count(200_001)
        self._movements = count(5_683_542)
        self._steps = count(1_234_567)

    def uuid(self) -> str:
        """A random UUID as text."""
        return str(UUID(int=self._dice.getrandbits(128), version=4))

    def transfer(self) -> int:
        """The next transfer's number."""
        return next(self._transfers)

    def recipient(self) -> int:
        """The next recipient's number."""
        return next(self._recipients)

    def balance(self) -> int:
        """The next balance's number."""
        return next(self._balances)

    def movement(self) -> int:
        """The next number of a payment or balance transaction."""
        return next(self._movements)

    def step(self) -> int:
        """The next step of the balances' history; grows with every change."""
        return next(self._steps)

    def version(self) -> int:
        """A batch group's version: a signed number that says nothing about which came first."""
        return self._dice.getrandbits(32) - 2**31

    def share(self, low: float, high: float) -> float:
        """A random share between two bounds."""
        return self._dice.uniform(low, high)
