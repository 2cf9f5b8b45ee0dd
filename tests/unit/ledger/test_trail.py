"""The audit trail under a hand that changes it: whatever is altered, removed or inserted is found, and nothing else."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.ledger import ConnectorState, Entry, Ledger
from kinetic_wise.ledger.audit import Head
from kinetic_wise.ledger.audit import chain as chain_entry
from kinetic_wise.ledger.items import from_item, to_item
from kinetic_wise.ledger.trail import Trail, read_entry
from kinetic_wise.ledger.verify import Finding, verify, verify_chain
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.systems import InvoiceKey
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, InProcessDynamoDb, in_process_dynamodb

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CHAIN = "EPIC01:214:INV-7:1"
ENTRIES = 5


class Book:
    """A ledger with one payment, one system event, and hands to change the audit table with."""

    def __init__(self, database: InProcessDynamoDb) -> None:
        self.client: Any = database.client
        self.ledger = Ledger(self.client, PAYMENTS, AUDIT, now=lambda: NOW)
        self.state = ConnectorState(self.client, CONNECTOR, AUDIT, now=lambda: NOW, sleep=lambda seconds: None)
        self.trail = Trail(self.client, PAYMENTS, AUDIT, CONNECTOR)
        key = InvoiceKey(company="EPIC01", vendor_num=214, invoice_num="INV-7", sys_row_id="row-1")
        one = Payment(
            id=key.payment_id(),
            invoice=key,
            amount=Decimal("100.00"),
            currency="EUR",
            currency_code="EUR",
            created_at=NOW,
            updated_at=NOW,
        )
        self.ledger.claim(one, Decimal("100.00"), Entry("claimed", {"amount": "100.00"}))
        for number in range(2, ENTRIES + 1):
            self.write(f"step {number}")
        self.state.note("adopt", Entry("adopted", {"caller": "anna"}))

    def write(self, kind: str) -> None:
        """One more entry."""
        payment = self.ledger.get(CHAIN)
        assert payment is not None
        self.ledger.write(payment, payment, [Entry(kind, {"why": "because"})])

    def entry(self, number: int) -> dict[str, Any]:
        """An entry's item."""
        key = to_item({"pk": CHAIN, "sk": f"{number:010d}"})
        return from_item(self.client.get_item(TableName=AUDIT, Key=key)["Item"])

    def put(self, item: dict[str, Any]) -> None:
        """Overwrite, as whoever may PutItem can."""
        self.client.put_item(TableName=AUDIT, Item=to_item(item))

    def delete(self, number: int) -> None:
        """Remove an entry."""
        self.client.delete_item(TableName=AUDIT, Key=to_item({"pk": CHAIN, "sk": f"{number:010d}"}))

    def forge(self, number: int, *, copy_of: int, **changes: Any) -> None:
        """Write an entry with a hash that fits its text."""
        text = json.dumps({**json.loads(self.entry(copy_of)["text"]), "n": number, **changes})
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.put({**self.entry(copy_of), "sk": f"{number:010d}", "text": text, "hash": digest})

    def found(self) -> list[tuple[str, str]]:
        """What verifying finds: the entry's number and what was done to it."""
        findings = [finding for verified in verify(self.trail) for finding in verified.findings]
        return [(finding.number.lstrip("0"), finding.tampering.value) for finding in findings]


@pytest.fixture
def book() -> Iterator[Book]:
    """A ledger that nobody has touched."""
    with in_process_dynamodb() as database:
        yield Book(database)


def test_an_untouched_trail_is_clean(book: Book) -> None:
    """Nothing is found where nothing was done, and every entry of every chain was looked at."""
    verified = {one.chain: one for one in verify(book.trail)}
    assert {chain: one.entries for chain, one in verified.items()} == {CHAIN: ENTRIES, "SYSTEM#adopt#2026-11-21": 1}
    assert book.found() == []


def _alter_text(book: Book, number: int) -> None:
    item = book.entry(number)
    book.put({**item, "text": item["text"].replace("because", "by accident").replace("100.00", "10.00")})


def _alter_kind(book: Book, number: int) -> None:
    book.put({**book.entry(number), "kind": "nothing"})


def _alter_with_hash(book: Book, number: int) -> None:
    book.forge(number, copy_of=number, data={"why": "by accident"})


