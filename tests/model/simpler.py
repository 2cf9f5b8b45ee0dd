"""States that differ in nothing that can matter again are one state: the search is the same, and much shorter."""

from __future__ import annotations

from kinetic_wise.payments.life_cycle import Status
from tests.model.rules import Rules
from tests.model.state import (
    ATTEMPTS,
    CANCELLED,
    CANCELLED_BACK,
    DEAD,
    FUNDED,
    IDLE,
    NONE,
    NOTHING,
    REFUNDED,
    REFUSED,
    RELEASED,
    STOPPED,
    WAITING,
    Guard,
    Ledger,
    State,
    Worker,
    replaced,
)

_LANDS = {"create": {NONE}, "fund": {WAITING}, "cancel": {WAITING, FUNDED}}  # what a request can still change
_SENDING = frozenset({"create", "fund", "cancel", "delete"})
_FINAL = DEAD - {REFUSED, STOPPED}
_NEVER = Guard(Status.UNKNOWN.value, "none", 0, 0, -1)


def simplest(state: State, rules: Rules, *, stale: bool) -> State:
    """The state without such differences.

    `stale` keeps workers apart whose next write must fail, should the ledger come back to exactly what they read.
    """
    if state.late:
        late = tuple(request for request in state.late if state.wise[request[1]] in _LANDS[request[0]])
        state = state._replace(late=late) if late != state.late else state
    if not stale:
        workers = [_without_guard(state, worker, rules) for worker in state.workers]
        if any(new is not old for new, old in zip(workers, state.workers, strict=True)):
            state = state._replace(workers=tuple(sorted(workers)))
    return _without_the_past(state)


def _without_guard(state: State, worker: Worker, rules: Rules) -> Worker:
    """A worker whose guard can never match again only has its request left, if that can still change anything."""
    if worker is IDLE or worker.guard == state.ledger.guard or not _outdated(worker.guard, state.ledger):
        return worker
    if worker.doing not in _SENDING:
        return IDLE
    if worker.doing == "delete":
        lands = worker.told == state.reservation or not rules.group_per_reservation
    else:
        lands = state.wise[worker.slot] in _LANDS[worker.doing]
    return worker._replace(guard=_NEVER) if lands else IDLE


def _outdated(guard: Guard, ledger: Ledger) -> bool:
    return guard.action != NOTHING or guard.attempt != ledger.attempt


def _without_the_past(state: State) -> State:
    """How the first transfer died, once the second attempt runs; how money came back, once everybody knows."""
    ledger, wise, seen = state.ledger, state.wise, state.ledger.seen
    if ledger.attempt and (wise[0] in _FINAL or (wise[0] == STOPPED and state.retried)):
        wise, seen = replaced(wise, 0, CANCELLED), replaced(seen, 0, CANCELLED)
    if wise[ledger.slot] == seen[ledger.slot] == CANCELLED_BACK:
        wise, seen = replaced(wise, ledger.slot, REFUNDED), replaced(seen, ledger.slot, REFUNDED)
    if wise != state.wise or seen != ledger.seen:
        state = state._replace(wise=wise, ledger=ledger._replace(seen=seen))
    over = ledger.attempt + 1 == ATTEMPTS and ledger.status != Status.QUEUED.value and state.draft == RELEASED
    return state._replace(by_hand=True) if over and not state.by_hand else state  # nobody looks at the invoice any more
