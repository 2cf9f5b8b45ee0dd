"""What was sent is watched: its money can come back for weeks (rule 12). After that the payment is closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Moved
from kinetic_wise.payments.life_cycle import Status

_AT_ONCE = 200


def close_watched(deps: Deps) -> int:
    """Close what was posted and stayed quiet for the whole time; answers how many. Later news still counts."""
    cutoff = deps.now() - timedelta(days=deps.settings.watch_days)
    found = list(islice(deps.ledger.in_status(Status.POSTED, cutoff), _AT_ONCE))
    return sum(_close(deps, payment_id, cutoff) for payment_id in found)


def _close(deps: Deps, payment_id: str, cutoff: datetime) -> bool:
    case = Case.open(deps, payment_id)
    if case.status is not Status.POSTED or case.intent is not None or case.payment.updated_at > cutoff:
        return False  # the index was behind
    try:
        case.write("watch_over", payment={"status": Status.CLOSED}, merge=False)
    except Moved:
        return False
    return True
