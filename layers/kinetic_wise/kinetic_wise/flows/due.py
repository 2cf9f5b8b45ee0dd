"""When a payment may start: what is not due rests in `queued`, without a draft (design section 2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from kinetic_wise.flows.delivery import delivery_days, working_in
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.objections import discount
from kinetic_wise.payments.pay_dates import PayDate, pay_date
from kinetic_wise.payments.payable import adds_up, planned
from kinetic_wise.payments.systems import Invoice

_BY_DUE_DATE = ("due_date", "arrive_by")


def due_of(deps: Deps, invoice: Invoice, pay_seq: int) -> datetime | None:
    """When the payment of an invoice, or of one instalment of it, may start, if that is still to come. None: now.

    An instalment is never paid before the day the schedule says, also where invoices do not wait for theirs.
    """
    instalment = planned(invoice, pay_seq)
    if instalment is None or not adds_up(invoice):
        later = due(deps, invoice)
        return later.start if later else None
    later = due(deps, invoice.model_copy(update={"due_date": instalment.due}))
    start = later.start if later else None
    if instalment.due is None or deps.settings.pay_when in _BY_DUE_DATE:
        return start
    day = datetime.combine(instalment.due, time(), ZoneInfo(deps.settings.time_zone)).astimezone(UTC)
    return max(day, start or day) if day > deps.now() else start


def due(deps: Deps, invoice: Invoice) -> PayDate | None:
    """The day on which an invoice is to be paid, if that is still to come; None: now. Raises NeverOpen.

    A discount that can still be had is taken: then the discount date is what the payment is due by.
    """
    if deps.settings.pay_when == "at_once":
        return None
    if deps.settings.pay_when == "next_pay_day":
        found = _paid_by(deps, invoice, None)
    else:
        found = _with_discount(deps, invoice) or _paid_by(deps, invoice, invoice.due_date)
    return found if found.start > deps.now() else None


def _with_discount(deps: Deps, invoice: Invoice) -> PayDate | None:
    """The day that still brings the discount, if there is one and it is before the due date."""
    last = invoice.discount_day
    if last is None or discount(deps, invoice) <= 0 or (invoice.due_date is not None and last >= invoice.due_date):
        return None
    found = _paid_by(deps, invoice, last)
    return found if found.day <= last else None


def _paid_by(deps: Deps, invoice: Invoice, last: date | None) -> PayDate:
    settings = deps.settings
    days = delivery_days(deps, invoice.currency) if settings.pay_when == "arrive_by" else 0
    working = working_in(frozenset({invoice.currency, settings.funding_currency} - {""}))
    return pay_date(last, settings.pay_rules, deps.now(), working, days)
