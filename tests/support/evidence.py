"""The evidence bucket in memory; `tests/unit/ledger/test_evidence.py` shows that S3 says the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import IO

from kinetic_wise.ledger.evidence import Evidence


class MemoryEvidence(Evidence):
    """Objects by key; `objects` is open to whoever wants to break a lock. `needs` hears what is done to what."""

    def __init__(self, needs: Callable[[str, str], None] = lambda action, place: None) -> None:
        self.objects: dict[str, bytes] = {}
        self._needs = needs
        self._marked: set[str] = set()

    def put(self, key: str, body: bytes | IO[bytes]) -> bool:
        """Write once."""
        self._needs("s3:PutObject", f"EvidenceBucket/{key}")
        if key in self.objects:
            return False
        self.objects[key] = body if isinstance(body, bytes) else body.read()
        return True

    def read(self, key: str) -> bytes | None:
        """An object as it is."""
        self._needs("s3:GetObject", f"EvidenceBucket/{key}")
        return self.objects.get(key)

    def lines(self, key: str) -> Iterator[str]:
        """The lines of a text."""
        self._needs("s3:GetObject", f"EvidenceBucket/{key}")
        yield from self.objects[key].decode().splitlines()

    def digest(self, key: str) -> str:
        """The SHA-256 of an object; empty when there is none."""
        self._needs("s3:GetObject", f"EvidenceBucket/{key}")
        return hashlib.sha256(self.objects[key]).hexdigest() if key in self.objects else ""

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin so."""
        self._needs("s3:ListBucket", "EvidenceBucket")
        yield from sorted(key for key in self.objects if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """What S3 does when somebody deletes under object lock: the object is not there, and a mark tells."""
        del self.objects[key]
        self._marked.add(key)

    def changed(self, prefix: str) -> list[str]:
        """The keys that begin so and were deleted."""
        return sorted(key for key in self._marked if key.startswith(prefix))
