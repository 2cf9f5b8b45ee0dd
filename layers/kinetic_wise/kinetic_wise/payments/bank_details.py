"""Which columns of a vendor's bank row say where the money goes: a change in one is one to approve (rule 14)."""

from __future__ import annotations

from kinetic_wise.payments.model import VendorBank

_COLUMNS = (
    "NameOnAccount BankName BankAcctNumber IBANCode SwiftNum LocalBIC BankBranchCode DFIIdentification"
    " ClearSystemIDCode MemberID VendAccountType BankType CorrespAccount BankCustNum BankRefCode BankGiroAcctNbr"
    " ReceivingBankNum ReceivingBranchNum PayID CountryISO"
).split()


def says_where(column: str) -> bool:
    """Whether a column counts: those of Epicor's own that can, and every one that a site has added."""
    return column in _COLUMNS or column.endswith("_c")


def payment_details(bank: VendorBank) -> dict[str, str]:
    """The filled columns that count, by name."""
    own = sorted(column for column in bank.columns if column.endswith("_c"))
    return {column: bank[column] for column in (*_COLUMNS, *own) if bank[column]}
