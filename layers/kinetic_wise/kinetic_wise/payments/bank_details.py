"""Which columns of a vendor's bank row say where the money goes: a change in one is one to approve (rule 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kinetic_wise.payments.account_numbers import IBAN, last_four
from kinetic_wise.payments.systems import VendorBank

_COLUMNS = (
    "NameOnAccount BankName BankAcctNumber IBANCode SwiftNum LocalBIC BankBranchCode DFIIdentification"
    " ClearSystemIDCode MemberID VendAccountType BankType CorrespAccount BankCustNum BankRefCode BankGiroAcctNbr"
    " ReceivingBankNum ReceivingBranchNum PayID CountryISO"
).split()
_SHOWN_WHOLE = frozenset(
    (
        "NameOnAccount BankName SwiftNum LocalBIC BankBranchCode DFIIdentification ClearSystemIDCode VendAccountType"
        " BankType ReceivingBankNum ReceivingBranchNum CountryISO"
    ).split()
)
_LOOKS_LIKE_ACCOUNT = re.compile(rf"{IBAN}|\d{{10}}")


def says_where(column: str) -> bool:
    """Whether a column counts: those of Epicor's own that can, and every one that a site has added."""
    return column in _COLUMNS or column.endswith("_c")


def payment_details(bank: VendorBank) -> dict[str, str]:
    """The filled columns that count, by name."""
    own = sorted(column for column in bank.columns if column.endswith("_c"))
    return {column: bank[column] for column in (*_COLUMNS, *own) if bank[column]}


def masked(bank: VendorBank) -> dict[str, str]:
    """The details as people are shown them: of whatever may be an account number the last four characters."""
    return {column: _shown(column, value) for column, value in payment_details(bank).items()}


def difference(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """What changed between two masked sets of details, in words; all of the new ones where there were none."""
    if not old:
        return ", ".join(f"{column} {value}" for column, value in new.items())
    columns = [column for column in {**old, **new} if old.get(column) != new.get(column)]
    told = [f"{column} {old.get(column) or 'empty'} → {new.get(column) or 'empty'}" for column in columns]
    return ", ".join(told) or "a character that is not shown here differs"


def _shown(column: str, value: str) -> str:
    if column in _SHOWN_WHOLE and not _LOOKS_LIKE_ACCOUNT.search(re.sub(r"[\s-]", "", value)):
        return value
    return last_four(value)
