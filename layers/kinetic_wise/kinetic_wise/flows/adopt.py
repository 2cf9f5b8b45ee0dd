"""Bind the ledger to its systems: match what Wise and Epicor know, then allow creating and funding (rule 15)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kinetic_wise.flows.binding import expected_binding
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.foreign import list_transfers
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.connector_state import Approval


@dataclass
class AdoptReport:
    """What an adopt found and did."""

    first: bool
    transfers: int = 0
    approved: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For the audit trail and the answer."""
        return {"first": self.first, "transfers": self.transfers, "approved": self.approved}


def adopt(deps: Deps, caller: str) -> AdoptReport:
    """Match the ledger with Wise and Epicor and bind it. Only a ledger's first adopt approves the bank rows it finds.

    Every transfer in Wise that the ledger does not know is recorded as foreign, so that the gate sees it.
    """
    report = AdoptReport(first=deps.state.binding() is None)
    report.transfers = len(list_transfers(deps))
    if report.first:
        for company in deps.epicor_site.companies:
            _approve_banks(deps, company, caller, report)
    deps.state.note("adopt", Entry("adopted", {"caller": caller, **report.as_dict()}, deps.exchanges.take()))
    deps.state.bind(expected_binding(deps))
    return report


def _approve_banks(deps: Deps, company: str, caller: str, report: AdoptReport) -> None:
    with deps.epicor_place() as epicor:
        for vendor_num, bank in epicor.bank_rows(company):
            fingerprint = deps.fingerprint(bank)
            approval = Approval(fingerprint=fingerprint, fingerprint_key=deps.fingerprint.key_id, approved_by=(caller,))
            deps.state.approve(company, vendor_num, bank.bank_id, approval)
            report.approved.append(f"{company}/{vendor_num}/{bank.bank_id}")
