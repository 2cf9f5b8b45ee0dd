"""One settlement for webhooks and polling: GET decides, in any order, any number of times (rules 10, 12 and 16)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.costs import look_at_costs
from kinetic_wise.flows.counts import recounted
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.ending import end_unpaid, moves_again, tell_alive
from kinetic_wise.flows.notes import leave_notes
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.posting import look_at_posting, post, posted_by_hand
from kinetic_wise.flows.refunds import search_statement, search_statement_at_once
from kinetic_wise.flows.remaking import look_at_remade_draft
from kinetic_wise.flows.wise_asks import tell_of_cases
from kinetic_wise.ledger import Entry, LedgerUnclear, Moved
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments import policy, transfer_status
from kinetic_wise.payments.life_cycle import FOLLOWED, MOVING, Status
from kinetic_wise.payments.model import Action, Refund
from kinetic_wise.payments.money import Money
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Transfer
from kinetic_wise.transport import NotArrived, Unclear

_LONGEST_DELAY_SECONDS = 900  # what SQS can delay
_NO_MONEY_SEEN = frozenset({Status.HELD, Status.FAILED, Status.REJECTED})
_BOOKED = frozenset({Status.POSTED, Status.CLOSED, Status.RETURNED})
_BEFORE_CREATED = frozenset({Status.QUEUED, Status.RESERVED, Status.RECIPIENT_READY, Status.QUOTED})
_ENDED = frozenset({Status.FAILED, Status.RETURNED, Status.REJECTED, Status.CLOSED})


def _then_post(look: Callable[[Case], Outcome | None]) -> Callable[[Case], Outcome]:
    """What is looked at before the posting; a transfer that died meanwhile ends instead."""
    return lambda case: end_unpaid(case) if case.attempt.dead else look(case) or post(case)


# What settlement itself announces: if it died on the way, no execution looks after it.
_LOOKS_OF_ITS_OWN: dict[Action, Callable[[Case], Outcome]] = {
    Action.POST: look_at_posting,
    Action.DELETE_DRAFT: end_unpaid,
    Action.VOID: end_unpaid,
    Action.BOOK_COSTS: _then_post(look_at_costs),
    Action.REMAKE_DRAFT: _then_post(look_at_remade_draft),
}


class TransferMessage(Record):
    """What the transfer-events queue carries: which transfer to look at, and what no GET tells.

    That is a refund's amount with where it was told, that the transfer was in a `state` once, why a payout failed,
    and what Wise asks for. A message sent `once` is sent again by whoever sent it, on its own schedule.
    """

    transfer_id: int
    first_seen: datetime
    refund_amount: Decimal | None = None
    refund_currency: str = ""
    refund_source: str = "transfers#refund"
    state: str = ""
    failure: str = ""
    cases: tuple[str, ...] | None = None
    once: bool = False


class Settled(StrEnum):
    """What became of a message."""

    DONE = "done"
    LATER = "later"
    FOREIGN = "foreign"


def settle(deps: Deps, message: TransferMessage) -> Settled:
    """Apply a transfer's state to its payment and to Epicor. Raises AccessRefused."""
    deps.exchanges.take()  # what an earlier call of this process left unwritten is none of this payment's
    try:
        return _settle(deps, message)
    except (Busy, NotArrived, Unclear, Moved, LedgerUnclear) as error:
        deps.log("settled later", transfer_id=message.transfer_id, problem=str(error))
        return Settled.LATER


def again_in(deps: Deps, first_seen: datetime) -> int:
    """In how many seconds a message that could not be worked off yet is looked at again: the older, the later."""
    age = (deps.now() - first_seen).total_seconds()
    return round(min(_LONGEST_DELAY_SECONDS, max(deps.settings.settle_again, age / 10)))


def _settle(deps: Deps, message: TransferMessage) -> Settled:
    transfer = deps.wise.transfer(message.transfer_id)
    if transfer is None:
        return _unknown(deps, message)
    owner = deps.ledger.owner_of(transfer.key)
    if owner is None:
        return _unknown(deps, message, transfer)
    case = Case.open(deps, owner[0])
    if case.current is None or case.current.number != owner[1]:
        return _earlier_attempt(case, owner[1], transfer, message)
    facts.learn(case, transfer)
    _learn_what_was_told(case, message)
    settled = _go_on(case)
    return settled if leave_notes(case) else Settled.LATER


