"""An invoice that the ledger does not know: what Epicor says of it. Reads only."""

from __future__ import annotations

from typing import Any

from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments import policy


def look_up(deps: Deps, invoice_num: str) -> list[dict[str, Any]]:
    """Each invoice of this number with why it may not be paid now; `reason` and `detail` are empty where it may.

    Raises RemoteError and Busy.
    """
    with deps.epicor_place() as epicor:
        found = [invoice for company in deps.epicor_site.companies for invoice in epicor.called(company, invoice_num)]
    deps.exchanges.take()
    told = []
    for invoice in found:
        objection = policy.not_eligible(invoice)
        told.append(
            {
                "company": invoice.key.company,
                "vendor_num": invoice.key.vendor_num,
                "invoice": invoice.key.invoice_num,
                "reason": objection.reason if objection else "",
                "detail": objection.detail if objection else "",
            }
        )
    return told
