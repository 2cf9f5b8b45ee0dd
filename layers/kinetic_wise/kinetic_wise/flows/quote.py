"""Step 2: a fresh quote, target amount = invoice amount, with the recipient (wise-api.md section 4).

With it comes everything that has to be known before the transfer: its price against the limits, the check of the
payee, and what Wise's form for the transfer asks.
"""

from __future__ import annotations

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.delivery import learn_delivery
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.recipient import source_currency
from kinetic_wise.flows.telling import telling_of
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.policy import Objection
from kinetic_wise.payments.prices import PriceLimits, fee_objection, rate_objection
from kinetic_wise.payments.systems import Quote
from kinetic_wise.transport import Refused
from kinetic_wise.wise import CHECKED_CURRENCIES, NATURE, DetailsMissing

_LATER = frozenset({Status.QUOTED, Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})


def make_quote(case: Case) -> Outcome:
    """Quote the payment. A quote moves no money and is simply made again when in doubt. Raises Busy and RemoteError."""
    if case.intent is not None:
        return Outcome.UNKNOWN
    if case.status is not Status.RECIPIENT_READY:
        return Outcome.QUOTED if case.status in _LATER else Outcome.STOPPED
    try:
        return _quote(case)
    except DetailsMissing as error:
        case.hold("transfer_details_missing", str(error))
    except Refused as error:
        return _refused(case, error)
    return Outcome.STOPPED


def _quote(case: Case) -> Outcome:
    quote = fresh_quote(case)
    learn_delivery(case.deps, quote)
    objection = quote_objection(case, quote) or _payee_objection(case, quote)
    if objection is not None:
        case.hold(objection.reason, objection.detail)
        return Outcome.STOPPED
    details = case.deps.wise.transfer_details(quote.recipient_id, quote.id, telling_of(case))
    facts = quote_facts(quote) | {name: value for name, value in details.items() if name != "reference"}
    case.write("quoted", payment={"status": Status.QUOTED}, attempt={"quote": quote, "details": details}, data=facts)
    return Outcome.QUOTED


def quote_objection(case: Case, quote: Quote) -> Objection | None:
    """Why this quote is no price for exactly the invoice's amount within the limits, or None. Raises RemoteError."""
    problem = _problem(case, quote)
    if problem:
        return Objection("no_price", problem)
    settings = case.deps.settings
    limits = PriceLimits(settings.fee_limit_percent, settings.fee_limits, settings.rate_limit_percent)
    too_dear = fee_objection(quote, limits)
    if too_dear:
        return Objection("fee_too_high", too_dear)
    if limits.rate_percent is None or quote.source_currency == quote.target_currency:
        return None
    mid_market = case.deps.wise.rate(quote.source_currency, quote.target_currency)
    too_low = rate_objection(quote, mid_market, limits)
    return Objection("rate_too_low", too_low) if too_low else None


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


def _payee_objection(case: Case, quote: Quote) -> Objection | None:
    """What Wise's check of the payee found; only a person may accept it, in Wise (5.5)."""
    if quote.target_currency not in CHECKED_CURRENCIES:
        return None
    problem = case.deps.wise.payee_problem(quote.recipient_id, quote.id)
    return payee_objection(quote.recipient_id, problem)


def payee_objection(recipient_id: int, problem: str) -> Objection | None:
    """The objection to a payee about whom Wise's check found something, or None."""
    return Objection("payee_check", f"recipient {recipient_id}: {problem}") if problem else None


def _refused(case: Case, error: Refused) -> Outcome:
    """No price, or no recipient any more: Wise's text for that names neither vendor nor bank (pitfall 17)."""
    recipient_id = case.attempt.recipient_id
    recipient = case.deps.wise.recipient(recipient_id) if recipient_id is not None else None
    if recipient is not None and recipient.active:
        case.hold("no_price", str(error))
        return Outcome.STOPPED
    vendor, bank = case.payment.vendor_id, case.attempt.terms.vendor_bank_id
    case.hold(
        "recipient_changed", f"vendor {vendor}, bank {bank!r}: recipient {recipient_id} is gone from Wise: {error}"
    )
    return Outcome.STOPPED


def fresh_quote(case: Case) -> Quote:
    """A new quote under the attempt's terms. Raises RemoteError."""
    terms, recipient = case.attempt.terms, case.attempt.recipient_id
    if recipient is None:
        raise AssertionError("an attempt is quoted with its recipient")
    nature = telling_of(case).answer(NATURE)
    return case.deps.wise.create_quote(source_currency(case), terms.currency, terms.amount, recipient, nature)


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
