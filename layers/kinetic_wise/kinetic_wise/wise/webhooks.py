"""Webhooks: the signature over the raw body and what an event says (wise-api.md section 9).

An event only wakes us; GET decides. Taken from an event is only what no GET tells: a refund's amount, why a payout
failed, what Wise asks for, how a balance moved.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

import simplejson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kinetic_wise.wise.values import amount, amount_or_none, moment_or_none, whole, whole_or_none

# Schema versions that we know, by event type (9.4 and section 0).
KNOWN = {
    "transfers#state-change": frozenset({"2.0.0", "3.0.0", "4.0.0"}),
    "transfers#payout-failure": frozenset({"2.0.0", "4.0.0", "5.0.0"}),
    "transfers#refund": frozenset({"1.0.0", "2.0.0", "4.0.0"}),
    "transfers#active-cases": frozenset({"2.0.0", "4.0.0"}),
    "balances#update": frozenset({"2.1.0", "2.2.0", "3.0.0", "4.0.0"}),
}

# The keys that Wise publishes (9.3). A simulator has its own.
PUBLIC_KEYS = {
    "production": """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvO8vXV+JksBzZAY6GhSO
XdoTCfhXaaiZ+qAbtaDBiu2AGkGVpmEygFmWP4Li9m5+Ni85BhVvZOodM9epgW3F
bA5Q1SexvAF1PPjX4JpMstak/QhAgl1qMSqEevL8cmUeTgcMuVWCJmlge9h7B1CS
D4rtlimGZozG39rUBDg6Qt2K+P4wBfLblL0k4C4YUdLnpGYEDIth+i8XsRpFlogx
CAFyH9+knYsDbR43UJ9shtc42Ybd40Afihj8KnYKXzchyQ42aC8aZ/h5hyZ28yVy
Oj3Vos0VdBIs/gAyJ/4yyQFCXYte64I7ssrlbGRaco4nKF3HmaNhxwyKyJafz19e
HwIDAQAB
-----END PUBLIC KEY-----
""",
    "sandbox": """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwpb91cEYuyJNQepZAVfP
ZIlPZfNUefH+n6w9SW3fykqKu938cR7WadQv87oF2VuT+fDt7kqeRziTmPSUhqPU
ys/V2Q1rlfJuXbE+Gga37t7zwd0egQ+KyOEHQOpcTwKmtZ81ieGHynAQzsn1We3j
wt760MsCPJ7GMT141ByQM+yW1Bx+4SG3IGjXWyqOWrcXsxAvIXkpUD/jK/L958Cg
nZEgz0BSEh0QxYLITnW1lLokSx/dTianWPFEhMC9BgijempgNXHNfcVirg1lPSyg
z7KqoKUN0oHqWLr2U1A+7kqrl6O2nx3CKs1bj1hToT1+p4kcMoHXA7kA+VBLUpEs
VwIDAQAB
-----END PUBLIC KEY-----
""",
}

_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


class NotAnEvent(ValueError):
    """The body is no event of Wise's; the message says what is missing."""


@dataclass(frozen=True)
class WiseEvent:
    """One event. Numbers are None, texts empty where the event does not speak of them; times are UTC."""

    event_type: str
    subscription_id: str
    profile_id: int | None
    transfer_id: int | None
    state: str
    occurred_at: datetime | None
    refund_amount: Decimal | None
    refund_currency: str
    is_known: bool
    fingerprint: str  # the same for each delivery of the event, whatever its headers and subscription say
    failure: str = ""  # why a payout failed (6.6)
    cases: tuple[str, ...] | None = None  # what Wise asks for now; None: the event does not speak of it
    movement: Movement | None = None
    credit: Credit | None = None


@dataclass(frozen=True)
class Movement:
    """How a balance moved, as a `balances#update` tells: `kind` is credit or debit, amounts are in `currency`."""

    balance_id: int
    kind: str
    amount: Decimal
    currency: str
    reference: str  # a transfer's number, or another one of Wise's
    channel: str
    after: Decimal | None  # what the balance held then; older schemas do not tell
    step_id: int | None


@dataclass(frozen=True)
class Credit:
    """What a `balances#update` says came into a balance for a transfer: a refund, when the transfer is ours (6.6)."""

    transfer_id: int
    amount: Decimal
    currency: str


