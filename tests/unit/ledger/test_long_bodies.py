"""Long bodies beside the audit trail under a hand that changes them: found by the digests in their entries."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from kinetic_wise.ledger import ConnectorState, Entry
from kinetic_wise.ledger.audit import Head
from kinetic_wise.ledger.audit import chain as chain_entry
from kinetic_wise.ledger.evidence import Evidence, body_key
from kinetic_wise.ledger.items import from_item, to_item
from kinetic_wise.ledger.trail import Trail, read_entry
from kinetic_wise.ledger.verify import Bodies, Finding, verify_chain
from kinetic_wise.transport import Exchange
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, in_process_dynamodb
from tests.support.evidence import MemoryEvidence

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
CHAIN = "SYSTEM#test#2026-11-21"
REQUEST, RESPONSE = "q" * 5_000, "r" * 5_000


class Kept:
    """A chain of three entries: one without long bodies, one with two, one that shares a body with it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.evidence = MemoryEvidence()
        keep = self.evidence.keep_body
        self.state = ConnectorState(client, CONNECTOR, AUDIT, now=lambda: NOW, sleep=lambda _: None, keep_body=keep)
        self.trail = Trail(client, PAYMENTS, AUDIT, CONNECTOR)
        for request, response in (("short", "short"), (REQUEST, RESPONSE), ("short", RESPONSE)):
            exchange = Exchange("wise", "POST", "https://wise.test/", NOW, 0.1, 200, request, response)
            self.state.note("test", Entry("looked", {}, [exchange]))

    def key(self, number: int, side: str) -> str:
        """Where a body of an entry lies."""
        entry = read_entry(list(self.trail.entries(CHAIN))[number - 1])
        return body_key(entry["exchanges"][0][f"{side}_sha256"])

    def found(self) -> list[Finding]:
        """What verifying finds."""
        return list(verify_chain(self.trail, CHAIN, Bodies(self.evidence)).findings)


@pytest.fixture
def kept() -> Iterator[Kept]:
    """A trail that nobody has touched."""
    with in_process_dynamodb() as database:
        yield Kept(database.client)


def test_untouched_bodies_are_clean_and_each_is_read_once(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """All three mentions are checked, and the body that two entries share is fetched a single time."""
    read: list[str] = []
    digest = kept.evidence.digest

    def watched(key: str) -> str:
        read.append(key)
        return digest(key)

    monkeypatch.setattr(kept.evidence, "digest", watched)
    verified = verify_chain(kept.trail, CHAIN, Bodies(kept.evidence))
    assert (verified.entries, verified.bodies, verified.findings) == (3, 3, ())
    assert len(read) == 2


def test_an_altered_body_is_found_with_key_and_entry(kept: Kept) -> None:
    """One letter changed under the old key: the entry that names the body, and where it lies, are told."""
    key = kept.key(2, "request")
    kept.evidence.objects[key] = f"Q{REQUEST[1:]}".encode()
    (found,) = kept.found()
    assert (found.chain, found.number, found.tampering) == (CHAIN, "0000000002", "altered")
    assert found.detail == f"the long request: {key} holds another text"


def test_a_removed_body_is_found_at_every_entry_that_names_it(kept: Kept) -> None:
    """A body shared by two entries is missing for both."""
    key = kept.key(2, "response")
    del kept.evidence.objects[key]
    assert [(found.number, found.tampering.value) for found in kept.found()] == [
        ("0000000002", "removed"),
        ("0000000003", "removed"),
    ]
    assert {found.detail for found in kept.found()} == {f"the long response: {key} is missing"}


@pytest.mark.parametrize("content", [lambda kept: kept.evidence.objects[kept.key(2, "response")], lambda kept: b""])
def test_a_replaced_body_is_found(kept: Kept, content: Callable[[Kept], bytes]) -> None:
    """Another genuine body put in its place, or nothing at all, is found as well."""
    kept.evidence.objects[kept.key(2, "request")] = content(kept)
    assert [(found.number, found.tampering.value) for found in kept.found()] == [("0000000002", "altered")]


def test_a_digest_changed_in_the_entry_is_found_by_the_entry(kept: Kept) -> None:
    """Whoever lets an entry name another body has altered its text: the bodies of such an entry prove nothing."""
    item = list(kept.trail.entries(CHAIN))[1]
    other = kept.key(2, "response").removeprefix("bodies/")
    text = item["text"].replace(kept.key(2, "request").removeprefix("bodies/"), other)
    kept.client.put_item(TableName=AUDIT, Item=to_item({**item, "text": text}))
    assert [(found.number, found.detail) for found in kept.found()] == [
        ("0000000002", "its text does not have its hash")
    ]
    assert from_item(kept.client.get_item(TableName=AUDIT, Key=to_item({"pk": CHAIN, "sk": item["sk"]}))["Item"])


def test_without_a_place_for_bodies_only_entries_are_looked_at(kept: Kept) -> None:
    """A stack of a version without evidence is verified as far as it goes: no body is said to be missing."""
    kept.evidence.objects.clear()
    verified = verify_chain(kept.trail, CHAIN)
    assert (verified.bodies, verified.findings) == (0, ())


@dataclass
class _Stream:
    """S3 with one object of so many pieces."""

    pieces: int

    def get_object(self, **_: str) -> dict[str, Any]:
        """The object, made as it is read."""
        return {"Body": self}

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        """Its pieces."""
        return (b"x" * size for _ in range(self.pieces))


@dataclass
class _Chain(Trail):
    """A chain with one entry whose response is the stream."""

    digest: str

    def head(self, chain: str) -> Head:
        """The head."""
        return self._made(chain)[1]

    def entries(self, chain: str) -> Iterator[dict[str, Any]]:
        """The entry."""
        yield self._made(chain)[0]

    def _made(self, chain: str) -> tuple[dict[str, Any], Head]:
        entry = Entry("looked")
        item, _ = chain_entry(chain, Head(), entry, NOW, "1")
        told = item["text"].replace('"exchanges": []', f'"exchanges": [{{"response_sha256": "{self.digest}"}}]')
        return _hashed({**item, "text": told})


def _hashed(item: dict[str, Any]) -> tuple[dict[str, Any], Head]:
    digest = hashlib.sha256(item["text"].encode()).hexdigest()
    return {**item, "hash": digest}, Head(1, digest)


def test_a_body_of_any_length_is_read_in_pieces() -> None:
    """A body of 32 MB is held against its digest in less than a megabyte."""
    evidence = Evidence(cast("Any", _Stream(512)), "evidence")
    trail = _Chain(evidence.digest("any"))
    tracemalloc.start()
    verified = verify_chain(trail, CHAIN, Bodies(evidence))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (verified.bodies, verified.findings) == (1, ())
    assert peak < 1_000_000
