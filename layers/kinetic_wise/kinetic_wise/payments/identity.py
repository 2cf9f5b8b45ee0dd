"""Names that are derived, never drawn: payment ids, transfer keys, Epicor group ids, execution names.

A released derivation never changes: payments in flight carry what it gave them (money-cases.md H16).
"""

from __future__ import annotations

import hashlib
import string
from urllib.parse import quote, unquote
from uuid import UUID, uuid5

NAMESPACE = UUID("6c1e5c2e-0b0c-5b7e-9a55-7d3f1f0a4b21")
_BASE36 = string.digits + string.ascii_uppercase
GROUP_PREFIX = "W"
_GROUP_LENGTH = 8
_MOST_ATTEMPTS = 50  # of one payment: each after three cancels of ours, or by a person's order


def payment_id(company: str, vendor_num: int, invoice_num: str, pay_seq: int) -> str:
    """The readable id of a payment: `company:vendorNum:invoiceNum:paySeq`, each part percent-escaped."""
    return ":".join(quote(str(part), safe=" ") for part in (company, vendor_num, invoice_num, pay_seq))


def invoice_number(payment: str) -> str:
    """The invoice number in a payment's id."""
    return unquote(payment.split(":")[2])


def transfer_key(sys_row_id: str, pay_seq: int, attempt: int) -> str:
    """The `customerTransactionId` of an attempt (rule 1). Derived once, then stored."""
    return str(uuid5(NAMESPACE, f"v1/{sys_row_id.lower()}/{pay_seq}/{attempt}"))


def attempt_keys(sys_row_id: str, pay_seq: int, after: int = 0) -> dict[str, int]:
    """The keys of a payment's attempts above `after` with their numbers, many more than there will be: to find them."""
    return {transfer_key(sys_row_id, pay_seq, number): number for number in range(after + 1, _MOST_ATTEMPTS + 1)}


def group_id(payment: str, reservation: int) -> str:
    """The Epicor payment group of a reservation: 8 characters, A-Z and 0-9 (rule 8, epicor-kinetic-api.md 7.7)."""
    digest = hashlib.sha256(f"group/v1/{payment}/{reservation}".encode()).digest()
    return GROUP_PREFIX + _base36(int.from_bytes(digest, "big"), _GROUP_LENGTH - 1)


def is_group_id(text: str) -> bool:
    """Whether a group id may have been derived here; what it is for cannot be read from it."""
    return len(text) == _GROUP_LENGTH and text.startswith(GROUP_PREFIX) and set(text) <= set(_BASE36)


def draft_reference(ledger_id: str, reservation: int) -> str:
    """What `XRefCheckNum` of a draft says from the first write on (rule 8)."""
    return f"{ledger_id}-{reservation}"


def execution_name(payment: str, attempt: int, run: int) -> str:
    """A Step Functions execution name: at most 80 of A-Z a-z 0-9 - _, taken for 90 days after the end."""
    return f"{uuid5(NAMESPACE, f'execution/v1/{payment}')}-{attempt}-{run}"


def short_id(payment: str) -> str:
    """A payment's id in 36 characters, for keys that hold no more (UD tables, epicor-kinetic-api.md 8.1)."""
    return str(uuid5(NAMESPACE, f"short/v1/{payment}"))


def invoice_lock(sys_row_id: str) -> str:
    """The key of the lock on an invoice row."""
    return f"INVOICE#{sys_row_id.lower()}"


def number_lock(company: str, vendor_num: int, invoice_num: str, pay_seq: int) -> str:
    """The key of the lock on an invoice number; case does not count (money-cases.md H6)."""
    return f"NUMBER#{company}/{vendor_num}/{quote(invoice_num.casefold(), safe='')}/{pay_seq}"


def _base36(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 36)
        digits.append(_BASE36[rest])
    return "".join(digits)
