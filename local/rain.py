"""`EVENTS=n`: a rain of webhook events on the deployed connector after its day, some twice, some forged or damaged.

The events are signed with a second key that the credential envelope names beside the simulator's, as while Wise changes
its key. They tell of the day's own transfers: whatever rains, the books must stay as they are.
"""

from __future__ import annotations

import base64
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import requests
import simplejson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kinetic_wise.payments import transfer_status
from kinetic_wise.transport import own_session

_DUPLICATES, _FORGED = 20, 5  # percent
_SENDERS = 4
_TRIES = 40
_SECONDS = 30.0  # for one answer


@dataclass(frozen=True)
class Drop:
    """One delivery: `event` is the same for each copy of an event, `forged` means that nobody may act on it."""

    event: int
    body: bytes
    signature: str
    delivery: str
    forged: bool


@dataclass(frozen=True)
class Fallen:
    """How the rain was answered."""

    sent: int
    events: int
    duplicates: int
    forged: int
    forged_taken: int  # must be 0
    lost: int  # genuine events that no delivery brought in: must be 0
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For the report."""
        rate = round(self.sent / self.seconds, 1) if self.seconds else None
        return {**vars(self), "seconds": round(self.seconds, 1), "per_second": rate}


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """The public half of a key, as Wise publishes its own."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()


def new_key() -> rsa.RSAPrivateKey:
    """A key that signs the rain."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_rain(
    count: int, transfers: Sequence[Mapping[str, Any]], subscription: str, key: rsa.RSAPrivateKey, seed: int
) -> list[Drop]:
    """So many deliveries about these transfers of Wise's book, shuffled: a fifth are copies, 5 % no event of Wise's.

    Half of those are signed by a stranger and tell of a refund, half are damaged on their way.
    """
    dice, stranger = random.Random(seed), new_key()  # noqa: S311 - a day must be repeatable
    forged, copies = count * _FORGED // 100, count * _DUPLICATES // 100
    drops = [_genuine(n, dice, transfers, subscription, key) for n in range(count - forged - copies)]
    twice = [_again(dice.choice(drops), dice) for _ in range(copies)]
    false = [_false(n, dice, transfers, subscription, dice.choice(drops), stranger) for n in range(forged)]
    rain = [*drops, *twice, *false]
    dice.shuffle(rain)
    return rain


def _genuine(
    number: int, dice: random.Random, transfers: Sequence[Mapping[str, Any]], subscription: str, key: rsa.RSAPrivateKey
) -> Drop:
    transfer = dice.choice(transfers)
    moment = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
    kind = dice.choices((_state, _debit, _no_cases), (80, 15, 5))[0]
    event_type, data = kind(transfer, dice, moment, number)
    return _drop(number, _body(event_type, data, subscription, moment), key, dice)


def _state(transfer: Mapping[str, Any], dice: random.Random, moment: str, _: int) -> tuple[str, dict[str, Any]]:
    """A state that the transfer is in, or was in on its way there."""
    been = transfer_status.COURSE[1:] if transfer["status"] == transfer_status.SENT else (transfer["status"],)
    return "transfers#state-change", {
        "resource": _resource(transfer),
        "current_state": dice.choice(been),
        "previous_state": None,
        "occurred_at": moment,
    }


def _debit(transfer: Mapping[str, Any], _: random.Random, moment: str, number: int) -> tuple[str, dict[str, Any]]:
    return "balances#update", {
        "resource": {"id": 1, "profile_id": transfer["profile"], "type": "balance-account"},
        "amount": transfer["source_amount"],
        "balance_id": 1,
        "channel_name": "TRANSFER",
        "currency": transfer["source_currency"],
        "occurred_at": moment,
        "post_transaction_balance_amount": 0,
        "step_id": number,
        "transaction_type": "debit",
        "transfer_reference": str(transfer["id"]),
    }


def _no_cases(transfer: Mapping[str, Any], _: random.Random, __: str, ___: int) -> tuple[str, dict[str, Any]]:
    return "transfers#active-cases", {"resource": _resource(transfer), "active_cases": []}


def _resource(transfer: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "transfer", "id": transfer["id"], "profile_id": transfer["profile"], "account_id": 1}


def _body(event_type: str, data: Mapping[str, Any], subscription: str, moment: str) -> bytes:
    envelope = {"data": data, "subscription_id": subscription, "event_type": event_type, "schema_version": "4.0.0"}
    return str(simplejson.dumps({**envelope, "sent_at": moment}, use_decimal=True)).encode()


def _drop(event: int, body: bytes, key: rsa.RSAPrivateKey, dice: random.Random, *, forged: bool = False) -> Drop:
    signature = base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
    return Drop(event, body, signature, str(UUID(int=dice.getrandbits(128))), forged)


def _again(drop: Drop, dice: random.Random) -> Drop:
    """The same event in another delivery."""
    return Drop(drop.event, drop.body, drop.signature, str(UUID(int=dice.getrandbits(128))), forged=False)


def _false(
    number: int,
    dice: random.Random,
    transfers: Sequence[Mapping[str, Any]],
    subscription: str,
    genuine: Drop,
    stranger: rsa.RSAPrivateKey,
) -> Drop:
    if number % 2:
        place = dice.randrange(len(genuine.body))
        damaged = genuine.body[:place] + bytes([genuine.body[place] ^ 1]) + genuine.body[place + 1 :]
        return Drop(-1, damaged, genuine.signature, genuine.delivery, forged=True)
    transfer = dice.choice(transfers)
    refund = {"refund_amount": transfer["source_amount"], "refund_currency": transfer["source_currency"]}
    data = {"resource": _resource(transfer) | refund, "occurred_at": "2026-01-01T00:00:00.000Z"}
    return _drop(-1, _body("transfers#refund", data, subscription, "2026"), stranger, dice, forged=True)


def let_it_rain(drops: Sequence[Drop], url: str) -> Fallen:
    """Deliver everything, a few at a time; what is answered 5xx, 429 or not at all comes again, as from Wise."""
    begun = time.monotonic()
    with ThreadPoolExecutor(_SENDERS) as senders:
        parts = [drops[start::_SENDERS] for start in range(_SENDERS)]
        answers = [answer for part in senders.map(lambda part: list(_deliver(part, url)), parts) for answer in part]
    taken = {drop.event for drop, is_taken in answers if is_taken and not drop.forged}
    genuine = Counter(drop.event for drop in drops if not drop.forged)
    return Fallen(
        sent=len(drops),
        events=len(genuine),
        duplicates=genuine.total() - len(genuine),
        forged=sum(drop.forged for drop in drops),
        forged_taken=sum(is_taken for drop, is_taken in answers if drop.forged),
        lost=len(set(genuine) - taken),
        seconds=time.monotonic() - begun,
    )


def _deliver(drops: Sequence[Drop], url: str) -> Iterator[tuple[Drop, bool]]:
    """Each delivery with whether it was taken."""
    session = own_session()
    for drop in drops:
        headers = {
            "Content-Type": "application/json",
            "X-Delivery-Id": drop.delivery,
            "X-Signature-SHA256": drop.signature,
        }
        yield drop, _is_taken(session, url, drop.body, headers)


def _is_taken(session: requests.Session, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
    for attempt in range(_TRIES):
        try:
            with session.post(url, data=body, headers=dict(headers), timeout=_SECONDS) as answer:
                if answer.status_code < 500 and answer.status_code != requests.codes.too_many:
                    return answer.ok
        except requests.RequestException:
            pass
        time.sleep(min(0.1 * 1.3**attempt, 2.0))
    return False
