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
    """The item of the next entry of a chain and the head after it."""
    number = head.count + 1
    text = simplejson.dumps(
        {
            "n": number,
            "id": entry_id,
            "at": at.isoformat(),
            "kind": entry.kind,
            "previous": head.hash,
            "data": entry.data,
            "exchanges": [_exchange(exchange) for exchange in entry.exchanges],
        },
        use_decimal=True,
        default=str,
        sort_keys=True,
        ensure_ascii=False,
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    item = {"pk": name, "sk": f"{number:010d}", "id": entry_id, "kind": entry.kind, "text": text, "hash": digest}
    return item, Head(number, digest)


def nowhere(_body: str) -> None:
    """Keep no long body: the entry holds its beginning and its digest."""


def keep_long_bodies(entry: Entry, keep: Callable[[str], None]) -> None:
    """Hand over what the entry will only hold the beginning of."""
    for exchange in entry.exchanges:
        for body in (exchange.request, exchange.response):
            if len(body) > _LONGEST_BODY:
                keep(body)


def _exchange(exchange: Exchange) -> dict[str, Any]:
    values = asdict(exchange)
    for side in ("request", "response"):
        body = values[side]
        if len(body) > _LONGEST_BODY:
            values[side] = body[:_LONGEST_BODY]
            values[f"{side}_sha256"] = hashlib.sha256(body.encode()).hexdigest()
    values["seconds"] = str(values["seconds"])
    return values
