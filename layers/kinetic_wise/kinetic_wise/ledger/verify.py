"""Whether the audit trail is as it was written: each entry against its hash, its predecessor and its chain's head.

The long bodies that lie beside entries are held against the digests in them. What this cannot see is a chain rewritten
together with its head; for that the head must be kept elsewhere too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import simplejson

from kinetic_wise.ledger.audit import Head
from kinetic_wise.ledger.evidence import Evidence, body_key
from kinetic_wise.ledger.trail import Item, Trail

_DIGITS = 10
_BODIES_KNOWN = 4_096  # many payments share a form's answer: what was read lately is not read again


class Tampering(StrEnum):
    """What was done to an entry."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"


@dataclass(frozen=True)
class Finding:
    """One entry that is not as it was written."""

    chain: str
    number: str  # the entry's number, as its key says it
    tampering: Tampering
    detail: str


@dataclass(frozen=True)
class Verified:
    """A chain that was looked through."""

    chain: str
    entries: int
    bodies: int  # long bodies that its entries name
    findings: tuple[Finding, ...]


class Bodies:
    """The long bodies, each read once at most while it is known, piece by piece."""

    def __init__(self, evidence: Evidence) -> None:
        self._digest = lru_cache(maxsize=_BODIES_KNOWN)(evidence.digest)

    def problem(self, digest: str) -> tuple[Tampering, str] | None:
        """What was done to the body of this SHA-256; None when it is as it was written."""
        key = body_key(digest)
        found = self._digest(key)
        if not found:
            return Tampering.REMOVED, f"{key} is missing"
        return None if found == digest else (Tampering.ALTERED, f"{key} holds another text")


def verify(trail: Trail, bodies: Bodies | None = None) -> Iterator[Verified]:
    """Look through every chain, one at a time in memory; a chain without a head in the ledger is a finding.

    `bodies`: where long ones are kept; None: they are not looked at.
    """
    for chain, _ in trail.heads():
        yield verify_chain(trail, chain, bodies)
    for chain in trail.chains():
        if trail.head(chain) is None:
            yield verify_chain(trail, chain, bodies)


def verify_chain(trail: Trail, chain: str, bodies: Bodies | None = None) -> Verified:
    """Look through one chain; what is written to it meanwhile is checked as far as it is seen."""
    walk = _Walk(chain, trail.head(chain) or Head(), bodies)
    findings = list(walk.over(trail.entries(chain)))
    findings += walk.end(trail.head(chain) or Head())
    return Verified(chain, walk.entries, walk.bodies, tuple(findings))


class _Walk:
    """One walk along a chain. What the first head counts must be there, what the second does not must not."""

    def __init__(self, chain: str, head: Head, bodies: Bodies | None) -> None:
        self.entries = 0
        self.bodies = 0
        self._kept = bodies
        self._chain = chain
        self._head = head  # before the walk
        self._last = Head()  # of what was walked over
        self._broken = False  # an entry is missing before the next one, so that nothing tells what it was chained to
        self._beyond: list[tuple[int, list[Finding]]] = []  # past the first head, each with what else is wrong with it

    def over(self, items: Iterable[Item]) -> Iterator[Finding]:
        """Each entry that is not as it was written."""
        for item in items:
            self.entries += 1
            yield from self._entry(item)
        if self._last.count < self._head.count:
            yield from self._removed(self._last.count + 1, self._head.count)

    def end(self, head: Head) -> Iterator[Finding]:
        """What the head after the walk says of the chain's end."""
        for number, findings in self._beyond:
            if number > head.count:
                yield self._found(number, Tampering.INSERTED, "the ledger never counted it")
            else:
                yield from findings
        if self._last.count == head.count > self._head.count:
            yield from self._against(head)

    def _entry(self, item: Item) -> Iterator[Finding]:
        key = str(item["sk"])
        if not _is_number(key):
            yield Finding(self._chain, key, Tampering.INSERTED, "its key is no entry's number")
            return
        number = int(key)
        if number > self._last.count + 1:
            yield from self._removed(self._last.count + 1, min(number - 1, self._head.count))
        found = list(self._content(item, number))
        self._last, self._broken = Head(number, str(item.get("hash", ""))), False
        if number > self._head.count:
            self._beyond.append((number, found))
            return
        yield from found
        if number == self._head.count:
            yield from self._against(self._head)

    def _against(self, head: Head) -> Iterator[Finding]:
        if self._last.hash != head.hash:
            yield self._found(head.count, Tampering.ALTERED, "the ledger's head has another hash for it")

    def _content(self, item: Item, number: int) -> Iterator[Finding]:
        text = str(item.get("text", ""))
        told = _parsed(text)
        if hashlib.sha256(text.encode()).hexdigest() != item.get("hash"):
            yield self._found(number, Tampering.ALTERED, "its text does not have its hash")
        elif (told.get("n"), told.get("id"), told.get("kind")) != (number, item.get("id"), item.get("kind")):
            yield self._found(number, Tampering.ALTERED, "its key, id or kind is not the one in its text")
        else:
            yield from self._long_bodies(told, number)
        if told and not self._broken and told.get("previous") != self._last.hash:
            before = self._last.count or number
            yield self._found(before, Tampering.ALTERED, f"entry {number} was chained to another text")

    def _long_bodies(self, told: dict[str, Any], number: int) -> Iterator[Finding]:
        if self._kept is None:
            return
        for side, digest in _digests(told):
            self.bodies += 1
            problem = self._kept.problem(digest)
            if problem is not None:
                yield self._found(number, problem[0], f"the long {side}: {problem[1]}")

    def _removed(self, first: int, last: int) -> Iterator[Finding]:
        self._broken = True
        for number in range(first, last + 1):
            yield self._found(number, Tampering.REMOVED, "the entry is missing")

    def _found(self, number: int, tampering: Tampering, detail: str) -> Finding:
        return Finding(self._chain, f"{number:0{_DIGITS}d}", tampering, detail)


def _is_number(key: str) -> bool:
    return len(key) == _DIGITS and key.isascii() and key.isdigit() and int(key) > 0


def _parsed(text: str) -> dict[str, Any]:
    try:
        told = simplejson.loads(text, use_decimal=True)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _digests(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What of an entry's exchanges is kept whole beside it, with its digest: a side of one, the earlier ones."""
    if "earlier_sha256" in told:
        yield "list of earlier exchanges", told["earlier_sha256"]
    for exchange in told.get("exchanges", ()):
        for side in ("request", "response"):
            if f"{side}_sha256" in exchange:
                yield side, exchange[f"{side}_sha256"]
