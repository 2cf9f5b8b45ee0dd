"""Poll Epicor for approved invoices and queue the ones nobody has claimed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from kinetic_wise.epicor import Page, Watermark
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry
from kinetic_wise.payments import payable, policy
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Invoice


@dataclass
class PollReport:
    """What a poll saw and queued. `went_back`: companies whose database is an older one than before."""

    pages: int = 0
    seen: int = 0
    queued: int = 0
    went_back: list[str] = field(default_factory=list)


class Cursor(Record):
    """How far the polls of a company have come: the newest change in a column, the highest row version."""

    column: str = ""
    newest: str = ""  # text that compares as the values do
    sys_rev_id: int = 0

    def moved(self, page: Page) -> Cursor:
        """With a page's rows; never back."""
        versions = (invoice.sys_rev_id for invoice in page.invoices)
        newest, highest = max(self.newest, page.newest_change), max([self.sys_rev_id, *versions])
        return self.model_copy(update={"newest": newest, "sys_rev_id": highest})


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
    with deps.epicor_place() as epicor:
        epicor.check_rights(company)
    known = _known(deps, company)
    before = known if not _went_back(deps, company, known, report) else Cursor(column=known.column)
    cursor = before
    for page in _pages(deps, company, None if everything else _watermark(deps, before)):
        _queue_unclaimed(deps, page.invoices, report)
        cursor = cursor.moved(page)
    if cursor != known:
        deps.state.move_cursor(_name(company), {**cursor.model_dump(), "polled_at": deps.now().isoformat()})


def _name(company: str) -> str:
    return f"invoices/{company}"


def _known(deps: Deps, company: str) -> Cursor:
    """Where the last poll stood; at the beginning when another column counts now."""
    kept, column = deps.state.cursor(_name(company)), deps.settings.change_column
    if kept.get("column") != column:
        return Cursor(column=column)
    return Cursor(column=column, newest=kept["newest"], sys_rev_id=int(kept["sys_rev_id"]))


def _went_back(deps: Deps, company: str, cursor: Cursor, report: PollReport) -> bool:
    """Whether Epicor's database was restored or replaced: then the cursor lies ahead of it (pitfall 8)."""
    with deps.epicor_place() as epicor:
        why = epicor.went_back(company, cursor.sys_rev_id, cursor.newest)
    if why:
        report.went_back.append(company)
        deps.state.note("poll_invoices", Entry("epicor_went_back", {"company": company, "why": why}))
        deps.log("epicor went back: everything is looked at again", company=company, why=why, alarm=True)
    return bool(why)


def _pages(deps: Deps, company: str, watermark: Watermark | None) -> Iterator[Page]:
    """Page after page. What was exchanged for one is let go before the next: memory does not grow with the pages."""
    after = 0
    while True:
        with deps.epicor_place() as epicor:
            page = epicor.eligible_page(company, watermark, after)
        deps.exchanges.take()
        for problem in page.problems:
            deps.state.note("poll_invoices", Entry("unreadable_invoice", {"company": company, "problem": problem}))
        if page.last_sys_rev_id <= after:
            return
        yield page
        after = page.last_sys_rev_id


def _watermark(deps: Deps, cursor: Cursor) -> Watermark | None:
    """Where to go on from. By day, with days of overlap; otherwise exactly (epicor-kinetic-api.md 5.4)."""
    if not cursor.newest:
        return None
    return Watermark.after(cursor.column, cursor.newest, timedelta(days=deps.settings.change_overlap_days))


def _queue_unclaimed(deps: Deps, invoices: list[Invoice], report: PollReport) -> None:
    claimed = deps.ledger.claimed([invoice.key.sys_row_id for invoice in invoices])
    eligible = [invoice for invoice in invoices if policy.not_eligible(invoice) is None]
    wanted = [invoice for invoice in eligible if invoice.key.sys_row_id not in claimed]
    _tell_paid(deps, [invoice for invoice in eligible if invoice.key.sys_row_id in claimed])
    deps.payments_queue.send([{**invoice.key.model_dump(), "pay_seq": payable.FIRST_PAY_SEQ} for invoice in wanted])
    report.pages += 1
    report.seen += len(invoices)
    report.queued += len(wanted)


def _tell_paid(deps: Deps, claimed: list[Invoice]) -> None:
    """A paid invoice of which Epicor shows more open than is left was set back there: never paid again (H6)."""
    posted = deps.ledger.posted_amounts([invoice.key for invoice in claimed])
    for invoice in claimed:
        paid, payment_id = posted.get(invoice.key.sys_row_id), invoice.key.payment_id(payable.FIRST_PAY_SEQ)
        if paid is not None and invoice.unposted_balance > invoice.total - paid:
            deps.log("Epicor behind ledger: a paid invoice is open again", payment_id=payment_id, alarm=True)
