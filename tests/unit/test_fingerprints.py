"""What a fingerprint is made of: every byte of the details, whatever their length (rule 14)."""

from __future__ import annotations

import hashlib
from typing import Any

from kinetic_wise.aws import KmsFingerprinter, canonical_details
from kinetic_wise.payments.systems import VendorBank

LONG = "A_c"  # sorts before IBANCode


class Kms:
    """KMS as far as a MAC goes: it takes 4,096 bytes."""

    def generate_mac(self, **asked: Any) -> dict[str, Any]:
        """The MAC of a message."""
        assert 1 <= len(asked["Message"]) <= 4_096
        return {"Mac": hashlib.sha256(b"key" + asked["Message"]).digest()}


def bank(note: str, iban: str = "DE89370400440532013000") -> VendorBank:
    """A bank row with a column of the site's own."""
    return VendorBank(bank_id="MAIN", columns={LONG: note, "IBANCode": iban})


def test_a_changed_iban_shows_behind_a_column_of_any_length() -> None:
    """A long column that sorts first hides nothing of what comes after it."""
    made: Any = KmsFingerprinter(Kms(), "key-1")  # type: ignore[arg-type]
    for length in (10, 4_000, 4_200, 100_000):
        assert made(bank("x" * length)) != made(bank("x" * length, "DE02120300000000202051")), length
        assert made(bank("x" * length)) == made(bank("x" * length))


def test_details_that_kms_takes_are_given_as_they_are() -> None:
    """Fingerprints that were approved stay what they are: only longer details are hashed first."""
    empty = len(canonical_details(bank("-"))) - 1
    longest = canonical_details(bank("x" * (4_096 - empty)))
    assert len(longest) == 4_096
    assert longest.startswith(b'{"A_c": "xxx')
    assert len(canonical_details(bank("x" * (4_097 - empty)))) == 32
