"""The audit chain: entry n+1 holds the hash of n, and the head moves with the payment's state (money-cases.md H37)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import simplejson

from kinetic_wise.transport import Exchange

_LONGEST_BODY = 4_000
_ROOM = 300_000  # bytes of exchanges in an entry: DynamoDB takes 409,600 of an item, and 4 MB of a transaction


@dataclass(frozen=True)
class Entry:
    """Something that happened or is about to: `kind` is a code, `data` says what a reader needs."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    exchanges: Sequence[Exchange] = ()


@dataclass(frozen=True)
class Head:
    """The last entry of a chain: how many there are and the hash of the last."""

    count: int = 0
    hash: str = ""


def chain(name: str, head: Head, entry: Entry, at: datetime, entry_id: str) -> tuple[dict[str, Any], Head]:
    """The item of the next entry of a chain and the head after it.

    Of more exchanges than an entry has room for it tells the latest, which were decided on; the `earlier` ones are
    counted, and are one long body.
    """
    number = head.count + 1
    earlier, latest = _divided(entry.exchanges)
    told = {
        "n": number,
        "id": entry_id,
        "at": at.isoformat(),
        "kind": entry.kind,
        "previous": head.hash,
        "data": entry.data,
        "exchanges": latest,
    }
    if earlier:
        told |= {"earlier": len(earlier), "earlier_sha256": _digest(_as_body(earlier))}
    text = _text(told)
    digest = _digest(text)
    item = {"pk": name, "sk": f"{number:010d}", "id": entry_id, "kind": entry.kind, "text": text, "hash": digest}
    return item, Head(number, digest)


def nowhere(_body: str) -> None:
    """Keep no long body: the entry holds its beginning and its digest."""


def keep_long_bodies(entry: Entry, keep: Callable[[str], None]) -> None:
    """Hand over what the entry will only hold the beginning of, or nothing but the digest."""
    earlier = _divided(entry.exchanges)[0]
    if earlier:
        keep(_as_body(earlier))
    for exchange in entry.exchanges[len(earlier) :]:
        for body in (exchange.request, exchange.response):
            if len(body) > _LONGEST_BODY:
                keep(body)


def _divided(exchanges: Sequence[Exchange]) -> tuple[Sequence[Exchange], list[dict[str, Any]]]:
    """The exchanges that an entry has no room for, and the latest ones as it tells them."""
    room, latest = _ROOM, list[dict[str, Any]]()
    for exchange in reversed(exchanges):
        told = _exchange(exchange)
        room -= len(_text(told).encode())
        if room < 0:
            break
        latest.insert(0, told)
    return exchanges[: len(exchanges) - len(latest)], latest


def _as_body(exchanges: Sequence[Exchange]) -> str:
    """Exchanges as one long body: a JSON list, with their own bodies whole."""
    return _text([_plain(exchange) for exchange in exchanges])


def _exchange(exchange: Exchange) -> dict[str, Any]:
    values = _plain(exchange)
    for side in ("request", "response"):
        body = values[side]
        if len(body) > _LONGEST_BODY:
            values[side] = body[:_LONGEST_BODY]
            values[f"{side}_sha256"] = _digest(body)
    return values


def _plain(exchange: Exchange) -> dict[str, Any]:
    return {**asdict(exchange), "seconds": str(exchange.seconds)}


def _text(told: Any) -> str:
    return simplejson.dumps(told, use_decimal=True, default=str, sort_keys=True, ensure_ascii=False)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
