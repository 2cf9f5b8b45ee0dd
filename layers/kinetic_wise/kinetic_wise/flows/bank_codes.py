"""How people are told of bank details that nobody approved: what differs, masked, and a code to approve them by."""

from __future__ import annotations

import hashlib

from kinetic_wise.ledger.approvals import Approval
from kinetic_wise.payments import bank_details
from kinetic_wise.payments.systems import VendorBank


def code_of(fingerprint: str) -> str:
    """What people call these details: eight characters that nobody can aim at without the fingerprints' key."""
    digest = hashlib.sha256(fingerprint.encode()).hexdigest().upper()
    return f"{digest[:4]}-{digest[4:8]}"


def unapproved(bank: VendorBank, fingerprint: str, approval: Approval | None) -> str:
    """What a hold says of details that are not approved: what changed, masked, and their code."""
    old = approval.shown if approval else {}
    return f"{bank_details.difference(old, bank_details.masked(bank))}; code {code_of(fingerprint)}"
