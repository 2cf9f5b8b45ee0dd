"""Step 2: a fresh quote, target amount = invoice amount, with the recipient (wise-api.md section 4)."""

from __future__ import annotations

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.recipient import source_currency
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Quote
from kinetic_wise.transport import NotArrived, Refused, Unclear

_LATER = frozenset({Status.QUOTED, Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})


def make_quote(case: Case) -> Outcome:
    """Quote the payment. A quote moves no money and is simply made again when in doubt."""
    if case.intent is not None:
        return Outcome.UNKNOWN
    if case.status is not Status.RECIPIENT_READY:
        return Outcome.QUOTED if case.status in _LATER else Outcome.STOPPED
    try:
        quote = fresh_quote(case)
        problem = _problem(case, quote)
    except (NotArrived, Unclear):
        return Outcome.BUSY
    except Refused as error:
        case.hold("no_price", str(error))
        return Outcome.STOPPED
    if problem:
        case.hold("no_price", problem)
        return Outcome.STOPPED
    case.write("quoted", payment={"status": Status.QUOTED}, attempt={"quote": quote}, data=quote_facts(quote))
    return Outcome.QUOTED


def _problem(case: Case, quote: Quote) -> str:
    """Why this quote is no price for exactly the invoice's amount; "" when it is one."""
    if not quote.payable:
        return quote.problem
    if quote.target_amount != case.attempt.terms.amount:
        return f"Wise offers {quote.target_amount} {quote.target_currency}, not the invoice's amount"
    if not quote.disabled:
        return ""
    balance = case.deps.wise.balances().get(quote.source_currency)
    empty = balance is None or balance.amount < quote.source_amount
    return "" if empty else quote.disabled  # an empty balance waits for money later, it is no refusal


def fresh_quote(case: Case) -> Quote:
    """A new quote under the attempt's terms. Raises RemoteError."""
    terms, recipient = case.attempt.terms, case.attempt.recipient_id
    if recipient is None:
        raise AssertionError("an attempt is quoted with its recipient")
    return case.deps.wise.create_quote(source_currency(case), terms.currency, terms.amount, recipient)


def quote_facts(quote: Quote) -> dict[str, str]:
    """What the audit trail says of a quote."""
    return {
        "quote": quote.id,
        "rate": str(quote.rate),
        "fee": f"{quote.fee} {quote.source_currency}",
        "costs": f"{quote.source_amount} {quote.source_currency}",
        "delivers": f"{quote.target_amount} {quote.target_currency}",
        "expires_at": quote.expires_at.isoformat(),
        "rate_expires_at": quote.rate_expires_at.isoformat() if quote.rate_expires_at else "",
    }
