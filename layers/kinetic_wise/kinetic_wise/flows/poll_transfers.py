"""The fallback for webhooks: list our profile's transfers and wake settlement for those that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.foreign import list_transfers
from kinetic_wise.payments import policy
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt

_OPEN = (
    Status.CREATED,
    Status.AWAITING_FUNDS,
    Status.AWAITING_APPROVAL,
    Status.PROCESSING,
    Status.SENT,
    Status.REFUND_UNKNOWN,
)


@dataclass(frozen=True)
class _Open:
    status: Status
    attempt: Attempt


def poll_transfers(deps: Deps) -> int:
    """Queue each open transfer whose state differs from what the ledger saw. Answers how many."""
    open_ones = {entry.attempt.key: entry for entry in _open_attempts(deps)}
    if not open_ones:
        return 0
    transfers = list_transfers(deps, min(_created(entry) for entry in open_ones.values()))
    moved = [t.id for t in transfers if t.key in open_ones and _moved(open_ones[t.key], t.status)]
    now = deps.now().isoformat()
    deps.events_queue.send([{"transfer_id": transfer_id, "first_seen": now} for transfer_id in moved])
    deps.log("polled transfers", listed=len(transfers), moved=len(moved))
    return len(moved)


def _open_attempts(deps: Deps) -> Iterator[_Open]:
    for status in _OPEN:
        for payment_id in deps.ledger.in_status(status):
            loaded = deps.ledger.load(payment_id)
            if loaded and loaded[1] and loaded[1].transfer:
                yield _Open(loaded[0].status, loaded[1])


def _created(entry: _Open) -> datetime:
    return entry.attempt.started_at


def _moved(entry: _Open, status: str) -> bool:
    """Whether Wise shows news, or the payment has not followed what is known already."""
    known = entry.attempt.transfer
    if known is None or known.status != status:
        return True
    return entry.status is not Status.REFUND_UNKNOWN and status not in (policy.WAITING, "processing", "funds_converted")
