"""Bind the ledger to its systems: match what Wise and Epicor know, then allow creating and funding (rule 15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kinetic_wise.flows.binding import expected_binding
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.foreign import keep_foreign
from kinetic_wise.flows.leftovers import leftovers, unknown_transfers
from kinetic_wise.flows.recover import Finding, catch_up, own_drafts, recover
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.approvals import Approval, BankRow
from kinetic_wise.payments.bank_details import masked
from kinetic_wise.payments.systems import Transfer

_LINES_AN_ENTRY = 500  # an entry of the audit trail has room for 400 KB
_WHY_STOPPED = "the ledger was set back: what people ordered after the backup is not known any more"


@dataclass
class AdoptReport:
    """What an adopt found and did. `left`: what a person has to look at in Epicor, as company, group and why.

    `set_back`: the ledger was bound to another table. What people ordered after its backup is not known any more, so
    the stop switch is set until a person resumes.
    """

    first: bool
    set_back: bool = False
    transfers: int = 0
    approved: list[str] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def take(self, findings: Iterable[Finding]) -> None:
        """Add what was found."""
        for finding in findings:
            (self.left if finding.left else self.recovered).append(finding.text)

    def as_dict(self) -> dict[str, Any]:
        """For the answer."""
        return {
            "first": self.first,
            "set_back": self.set_back,
            "transfers": self.transfers,
            "approved": self.approved,
            "recovered": self.recovered,
            "left": self.left,
        }


def adopt(deps: Deps, caller: str) -> AdoptReport:
    """Match the ledger with Wise and Epicor and bind it. Only a ledger's first adopt approves the bank rows it finds.

    The adopt of a ledger that was set back stops payments: those stopped, rejected or cancelled since would go on.

    Our payments in Epicor that the ledger does not know are taken up again with their transfers, payments that it knows
    with the attempts that it does not; posted ones as far back as their money may still come back. Every other transfer
    is recorded as foreign, so that the gate sees it; every other group of ours is named.
    """
    before, binding = deps.state.binding(), expected_binding(deps)
    report = AdoptReport(first=before is None, set_back=before is not None and before.table_id != binding.table_id)
    started, look_back = deps.now(), timedelta(days=deps.settings.watch_days + deps.settings.waiting_days)
    transfers = list(deps.wise.transfers(started - look_back))
    report.transfers = len(transfers)
    by_key = {transfer.key: transfer for transfer in transfers}
    seen = deps.ledger.seen_transfers(list(by_key))
    for company in deps.epicor_site.companies:
        if report.first:
            _approve_banks(deps, company, caller, report)
        drafts = own_drafts(deps, company, deps.today - look_back)
        report.take(recover(deps, company, drafts, by_key))
        report.take(leftovers(deps, company, drafts))
    report.take(catch_up(deps, by_key))
    report.take(unknown_transfers(deps, transfers))
    keep_foreign(deps, transfers, started)
    _wake_settlement(deps, by_key, seen)
    if report.set_back:
        deps.state.note("switch", Entry("stop", {"caller": caller, "why": _WHY_STOPPED}))
        deps.state.switch.stop()
    for entry in _entries(report, caller):
        deps.state.note("adopt", entry)
    deps.state.bind(binding)
    return report


def _entries(report: AdoptReport, caller: str) -> Iterator[Entry]:
    """What the audit trail keeps: every line, then the whole in figures."""
    told = {"approved": report.approved, "recovered": report.recovered, "left": report.left}
    for name, lines in told.items():
        for start in range(0, len(lines), _LINES_AN_ENTRY):
            yield Entry(f"matched.{name}", {name: lines[start : start + _LINES_AN_ENTRY]})
    counts = {name: len(lines) for name, lines in told.items()}
    yield Entry("adopted", {"caller": caller, **report.as_dict(), **counts})


def _wake_settlement(deps: Deps, transfers: Mapping[str, Transfer], seen: Mapping[str, Transfer | None]) -> None:
    """Have the ledger learn all of our transfers that it had not seen so: one that was set back is behind Wise.

    What an adopt took up that died before this counts as well: its money is not read yet.
    """
    ours, unread = deps.ledger.seen_transfers(list(transfers)), deps.ledger.with_unread_money(list(transfers))
    moved = {key for key in ours if getattr(seen.get(key), "status", "") != transfers[key].status}
    news = [transfers[key].id for key in ours if key in moved | unread]
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
