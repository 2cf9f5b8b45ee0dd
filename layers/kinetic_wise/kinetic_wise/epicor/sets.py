"""Entity sets and the tables behind them (epicor-kinetic-api.md 1.2, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PAGE = 100  # rows the server gives at most (3.1)
REVISION = "SysRevID"  # in every table; each write of a row gives it the highest of the database


@dataclass(frozen=True)
class Query:
    """What is asked of a set, in Epicor's own names: columns, an OData filter ("" for all rows), a total order."""

    path: str  # service and set
    select: str  # column names separated by commas, as in `order`
    where: str
    order: str

    @property
    def columns(self) -> list[str]:
        """The columns wanted."""
        return self.select.split(",")


@dataclass(frozen=True)
class EntitySet:
    """A set and its table. A child's rows come with those of its `parent`, whose columns `shared` they repeat."""

    service: str
    name: str
    table: str
    parent: str = ""
    shared: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        """Service and set as in a path."""
        return f"{self.service}/{self.name}"


def _child(service: str, name: str, table: str, parent: str, *shared: str) -> EntitySet:
    return EntitySet(service, name, table, parent, frozenset(shared))


_INVOICE, _VENDOR, _ENTRY = "Erp.BO.APInvoiceSvc", "Erp.BO.VendorSvc", "Erp.BO.PaymentEntrySvc"

SETS: Mapping[str, EntitySet] = {
    found.path: found
    for found in (
        EntitySet(_INVOICE, "APInvoices", "APInvHed"),
        _child(_INVOICE, "APInvScheds", "APInvSched", "APInvHed", "VendorNum", "InvoiceNum"),
        EntitySet(_VENDOR, "Vendors", "Vendor"),
        _child(_VENDOR, "VendBanks", "VendBank", "Vendor", "VendorNum"),
        EntitySet("Erp.BO.APChkGrpSvc", "APChkGrps", "APChkGrp"),
        EntitySet(_ENTRY, "PaymentEntries", "CheckHed"),
        _child(_ENTRY, "APTrans", "APTran", "CheckHed", "HeadNum", "VendorNum"),
        EntitySet("Erp.BO.PayMethodSvc", "PayMethods", "PayMethod"),
        EntitySet("Erp.BO.BankAcctSvc", "BankAccts", "BankAcct"),
        EntitySet("Erp.BO.CurrencySvc", "Currencies", "Currency"),
        EntitySet("Erp.BO.CountrySvc", "Countries", "Country"),
    )
}
