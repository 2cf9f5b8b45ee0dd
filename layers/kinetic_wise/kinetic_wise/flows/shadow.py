"""Shadow: every invoice is looked at as if it were paid, and nothing is written to Epicor or Wise.

The reservation ends here instead of announcing a draft; the transports refuse every write besides (wiring). What is
found is written to the ledger, and looked at again each day until the setting is off; then it is paid, if still open.
"""

from __future__ import annotations

from typing import Any

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.objections import discount
from kinetic_wise.flows.recipient import paying_currency
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.systems import Invoice, Vendor, VendorBank
from kinetic_wise.wise import DetailsMissing


def rests(deps: Deps, payment: Payment) -> bool:
    """Whether nobody is to work on this payment now, because this stack only shadows."""
    if not deps.settings.shadow:
        return False
    until = payment.shadowed_until
    return payment.status is not Status.QUEUED or (until is not None and until > deps.now())


def shadow(case: Case, invoice: Invoice, vendor: Vendor, bank: VendorBank) -> None:
    """Go on looking where the draft would be made: does Wise have a form that these details fill, and at what rate?

    Raises RemoteError and Refused of reads.
    """
    deps, amount = case.deps, case.payment.amount - discount(case.deps, invoice)
    names: dict[str, Any] = {"vendor_id": vendor.vendor_id, "vendor_name": vendor.name, "currency": invoice.currency}
    source = paying_currency(deps.wise.balances(), invoice.currency, deps.settings.funding_currency)
    try:
        deps.wise.recipient_details(vendor, bank, invoice.currency, source, amount)
    except DetailsMissing as error:
        case.hold("bank_details_missing", str(error), **names)
        return
    rate = deps.wise.rate(source, invoice.currency) if source != invoice.currency else 1
    case.write(
        "shadowed",
        payment={**names, "shadowed_at": case.now},
        data={"amount": str(amount), "currency": invoice.currency, "source": source, "rate": str(rate)},
    )
