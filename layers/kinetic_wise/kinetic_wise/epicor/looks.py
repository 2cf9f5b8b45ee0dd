"""What Epicor says of one payment just now, read together: invoice, vendor, draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kinetic_wise.epicor import values
from kinetic_wise.epicor.drafts import Drafts, found_in
from kinetic_wise.epicor.invoices import Invoices, with_schedule
from kinetic_wise.epicor.library import Library
from kinetic_wise.epicor.service import DataSet
from kinetic_wise.epicor.vendors import Vendors
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Draft, Invoice, InvoiceKey, Vendor


class Look(Record):
    """A fresh look. A look before the reservation shows open debit memos, one after it shows the draft."""

    invoice: Invoice | None = None
    vendor: Vendor | None = None
    memos: tuple[str, ...] = ()  # open debit memos that refer to the invoice (InvoiceRef)
    draft: Draft | None = None


class Looks(Protocol):
    """Ways to look."""

    def before(self, key: InvoiceKey) -> Look:
        """See `EpicorClient.look_before`."""

    def back(self, key: InvoiceKey, draft: Draft) -> Look:
        """See `EpicorClient.look_back`."""

    def again(self, key: InvoiceKey, group_id: str) -> Look:
        """See `EpicorClient.look_again`."""

    def draft(self, company: str, group_id: str) -> Draft | None:
        """See `EpicorClient.draft`."""


@dataclass
class BySets:
    """Looks by reading sets."""

    invoices: Invoices
    vendors: Vendors
    drafts: Drafts

    def before(self, key: InvoiceKey) -> Look:
        """Invoice, vendor and debit memos, before anything is reserved. Four calls. Raises RemoteError."""
        invoice = self.invoices.invoice(key)
        if invoice is None:
            return Look()
        memos = self.invoices.open_memos(invoice)
        return Look(invoice=invoice, vendor=self._vendor(key), memos=memos)

    def back(self, key: InvoiceKey, draft: Draft) -> Look:
        """The invoice after a reservation that read its own draft back. One call. Raises RemoteError."""
        return Look(invoice=self.invoices.invoice(key), draft=draft)

    def again(self, key: InvoiceKey, group_id: str) -> Look:
        """Invoice, vendor and draft, before money moves. Five calls. Raises RemoteError."""
        invoice = self.invoices.invoice(key)
        return Look(invoice=invoice, vendor=self._vendor(key), draft=self.drafts.payment(key.company, group_id))

    def draft(self, company: str, group_id: str) -> Draft | None:
        """What the group holds. Two calls for an empty group, three otherwise. Raises RemoteError."""
        return self.drafts.look(company, group_id).draft

    def _vendor(self, key: InvoiceKey) -> Vendor | None:
        return self.vendors.vendor(key.company, key.vendor_num)


@dataclass
class ByFunction:
    """Looks by one call of the customer's library."""

    library: Library
    invoices: Invoices
    vendors: Vendors

    def before(self, key: InvoiceKey) -> Look:
        """Invoice, vendor and debit memos. Raises RemoteError."""
        return self._look(key, "")

    def back(self, key: InvoiceKey, draft: Draft) -> Look:
        """Invoice and draft, both read afresh. Raises RemoteError."""
        return self._look(key, draft.group_id)

    def again(self, key: InvoiceKey, group_id: str) -> Look:
        """Invoice, vendor and draft. Raises RemoteError."""
        return self._look(key, group_id)

    def draft(self, company: str, group_id: str) -> Draft | None:
        """What the group holds. Raises RemoteError."""
        inputs = {"vendorNum": 0, "invoiceNum": "", "sysRowID": "", "groupID": group_id}
        return found_in(self.library.look(company, inputs), group_id).draft

    def _look(self, key: InvoiceKey, group_id: str) -> Look:
        inputs = {"vendorNum": key.vendor_num, "invoiceNum": key.invoice_num, "sysRowID": key.sys_row_id}
        ds = self.library.look(key.company, {**inputs, "groupID": group_id})
        invoice = self._invoice(key, ds)
        if invoice is None:
            return Look()
        memos = [row for row in ds.get("APInvHed") or [] if row.get("InvoiceRef") == invoice.key.invoice_num]
        return Look(
            invoice=invoice,
            vendor=self._vendor(key, ds),
            memos=tuple(values.text(row, "InvoiceNum") for row in memos if row.get("DebitMemo") is True),
            draft=found_in(ds, group_id).draft if group_id else None,
        )

    def _invoice(self, key: InvoiceKey, ds: DataSet) -> Invoice | None:
        """The library's row; from the BAQ where one stands for invoices: approval may be known there only (5.3)."""
        if "APInvoices" in self.invoices.service.options.baqs:
            return self.invoices.invoice(key)
        wanted = key.sys_row_id.lower()
        rows = [row for row in ds.get("APInvHed") or [] if values.text(row, "SysRowID").lower() == wanted]
        if not rows:
            return None
        return with_schedule(self.invoices.read(key.company, rows[0]), ds.get("APInvSched") or [])

    def _vendor(self, key: InvoiceKey, ds: DataSet) -> Vendor | None:
        rows = [row for row in ds.get("Vendor") or [] if row.get("VendorNum") == key.vendor_num]
        return self.vendors.read(key.company, rows[0], ds.get("VendBank") or []) if rows else None
