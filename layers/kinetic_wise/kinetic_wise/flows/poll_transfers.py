"""The fallback for webhooks: list our profile's transfers and wake settlement for those that moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.forecast import forecast_if_due
from kinetic_wise.flows.foreign import list_transfers
from kinetic_wise.flows.funds import plan_funds
from kinetic_wise.flows.hearing import are_healthy, listen
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Attempt
from kinetic_wise.payments.rhythm import SENT_DAYS, Pace, every, pace_of
from kinetic_wise.payments.systems import Transfer

_CURSOR = "paces"
_OPEN = (
    Status.CREATED,
    Status.AWAITING_FUNDS,
    Status.AWAITING_APPROVAL,
    Status.PROCESSING,
    Status.SENT,
    Status.REFUND_UNKNOWN,
    Status.RETURNED,
    Status.HELD,
)
_BY_PERSONS = frozenset({Status.RETURNED, Status.HELD})  # looked at as long as their transfer is not dead
_SETTLED = frozenset(transfer_status.COURSE) - {transfer_status.SENT}


@dataclass(frozen=True)
class _Open:
    payment_id: str
    status: Status
    attempt: Attempt


def poll_transfers(deps: Deps) -> int:
    """Queue each transfer of ours whose state differs from what the ledger saw. Answers how many.

    What is listed goes as far back as the paces that are due ask for, and is compared whatever the payment's status
    (rule 18). Whom the balances' money is for is planned, and the forecast made, on the same schedule.
    """
    open_ones = {entry.attempt.key: entry for entry in _open_attempts(deps)}
    moved = _list_and_wake(deps, open_ones)
    plan_funds(deps)
    forecast_if_due(deps)
    return moved


def _list_and_wake(deps: Deps, open_ones: Mapping[str, _Open]) -> int:
    starts = _starts(deps, open_ones.values())
    due = _due(deps, starts)
    if not due:
        return 0
    since = min(starts[pace] for pace in due)
    started, transfers = deps.now(), list_transfers(deps, since)
    seen = deps.ledger.seen_transfers([transfer.key for transfer in transfers])
    ours = [(transfer, seen[transfer.key]) for transfer in transfers if transfer.key in seen]
    moved = [t for t, before in ours if _moved(before, t, open_ones.get(t.key)) or _waits_for_nobody(deps, before, t)]
    deps.events_queue.send([{"transfer_id": t.id, "first_seen": deps.now().isoformat()} for t in moved])
    listen(deps, [t.id for t in moved if _is_news(seen[t.key], t)])
    _ask_for_absent(
        deps, [one for key, one in open_ones.items() if one.attempt.started_at >= since and key not in seen]
    )
    _listed(deps, [pace for pace, start in starts.items() if start >= since], started)
    deps.log("polled transfers", listed=len(transfers), moved=len(moved), paces=sorted(due))
    return len(moved)


def _ask_for_absent(deps: Deps, absent: Iterable[_Open]) -> None:
    """Have each open transfer that the list should show and does not be asked for by itself: absence says nothing.

    One that was made for another Wise profile is never listed for ours; whoever set the profile is told.
    """
    for entry in absent:
        transfer, terms = entry.attempt.transfer, entry.attempt.terms
        if transfer is not None:
            deps.events_queue.send([{"transfer_id": transfer.id, "first_seen": deps.now().isoformat(), "once": True}])
            if terms.profile != deps.wise_site.profile:
                told = {"payment_id": entry.payment_id, "transfer_id": transfer.id, "profile": terms.profile}
                deps.log("a transfer of another Wise profile", **told, alarm=True)


def _open_attempts(deps: Deps) -> Iterator[_Open]:
    for status in _OPEN:
        for payment_id in deps.ledger.in_status(status):
            loaded = deps.ledger.load(payment_id)
            if loaded and loaded[1] and loaded[1].transfer and not (status in _BY_PERSONS and loaded[1].dead):
                yield _Open(payment_id, loaded[0].status, loaded[1])


# --- how far back, and when -----------------------------------------------------------------------------------------


def _starts(deps: Deps, open_ones: Iterable[_Open]) -> dict[Pace, datetime]:
    """From when on each pace's transfers were made, the oldest of it counting."""
    now, waits = deps.now(), timedelta(days=deps.settings.waiting_days)  # a transfer may wait before it is paid out
    starts = {
        Pace.SENT: now - timedelta(days=SENT_DAYS) - waits,
        Pace.WATCHED: now - timedelta(days=deps.settings.watch_days) - waits,
        Pace.OTHERS: now,
    }
    for entry in open_ones:
        started = entry.attempt.started_at
        pace = pace_of(entry.status, now - started)
        starts[pace] = min(started, starts.get(pace, now))
    return starts


def _due(deps: Deps, starts: Mapping[Pace, datetime]) -> set[Pace]:
    listed, are_told = deps.state.cursor(_CURSOR), are_healthy(deps)
    return {pace for pace in starts if _is_due(deps, listed.get(pace.value, ""), every(pace, are_told=are_told))}


def _is_due(deps: Deps, listed: str, period: timedelta) -> bool:
    return not listed or datetime.fromisoformat(listed) + period * deps.settings.polling_pace <= deps.now()


def _listed(deps: Deps, paces: list[Pace], at: datetime) -> None:
    known = deps.state.cursor(_CURSOR)
    deps.state.move_cursor(_CURSOR, {**known, **{pace.value: at.isoformat() for pace in paces}})


# --- what moved -----------------------------------------------------------------------------------------------------


def _is_news(seen: Transfer | None, now: Transfer) -> bool:
    """Whether Wise shows a state that nobody told us of. A transfer that waits is in the hands of its execution."""
    return now.status != transfer_status.WAITING and (seen is None or seen.status != now.status)


def _waits_for_nobody(deps: Deps, seen: Transfer | None, now: Transfer) -> bool:
    """Whether a transfer waits that nobody saw waiting, of a payment that no execution works on with it."""
    if now.status != transfer_status.WAITING or (seen is not None and seen.status == transfer_status.WAITING):
        return False
    owner = deps.ledger.owner_of(now.key)
    payment = deps.ledger.get(owner[0]) if owner else None
    return owner is not None and payment is not None and (payment.status in AT_REST or payment.attempt != owner[1])


def _moved(seen: Transfer | None, now: Transfer, entry: _Open | None) -> bool:
    """Whether Wise shows news or asks for something, or an open payment has not followed what is known already."""
    if _is_news(seen, now) or now.has_active_issues != (seen is not None and seen.has_active_issues):
        return True
    if entry is None or entry.status in _BY_PERSONS:
        return False
    return now.has_active_issues or (entry.status is not Status.REFUND_UNKNOWN and now.status not in _SETTLED)
