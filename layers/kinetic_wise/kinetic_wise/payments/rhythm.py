"""How often which transfers are listed when nobody tells of them (wise-api.md section 13). Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from kinetic_wise.payments.life_cycle import Status

_FRESH = timedelta(hours=2)
_WAITING = frozenset({Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})


class Pace(StrEnum):
    """Transfers that are listed equally often."""

    WAITING = "waiting"  # for money, or for a person
    FRESH = "fresh"  # in process for less than two hours
    SLOW = "slow"  # in process for longer, bounced, or in a status that nobody knows
    SENT = "sent"  # paid out in the last ten days
    WATCHED = "watched"  # paid out before that, within the watch
    OTHERS = "others"  # what people make in Wise


EVERY: dict[Pace, timedelta] = {
    Pace.WAITING: timedelta(minutes=15),
    Pace.FRESH: timedelta(minutes=5),
    Pace.SLOW: timedelta(hours=1),
    Pace.SENT: timedelta(days=1),
    Pace.WATCHED: timedelta(days=7),
    Pace.OTHERS: timedelta(hours=1),
}
SENT_DAYS = 10
_STANDS_BACK = timedelta(hours=1)  # while webhooks tell


def pace_of(status: Status, age: timedelta) -> Pace:
    """The pace of an open payment whose attempt is so old."""
    if status in _WAITING:
        return Pace.WAITING
    return Pace.FRESH if status is Status.PROCESSING and age < _FRESH else Pace.SLOW


def every(pace: Pace, *, are_told: bool) -> timedelta:
    """How often transfers of this pace are listed; `are_told`: webhooks reach us, and listing stands back."""
    return max(EVERY[pace], _STANDS_BACK) if are_told else EVERY[pace]
