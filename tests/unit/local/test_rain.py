"""The rain of events: what falls, and how it is counted."""

from __future__ import annotations

import base64
from collections import Counter

import pytest
import simplejson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.rain import Drop, make_rain, new_key

KEY = new_key()
TRANSFERS = [
    {"id": 7, "profile": 3, "status": "outgoing_payment_sent", "source_amount": "10.10", "source_currency": "EUR"},
    {"id": 8, "profile": 3, "status": "cancelled", "source_amount": "5.00", "source_currency": "GBP"},
]


@pytest.fixture(scope="module")
def rain() -> list[Drop]:
    """A rain of two hundred."""
    return make_rain(200, TRANSFERS, "subscription", KEY, seed=1)


def is_signed(drop: Drop, key: rsa.RSAPrivateKey) -> bool:
    """Whether a delivery bears a key's signature."""
    try:
        key.public_key().verify(base64.b64decode(drop.signature), drop.body, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def test_a_fifth_falls_twice_and_five_percent_are_false(rain: list[Drop]) -> None:
    """Two hundred deliveries: 150 events, 40 copies under deliveries of their own, 10 that nobody may act on."""
    genuine = Counter(drop.event for drop in rain if not drop.forged)
    assert (len(rain), len(genuine), genuine.total() - len(genuine)) == (200, 150, 40)
    assert len({drop.delivery for drop in rain if not drop.forged}) == 190
    assert len({drop.body for drop in rain if not drop.forged}) == 150


def test_only_what_is_genuine_bears_the_key(rain: list[Drop]) -> None:
    """Whatever is forged or damaged fails the signature, and everything else passes it."""
    assert all(is_signed(drop, KEY) is not drop.forged for drop in rain)


def test_nothing_genuine_tells_what_is_not_true(rain: list[Drop]) -> None:
    """A transfer that was cancelled is never said to have been sent: the events are Wise's own, so to speak."""
    told = [simplejson.loads(drop.body)["data"] for drop in rain if not drop.forged]
    states = {(data["resource"]["id"], data["current_state"]) for data in told if "current_state" in data}
    assert {state for transfer, state in states if transfer == 8} == {"cancelled"}
    assert {state for transfer, state in states if transfer == 7} > {"outgoing_payment_sent"}


def test_the_same_seed_gives_the_same_events() -> None:
    """A rain can be repeated: what is genuine is the same, in the same order."""
    again = [make_rain(50, TRANSFERS, "subscription", KEY, seed=2) for _ in range(2)]
    bodies = [[drop.body for drop in rain if not drop.forged] for rain in again]
    assert bodies[0] == bodies[1]
