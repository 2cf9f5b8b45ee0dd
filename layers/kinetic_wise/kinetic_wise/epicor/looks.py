"""What Epicor says of one payment just now, read together: invoice, vendor, draft."""

from __future__ import annotations

from dataclasses import dataclass

from kinetic_wise.epicor.drafts import Drafts
from kinetic_wise.epicor.invoices import Invoices
from kinetic_wise.epicor.vendors import Vendors
from kinetic_wise.payments.model import Draft, Invoice, InvoiceKey, Record, Vendor


class Look(Record):
    """A fresh look. A look before the reservation shows open debit memos, one after it shows the draft."""

    invoice: Invoice | None = None
    vendor: Vendor | None = None
    memos: tuple[str, ...] = ()  # open debit memos that refer to the invoice (InvoiceRef)
    draft: Draft | None = None


@dataclass
class Looks:
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

    def _vendor(self, key: InvoiceKey) -> Vendor | None:
        return self.vendors.vendor(key.company, key.vendor_num)
