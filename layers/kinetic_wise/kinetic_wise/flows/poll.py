"""Poll Epicor for approved invoices and queue the ones nobody has claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kinetic_wise.epicor import Page, Watermark
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry
from kinetic_wise.payments import policy
from kinetic_wise.payments.model import Invoice

_FIRST_PAY_SEQ = 1


@dataclass
class PollReport:
    """What a poll saw and queued."""

    pages: int = 0
    seen: int = 0
    queued: int = 0


def poll_invoices(deps: Deps, *, everything: bool = False) -> PollReport:
    """Queue each eligible, unclaimed invoice of every company. `everything` ignores the change column.

    The cursor moves only after every page is queued; a poll that dies is simply repeated: claims are once for ever.
    """
    report = PollReport()
    for company in deps.epicor_site.companies:
        _poll_company(deps, company, report, everything=everything)
    deps.log("polled", pages=report.pages, seen=report.seen, queued=report.queued)
    return report


def _poll_company(deps: Deps, company: str, report: PollReport, *, everything: bool) -> None:
    name = f"invoices/{company}"
    cursor = {} if everything else deps.state.cursor(name)
    watermark, newest, after = _watermark(deps, cursor), cursor.get("newest", ""), 0
    while True:
        page = _read_page(deps, company, watermark, after)
        for problem in page.problems:
            deps.state.note("poll_invoices", Entry("unreadable_invoice", {"company": company, "problem": problem}))
        if page.last_sys_rev_id <= after:
            break
        _queue_unclaimed(deps, page.invoices, report)
        newest, after = max(newest, page.newest_change), page.last_sys_rev_id
    deps.exchanges.take()
    if newest != cursor.get("newest", ""):
        deps.state.move_cursor(name, {"newest": newest, "polled_at": deps.now().isoformat()})


def _read_page(deps: Deps, company: str, watermark: Watermark | None, after: int) -> Page:
    with deps.epicor_place() as epicor:
        return epicor.eligible_page(company, watermark, after)


def _watermark(deps: Deps, cursor: dict[str, Any]) -> Watermark | None:
    """Where to go on from. By day, with days of overlap; otherwise exactly (epicor-kinetic-api.md 5.4)."""
    newest = cursor.get("newest", "")
    if not newest:
        return None
    return Watermark.after(deps.settings.change_column, newest, timedelta(days=deps.settings.change_overlap_days))


def _queue_unclaimed(deps: Deps, invoices: list[Invoice], report: PollReport) -> None:
    claimed = deps.ledger.claimed([invoice.key.sys_row_id for invoice in invoices])
    wanted = [i for i in invoices if i.key.sys_row_id not in claimed and policy.not_eligible(i) is None]
    deps.payments_queue.send([{**invoice.key.model_dump(), "pay_seq": _FIRST_PAY_SEQ} for invoice in wanted])
    report.pages += 1
    report.seen += len(invoices)
    report.queued += len(wanted)