def verify(body: bytes, signature: str, public_key_pem: str) -> bool:
    """Whether the base64 `signature` (X-Signature-SHA256) is Wise's over exactly these bytes (9.3).

    While Wise changes its key, the text holds both. Raises ValueError or TypeError when a key cannot be used.
    """
    keys = _keys(public_key_pem)
    try:
        signed = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_is_signed(key, body, signed) for key in keys)


def _is_signed(key: RSAPublicKey, body: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=4)
def _keys(text: str) -> tuple[RSAPublicKey, ...]:
    """The keys of a PEM text, one after the other."""
    return tuple(_key(block) for block in _PEM.findall(text) or [text])


def _key(block: str) -> RSAPublicKey:
    key = load_pem_public_key(block.encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError("Wise signs with RSA: the public key is of another kind")
    return key


def parse(body: bytes) -> WiseEvent:
    """The event in a body, tolerant of unknown types and fields. Raises NotAnEvent."""
    try:
        envelope = simplejson.loads(body, use_decimal=True)
    except (ValueError, RecursionError):
        raise NotAnEvent("the body is not JSON") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("data"), dict):
        raise NotAnEvent("the body has no data")
    if not isinstance(envelope.get("event_type"), str) or not envelope["event_type"]:
        raise NotAnEvent("the body names no event type")
    try:
        return _event(envelope, envelope["data"])
    except (ValueError, TypeError, ArithmeticError) as error:
        raise NotAnEvent(f"a value of the event cannot be read ({type(error).__name__})") from None


def _event(envelope: dict[str, Any], data: dict[str, Any]) -> WiseEvent:
    resource = data["resource"] if isinstance(data.get("resource"), dict) else {}
    event_type, version = envelope["event_type"], str(envelope.get("schema_version") or "")
    transfer = resource.get("id") or data.get("transfer_id")
    return WiseEvent(
        event_type=event_type,
        subscription_id=str(envelope.get("subscription_id") or ""),
        profile_id=whole_or_none(resource.get("profile_id") or data.get("profile_id")),
        transfer_id=whole_or_none(transfer) if event_type.startswith("transfers#") else None,
        state=str(data.get("current_state") or ""),
        occurred_at=moment_or_none(data.get("occurred_at")),
        refund_amount=amount_or_none(resource.get("refund_amount")),
        refund_currency=str(resource.get("refund_currency") or ""),
        is_known=version in KNOWN.get(event_type, frozenset()),
        fingerprint=_fingerprint(envelope, data),
        failure=str(data.get("failure_reason_code") or ""),
        cases=_cases(data),
        movement=_movement(data, resource) if event_type == "balances#update" else None,
        credit=_credit(data) if event_type == "balances#update" else None,
    )


def _fingerprint(envelope: dict[str, Any], data: dict[str, Any]) -> str:
    """Of what happened: an event that names no moment (active cases) is told apart by when it was sent."""
    sent = "" if data.get("occurred_at") else envelope.get("sent_at")
    text = simplejson.dumps([envelope["event_type"], sent, data], sort_keys=True, use_decimal=True)
    return sha256(text.encode()).hexdigest()


def _cases(data: dict[str, Any]) -> tuple[str, ...] | None:
    named = data.get("active_cases")
    return tuple(str(case) for case in named) if isinstance(named, list) else None


def _movement(data: dict[str, Any], resource: dict[str, Any]) -> Movement | None:
    balance_id = data.get("balance_id") or resource.get("id")
    if balance_id is None or data.get("amount") is None:
        return None
    return Movement(
        balance_id=whole(balance_id),
        kind=str(data.get("transaction_type") or ""),
        amount=amount(data.get("amount")),
        currency=str(data.get("currency") or ""),
        reference=str(data.get("transfer_reference") or ""),
        channel=str(data.get("channel_name") or ""),
        after=amount_or_none(data.get("post_transaction_balance_amount")),
        step_id=whole_or_none(data.get("step_id")),
    )


def _credit(data: dict[str, Any]) -> Credit | None:
    """A credit with a transfer's number as its reference; None for debits, top-ups ("BNK-…") and everything else."""
    reference = str(data.get("transfer_reference") or "")
    amount = amount_or_none(data.get("amount"))
    if data.get("transaction_type") != "credit" or not reference.isdecimal() or amount is None:
        return None
    return Credit(int(reference), amount, str(data.get("currency") or ""))
