"""A person's word on a payment: release, reject or cancel it. Whatever they say, nothing goes on unseen (rules 5, 6).

Released, a payment goes

    where a call is unclear          to looking at that call
    where its transfer is alive      to the gate
    where its money is on its way    to settlement
    anywhere else                    back to its step, or to its start when what it froze may have to change
"""

from __future__ import annotations

from typing import Any

from kinetic_wise.flows.alive import earlier_alive
from kinetic_wise.flows.carrying_out import carry_out
from kinetic_wise.flows.case import Case, NotBound
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import LedgerUnclear, Moved
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.life_cycle import AT_REST, FOLLOWED, MOVING, Status
from kinetic_wise.payments.model import Action, Hold, Intent, Order, Payment
from kinetic_wise.transport import NotArrived, Unclear

# Reasons with which nothing that the attempt froze has changed: the step that was stopped is simply run again.
_SAME_TERMS = frozenset(
    {"ledger_not_bound", "no_price", "fee_too_high", "rate_too_low", "transfer_details_missing", "account_rule"}
)
_WITH_TRANSFER = frozenset({Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL})


class NotOrdered(Exception):
    """The order does not fit the payment as it is; the message says why and nothing is changed."""


def release(deps: Deps, payment_id: str, caller: str, why: str) -> Payment:
    """Let a held payment be looked at again. Raises NoSuchPayment, NotOrdered, Moved, RemoteError."""
    case = Case.open(deps, payment_id)
    hold = _held(case, "release")
    if not case.payment.has_claim:
        raise NotOrdered(f"payment {case.id} is the same debt as another one: reject it, or pay it by hand")
    living = earlier_alive(case) if hold.came_from in MOVING else None
    if living is not None:
        raise NotOrdered(f"transfer {living.id} of payment {case.id} is {living.status} in Wise: cancel it first")
    status, starts_over = _goes_to(case, hold)
    order = Order(action="release", caller=caller, why=why) if starts_over else None
    _write(case, "released", Order(action="release", caller=caller, why=why), status=status, order=order)
    if order is not None:
        _carry_out(case)
    elif status not in MOVING:
        _wake_settlement(case)
    return case.payment


def reject(deps: Deps, payment_id: str, caller: str, why: str) -> Payment:
    """End a held payment unpaid (rule 6). Raises NoSuchPayment, NotOrdered, Moved, RemoteError."""
    case = Case.open(deps, payment_id)
    _held(case, "reject")
    return _end(case, Order(action="reject", caller=caller, why=why))


def cancel_payment(deps: Deps, payment_id: str, caller: str, why: str) -> Payment:
    """End a payment unpaid, held or not (rule 6). Raises NoSuchPayment, NotOrdered, Moved, RemoteError."""
    return _end(Case.open(deps, payment_id), Order(action="cancel", caller=caller, why=why))


def _held(case: Case, order: str) -> Hold:
    if case.status is not Status.HELD or case.payment.hold is None:
        raise NotOrdered(f"payment {case.id} is {case.status.value}, not held: there is nothing to {order}")
    return case.payment.hold


# --- release ---------------------------------------------------------------------------------------------------------


def _goes_to(case: Case, hold: Hold) -> tuple[Status, bool]:
    """The status that a released payment goes to, and whether it starts over."""
    attempt = case.current
    if hold.came_from not in MOVING:
        return hold.came_from, False
    if case.intent is not None:
        return Status.UNKNOWN, False
    if attempt is None:
        return Status.QUEUED, False
    if attempt.dead:
        return Status.UNKNOWN, True
    if attempt.transfer is not None:
        return hold.came_from if hold.came_from in _WITH_TRANSFER else Status.CREATED, False
    if attempt.is_unsure or hold.reason in _SAME_TERMS:
        return case.status_by_facts() if hold.came_from is Status.UNKNOWN else hold.came_from, False
    return Status.UNKNOWN, True


def _wake_settlement(case: Case) -> None:
    transfer = case.current.transfer if case.current else None
    if transfer is not None:
        case.deps.events_queue.send([{"transfer_id": transfer.id, "first_seen": case.now.isoformat()}])


# --- reject and cancel -----------------------------------------------------------------------------------------------


def _end(case: Case, order: Order) -> Payment:
    _check_may_end(case)
    ends = {"status": Status.UNKNOWN, "order": order, "not_before": None}  # due now, if it waits
    _write(case, f"order.{order.action}", order, **ends)
    _carry_out(case)
    return case.payment


def _check_may_end(case: Case) -> None:
    attempt, hold = case.current, case.payment.hold
    came_from = hold.came_from if hold and case.status is Status.HELD else case.status
    if came_from in AT_REST or (came_from in FOLLOWED and not (attempt and attempt.dead)):
        raise NotOrdered(f"payment {case.id} is {case.status.value}{_transfer(case)}: it cannot be ended by an order")
    if attempt is None or attempt.dead:
        return
    if attempt.funded or attempt.may_have_money:
        raise NotOrdered(f"the money of payment {case.id} may be out{_transfer(case)}: only Wise can bring it back")
    if attempt.is_unsure and attempt.transfer is None:
        raise NotOrdered(f"whether payment {case.id} has a transfer shows when it goes on: release it, then cancel it")


def _transfer(case: Case) -> str:
    transfer = case.current.transfer if case.current else None
    return f", and transfer {transfer.id} is {transfer.status} in Wise" if transfer else ""


# --- both ------------------------------------------------------------------------------------------------------------


def _write(case: Case, kind: str, said: Order, **changes: Any) -> None:
    """Write the order with who gave it and why. What is unclear is looked at as often as if it were new."""
    hold = case.payment.hold if case.status is Status.HELD else None
    told = {"caller": said.caller, "why": said.why, "was": hold.reason if hold else case.status.value}
    intent = _looked_at_anew(case, case.intent) if case.intent else None
    case.write(kind, payment={"hold": None, "intent": intent, **changes}, data=told, merge=False)


def _looked_at_anew(case: Case, intent: Intent) -> Intent:
    """One more repeat for what may be repeated; a funding is only looked at (rule 5)."""
    anew = intent.model_copy(update={"looks": 0, "looked_at": None})
    if intent.action is Action.FUND:
        return anew
    return anew.model_copy(update={"tries": min(intent.tries, max(1, case.deps.settings.tries - 1))})


def _carry_out(case: Case) -> None:
    """As far as it goes now; an execution goes on with the rest."""
    try:
        _carry_out_where_bound(case)
    except (Moved, LedgerUnclear, Busy, NotArrived, Unclear):  # whoever works on it next finds the order
        case.payment = Case.open(case.deps, case.id).payment


def _carry_out_where_bound(case: Case) -> None:
    try:
        carry_out(case)
    except NotBound as error:  # an unclear create can be repeated only where it was made
        case.hold("ledger_not_bound", str(error))
