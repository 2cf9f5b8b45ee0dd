"""What this site does: which invoices wait, what marks them, how changes show; the settings that fit it (5.3, 5.4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kinetic_wise.epicor import values
from kinetic_wise.epicor.diagnosis.columns import Columns
from kinetic_wise.epicor.diagnosis.findings import Finding, failed, fault, ok, warning
from kinetic_wise.epicor.diagnosis.setup import unsettled
from kinetic_wise.epicor.errors import ConfigurationMissing
from kinetic_wise.epicor.invoices import Invoices, Page
from kinetic_wise.epicor.options import PLAIN_KINETIC
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import INVOICES
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.values import Row
from kinetic_wise.epicor.watermark import CHANGE_DATE, SYS_REV_ID, UPDATED_ON, Watermark
from kinetic_wise.payments.money import NO_CURRENCY
from kinetic_wise.transport import RemoteError

_BOOLEAN, _MOMENT = "Edm.Boolean", "Edm.DateTimeOffset"
_CHANGED = ("updat", "modif", "chang")
_MIDNIGHT = "T00:00:00"
_DAY = timedelta(days=1)


@dataclass
class Practice:
    """Looks at the open invoices of one company, a page of them, and at the one page that a poll would read."""

    service: Service
    tables: Tables
    company: str
    columns: Columns  # of APInvHed; empty where they cannot be told
    findings: list[Finding] = field(default_factory=list, init=False)
    currency_codes: set[str] = field(default_factory=set, init=False)
    proposal: dict[str, object] = field(default_factory=dict, init=False)

    def look(self) -> None:
        """Read the two pages and propose what fits."""
        try:
            sample = self._sample()
            self._marks(sample)
            self._approval()
            self._watermark(sample)
            self._poll()
        except ConfigurationMissing as error:
            self.findings.append(unsettled(error))
        except RemoteError as error:
            self.findings.append(failed("invoices", error, "see `eligible_filter`, `approval_column`, `change_column`"))

    @property
    def _stamps(self) -> list[str]:
        """The site's own columns that may hold the moment of a change."""
        own = [name for name, kind in self.columns.items() if name.endswith("_c") and kind == _MOMENT]
        return [name for name in own if any(word in name.lower() for word in _CHANGED)]

    def _sample(self) -> list[Row]:
        """Up to a hundred invoices that plain Kinetic would pay, whatever marks them."""
        known = [name for name in (CHANGE_DATE, *self._stamps) if name in self.columns] or [CHANGE_DATE]
        select = ",".join(["VendorNum", "InvoiceNum", "SysRevID", "CurrencyCode", "PMUID", *known])
        return self.service.rows(self.company, INVOICES, select, PLAIN_KINETIC, SYS_REV_ID)

    def _marks(self, sample: list[Row]) -> None:
        """By which payment method invoices are marked for Wise."""
        if self.service.options.eligible_filter:
            return
        marked = self.tables.marked_methods(self.company)
        carried = Counter(row.get("PMUID") for row in sample)
        if sample and not marked & set(carried):
            told = ", ".join(f"{number} ({count})" for number, count in carried.most_common())
            text = f"none of {len(sample)} open invoices carries payment method {_numbers(marked)}; they carry {told}"
            remedy = "give invoices or vendors that method, or say in `eligible_filter` which invoices are for Wise"
            self.findings.append(warning("eligibility", text, remedy))

    def _approval(self) -> None:
        options = self.service.options
        own = [name for name, kind in self.columns.items() if name.endswith("_c") and kind == _BOOLEAN]
        likely = [name for name in own if "approv" in name.lower()]
        if options.approval_column or not likely:
            return
        text = f"this site has {', '.join(likely)}, which may say that an invoice is approved; it is not asked"
        remedy = f'set `approval_column` to "{likely[0]}" if it does'
        self.findings.append(warning("eligibility", text, remedy))
        if len(likely) == 1:
            self.proposal["approval_column"] = likely[0]

    def _watermark(self, sample: list[Row]) -> None:
        """UpdatedOn where the site keeps the moment, else ChangeDate, and SysRevID where that is not always filled."""
        fitting: dict[str, object] = {"change_column": self._preset(sample)}
        if fitting["change_column"] == UPDATED_ON:
            stamp = self.service.options.columns.get(UPDATED_ON) or self._stamps[0]
            fitting["epicor_columns"] = {**self.service.options.columns, UPDATED_ON: stamp}
        self.proposal |= fitting
        set_now, better = self.service.options.change_column, str(fitting["change_column"])
        if set_now != better:
            text = f"`change_column` is {set_now}, and {better} fits this site better"
            self.findings.append(warning("watermark", text, "take over what is proposed"))

    def _preset(self, sample: list[Row]) -> str:
        if self.service.options.columns.get(UPDATED_ON):
            return UPDATED_ON
        if len(self._stamps) == 1 and sample and _tell_moments([values.text(row, self._stamps[0]) for row in sample]):
            return UPDATED_ON
        return CHANGE_DATE if all(values.text(row, CHANGE_DATE) for row in sample) else SYS_REV_ID

    def _poll(self) -> None:
        """The pages that a poll asks for: everything eligible, and what changed lately."""
        invoices = Invoices(self.service, self.tables)
        clauses = invoices.eligible_clauses(self.company)
        approval = f"{self.service.options.approval_column} eq true"
        self.proposal["eligible_filter"] = " and ".join(clause for clause in clauses if clause != approval)
        page = invoices.eligible_page(self.company, None, 0)
        if page.newest_change:
            column = self.service.options.change_column
            invoices.eligible_page(self.company, Watermark.after(column, page.newest_change, _DAY), 0)
        self.currency_codes = {invoice.currency_code for invoice in page.invoices}
        self.findings += [fault("invoices", problem, "look at that invoice in Epicor") for problem in page.problems]
        self.findings.append(_counted(page))


def _tell_moments(stamps: list[str]) -> bool:
    """Whether a column is filled everywhere, and says more than days."""
    return all(stamps) and any(_MIDNIGHT not in stamp for stamp in stamps)


def _counted(page: Page) -> Finding:
    count = len(page.invoices)
    held = sum(invoice.currency == NO_CURRENCY for invoice in page.invoices)
    text = f"{'at least ' if count == 100 else ''}{count} invoices are eligible now"
    if held:
        remedy = "fill ISOCurrCode in Currency Maintenance, or leave them to be held"
        return warning("invoices", f"{text}, {held} of them in a currency without ISO code", remedy)
    if not count:
        return warning("invoices", "no invoice is eligible now", "is that so? See `eligible_filter` in the proposal")
    return ok("invoices", text)


def _numbers(methods: frozenset[int]) -> str:
    return " or ".join(map(str, sorted(methods)))


def merged(proposals: list[dict[str, Any]]) -> dict[str, object]:
    """What fits all companies: where they differ, what each would have."""
    found: dict[str, object] = {}
    for name in dict.fromkeys(name for proposal in proposals for name in proposal):
        values_of = [proposal[name] for proposal in proposals if name in proposal]
        found[name] = values_of[0] if all(value == values_of[0] for value in values_of) else values_of
    return found