def _go_on(case: Case) -> Settled:
    if case.attempt.revived:
        outcome = moves_again(case)
    elif case.intent is not None and case.intent.action in _LOOKS_OF_ITS_OWN:
        outcome = _LOOKS_OF_ITS_OWN[case.intent.action](case)
        if case.status is Status.POSTED:
            outcome = follow(case)  # news that came while the posting was unclear
    elif case.intent is not None and case.status in MOVING and not case.is_overtaken:
        return Settled.DONE  # the execution that announced it looks by itself; the facts are written
    elif case.intent is not None and case.status in MOVING | FOLLOWED:
        case.conclude("seen", data={"intent": case.intent.action})  # money is on its way: no execution looks any more
        outcome = follow(case)
    else:
        outcome = follow(case)
    return Settled.LATER if outcome in (Outcome.BUSY, Outcome.UNKNOWN) else Settled.DONE


def _unknown(deps: Deps, message: TransferMessage, transfer: Transfer | None = None) -> Settled:
    """Not in the ledger: perhaps our own write is not visible yet; after a quarter of an hour it is somebody else's."""
    if message.first_seen + timedelta(seconds=deps.settings.unknown_transfer) > deps.now():
        return Settled.LATER
    if transfer is not None:
        deps.state.add_foreign(transfer)
    deps.log("foreign transfer", transfer_id=message.transfer_id)
    return Settled.FOREIGN


def _learn_what_was_told(case: Case, message: TransferMessage) -> None:
    """Take from the message what no GET tells: of our transfer only, and it decides nothing by itself (H34)."""
    if message.state == transfer_status.SENT:
        facts.learn_sent(case)
    if message.failure and message.failure != case.attempt.failure:
        case.write("payout_failed", attempt={"failure": message.failure}, data={"why": message.failure})
    if message.cases is not None and message.cases != case.attempt.cases:
        case.write("cases", attempt={"cases": message.cases}, data={"cases": list(message.cases)})
    tell_of_cases(case)
    if message.refund_amount is not None:
        refund = Refund(amount=message.refund_amount, currency=message.refund_currency, source=message.refund_source)
        facts.learn_refund(case, refund)


def _earlier_attempt(case: Case, number: int, transfer: Transfer, message: TransferMessage) -> Settled:
    """News of an attempt that is over: dead it should be. One that lives is an alarm (rule 10), and stops the next.

    How much came back of it is learned as of the current one: a ledger that was set back may not know it any more.
    """
    attempt = case.deps.ledger.attempt(case.id, number)
    if attempt is None:
        return Settled.LATER
    changed = attempt.model_copy(update=facts.learned(case, attempt, transfer))
    if changed != attempt:
        data = {"attempt": number, "status": transfer.status, "dead": changed.dead}
        entry = Entry("facts_of_earlier_attempt", data, case.deps.exchanges.take())
        counts = recounted(case.deps, attempt, changed)
        case.payment = case.deps.ledger.write(case.payment, case.payment, [entry], [changed], counts)
    earlier = Case(case.deps, case.payment, changed)
    _learn_what_was_told(earlier, message)
    if facts.is_back_unknown(earlier.attempt):
        search_statement_at_once(earlier)
    case.payment, changed = earlier.payment, earlier.attempt
    if changed.may_have_money or policy.lives(changed):
        tell_alive(case, changed.transfer or transfer)
    if policy.lives(changed) and case.status in MOVING | _ENDED and not _is_booked(case):
        case.hold("moves_again", f"transfer {transfer.id} of attempt {number} is {transfer.status} in Wise")
    return Settled.DONE


def _is_booked(case: Case) -> bool:
    """Whether it is at rest with a posted payment in Epicor."""
    return case.status in _BOOKED and case.payment.draft is not None and case.payment.draft.posted


def follow(case: Case) -> Outcome:
    """Do what the facts of the current attempt ask for. No intent is open."""
    transfer, attempt = case.transfer, case.attempt
    if attempt.revived:
        return moves_again(case)
    if case.status not in MOVING | FOLLOWED:
        return _at_rest(case, transfer)
    if attempt.dead and case.status is Status.QUEUED:
        return Outcome.STOPPED  # a person's retry: the next attempt begins with its reservation
    if attempt.dead:
        return end_unpaid(case)
    if is_behind(case):
        case.write("ledger_behind", payment={"status": Status.UNKNOWN})  # it was set back: the facts are ahead of it
    if transfer.status in _ENDS or (transfer.status == transfer_status.CANCELLED and attempt.funded):
        return _ENDS.get(transfer.status, _comes_back)(case, transfer)
    if attempt.funded and case.status is not Status.PROCESSING:
        _to(case, Status.PROCESSING)  # a transfer may step back to an earlier state (wise-api.md 6.4)
    return Outcome.FUNDED if attempt.funded else Outcome.WAITING


