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


GROUP_SERVICE, ENTRY_SERVICE = "Erp.BO.APChkGrpSvc", "Erp.BO.PaymentEntrySvc"
POSTING_SERVICE, VOID_SERVICE = "Erp.Proc.APPaymentPostSvc", "Erp.BO.VoidPaymentSvc"
INVOICES, SCHEDULES = "Erp.BO.APInvoiceSvc/APInvoices", "Erp.BO.APInvoiceSvc/APInvScheds"
VENDORS, VENDOR_BANKS = "Erp.BO.VendorSvc/Vendors", "Erp.BO.VendorSvc/VendBanks"
GROUPS, PAYMENTS, LINES = f"{GROUP_SERVICE}/APChkGrps", f"{ENTRY_SERVICE}/PaymentEntries", f"{ENTRY_SERVICE}/APTrans"
METHODS, BANK_ACCOUNTS = "Erp.BO.PayMethodSvc/PayMethods", "Erp.BO.BankAcctSvc/BankAccts"
CURRENCIES, COUNTRIES = "Erp.BO.CurrencySvc/Currencies", "Erp.BO.CountrySvc/Countries"


def _set(path: str, table: str, parent: str = "", *shared: str) -> EntitySet:
    service, _, name = path.partition("/")
    return EntitySet(service, name, table, parent, frozenset(shared))


SETS: Mapping[str, EntitySet] = {
    found.path: found
    for found in (
        _set(INVOICES, "APInvHed"),
        _set(SCHEDULES, "APInvSched", "APInvHed", "VendorNum", "InvoiceNum"),
        _set(VENDORS, "Vendor"),
        _set(VENDOR_BANKS, "VendBank", "Vendor", "VendorNum"),
        _set(GROUPS, "APChkGrp"),
        _set(PAYMENTS, "CheckHed"),
        _set(LINES, "APTran", "CheckHed", "HeadNum", "VendorNum"),
        _set(METHODS, "PayMethod"),
        _set(BANK_ACCOUNTS, "BankAcct"),
        _set(CURRENCIES, "Currency"),
        _set(COUNTRIES, "Country"),
    )
}
