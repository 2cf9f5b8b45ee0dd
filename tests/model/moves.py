"""How a worker changes the state: look and learn, announce, write on condition."""

from __future__ import annotations

from typing import NamedTuple

from kinetic_wise.payments.life_cycle import Status
from tests.model.rules import LEGAL, OWN_INTENT, Rules
from tests.model.state import (
    CANCEL,
    CANCELLED,
    CANCELLED_BACK,
    CANCELLED_PAID,
    DEAD,
    FUND,
    IDLE,
    NONE,
    NOTHING,
    REFUSED,
    TOOK_MONEY,
    Guard,
    Ledger,
    State,
    Worker,
    allowed,
    at_rest,
    replaced,
)


class Move(NamedTuple):
    """What happens, in words, and the state after it."""

    told: str
    after: State


class Turn(NamedTuple):
    """A worker whose turn it is."""

    state: State
    number: int  # its place among the workers
    rules: Rules

    @property
    def worker(self) -> Worker:
        """The worker as it stands."""
        return self.state.workers[self.number]

    @property
    def ledger(self) -> Ledger:
        """The ledger as it is now, whatever the worker read before."""
        return self.state.ledger

    @property
    def truth(self) -> str:
        """What is true of the transfer that the worker has in hand."""
        return self.state.wise[self.worker.slot]

    def now(self, worker: Worker, **changes: object) -> State:
        """The state with this worker changed; workers are alike, so their order is kept sorted."""
        others = [other for number, other in enumerate(self.state.workers) if number != self.number]
        workers = tuple(sorted([*others, worker]))
        return self.state._replace(workers=workers, **changes)  # type: ignore[arg-type]

    def with_state(self, state: State) -> Turn:
        """The same worker in a state where others stand as before."""
        return self._replace(state=state)

    @property
    def guard(self) -> Guard:
        """What the worker's next write is conditional on; one that was idle reads and writes at once."""
        return self.ledger.guard if self.worker.doing == IDLE.doing else self.worker.guard

    def write(self, then: Worker = IDLE, /, **changes: object) -> State:
        """Write to the ledger if it still is as the worker read it; else the worker drops what it had in hand."""
        base, guard = self.ledger, self.guard
        if guard != base.guard:
            if self.rules.version:
                return self.now(IDLE)
            base = base._replace(**guard._asdict())
        after = base._replace(**changes)  # type: ignore[arg-type]
        wrong = self.state.wrong if allowed(base.status, after.status) else LEGAL
        if then.doing != IDLE.doing:
            then = then._replace(guard=after.guard)
        return self.now(then, ledger=after, wrong=wrong)

    def intend(self, action: str, then: Worker, reason: str = NOTHING) -> State:
        """Announce an outside write; an open intent of the same kind counts one more try (rule 3)."""
        guard = self.guard
        tries = min(guard.tries + 1, 2) if guard.action == action else 1
        after = self.write(then, action=action, tries=tries, looks=0, reason=reason or self.ledger.reason)
        if guard.action not in (NOTHING, action) and (guard.action, action) != (FUND, CANCEL):
            return after._replace(wrong=OWN_INTENT)
        return after

    def conclude(self, then: Worker = IDLE, /, **changes: object) -> State:
        """Close the intent. What was unknown is where the facts say it is (`Case.conclude`)."""
        if self.guard.status == Status.UNKNOWN.value:
            changes.setdefault("status", by_facts(self.ledger))
        return self.write(then, **{"action": NOTHING, "tries": 0, "looks": 0, "reason": NOTHING, **changes})

    def unclear(self) -> State:
        """The intent stays open, the payment is unknown (rule 4)."""
        return self.write(status=unknown(self.guard.status))

    def not_arrived(self) -> State:
        """The write provably had no effect; earlier tries may have had one."""
        guard = self.guard
        if guard.tries > 1:
            return self.write(tries=guard.tries - 1, status=unknown(guard.status))
        return self.conclude()


def by_facts(ledger: Ledger) -> str:
    """Where a payment stands whose unclear write became clear."""
    return (Status.QUOTED if ledger.view in (NONE, REFUSED) else Status.CREATED).value


def unknown(status: str) -> str:
    """`unknown`, or, where the table knows no such way, the status with its open intent."""
    return Status.UNKNOWN.value if allowed(status, Status.UNKNOWN.value) else status


def learned(state: State, slot: int, rules: Rules) -> State:
    """The state after a GET of a transfer and its payments has been written as a fact (rule 10)."""
    seen = as_seen(state.wise[slot], state.ledger.seen[slot], rules)
    if seen == state.ledger.seen[slot] or (not rules.facts_always and at_rest(state.ledger.status)):
        return state
    return state._replace(ledger=state.ledger._replace(seen=replaced(state.ledger.seen, slot, seen)))


def as_seen(truth: str, known: str, rules: Rules) -> str:
    """What a look makes of a transfer's truth."""
    if truth == NONE:
        return known
    if truth == CANCELLED_PAID and not rules.payments_looked_at and known not in TOOK_MONEY:
        return CANCELLED
    if truth == CANCELLED_BACK and not rules.refund_known_is_dead:
        return CANCELLED_PAID
    return truth


def is_dead(ledger: Ledger) -> bool:
    """Whether the ledger holds the proof that the current transfer took no money, or that its money is back."""
    return ledger.view in DEAD
