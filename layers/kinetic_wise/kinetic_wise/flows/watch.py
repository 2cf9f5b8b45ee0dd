"""What was sent is watched: its money can come back for weeks (rule 12). After that the payment is closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Moved
from kinetic_wise.payments.life_cycle import Status

_CURSOR = "watch"
_EVERY = timedelta(days=1)  # how often all that is watched is listed (wise-api.md section 13)
_AT_ONCE = 200


def watched_since(deps: Deps) -> datetime | None:
    """From when on transfers are to be listed now so that a late return is seen without events; None: not now."""
    looked = deps.state.cursor(_CURSOR).get("looked_at", "")
    if looked and datetime.fromisoformat(looked) + _EVERY > deps.now():
        return None
    return deps.now() - timedelta(days=deps.settings.watch_days)


def watched(deps: Deps) -> None:
    """Remember that all that is watched has been listed and told."""
    deps.state.move_cursor(_CURSOR, {"looked_at": deps.now().isoformat()})


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
