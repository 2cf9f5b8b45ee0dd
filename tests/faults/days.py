"""Small days: one invoice each, of the sample day, that lead along every path of a payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from simulators.sample_day import Day, make_day

_ONE = "EPIC01"


def day_of(*numbers: str, funds: Decimal | None = None) -> Day:
    """The first company's invoices of these numbers with their vendors; `funds`: what the balances hold instead."""
    day = make_day()
    invoices = tuple(i for i in day.invoices if i.company == _ONE and i.invoice_num in numbers)
    vendor_nums = {invoice.vendor_num for invoice in invoices}
    vendors = tuple(v for v in day.vendors if v.company == _ONE and v.vendor_num in vendor_nums)
    balances = day.balances if funds is None else dict.fromkeys(day.balances, funds)
    changed = {"companies": day.companies[:1], "vendors": vendors, "invoices": invoices, "balances": balances}
    return replace(day, **changed, top_ups={}, duplicate_messages=())  # type: ignore[arg-type]  # one dict for all


AGAIN = day_of("ZO-51177")  # the rate ends before funding: cancelled by us, paid by the next attempt
RETURNED = day_of("VL-6620")  # Wise cancels after funding: the draft is deleted, a person decides
PLAIN = day_of("4500018")
INSTALMENTS = day_of("7/24 R")  # two, both due
ALL: Sequence[str] = ("4500018", "7/24 A", "TF-20931", "INV-88120", "2026-1107", "204/E", "ZO-51177", "VL-6620")
