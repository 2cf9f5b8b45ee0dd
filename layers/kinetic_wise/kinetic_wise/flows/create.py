"""Step 3: the transfer, keyed so that it can exist only once (rules 1, 4 and 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kinetic_wise.flows import batch as batches
from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.ending import end_unpaid
from kinetic_wise.flows.gate import epicor_objection
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import write_to_wise
from kinetic_wise.flows.quote import fresh_quote, quote_facts, quote_objection
from kinetic_wise.payments import policy, transfer_status
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action, Attempt
from kinetic_wise.payments.systems import Quote, Transfer
from kinetic_wise.transport import NotArrived, Refused, Unclear
from kinetic_wise.wise import REFERENCE, WiseClient, account_rule, is_closed_to_members, remittance_text

_LATER = frozenset({Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})
_LIST_MARGIN = timedelta(days=1)  # clocks differ (money-cases.md H3, H36)
_KEY_KNOWN_FOR = timedelta(hours=1)  # how long Wise knows a key nobody says: after this the list is asked first


def create_transfer(case: Case) -> Outcome:
    """Create the transfer of the current attempt while its quote lives. Raises Busy and RemoteError."""
    if case.intent is not None:
        return Outcome.UNKNOWN
    if case.status is not Status.QUOTED:
        return Outcome.CREATED if case.status in _LATER else Outcome.STOPPED
    if case.attempt.dead:
        return end_unpaid(case)
    made = _made_before(case)
    if made is not None:
        return take_over(case, made)
    objection = epicor_objection(case) if _is_old(case) else None
    if objection is not None:  # the gate would see it too, but a transfer would stand without its draft until then
        case.hold(objection.reason, objection.detail)
        return Outcome.STOPPED
    return _create(case)


def _create(case: Case) -> Outcome:
    if not _quote_lives(case):
        case.write("quote_expired", payment={"status": Status.RECIPIENT_READY}, data={"before": "transfer"})
        return Outcome.REQUOTE
    try:
        batch = batches.batch_for(case)
    except batches.NotYet:
        return Outcome.BUSY
    except Refused as error:
        case.hold("batch_refused", f"Wise makes no batch for this payment: {error}")
        return Outcome.STOPPED
    data = {"key": case.attempt.key, "amount": str(case.attempt.amount)}
    joins: list[dict[str, Any]] = []
    if batch is not None:
        joins, data = batches.joining(case, batch), {**data, "batch": batch.id, "group": batch.group}
    place = {"batch": batches.place_in(batch) if batch else None}
    case.intend(Action.CREATE_TRANSFER, data=data, attempt=place, also=joins)
    return _send(case)


def _made_before(case: Case) -> Transfer | None:
    """The transfer that a ledger which was set back does not know to have made (money-cases.md H9).

    Wise may have forgotten its key by now, and would make another. Raises RemoteError.
    """
    attempt = case.attempt
    if attempt.transfer is not None:
        return facts.look(case) or attempt.transfer
    return listed(case) if attempt.is_unsure or _is_old(case) else None


def _is_old(case: Case) -> bool:
    """Whether the attempt stood still, or was set back: what was seen when it began may not be so any more."""
    return case.attempt.started_at + _KEY_KNOWN_FOR <= case.now


def repeat_create(case: Case) -> Outcome:
    """An unclear create: the same key again, with a new quote if need be; never a conclusion from absence.

    Raises RemoteError.
    """
    if case.attempt.transfer is not None:
        return take_over(case, case.transfer)  # settlement was told of it meanwhile
    if case.intent is None or case.intent.tries >= case.deps.settings.tries:
        return _take_over_from_list(case)
    try:
        if case.now >= case.intent.at + _KEY_KNOWN_FOR and (found := listed(case)):
            return take_over(case, found)
        quote = case.attempt.quote if _quote_lives(case) else fresh_quote(case)
        objection = quote_objection(case, quote) if quote and quote is not case.attempt.quote else None
    except Refused as error:
        case.hold("create_unclear", f"nobody knows whether the transfer exists, and no new quote is given: {error}")
        return Outcome.STOPPED
    if objection is not None:
        case.hold("create_unclear", f"nobody knows whether the transfer exists, and a new quote: {objection.detail}")
        return Outcome.STOPPED
    facts = quote_facts(quote) if quote else {}
    known, before = case.attempt.quote, case.attempt.quotes_before
    quotes = {"quote": quote, "quotes_before": (*before, known) if known and known is not quote else before}
    case.intend(Action.CREATE_TRANSFER, attempt=quotes, data={"key": case.attempt.key, **facts})
    return _send(case)


def _quote_lives(case: Case) -> bool:
    quote = case.attempt.quote
    return quote is not None and quote.expires_at > case.now + timedelta(seconds=case.deps.settings.quote_margin)


def _send(case: Case) -> Outcome:
    attempt = case.attempt
    if attempt.quote is None or attempt.recipient_id is None:
        raise AssertionError("a transfer is created with a quote and a recipient")
    body = (attempt.key, attempt.recipient_id, attempt.quote.id, attempt.terms.reference, attempt.details)

    def create(wise: WiseClient) -> Transfer:
        if attempt.batch is None:
            return wise.create_transfer(*body)
        return wise.batches.add(attempt.batch.group, *body)

    return write_to_wise(
        case, create, done=lambda transfer: take_over(case, transfer), refused=lambda error: _refused(case, error)
    )


def _refused(case: Case, error: Refused) -> Outcome:
    """A refusal is final only if no try before it was unclear, none was forgotten, and Wise lists none (H1, H9)."""
    if case.was_tried_before or case.attempt.is_unsure:
        case.unclear(f"refused after an unclear try: {error}")
        return Outcome.UNKNOWN
    if case.attempt.batch is not None and is_closed_to_members(error):
        batches.not_taken(case)
        return Outcome.BUSY
    rule = account_rule(error)
    if rule:
        case.hold("account_rule", f"{rule} ({error})", intent=None)
        return Outcome.STOPPED
    try:
        found = listed(case)
    except (NotArrived, Unclear) as unread:
        case.unclear(f"refused, and whether Wise lists it could not be read: {unread}")
        return Outcome.UNKNOWN
    if found is not None:
        return take_over(case, found)
    case.write(
        "transfer_refused",
        payment={"reason": "transfer_refused", "intent": None},
        attempt={"dead": f"Wise refused to create the transfer: {error}"},
        data={"problem": str(error)},
        merge=False,  # what settlement saw of it meanwhile would prove us wrong
    )
    return end_unpaid(case)


def take_over(case: Case, transfer: Transfer) -> Outcome:
    """Take a transfer that came back as ours, if it agrees with the frozen terms (rule 2).

    The rate that it is backed by ends with its own quote: of another one the end says nothing (money-cases.md H26).
    """
    objection = policy.disagreement(case.attempt, transfer)
    if objection is not None:
        seen = {"transfer": transfer, "may_have_money": transfer_status.may_have_money(transfer.status)}
        case.hold(objection.reason, f"transfer {transfer.id}: {objection.detail}", attempt=seen, intent=None)
        return Outcome.STOPPED
    case.conclude(
        "transfer_created",
        payment={"status": Status.CREATED, "not_before": _rests_until(case)},
        attempt={
            "transfer": transfer,
            "may_have_money": transfer_status.may_have_money(transfer.status),
            "quote": _backing(case.attempt, transfer),
        },
        data={"transfer": transfer.id, "status": transfer.status, "remittance": _remittance(case)},
    )
    return Outcome.CREATED


def _backing(attempt: Attempt, transfer: Transfer) -> Quote | None:
    """The quote that backs the transfer, out of those under which it was sent; None when it is another."""
    sent = (*attempt.quotes_before, *([attempt.quote] if attempt.quote else []))
    return next((quote for quote in sent if quote.id == transfer.quote_id), None)


def _rests_until(case: Case) -> datetime | None:
    """A member of an open batch needs no execution before its batch is closed: the sweep leaves it its room."""
    return case.now + timedelta(seconds=case.deps.settings.batch_open_seconds) if case.attempt.batch else None


def _remittance(case: Case) -> str:
    """The whole invoice number, of which the payee's bank may show but the beginning (6.2)."""
    attempt = case.attempt
    shown = attempt.details.get(REFERENCE, attempt.terms.reference)
    return remittance_text(case.payment.invoice.invoice_num, attempt.amount, shown)


def _take_over_from_list(case: Case) -> Outcome:
    """Enough repeats: look for the key in the list; what stays unclear is held."""
    found = listed(case)
    if found:
        return take_over(case, found)
    case.hold("create_unclear", "nobody knows whether the transfer exists; Wise neither gives nor refuses it for good")
    return Outcome.STOPPED


def listed(case: Case) -> Transfer | None:
    """The transfer of this attempt's key in Wise's list, from the attempt's start on. Its absence proves nothing.

    The first intent of a ledger that was set back may be later than the transfer (H9). Raises RemoteError.
    """
    since = case.attempt.started_at - _LIST_MARGIN
    return next((t for t in case.deps.wise.transfers(since) if t.key == case.attempt.key), None)
