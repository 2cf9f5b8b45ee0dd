"""One settlement for webhooks and polling: GET decides, in any order, any number of times (rules 10, 12 and 16)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.ending import end_unpaid
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.posting import look_at_posting, post
from kinetic_wise.ledger import Entry, LedgerUnclear, Moved
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments import policy
from kinetic_wise.payments.life_cycle import FOLLOWED, MOVING, Status
from kinetic_wise.payments.model import Action, Record, Refund, Transfer
from kinetic_wise.payments.money import Money
from kinetic_wise.transport import NotArrived, Unclear

_LONGEST_DELAY_SECONDS = 900  # what SQS can delay
_NO_MONEY_SEEN = frozenset({Status.HELD, Status.FAILED, Status.REJECTED})
# What settlement itself announces: if it died on the way, no execution looks after it.
_LOOKS_OF_ITS_OWN: dict[Action, Callable[[Case], Outcome]] = {
    Action.POST: look_at_posting,
    Action.DELETE_DRAFT: end_unpaid,
}


class TransferMessage(Record):
    """What the transfer-events queue carries: which transfer to look at, and a refund's amount, which no GET tells."""

    transfer_id: int
    first_seen: datetime
    refund_amount: Decimal | None = None
    refund_currency: str = ""


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


def again_in(deps: Deps, message: TransferMessage) -> int:
    """In how many seconds a message that could not be settled yet is looked at again: the older, the later."""
    age = (deps.now() - message.first_seen).total_seconds()
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
        return _earlier_attempt(case, owner[1], transfer)
    facts.learn(case, transfer)
    if message.refund_amount is not None and not _learn_refund(case, message):
        return _later_or_done(deps, message)
    return _go_on(case)


def _go_on(case: Case) -> Settled:
    if case.intent is not None and case.intent.action in _LOOKS_OF_ITS_OWN:
        outcome = _LOOKS_OF_ITS_OWN[case.intent.action](case)
    elif case.intent is not None and case.status not in FOLLOWED:
        return Settled.DONE  # the execution that announced it looks by itself; the facts are written
    elif case.intent is not None:
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


def _later_or_done(deps: Deps, message: TransferMessage) -> Settled:
    in_time = message.first_seen + timedelta(seconds=deps.settings.unknown_transfer) > deps.now()
    return Settled.LATER if in_time else Settled.DONE


def _learn_refund(case: Case, message: TransferMessage) -> bool:
    """Take a refund's amount from the event once GET agrees that the money came back (money-cases.md H34)."""
    transfer = case.attempt.transfer
    if transfer is None or message.refund_amount is None or transfer.status not in (policy.REFUNDED, policy.CANCELLED):
        return False
    refund = Refund(amount=message.refund_amount, currency=message.refund_currency, source="transfers#refund")
    facts.learn_refund(case, refund)
    return True


def _earlier_attempt(case: Case, number: int, transfer: Transfer) -> Settled:
    """News of an attempt that is over: dead it should be; money in it is an alarm (rule 10)."""
    attempt = case.deps.ledger.attempt(case.id, number)
    if attempt is None:
        return Settled.LATER
    changed = attempt.model_copy(
        update={
            "transfer": transfer,
            "may_have_money": attempt.may_have_money or policy.may_have_money(transfer.status),
        }
    )
    if changed != attempt:
        data = {"attempt": number, "status": transfer.status}
        case.deps.ledger.write(case.payment, case.payment, [Entry("facts_of_earlier_attempt", data)], [changed])
    if changed.may_have_money:
        case.deps.log("money in a dead attempt", payment_id=case.id, transfer_id=transfer.id, alarm=True)
    return Settled.DONE


def follow(case: Case) -> Outcome:
    """Do what the facts of the current attempt ask for. No intent is open."""
    transfer, attempt = case.attempt.transfer, case.attempt
    if transfer is None:
        raise AssertionError("there is a transfer to follow")
    if case.status not in MOVING | FOLLOWED:
        return _at_rest(case, transfer)
    if attempt.dead and case.status is Status.QUEUED:
        return Outcome.STOPPED  # a person's retry: the next attempt begins with its reservation
    if attempt.dead:
        return _ended_by_others(case)
    if transfer.status == policy.SENT:
        return _sent(case, transfer)
    if transfer.status == policy.REFUNDED or (transfer.status == policy.CANCELLED and attempt.funded):
        _to(case, Status.REFUND_UNKNOWN)  # cancelled with money in it: on its way back (money-cases.md H10)
    elif attempt.funded and case.status is not Status.PROCESSING:
        _to(case, Status.PROCESSING)
    return Outcome.FUNDED if attempt.funded else Outcome.WAITING


def _to(case: Case, status: Status) -> None:
    if case.status is not status:
        case.write(status.value, payment={"status": status})


def _ended_by_others(case: Case) -> Outcome:
    """Cancelled or refunded, not by us: the payment fails and a person decides (rule 7)."""
    if not case.payment.reason:
        case.write("transfer_ended", payment={"reason": "transfer_cancelled"}, data={"proof": case.attempt.dead})
    return end_unpaid(case)


def _sent(case: Case, transfer: Transfer) -> Outcome:
    """Delivered: exactly the invoice's amount is posted, any other is held (money-cases.md H21)."""
    terms = case.attempt.terms
    if transfer.target_amount == 0:
        return Outcome.BUSY  # the amount is not known yet (wise-api.md 6.1)
    _to(case, Status.SENT)
    if transfer.target_amount != terms.amount:
        delivered, owed = Money(transfer.target_amount, terms.currency), case.attempt.amount
        case.hold("delivered_other_amount", f"Wise delivered {delivered}, the invoice is for {owed}")
        return Outcome.STOPPED
    return post(case)


def _at_rest(case: Case, transfer: Transfer) -> Outcome:
    """The facts are written; what they mean for a payment at rest is told."""
    came_back = transfer.status in ("bounced_back", policy.REFUNDED, policy.CHARGED_BACK, policy.CANCELLED)
    if case.status in (Status.POSTED, Status.CLOSED) and came_back:
        case.write("returned", payment={"status": Status.RETURNED, "reason": transfer.status})
        case.deps.log("money came back after posting", payment_id=case.id, transfer_id=transfer.id, alarm=True)
    elif case.attempt.may_have_money and case.status in _NO_MONEY_SEEN and not case.attempt.dead:
        case.deps.log("money where the ledger saw none", payment_id=case.id, transfer_id=transfer.id, alarm=True)
    return Outcome.STOPPED
