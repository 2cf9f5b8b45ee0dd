"""What the simulator needs to know of a sample day: balances, and how Wise behaves toward whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol


class Behaviour(Protocol):
    """What Wise does with the transfers to one holder."""

    @property
    def cancel_after_funding(self) -> bool:
        """Wise cancels after processing and gives the money back."""

    @property
    def rate_seconds(self) -> int | None:
        """How long the first quote's rate is held, instead of the usual time."""

    @property
    def webhooks(self) -> str | None:
        """Events "lost", "thrice" or "reversed"; None delivers as usual."""


class Day(Protocol):
    """The part of a sample day that Wise plays."""

    @property
    def balances(self) -> Mapping[str, Decimal]:
        """Opening STANDARD balances of the business profile by currency."""

    @property
    def behaviours(self) -> Mapping[str, Behaviour]:
        """Behaviours by the recipient's accountHolderName."""


@dataclass(frozen=True)
class EmptyDay:
    """No balances, nothing unusual."""

    balances: Mapping[str, Decimal] = field(default_factory=dict)
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
