"""Three books put together by their references, on disk: memory stays flat however many payments there are.

SQLite joins and sorts, since it comes with Python; the file is this process's own and is gone at the end.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from kinetic_wise.payments.books import BookedPayment, CashLine, LedgerAttempt, LedgerPayment, Subject
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Transfer

_KINDS: dict[type[Record], str] = {
    LedgerPayment: "ledger",
    LedgerAttempt: "attempt",
    BookedPayment: "booked",
    Transfer: "transfer",
    CashLine: "line",
}
_READERS: dict[str, type[Record]] = {name: kind for kind, name in _KINDS.items()}
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -2000;
CREATE TABLE alias (link TEXT PRIMARY KEY, subject TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fact (link TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (link, kind, text));
"""
_BY_SUBJECT = """
SELECT coalesce(alias.subject, fact.link) AS subject, fact.kind, fact.text
FROM fact LEFT JOIN alias ON alias.link = fact.link ORDER BY subject, fact.rowid
"""


class JoinedBooks:
    """Facts under the references they carry, and which references belong to one subject."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def tie(self, link: str, subject: str) -> None:
        """What carries this reference belongs to this subject."""
        self._connection.execute("INSERT OR IGNORE INTO alias VALUES (?, ?)", (link, subject))

    def subject_of(self, link: str) -> str | None:
        """Which subject a reference belongs to; None when nobody said."""
        found = self._connection.execute("SELECT subject FROM alias WHERE link = ?", (link,)).fetchone()
        return str(found[0]) if found else None

    def add(self, link: str, fact: Record) -> bool:
        """Put down a fact under its reference; False when the very same is there already."""
        row = (link, _KINDS[type(fact)], fact.model_dump_json())
        return self._connection.execute("INSERT OR IGNORE INTO fact VALUES (?, ?, ?)", row).rowcount > 0

    def subjects(self) -> Iterator[Subject]:
        """What belongs together, one after the other; the facts of each in the order they came."""
        for key, rows in groupby(self._connection.execute(_BY_SUBJECT), key=itemgetter(0)):
            yield _subject(key, [_READERS[kind].model_validate_json(text) for _, kind, text in rows])


@contextmanager
def joined_books() -> Iterator[JoinedBooks]:
    """Nothing joined yet; what is put in is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "books")
        try:
            connection.executescript(_SCHEMA)
            yield JoinedBooks(connection)
        finally:
            connection.close()


def _subject(key: str, facts: list[Record]) -> Subject:
    found = Subject(key)
    attempts = {fact.number: fact for fact in facts if isinstance(fact, LedgerAttempt)}  # read twice: the newer one
    for fact in facts:
        if isinstance(fact, LedgerPayment):
            found.ledger = fact.model_copy(update={"attempts": tuple(attempts[number] for number in sorted(attempts))})
        elif isinstance(fact, BookedPayment):
            found.booked.append(fact)
        elif isinstance(fact, Transfer):
            found.transfers.append(fact)
        elif isinstance(fact, CashLine):
            found.lines.append(fact)
    return found