def is_behind(case: Case) -> bool:
    """Whether the ledger was set back, and has learned since that the money went: no step begins what was done (H9)."""
    current = case.current
    unaware = case.status in _BEFORE_CREATED and case.intent is None
    return unaware and current is not None and current.funded and not current.dead


def _to(case: Case, status: Status) -> None:
    if case.status is not status:
        case.write(status.value, payment={"status": status})


def _comes_back(case: Case, _: Transfer) -> Outcome:
    """On its way back (money-cases.md H10), in an amount that nobody told yet."""
    if case.attempt.refund_asked_at is None:  # events have their time before the statement is searched
        case.write("comes_back", payment={"status": Status.REFUND_UNKNOWN}, attempt={"refund_asked_at": case.now})
    _to(case, Status.REFUND_UNKNOWN)
    search_statement(case)
    return end_unpaid(case) if case.attempt.dead else Outcome.FUNDED


def _charged_back(case: Case, transfer: Transfer) -> Outcome:
    """It says nothing about whether the payout happened: a person finds out (money-cases.md H10)."""
    case.hold("charged_back", f"the pay-in of transfer {transfer.id} was reversed; the payout may have happened")
    return Outcome.STOPPED


def _sent(case: Case, transfer: Transfer) -> Outcome:
    """Delivered: exactly the invoice's amount is posted, any other is held until a person has (money-cases.md H21)."""
    terms = case.attempt.terms
    if transfer.target_amount == 0:
        return Outcome.BUSY  # the amount is not known yet (wise-api.md 6.1)
    _to(case, Status.SENT)
    if transfer.target_amount != terms.amount:
        booked = posted_by_hand(case) if case.attempt.difference_told else None
        if booked is not None:
            return booked
        delivered, owed = Money(transfer.target_amount, terms.currency), case.attempt.amount
        detail = f"Wise delivered {delivered}, the invoice is for {owed}"
        case.hold("delivered_other_amount", detail, attempt={"difference_told": True})
        return Outcome.STOPPED
    return post(case)


_ENDS: dict[str, Callable[[Case, Transfer], Outcome]] = {
    transfer_status.SENT: _sent,
    transfer_status.REFUNDED: _comes_back,
    transfer_status.CHARGED_BACK: _charged_back,
}


def _at_rest(case: Case, transfer: Transfer) -> Outcome:
    """The facts are written; what they mean for a payment at rest is done or told."""
    attempt = case.attempt
    if _is_booked(case):
        return _news_after_posting(case, transfer)
    if case.status is Status.FAILED and attempt.dead and attempt.sent:
        case.write("returned", payment={"status": Status.RETURNED})  # it had been paid out, as is told only now
    elif case.status in _ENDED and transfer.status == transfer_status.WAITING and not attempt.dead:
        return moves_again(case)  # somebody may still fund it
    elif attempt.may_have_money and case.status in _NO_MONEY_SEEN and not attempt.dead:
        case.deps.log("money where the ledger saw none", payment_id=case.id, transfer_id=transfer.id, alarm=True)
    return Outcome.STOPPED


def _news_after_posting(case: Case, transfer: Transfer) -> Outcome:
    """Posted in Epicor, and watched (rule 12): a bounce is told, a refund voided, a payout after a bounce is posted."""
    if case.attempt.dead or transfer.status in (transfer_status.REFUNDED, transfer_status.CANCELLED):
        _tell_return(case, transfer)
        _to(case, Status.REFUND_UNKNOWN)
        return follow(case)
    if transfer.status == transfer_status.CHARGED_BACK:
        _tell_return(case, transfer)
        return _charged_back(case, transfer)
    if transfer.status == transfer_status.BOUNCED and case.status is not Status.RETURNED:
        _tell_return(case, transfer)
        case.write("returned", payment={"status": Status.RETURNED, "reason": transfer.status})
    elif transfer.status == transfer_status.SENT and case.status is Status.RETURNED:
        case.write("sent_again", payment={"status": Status.SENT, "reason": ""})
        return follow(case)
    return Outcome.STOPPED


def _tell_return(case: Case, transfer: Transfer) -> None:
    told = {"transfer_id": transfer.id, "why": case.attempt.failure}
    case.deps.log("money came back after posting", payment_id=case.id, **told, alarm=True)
