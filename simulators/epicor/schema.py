"""Tables: columns with kinds and defaults, keys, and which columns are joined from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from simulators.epicor.columns import COLUMNS, user_defined
from simulators.epicor.errors import unknown_column

Row = dict[str, Any]
Key = tuple[Any, ...]
NO_GUID = "00000000-0000-0000-0000-000000000000"
_DEFAULTS: dict[str, Any] = {"s": "", "b": False, "i": 0, "d": Decimal(0), "t": None, "g": NO_GUID}


@dataclass(frozen=True)
class Table:
    """One table. `joined` columns stand in its rows, but are no columns of the database (3.5)."""

    name: str
    kinds: Mapping[str, str]
    key: tuple[str, ...]
    joined: frozenset[str]
    indexes: tuple[str, ...]
    defaults: Mapping[str, Any]
    company_in_key: bool = True  # whether key paths begin with Company (1.2)

    def __deepcopy__(self, _: object) -> Table:
        return self

    def kind(self, column: str) -> str:
        """The kind of a column, one letter. Raises EpicorError (400) for an unknown one."""
        try:
            return self.kinds[column]
        except KeyError:
            raise unknown_column(column, self.name) from None

    def key_of(self, row: Mapping[str, Any]) -> Key:
        """The key values of a row without Company, in declared order."""
        return tuple(row.get(column, self.defaults[column]) for column in self.key)


def _kinds(text: str) -> dict[str, str]:
    kinds: dict[str, str] = {}
    kind = ""
    for word in text.split():
        if word.endswith(":"):
            kind = word[0]
        else:
            kinds[word] = kind
    return kinds


def _table(name: str, key: str, joined: str = "", indexes: str = "", *, company_in_key: bool = True) -> Table:
    kinds = _kinds(COLUMNS[name] if name in COLUMNS else user_defined(name))
    prefixes = ("VendorNum", "CurrencyCode", "VendBank", "PayMethod", "BankAcctID", "TermsCode", "CountryNum", "PMUID")
    foreign = {column for column in kinds for prefix in prefixes if column.startswith(prefix) and column != prefix}
    return Table(
        name,
        MappingProxyType(kinds),
        tuple(key.split()),
        frozenset(foreign | set(joined.split())),
        tuple(indexes.split()),
        MappingProxyType({column: _DEFAULTS[kind] for column, kind in kinds.items()}),
        company_in_key,
    )


USER_DEFINED = tuple(f"UD{number:02d}" for number in range(1, 41))

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        _table("APInvHed", "VendorNum InvoiceNum", "VendorPayHold VendorInactive BankName IBANCode SwiftCode",
               "VendorNum InvoiceNum"),
        _table("APInvSched", "VendorNum InvoiceNum PaySeq", indexes="InvoiceNum"),
        _table("Vendor", "VendorNum", "HasBank", "VendorID"),
        _table("VendBank", "VendorNum BankID", "PrimaryBank", "VendorNum"),
        _table("APChkGrp", "GroupID"),
        _table("CheckHed", "HeadNum", "VendorID HasLines FullyPaid UnappliedAmt LockStatus",
               "GroupID CheckNum XRefCheckNum"),
        _table("APTran", "HeadNum APTranNo InvoiceNum Voided",
               "DocInvoiceBal DocUnPostedBal DocNewBalance DocNetAmount FullyPaid GroupID", "HeadNum InvoiceNum"),
        _table("PayMethod", "PMUID"),
        _table("BankAcct", "BankAcctID"),
        _table("Currency", "CurrencyCode"),
        _table("Country", "CountryNum"),
        _table("APPaymentPostProcess", "GroupID"),
        _table("BankTran", "BankAcctID TranNum Voided", indexes="HeadNum"),
        _table("BankFee", "BankFeeID"),
        _table("CheckHedAttch", "HeadNum DrawingSeq", indexes="HeadNum"),
        _table("Company", "Company1", company_in_key=False),
        _table("EADComp", ""),
        _table("EADType", "EADType1"),
        _table("Memo", "RelatedToSchemaName RelatedToFile RelatedToSysRowID MemoNum", "CategoryDesc",
               "RelatedToSysRowID", company_in_key=False),
        *(_table(name, "Key1 Key2 Key3 Key4 Key5", indexes="Key2") for name in USER_DEFINED),
    )
}  # fmt: skip
