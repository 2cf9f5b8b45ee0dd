"""Learn how much came back: from an event, the balance's credit, the statement, or a person (money-cases.md H25)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from kinetic_wise.payments.model import Refund
from kinetic_wise.transport import AccessRefused, NotArrived, Refused, TokenRejected, Unclear


def search_statement(case: Case) -> None:
    """Look for the credit of a refund whose amount no event told in time, with a pause between. Learns it if there.

    Regions with strong customer authentication refuse statements, and each further question would send somebody
    another request: then a person tells (`payment refund`).
    """
    if case.attempt.refund_asked_at is not None:
        search_statement_at_once(case)


def search_statement_at_once(case: Case) -> None:
    """As `search_statement`, for an attempt that is over: its refund is old, and no event of it is waited for."""
    asked, pause = case.attempt.refund_asked_at, timedelta(seconds=case.deps.settings.statement_pause)
    if case.attempt.statement_closed or (asked is not None and asked + pause > case.now):
        return
    transfer, started = case.attempt.transfer, case.attempt.started_at
    if transfer is None:
        return
    problem, amount, closed = "", None, False
    try:
        amount = case.deps.wise.refund_in_statement(transfer.source_currency, transfer.id, started, case.now)
    except TokenRejected:
        raise
    except AccessRefused as error:
        problem, closed = str(error), True
        told = {"problem": problem, "order": "kinetic-wise payment refund"}
        case.deps.log("a person must tell a refund's amount", payment_id=case.id, **told, alarm=True)
    except (NotArrived, Unclear, Refused) as error:
        problem = str(error)
    searched = {"refund_asked_at": case.now, "statement_closed": closed}
    case.write("statement_searched", attempt=searched, data=_found(amount, problem))
    if amount is not None:
        facts.learn_refund(case, Refund(amount=amount, currency=transfer.source_currency, source="balance statement"))


def _found(amount: Decimal | None, problem: str) -> dict[str, str]:
    return {"problem": problem} if problem else {"amount": "" if amount is None else str(amount)}
