"""Webhooks: who signed and what an event says."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kinetic_wise.wise.webhooks import PUBLIC_KEYS, NotAnEvent, parse, verify

STATE = b"""{"data":{"resource":{"type":"transfer","id":2147719999,"profile_id":30000001,"account_id":700100200},
 "current_state":"outgoing_payment_sent","previous_state":"funds_converted","occurred_at":"2026-01-05T12:34:56.789Z"},
 "subscription_id":"0f0c8c0e","event_type":"transfers#state-change","schema_version":"4.0.0","sent_at":"x"}"""


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(body: bytes) -> str:
    return base64.b64encode(key().sign(body, PKCS1v15(), SHA256())).decode()


def test_only_the_signed_bytes_verify() -> None:
    """The signature covers the raw body: another byte, another spelling or another key fail."""
    signature = signed(STATE)

    assert verify(STATE, signature, pem(key()))
    assert not verify(STATE + b" ", signature, pem(key()))
    assert not verify(STATE, f"!{signature}", pem(key()))
    assert not verify(STATE.replace(b"sent", b"xent", 1), signature, pem(key()))
    for published in PUBLIC_KEYS.values():
        assert not verify(STATE, signature, published)


@pytest.mark.parametrize("signature", ["", "no base64!", "AAAA", "ä", "=" * 10])
def test_rubbish_is_no_signature(signature: str) -> None:
    """Whatever stands in the header, it is refused and nothing fails."""
    assert not verify(STATE, signature, pem(key()))


def test_a_key_that_cannot_be_used_is_told() -> None:
    """A wrong key is a set-up error and not a bad signature."""
    with pytest.raises(ValueError, match=r"PEM|key|deserialize"):
        verify(STATE, signed(STATE), "no key")
    with pytest.raises(TypeError, match="RSA"):
        verify(STATE, signed(STATE), pem(ec.generate_private_key(ec.SECP256R1())))


def test_a_state_change_names_transfer_profile_and_state() -> None:
    """What wakes settlement is read exactly."""
    event = parse(STATE)

    assert (event.transfer_id, event.profile_id, event.subscription_id) == (2147719999, 30000001, "0f0c8c0e")
    assert event.state == "outgoing_payment_sent"
    assert event.occurred_at == datetime(2026, 1, 5, 12, 34, 56, 789000, UTC)
    assert event.refund_amount is None
    assert event.is_known


def test_a_refund_gives_its_exact_amount() -> None:
    """The one fact taken from an event is a refund's amount, digit for digit."""
    body = b'{"data":{"resource":{"type":"transfer","id":1,"profile_id":2,"refund_amount":996.310000000000001,"refund_currency":"GBP"}},"event_type":"transfers#refund","schema_version":"9.0.0"}'  # noqa: E501

    event = parse(body)

    assert event.refund_amount == Decimal("996.310000000000001")
    assert event.refund_currency == "GBP"
    assert not event.is_known


def test_a_payout_failure_has_no_resource() -> None:
    """Transfer and profile are found where this event keeps them, also written as text."""
    body = b'{"data":{"transfer_id":"2147719999","profile_id":30000001,"failure_reason_code":"WRONG_NAME","occurred_at":"2026-01-07T10:17:23.000+00:00"},"event_type":"transfers#payout-failure","schema_version":"4.0.0"}'  # noqa: E501

    event = parse(body)

    assert (event.transfer_id, event.profile_id) == (2147719999, 30000001)


def test_a_balance_event_is_about_no_transfer() -> None:
    """A balance's id is not taken for a transfer's."""
    body = b'{"data":{"resource":{"id":200001,"profile_id":3,"type":"balance-account"}},"event_type":"balances#update"}'

    assert parse(body).transfer_id is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"data":{}}',
        b'{"data":[],"event_type":"x"}',
        b'{"data":{"resource":{"type":"transfer","id":1.5}},"event_type":"transfers#refund"}',
        b'{"data":{"occurred_at":"yesterday"},"event_type":"x"}',
        b'{"data":{"resource":{"refund_amount":"much"}},"event_type":"x"}',
        b"\xff\xfe",
        b"[" * 90_000,
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    """Bodies that are no event are named so and never fail otherwise."""
    with pytest.raises(NotAnEvent):
        parse(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_not(body: bytes) -> None:
    """The receiver's parser has two ends and no third: bytes that are no JSON object are no event."""
    with suppress(NotAnEvent):
        assert parse(body).event_type
