"""Book Wise's fee and the realised amount on the draft before it is posted, where the settings ask for it.

Secondary to the posting: what Epicor refuses, or keeps unclear, is written down and told, and the posting goes on.
"""

from __future__ import annotations

from datetime import timedelta

from kinetic_wise.epicor import ForeignDraft
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.systems import Costs, Draft
from kinetic_wise.transport import NotArrived, Refused, Unclear

_BOOKED = "booked"


def book_costs(case: Case, draft: Draft) -> Outcome | None:
    """Book what the payment cost; None when that is done, not wanted or given up."""
    costs = _costs(case)
    if costs is None or case.attempt.costs:
        return None
    case.intend(Action.BOOK_COSTS, data=costs.model_dump(mode="json", exclude_none=True))
    return _send(case, draft, costs)


def costs_are_wanted(case: Case) -> bool:
    """Whether costs are still to be booked on the draft."""
    return _costs(case) is not None and not case.attempt.costs


def _costs(case: Case) -> Costs | None:
    settings, attempt = case.deps.settings, case.attempt
    if attempt.transfer is None or attempt.fee is None or not (settings.bank_fee_id or settings.realised_amounts):
        return None
    return Costs(
        currency=attempt.transfer.source_currency,
        bank_fee_id=settings.bank_fee_id,
        fee=attempt.fee,
        bank_total=attempt.transfer.source_amount if settings.realised_amounts else None,
    )


def _send(case: Case, draft: Draft, costs: Costs) -> Outcome | None:
    try:
        with case.deps.epicor_place() as epicor:
            epicor.book_costs(case.payment.invoice.company, draft, costs)
    except (Busy, NotArrived, Unclear) as error:
        case.write("costs_unclear", data={"problem": str(error)})
        return Outcome.BUSY
    except (Refused, ForeignDraft) as error:
        _give_up(case, str(error))
    else:
        case.conclude("costs_booked", attempt={"costs": _BOOKED})
    return None


def _give_up(case: Case, problem: str) -> None:
    case.conclude("costs_not_booked", attempt={"costs": f"not booked: {problem}"[:500]}, data={"problem": problem})
    case.deps.log("costs not booked", payment_id=case.id, problem=problem, alarm=True)


def look_at_costs(case: Case) -> Outcome | None:
    """An unclear booking: after a pause it is tried again, which looks first; None when there is no more to do."""
    draft, costs = case.payment.draft, _costs(case)
    if draft is None or costs is None or case.announced.tries >= case.deps.settings.tries:
        _give_up(case, "nobody knows whether fee and bank amount are booked: compare the payment with the transfer")
        return None
    pause = timedelta(seconds=case.deps.settings.epicor_look_pause)
    if case.payment.updated_at + pause > case.now:
        return Outcome.BUSY
    case.intend(Action.BOOK_COSTS, data={"group": draft.group_id})
    return _send(case, draft, costs)
