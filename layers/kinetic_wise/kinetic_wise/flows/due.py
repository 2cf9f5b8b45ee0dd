"""When a payment may start: what is not due rests in `queued`, without a draft (design section 2)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from kinetic_wise.calendars import is_working_day
from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.model import Invoice
from kinetic_wise.payments.pay_dates import PayDate, pay_date
from kinetic_wise.payments.payable import adds_up, planned


def due_of(deps: Deps, invoice: Invoice, pay_seq: int) -> datetime | None:
    """When the payment of an invoice, or of one instalment of it, may start, if that is still to come. None: now.

    An instalment is never paid before the day the schedule says, also where invoices are paid at once.
    """
    instalment = planned(invoice, pay_seq)
    if instalment is None or not adds_up(invoice):
        later = due(deps, invoice)
        return later.start if later else None
    later = due(deps, invoice.model_copy(update={"due_date": instalment.due}))
    if later is not None or instalment.due is None or deps.settings.pay_when != "at_once":
        return later.start if later else None
    day = datetime.combine(instalment.due, time(), ZoneInfo(deps.settings.time_zone)).astimezone(UTC)
    return day if day > deps.now() else None


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
