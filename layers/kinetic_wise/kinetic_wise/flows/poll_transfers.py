"""The fallback for webhooks: list our profile's transfers and wake settlement for those that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.foreign import list_transfers
from kinetic_wise.flows.watch import watched, watched_since
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
    """Queue each transfer of ours whose state differs from what the ledger saw. Answers how many.

    All that is listed is compared, whatever its payment's status (rule 18); the list goes back to the oldest open one,
    and once a day to the oldest that is watched.
    """
    open_ones = {entry.attempt.key: entry for entry in _open_attempts(deps)}
    starts = [entry.attempt.started_at for entry in open_ones.values()]
    watch = watched_since(deps)
    transfers = list_transfers(deps, min([*starts, *([watch] if watch else [])], default=None))
    seen = deps.ledger.seen_statuses([transfer.key for transfer in transfers])
    moved = [t.id for t in transfers if t.key in seen and _moved(seen[t.key], t.status, open_ones.get(t.key))]
    now = deps.now().isoformat()
    deps.events_queue.send([{"transfer_id": transfer_id, "first_seen": now} for transfer_id in moved])
    if watch is not None:
        watched(deps)
    deps.log("polled transfers", listed=len(transfers), moved=len(moved))
    return len(moved)


def _open_attempts(deps: Deps) -> Iterator[_Open]:
    for status in _OPEN:
        for payment_id in deps.ledger.in_status(status):
            loaded = deps.ledger.load(payment_id)
            if loaded and loaded[1] and loaded[1].transfer:
                yield _Open(loaded[0].status, loaded[1])


def _moved(seen: str, status: str, entry: _Open | None) -> bool:
    """Whether Wise shows news, or an open payment has not followed what is known already."""
    if seen != status:
        return status != policy.WAITING
    settled = (policy.WAITING, "processing", "funds_converted")
    return entry is not None and entry.status is not Status.REFUND_UNKNOWN and status not in settled
