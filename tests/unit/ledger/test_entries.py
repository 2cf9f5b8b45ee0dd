"""Entries of the audit trail always fit into an item; what they have no room for is kept and proved all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.ledger import ClaimOutcome, ConnectorState, Entry, Ledger
from kinetic_wise.ledger.audit import Head, chain
from kinetic_wise.ledger.evidence import body_key
from kinetic_wise.ledger.trail import Trail, read_entry
from kinetic_wise.ledger.verify import Bodies, verify_chain
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.systems import InvoiceKey
from kinetic_wise.transport import Exchange
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, in_process_dynamodb
from tests.support.evidence import MemoryEvidence

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
CHAIN = "SYSTEM#test#2026-11-21"
DYNAMODB_TAKES = 409_600  # bytes of an item


def pages(number: int, body: str = '{"name":"Müller & Söhne"}' * 800) -> list[Exchange]:
    """So many pages of a list, each telling its number."""
    url = "https://wise.test/v2/accounts?profileId=1&active=true&size=20&sort=id%2Casc&seekPosition="
    return [Exchange("wise", "GET", f"{url}{n}", NOW, 0.25, 200, "", f"[{n}, {body}]", f"t{n}") for n in range(number)]


def size(item: dict[str, Any]) -> int:
    """The bytes of an item as DynamoDB counts them: names and values."""
    return sum(len(name.encode()) + len(str(value).encode()) for name, value in item.items())


@dataclass
class Book:
    """A trail and its evidence."""

    client: Any
    evidence: MemoryEvidence

    def state(self) -> ConnectorState:
        """What writes system chains."""
        keep = self.evidence.keep_body
        return ConnectorState(self.client, CONNECTOR, AUDIT, now=lambda: NOW, sleep=lambda _: None, keep_body=keep)

    def ledger(self) -> Ledger:
        """What writes payments' chains."""
        return Ledger(self.client, PAYMENTS, AUDIT, now=lambda: NOW, keep_body=self.evidence.keep_body)

    @property
    def trail(self) -> Trail:
        """The trail."""
        return Trail(self.client, PAYMENTS, AUDIT, CONNECTOR)

    def entry(self, name: str = CHAIN) -> dict[str, Any]:
        """The one entry of a chain, its item small enough."""
        (item,) = self.trail.entries(name)
        assert size(item) < DYNAMODB_TAKES
        return read_entry(item)


@pytest.fixture
def book() -> Iterator[Book]:
    """An empty trail."""
    with in_process_dynamodb() as database:
        yield Book(database.client, MemoryEvidence())


@pytest.mark.parametrize("number", [100, 1_000, 5_000])
def test_an_entry_fits_however_many_exchanges_it_has(book: Book, number: int) -> None:
    """The latest are told, the earlier ones counted and kept whole as one body, which verifying finds."""
    exchanges = pages(number, "1" if number > 1_000 else "x" * 5_000)
    book.state().note("test", Entry("looked", {"line": "x" * 50_000}, exchanges))
    entry = book.entry()
    assert entry["earlier"] + len(entry["exchanges"]) == number
    assert [one["trace_id"] for one in entry["exchanges"]] == [f"t{n}" for n in range(entry["earlier"], number)]
    earlier = json.loads(book.evidence.objects[body_key(entry["earlier_sha256"])])
    assert [(one["url"], one["response"]) for one in earlier] == [
        (one.url, one.response) for one in exchanges[: entry["earlier"]]
    ]
    assert verify_chain(book.trail, CHAIN, Bodies(book.evidence)).findings == ()


def test_what_is_told_of_few_exchanges_stays_what_it_was(book: Book) -> None:
    """An entry with room says nothing of earlier ones: its text and hash are those of the versions before."""
    book.state().note("test", Entry("looked", {}, pages(20)))
    entry = book.entry()
    assert len(entry["exchanges"]) == 20
    assert not {"earlier", "earlier_sha256"} & entry.keys()


def test_earlier_exchanges_that_were_changed_or_removed_are_found(book: Book) -> None:
    """They are proved as every long body is."""
    book.state().note("test", Entry("looked", {}, pages(100)))
    key = body_key(book.entry()["earlier_sha256"])
    book.evidence.objects[key] = book.evidence.objects[key].replace(b"200", b"500", 1)
    (altered,) = verify_chain(book.trail, CHAIN, Bodies(book.evidence)).findings
    del book.evidence.objects[key]
    (removed,) = verify_chain(book.trail, CHAIN, Bodies(book.evidence)).findings
    assert (altered.tampering, removed.tampering) == ("altered", "removed")
    assert removed.detail == f"the long list of earlier exchanges: {key} is missing"


def test_a_payments_entry_fits_as_well(book: Book) -> None:
    """Claimed after 100 pages were read: written, and proved."""
    key = InvoiceKey(company="EPIC01", vendor_num=1, invoice_num="INV-1", sys_row_id="row-1")
    values: dict[str, Any] = {"id": key.payment_id(), "invoice": key, "amount": Decimal(1), "currency": "EUR"}
    payment = Payment(**values, currency_code="EUR", created_at=NOW, updated_at=NOW)
    assert book.ledger().claim(payment, Decimal(1), Entry("claimed", {}, pages(100))) is ClaimOutcome.CLAIMED
    assert book.entry(payment.id)["earlier"] > 0
    verified = verify_chain(book.trail, payment.id, Bodies(book.evidence))
    assert (verified.entries, verified.findings) == (1, ())


def test_one_exchange_beyond_all_measure_does_not_keep_an_entry_from_being_written() -> None:
    """An address longer than an entry's room is kept beside it, too."""
    monster = Exchange("epicor", "GET", "https://epicor.test/?" + "x" * 500_000, NOW, 0.1, 200, "", "")
    item, _ = chain(CHAIN, Head(), Entry("looked", {}, [monster]), NOW, "1")
    assert size(item) < 1_000
    assert json.loads(item["text"])["earlier"] == 1
