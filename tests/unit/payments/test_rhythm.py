"""How often transfers are listed (wise-api.md section 13)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.rhythm import Pace, every, pace_of

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "age", "minutes"),
    [
        (Status.AWAITING_APPROVAL, HOUR, 15),
        (Status.AWAITING_FUNDS, 100 * HOUR, 15),
        (Status.PROCESSING, HOUR, 5),
        (Status.PROCESSING, 3 * HOUR, 60),
        (Status.SENT, 0 * HOUR, 60),
        (Status.RETURNED, HOUR, 60),
        (Status.REFUND_UNKNOWN, HOUR, 60),
    ],
)
def test_rhythm_follows_status_and_age(status: Status, age: timedelta, minutes: int) -> None:
    """Waiting for a person, fresh, in process for long, bounced: each as often as section 13 suggests."""
    assert every(pace_of(status, age), are_told=False) == timedelta(minutes=minutes)


def test_what_was_sent_is_listed_daily_and_later_weekly() -> None:
    """Ten days daily, then weekly to the end of the watch; what people make in Wise hourly."""
    assert [every(pace, are_told=False).days for pace in (Pace.SENT, Pace.WATCHED)] == [1, 7]
    assert every(Pace.OTHERS, are_told=False) == HOUR


def test_listing_stands_back_while_webhooks_tell() -> None:
    """Then nothing is listed more than hourly, and nothing less often than without them."""
    for pace in Pace:
        assert every(pace, are_told=True) == max(HOUR, every(pace, are_told=False))