@pytest.mark.parametrize("how", [_alter_text, _alter_kind, _alter_with_hash])
@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_an_altered_entry_is_found(book: Book, number: int, how: Callable[[Book, int], None]) -> None:
    """Whichever entry is altered, with or without a new hash, it is named, once."""
    how(book, number)
    assert book.found() == [(str(number), "altered")]


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_a_removed_entry_is_found(book: Book, number: int) -> None:
    """Whichever entry is removed, the last one too, it is named and nothing else is."""
    book.delete(number)
    assert book.found() == [(str(number), "removed")]


def test_a_chain_removed_whole_is_found(book: Book) -> None:
    """A payment without any entries shows all of them as missing."""
    for number in range(1, ENTRIES + 1):
        book.delete(number)
    assert book.found() == [(str(number), "removed") for number in range(1, ENTRIES + 1)]


def test_an_inserted_entry_is_found(book: Book) -> None:
    """An entry beyond what the ledger counted, however well it is chained, and one under a key of its own."""
    book.forge(ENTRIES + 1, copy_of=ENTRIES, previous=book.entry(ENTRIES)["hash"])
    book.put({**book.entry(1), "sk": "0000000001a"})
    assert sorted(book.found()) == [("1a", "inserted"), (str(ENTRIES + 1), "inserted")]


def test_an_inserted_chain_is_found(book: Book) -> None:
    """Entries of a payment, or of a day's events, that the ledger does not know are inserted."""
    book.put({**book.entry(1), "pk": "EPIC01:1:INVENTED:1"})
    book.put({**book.entry(1), "pk": "SYSTEM#adopt#2026-11-20"})
    assert book.found() == [("1", "inserted")] * 2


def test_removing_and_adding_do_not_cancel_out(book: Book) -> None:
    """A chain of the right length with a wrong entry at its end is found out."""
    book.delete(ENTRIES)
    book.forge(ENTRIES, copy_of=ENTRIES - 1, previous=book.entry(ENTRIES - 1)["hash"], kind="step 4")
    assert book.found() == [(str(ENTRIES), "altered")]


def test_what_is_written_meanwhile_is_no_finding(book: Book) -> None:
    """Entries that arrive while their chain is read are neither inserted nor altered."""
    entries = book.trail.entries

    def slow(chain: str) -> Iterator[dict[str, Any]]:
        book.write("meanwhile")  # after the first head was read
        yield from entries(chain)
        book.write("later")  # before the second head is read

    book.trail.entries = slow  # type: ignore[method-assign]  # a reader that others are faster than
    assert verify_chain(book.trail, CHAIN).findings == ()
    _alter_text(book, ENTRIES + 1)
    book.write("more")
    assert [f.number for f in verify_chain(book.trail, CHAIN).findings] == [f"{ENTRIES + 1:010d}"]


def test_a_finding_says_how_it_shows(book: Book) -> None:
    """What a person reads names chain, entry and evidence."""
    _alter_text(book, 2)
    (finding,) = verify_chain(book.trail, CHAIN).findings
    assert isinstance(finding, Finding)
    assert (finding.chain, finding.number, finding.detail) == (CHAIN, "0000000002", "its text does not have its hash")


def test_an_entry_is_read_as_it_was_told(book: Book) -> None:
    """An item becomes the entry's own words with its chain and hash."""
    entry = read_entry(next(book.trail.entries(CHAIN)))
    assert {name: entry[name] for name in ("chain", "n", "kind", "data", "previous")} == {
        "chain": CHAIN,
        "n": 1,
        "kind": "claimed",
        "data": {"amount": "100.00"},
        "previous": "",
    }
    assert datetime.fromisoformat(entry["at"]) == NOW


@dataclass
class _Long(Trail):
    """A chain of so many entries, made as they are asked for."""

    count: int
    last: Head = field(default_factory=Head)

    def head(self, chain: str) -> Head:
        """The head that the entries end in."""
        for _ in self.entries(chain):
            pass
        return self.last

    def entries(self, chain: str) -> Iterator[dict[str, Any]]:
        """The entries, one after the other."""
        self.last = Head()
        for number in range(self.count):
            entry = Entry("step", {"number": number, "long": "x" * 20_000})
            item, self.last = chain_entry(chain, self.last, entry, NOW, str(number))
            yield item


def test_memory_stays_flat() -> None:
    """A chain of 10 MB is looked through in less than a tenth of that."""
    assert _peak(_Long(500)) < 1_000_000


def _peak(trail: Trail) -> int:
    tracemalloc.start()
    verified = verify_chain(trail, CHAIN)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert verified.findings == ()
    return peak
