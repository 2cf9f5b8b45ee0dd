"""Which Epicor column feeds which field of Wise's recipient forms.

There is no routing-number column in Epicor, and sites keep sort codes, BSBs and IFSCs where they like
(epicor-kinetic-api.md 6.2), so several columns are plausible and the value's form decides. The table is data: a site
adds its own by settings. A column of the vendor itself is written `Vendor.<column>`, one of the bank row without a
prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kinetic_wise.payments.systems import Vendor, VendorBank

ANY = "*"  # holds for every recipient type


@dataclass(frozen=True)
class Source:
    """A column, or the part of its value that group 1 of `cut` takes."""

    column: str
    cut: str = ""

    def take(self, value: str) -> str:
        """The part of the column's value that counts; "" when it has not the form that is cut."""
        if not self.cut:
            return value
        found = re.fullmatch(self.cut, value)
        return found[1] if found else ""


Table = Mapping[str, Mapping[str, tuple[Source, ...]]]


def _columns(names: str) -> tuple[Source, ...]:
    return tuple(Source(name) for name in names.split())


_CLEARING = "ClearSystemIDCode DFIIdentification MemberID ReceivingBankNum LocalBIC BankBranchCode"
_BANK = "ReceivingBankNum MemberID ClearSystemIDCode LocalBIC DFIIdentification SwiftNum"
_BRANCH = "ReceivingBranchNum BankBranchCode"
_ALIAS = "PayID"  # a telephone or company number, an e-mail: never to be mixed up with an account number

DEFAULT_COLUMNS: Table = {
    ANY: {
        "accountHolderName": _columns("NameOnAccount Vendor.LegalName Vendor.Name"),
        "IBAN": _columns("IBANCode BankAcctNumber"),
        "BIC": _columns("SwiftNum LocalBIC"),
        "swiftCode": _columns("SwiftNum LocalBIC"),
        "accountNumber": _columns("BankAcctNumber"),
        "clabe": _columns("BankAcctNumber IBANCode"),
        "accountType": _columns("VendAccountType"),
        "abartn": _columns(_CLEARING),
        "sortCode": _columns(_CLEARING),
        "bsbCode": _columns(_CLEARING),
        "ifscCode": _columns(_CLEARING),
        "bankCode": _columns(_BANK),
        "branchCode": _columns(_BRANCH),
        "billerCode": _columns("BankGiroAcctNbr"),  # never a BSB: that would be another payee
        "customerReferenceNumber": _columns("BankRefCode"),
        "interacAccount": _columns(_ALIAS),
        "email": _columns("Vendor.EMailAddress"),
        "phoneNumber": _columns("Vendor.PhoneNum"),
        "taxId": _columns("Vendor.TaxPayerID"),
        "cnpj": _columns("Vendor.TaxPayerID"),
        "rut": _columns("Vendor.TaxPayerID"),
        "identificationNumber": _columns("Vendor.TaxPayerID"),
        "idDocumentNumber": _columns("Vendor.TaxPayerID"),
        "businessNumber": _columns("Vendor.TaxPayerID"),
        "address.country": _columns("Vendor.Country"),
        "address.state": _columns("Vendor.State"),
        "address.city": _columns("Vendor.City"),
        "address.postCode": _columns("Vendor.ZIP"),
        "address.firstLine": _columns("Vendor.Address1"),
    },
    **{
        alias: {"accountNumber": _columns(_ALIAS)}
        for alias in (
            "hong_kong_fps singapore_paynow indian_upi malaysian_duitnow kenya_mobile philippinesmobile".split()
        )
    },
    "swift_code": {"accountNumber": _columns("IBANCode BankAcctNumber")},
    "canadian": {  # alone, as the routing number of a cheque (transit-institution), or of an EFT file (0, both)
        "institutionNumber": (
            *_columns(_BANK),
            *(Source(name, r"\d{5}-?(\d{3})") for name in _CLEARING.split()),
            *(Source(name, r"0(\d{3})\d{5}") for name in _CLEARING.split()),
        ),
        "transitNumber": (
            *_columns(_BRANCH),
            *(Source(name, r"(\d{5})-?\d{3}") for name in _CLEARING.split()),
            *(Source(name, r"0\d{3}(\d{5})") for name in _CLEARING.split()),
        ),
    },
    "czech": {  # 19-2000145399/0800
        "prefix": (Source("BankAcctNumber", r"(\d{2,6})-\d{2,10}(?:/\d{4})?"),),
        "accountNumber": (Source("BankAcctNumber"), Source("BankAcctNumber", r"(?:\d{2,6}-)?(\d{2,10})(?:/\d{4})?")),
        "bankCode": (*_columns(_BANK), Source("BankAcctNumber", r"(?:\d{2,6}-)?\d{2,10}/(\d{4})")),
    },
}

# A bank's name serves where its code is not in Epicor.
NAMES: Mapping[str, str] = {"bankCode": "BankName", "swiftCode": "BankName"}

# The first that is filled counts, fitting or not: a payee has one name, not the one that happens to fit.
FIRST_FILLED = frozenset({"accountHolderName"})


def sources(table: Table, recipient_type: str, key: str) -> tuple[Source, ...]:
    """The columns of a field of a recipient type."""
    return table.get(recipient_type, {}).get(key) or table.get(ANY, {}).get(key) or ()


Named = Mapping[str, Mapping[str, Iterable[str]]]  # recipient type or "*" -> field -> columns


@dataclass(frozen=True)
class PayeeRules:
    """What differs from site to site: the columns, and the recipient type to try first in a currency."""

    columns: Table = field(default_factory=lambda: DEFAULT_COLUMNS)
    types: Mapping[str, str] = field(default_factory=dict)


PLAIN = PayeeRules()


def site_columns(named: Named) -> Table:
    """The default table with a site's columns in place of those of the same type and field."""
    table = {kind: dict(fields) for kind, fields in DEFAULT_COLUMNS.items()}
    for kind, fields in named.items():
        own = {key: tuple(Source(name.removeprefix("VendBank.")) for name in names) for key, names in fields.items()}
        table[kind] = {**table.get(kind, {}), **own}
        if kind == ANY:  # the site's word counts for every type that has a column of its own by default, too
            for other in table.values():
                other.update({key: found for key, found in own.items() if key in other})
    return table


@dataclass(frozen=True)
class Payee:
    """A vendor with the bank row to be paid; values by Epicor column."""

    vendor: Vendor
    bank: VendorBank

    def __getitem__(self, column: str) -> str:
        return (self._of_vendor(column) if column.startswith("Vendor.") else self.bank[column]).strip()

    def __str__(self) -> str:
        return f"vendor {self.vendor.vendor_id} {self.vendor.name!r}, bank {self.bank.bank_id!r}"

    def _of_vendor(self, column: str) -> str:
        vendor, address = self.vendor, self.vendor.address
        values = {
            "Vendor.Name": vendor.name,
            "Vendor.LegalName": vendor.legal_name,
            "Vendor.EMailAddress": vendor.email,
            "Vendor.PhoneNum": vendor.phone,
            "Vendor.TaxPayerID": vendor.tax_id,
            "Vendor.Country": address.get("country", ""),
            "Vendor.State": address.get("state", ""),
            "Vendor.City": address.get("city", ""),
            "Vendor.ZIP": address.get("postCode", ""),
            "Vendor.Address1": address.get("firstLine", ""),
        }
        own = vendor.columns.get(column.removeprefix("Vendor."), "")
        return values.get(column, own)


def epicor_name(column: str) -> str:
    """A column as a clerk finds it in Epicor."""
    return column if column.startswith("Vendor.") else f"VendBank.{column}"
