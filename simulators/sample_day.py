"""The sample day for both simulators: what is to be paid, what is not, and how each invoice must end."""

from __future__ import annotations

from simulators.sample.errands import Act, Errand, Order, Step, Until
from simulators.sample.generated import generated_day
from simulators.sample.hand_written import SAMPLE_DAY
from simulators.sample.model import Behaviour, Company, Day, Instalment, Invoice, InvoiceKey, Vendor, VendorBank

__all__ = [
    "Act",
    "Behaviour",
    "Company",
    "Day",
    "Errand",
    "Instalment",
    "Invoice",
    "InvoiceKey",
    "Order",
    "Step",
    "Until",
    "Vendor",
    "VendorBank",
    "make_day",
]


def make_day(invoices: int | None = None, seed: int = 0) -> Day:
    """The hand-written sample day, or one of `invoices` invoices drawn reproducibly from `seed`."""
    return SAMPLE_DAY if invoices is None else generated_day(invoices, seed)
