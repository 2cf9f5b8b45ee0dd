"""A person's `retry`: what ended unpaid begins again, once its last transfer is dead (rules 1, 6 and 7)."""

from __future__ import annotations

from kinetic_wise.flows.alive import earlier_alive
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.systems import Invoice

_ENDED_UNPAID = frozenset({Status.FAILED, Status.RETURNED, Status.REJECTED})


class NotRetried(Exception):
    """The payment may not begin again; the message says what stands in the way."""


def retry(deps: Deps, payment_id: str, caller: str) -> Payment:
    """Queue a payment again: the next reservation, and the next attempt under terms of then. The sweep starts it.

    Raises NoSuchPayment, NotRetried, Moved when somebody else wrote it or its invoice is committed otherwise,
    RemoteError and Busy when Epicor cannot be asked.
    """
    case = Case.open(deps, payment_id)
    _check_ended(case)
    invoice = _look(case)
    payment, reservation = case.payment, case.payment.reservation + 1
    case.write(
        "retry",
        payment={"status": Status.QUEUED, "reservation": reservation, "draft": None, "hold": None, "reason": ""},
        data={"caller": caller, "after": payment.status.value, "why": payment.reason, "proof": _proof(case)},
        also=[case.deps.ledger.commit_item([payment], invoice.total)],  # given back at its end
        merge=False,  # decided on what was read
    )
    return case.payment


def _check_ended(case: Case) -> None:
    if not case.payment.has_claim:
        raise NotRetried(f"payment {case.id} is the same debt as another one, which alone may be paid")
    if case.status not in _ENDED_UNPAID or case.intent is not None:
        raise NotRetried(f"payment {case.id} is {case.status.value}: only one that failed, returned or was rejected is")
    if case.current is not None and not case.current.dead:
        raise NotRetried(f"the last transfer of payment {case.id} is not proven dead: its money may be out")
    living = earlier_alive(case)
    if living is not None:
        raise NotRetried(f"transfer {living.id} of payment {case.id} is {living.status} in Wise: cancel it first")


def _proof(case: Case) -> str:
    return case.current.dead if case.current else "no transfer was ever made"


def _look(case: Case) -> Invoice:
    """The invoice as it is now; no payment of ours may be alive on it in Epicor."""
    key, payment = case.payment.invoice, case.payment
    with case.deps.epicor_place() as epicor:
        invoice = epicor.invoice(key)
        draft = epicor.draft(key.company, payment.group_id) if payment.reservation else None
    if invoice is None:
        raise NotRetried(f"invoice {key.invoice_num!r} is not in Epicor any more")
    if draft is not None and draft.head_num is not None and not draft.voided:
        remedy = "void" if draft.posted else "delete"
        raise NotRetried(f"Epicor still holds payment {draft.head_num} in group {draft.group_id}: {remedy} it first")
    return invoice
