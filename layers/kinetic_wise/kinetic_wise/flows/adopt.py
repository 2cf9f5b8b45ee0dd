"""Bind the ledger to its systems: match what Wise and Epicor know, then allow creating and funding (rule 15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kinetic_wise.flows.binding import expected_binding
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.foreign import keep_foreign
from kinetic_wise.flows.recover import catch_up, recover
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.approvals import Approval, BankRow
from kinetic_wise.payments.bank_details import masked
from kinetic_wise.payments.systems import Transfer

_LOOK_BACK = timedelta(days=60)  # how long a sent transfer may still come back


@dataclass
class AdoptReport:
    """What an adopt found and did."""

    first: bool
    transfers: int = 0
    approved: list[str] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For the audit trail and the answer."""
        return {
            "first": self.first,
            "transfers": self.transfers,
            "approved": self.approved,
            "recovered": self.recovered,
        }


def adopt(deps: Deps, caller: str) -> AdoptReport:
    """Match the ledger with Wise and Epicor and bind it. Only a ledger's first adopt approves the bank rows it finds.

    Our drafts in Epicor that the ledger does not know are taken up again with their transfers, payments that it knows
    with the attempts that it does not. Every other transfer is recorded as foreign, so that the gate sees it.
    """
    report = AdoptReport(first=deps.state.binding() is None)
    started = deps.now()
    transfers = list(deps.wise.transfers(started - _LOOK_BACK))
    report.transfers = len(transfers)
    by_key = {transfer.key: transfer for transfer in transfers}
    seen = deps.ledger.seen_transfers(list(by_key))
    for company in deps.epicor_site.companies:
        if report.first:
            _approve_banks(deps, company, caller, report)
        report.recovered += recover(deps, company, by_key)
    report.recovered += catch_up(deps, by_key)
    keep_foreign(deps, transfers, started)
    _wake_settlement(deps, by_key, seen)
    deps.state.note("adopt", Entry("adopted", {"caller": caller, **report.as_dict()}, deps.exchanges.take()))
    deps.state.bind(expected_binding(deps))
    return report


def _wake_settlement(deps: Deps, transfers: Mapping[str, Transfer], seen: Mapping[str, Transfer | None]) -> None:
    """Have the ledger learn all of our transfers that it had not seen so: one that was set back is behind Wise."""
    ours = deps.ledger.seen_transfers(list(transfers))
    news = [transfers[key].id for key in ours if getattr(seen.get(key), "status", "") != transfers[key].status]
    now = deps.now().isoformat()
    deps.events_queue.send([{"transfer_id": transfer_id, "first_seen": now} for transfer_id in news])


def _approve_banks(deps: Deps, company: str, caller: str, report: AdoptReport) -> None:
    with deps.epicor_place() as epicor:
        for vendor_num, bank in epicor.bank_rows(company):
            fingerprint = deps.fingerprint(bank)
            approval = Approval(
                fingerprint=fingerprint,
                fingerprint_key=deps.fingerprint.key_id,
                approved_by=(caller,),
                shown=masked(bank),
            )
            row = BankRow(company=company, vendor_num=vendor_num, bank_id=bank.bank_id)
            deps.state.approvals.approve_as_found(row, approval)
            report.approved.append(str(row))
