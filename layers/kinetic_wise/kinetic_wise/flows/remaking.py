"""A draft that is gone although the money was sent: made again under the next reservation (money-cases.md H22)."""

from __future__ import annotations

from datetime import timedelta

from kinetic_wise.epicor import ForeignDraft
from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.reserve import wanted
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.systems import Invoice
from kinetic_wise.transport import NotArrived, Refused, Unclear

_MOST = 9  # reservations, retries included: somebody who keeps deleting what we make must be asked why


def remake_draft(case: Case) -> Outcome | None:
    """Reserve the invoice anew, or hold when it is closed otherwise; None when the draft is there again."""
    if not is_bound(case.deps):
        return Outcome.BUSY  # a ledger that was set back may not know that it was made again (money-cases.md H9)
    try:
        with case.deps.epicor_place() as epicor:
            invoice = epicor.invoice(case.payment.invoice)
    except (Busy, NotArrived, Unclear):
        return Outcome.BUSY
    if _hold_if_closed(case, invoice):
        return Outcome.STOPPED
    number = case.payment.reservation + 1
    case.intend(Action.REMAKE_DRAFT, data={"reservation": number}, payment={"reservation": number, "draft": None})
    return _make(case)


def _hold_if_closed(case: Case, invoice: Invoice | None) -> bool:
    """Whether the payment is held: its invoice is gone, or somebody paid or reserved it as well."""
    if invoice is None:
        case.hold("invoice_gone", f"sent, and invoice {case.payment.invoice.invoice_num!r} is not in Epicor any more")
    elif not invoice.open_payable or invoice.unposted_balance < case.payment.amount:
        left = f"of {invoice.total} only {invoice.unposted_balance} is neither paid nor reserved"
        case.hold("paid_outside_as_well", f"Wise sent {case.attempt.amount}; our draft is gone, and {left}")
    elif case.payment.reservation >= _MOST:
        had = f"the payment has had {case.payment.reservation} reservations already"
        case.hold("draft_missing", f"the money is sent, the draft is gone, and {had}: no other is made by itself")
    else:
        return False
    return True


def _make(case: Case) -> Outcome | None:
    """Make the announced draft. The payment stays `sent`: settlement owns it, whatever becomes of this."""
    try:
        with case.deps.epicor_place() as epicor:
            draft = epicor.reserve(wanted(case))
    except (Busy, NotArrived, Unclear) as error:
        case.write("draft_unclear", data={"problem": str(error)})
        return Outcome.BUSY
    except (Refused, ForeignDraft) as error:
        case.hold("draft_missing", f"the draft is gone, and Epicor does not take another: {error}", intent=None)
        return Outcome.STOPPED
    case.conclude("draft_made_again", payment={"draft": draft}, data={"head_num": draft.head_num})
    return None


def look_at_remade_draft(case: Case) -> Outcome | None:
    """An unclear remaking: after a pause `reserve` is called again, which looks before it makes what is missing."""
    intent = case.announced
    pause = timedelta(seconds=case.deps.settings.epicor_look_pause)
    if intent.looks == 0:
        changed = intent.model_copy(update={"looks": 1, "looked_at": case.now})
        case.write("looked", payment={"intent": changed})
        return Outcome.BUSY
    if intent.looked_at is not None and intent.looked_at + pause > case.now:
        return Outcome.BUSY
    if intent.tries >= case.deps.settings.tries:
        case.hold("draft_missing", f"nobody knows whether group {case.payment.group_id} reserves the invoice again")
        return Outcome.STOPPED
    case.intend(Action.REMAKE_DRAFT, data={"group": case.payment.group_id})
    return _make(case)
