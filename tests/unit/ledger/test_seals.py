"""The daily seal under a hand that may write every table: a chain rewritten with its head is still found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.audit import Head
from kinetic_wise.ledger.audit import chain as chain_entry
from kinetic_wise.ledger.items import to_item
from kinetic_wise.ledger.seals import PREFIX, Sealed, seal, verify_seals
from tests.support.dynamodb import CONNECTOR, PAYMENTS, in_process_dynamodb
from tests.support.evidence import MemoryEvidence
from tests.unit.ledger.test_trail import CHAIN, ENTRIES, NOW, Book

TODAY, TOMORROW = f"{PREFIX}2026-11-21.jsonl", f"{PREFIX}2026-11-22.jsonl"


class Sealing(Book):
    """The book with seals."""

    evidence: MemoryEvidence

    def seal(self, days: int = 0) -> Sealed:
        """The seal of a day."""
        return seal(self.trail, self.evidence, NOW + timedelta(days=days))

    def seals_say(self) -> list[tuple[str, str, str]]:
        """What holding the seals against the trail finds: chain or seal, number, what was done."""
        found = [finding for checked in verify_seals(self.trail, self.evidence) for finding in checked.findings]
        return [(finding.chain, finding.number.lstrip("0"), finding.tampering.value) for finding in found]

    def rewrite(self, entries: int, why: str = "invented") -> None:
        """Replace the payment's whole chain and its head by a well-formed one of so many entries."""
        for number in range(1, ENTRIES + 1):
            self.delete(number)
        head = Head()
        for number in range(entries):
            item, head = chain_entry(CHAIN, head, Entry("step", {"why": why}), NOW, str(number))
            self.put(item)
        self.client.update_item(
            TableName=PAYMENTS,
            Key=to_item({"pk": CHAIN, "sk": "STATE"}),
            UpdateExpression="SET audit_count = :c, audit_head = :h",
            ExpressionAttributeValues=to_item({":c": head.count, ":h": head.hash}),
        )


@pytest.fixture
def book() -> Iterator[Sealing]:
    """A ledger that was sealed, and that nobody has touched since."""
    with in_process_dynamodb() as database:
        made = Sealing(database)
        made.evidence = MemoryEvidence()
        assert made.seal() == Sealed(TODAY, 2, is_new=True)
        yield made


def test_an_untouched_trail_agrees_with_its_seals(book: Sealing) -> None:
    """Nothing is found where nothing was done; entries that came later are no finding."""
    assert book.seals_say() == []
    book.write("later")
    assert book.seals_say() == []


def test_one_seal_a_day(book: Sealing) -> None:
    """A second run on the same day leaves the seal as it is."""
    book.write("later")
    before = dict(book.evidence.objects)
    assert book.seal() == Sealed(TODAY, 0, is_new=False)
    assert book.evidence.objects == before


def test_the_next_seal_holds_what_was_written_since(book: Sealing) -> None:
    """What did not move is not sealed again, so that seals stay small; all of them together hold every chain."""
    assert book.seal(days=1) == Sealed(TOMORROW, 2, is_new=True)  # within the hour before the last seal
    assert book.seal(days=2).chains == 0
    assert [one.heads for one in verify_seals(book.trail, book.evidence)] == [2, 2, 0]
    assert book.seals_say() == []


@pytest.mark.parametrize(("how", "found"), [
    (lambda book: book.rewrite(ENTRIES), "altered"),
    (lambda book: book.rewrite(ENTRIES + 3), "altered"),
    (lambda book: book.rewrite(ENTRIES - 2), "removed"),
], ids=["whole chain replaced", "replaced by a longer one", "tail cut off with its head"])  # fmt: skip
def test_a_chain_rewritten_with_its_head_is_found(book: Sealing, how: Callable[[Sealing], None], found: str) -> None:
    """The chain itself is without a break and its head fits: only the seal tells, and it does."""
    how(book)
    assert book.found() == []
    assert book.seals_say() == [(CHAIN, str(ENTRIES), found)]


def test_a_payment_removed_with_everything_is_found(book: Sealing) -> None:
    """Neither entries nor head are left of a payment, or of a day's events: the seal still names them."""
    for number in range(1, ENTRIES + 1):
        book.delete(number)
    book.client.delete_item(TableName=PAYMENTS, Key=to_item({"pk": CHAIN, "sk": "STATE"}))
    day = "SYSTEM#adopt#2026-11-21"
    book.client.delete_item(TableName=CONNECTOR, Key=to_item({"pk": "CHAIN", "sk": day}))
    book.client.delete_item(TableName="audit", Key=to_item({"pk": day, "sk": "0000000001"}))
    assert book.found() == []
    assert sorted(book.seals_say()) == [(CHAIN, str(ENTRIES), "removed"), (day, "1", "removed")]


def test_a_seal_that_is_missing_or_changed_is_found(book: Sealing) -> None:
    """Each seal names the one before it with its digest; one that is cut off misses its count."""
    book.seal(days=1)
    kept = dict(book.evidence.objects)
    del book.evidence.objects[TODAY]
    assert book.seals_say() == [(TODAY, "", "removed")]
    book.evidence.objects = {**kept, TODAY: kept[TODAY].replace(b'"at"', b'"at" ')}
    assert book.seals_say() == [(TODAY, "", "altered")]
    book.evidence.objects = {**kept, TOMORROW: kept[TOMORROW].splitlines(keepends=True)[0]}
    assert book.seals_say() == [(TOMORROW, "", "altered")]


def test_a_newest_seal_that_was_deleted_is_found(book: Sealing) -> None:
    """No seal names the newest one; the mark that its deletion left tells, also after a seal was written again."""
    book.seal(days=1)
    book.evidence.delete(TOMORROW)
    assert book.seals_say() == [(TOMORROW, "", "removed")]
    book.seal(days=1)
    assert book.seals_say() == [(TOMORROW, "", "altered")]
    book.seal(days=2)
    assert book.seals_say() == [(TOMORROW, "", "altered")]


def test_one_chain_can_be_held_against_its_seals(book: Sealing) -> None:
    """Asked for one payment, other chains are left alone."""
    book.rewrite(ENTRIES)
    other = [one.findings for one in verify_seals(book.trail, book.evidence, only="SYSTEM#adopt#2026-11-21")]
    assert other == [()]
