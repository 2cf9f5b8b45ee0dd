"""What Wise asks for before it goes on with a transfer: told at once and daily, with the day on which it gives up.

Wise cancels a transfer by itself after two working days without the documents or corrections it asked for
(wise-api.md section 0); they are given in Wise's own screens.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kinetic_wise.calendars import is_working_day
from kinetic_wise.flows.case import Case
from kinetic_wise.payments.model import Attempt

_AGAIN = timedelta(days=1)
_WORKING_DAYS = 2


def tell_of_cases(case: Case) -> None:
    """Raise an alarm while Wise waits for somebody: when it begins, and once a day. Raises Moved."""
    attempt = case.attempt
    since, told_at = attempt.cases_since, attempt.cases_told_at
    if since is None or attempt.transfer is None or (told_at is not None and told_at + _AGAIN > case.now):
        return
    told = {
        "transfer_id": attempt.transfer.id,
        "asks": ", ".join(attempt.cases) or "see Wise",
        "hours": round((case.now - since).total_seconds() / 3600),
        "answer_by": answer_by(attempt, since).isoformat(),
    }
    case.write("wise_asks", attempt={"cases_told_at": case.now}, data=told)
    case.deps.log("Wise asks for something before it goes on", payment_id=case.id, **told, alarm=True)


def answer_by(attempt: Attempt, since: datetime) -> date:
    """The last day on which Wise still waits for an answer."""
    currency = attempt.transfer.source_currency if attempt.transfer else attempt.terms.currency
    day, left = since.date(), _WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day, frozenset({currency}))
    return day
