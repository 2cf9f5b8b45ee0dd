"""On which day Epicor is to book what is late: in an open period, or not at all (pitfall 29, `closed_period`)."""

from __future__ import annotations

from datetime import date

from kinetic_wise.flows.case import Case
from kinetic_wise.payments.systems import Draft


def earliest_day(case: Case) -> date | None:
    """The first day on which Epicor still books; None where nothing is closed. Raises Busy and RemoteError."""
    with case.deps.epicor_place() as epicor:
        return epicor.earliest_day(case.payment.invoice.company)


def first_open_day(case: Case) -> date:
    """Today, or the first open day if today is closed. Raises Busy and RemoteError."""
    return max(case.deps.today, earliest_day(case) or date.min)


def late_day(case: Case, draft: Draft) -> date | None:
    """The open day to which a draft must move because its own lies in a closed period; None when it does not.

    Raises Busy and RemoteError.
    """
    earliest = earliest_day(case)
    if earliest is None:
        return None
    with case.deps.epicor_place() as epicor:
        dated = epicor.check_date(case.payment.invoice.company, draft)
    return max(case.deps.today, earliest) if dated is not None and dated < earliest else None
