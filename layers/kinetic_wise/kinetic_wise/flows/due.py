"""When a payment may start: what is not due rests in `queued`, without a draft (design section 2)."""

from __future__ import annotations

from kinetic_wise.calendars import is_working_day
from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.model import Invoice
from kinetic_wise.payments.pay_dates import PayDate, pay_date


def due(deps: Deps, invoice: Invoice) -> PayDate | None:
    """The day on which an invoice is to be paid, if that is still to come; None: now. Raises NeverOpen."""
    settings = deps.settings
    if settings.pay_when == "at_once":
        return None
    currencies = frozenset({invoice.currency, settings.funding_currency} - {""})
    found = pay_date(
        invoice.due_date,
        settings.pay_rules,
        deps.now(),
        lambda day: is_working_day(day, currencies),
        settings.delivery_days,
    )
    return found if found.start > deps.now() else None
