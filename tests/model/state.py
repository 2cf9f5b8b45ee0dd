"""A state of the model: what the ledger says, what is true at Wise and in Epicor, what is on its way, who does what.

Everything is a tuple of short texts and small numbers, so that a state is hashed quickly and kept cheaply.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from kinetic_wise.payments import life_cycle
from kinetic_wise.payments.life_cycle import IllegalTransition, Status
from kinetic_wise.payments.model import Action

ATTEMPTS = 2
STRAY = 2  # the slot of a transfer made under a key that is no attempt's: only a broken rule makes one

# --- a transfer's truth at Wise, and the ledger's last look at it -----------------------------------------------------
NONE = "-"
WAITING = "waiting"
FUNDED = "funded"  # processing, funds_converted
SENT = "sent"
CANCELLED = "cancelled"  # without payments, perhaps by us
STOPPED = "stopped"  # looks like `cancelled`: a person did it when no cancel of ours was announced
CANCELLED_PAID = "cancelled_paid"  # cancelled after it was funded, the money not yet back
CANCELLED_BACK = "cancelled_back"  # the same, the money back in a known amount
RETURNED = "returned"  # funds_refunded, the amount not told yet
REFUNDED = "refunded"  # funds_refunded in a known amount
REFUSED = "refused"  # only as the ledger's view: Wise refused to create it

MONEY_OUT = frozenset({FUNDED, SENT, CANCELLED_PAID})
TOOK_MONEY = MONEY_OUT | {CANCELLED_BACK, RETURNED, REFUNDED}
DEAD = frozenset({CANCELLED, STOPPED, CANCELLED_BACK, REFUNDED, REFUSED})
LOOKS_CANCELLED = frozenset({CANCELLED, STOPPED, CANCELLED_PAID, CANCELLED_BACK})

# --- the draft's truth in Epicor -------------------------------------------------------------------------------------
NO_DRAFT = "-"
OURS = "ours"
DELETED = "deleted"  # by a person
RELEASED = "released"  # by us
POSTED = "posted"

CREATE, FUND, CANCEL, DELETE = (
    action.value for action in (Action.CREATE_TRANSFER, Action.FUND, Action.CANCEL, Action.DELETE_DRAFT)
)
NOTHING = ""
# Why a transfer of ours is cancelled, which says what comes after.
RATE, GATE, REFUSAL = "rate", "gate", "refusal"


class Guard(NamedTuple):
    """What a worker read and builds on: its write is conditional on it (`Case.write`)."""

    status: str
    action: str
    tries: int
    looks: int
    attempt: int


class Ledger(NamedTuple):
    """The payment as the ledger has it. `seen` is the last look at each transfer."""

    status: str
    action: str = NOTHING  # of the open intent
    tries: int = 0
    looks: int = 0
    reason: str = NOTHING  # why we cancel
    attempt: int = 0  # counted from zero
    seen: tuple[str, ...] = (NONE,) * (ATTEMPTS + 1)
    slot: int = 0  # which transfer the current attempt believes to be its own
    committed: bool = True

    @property
    def guard(self) -> Guard:
        """What a write is conditional on."""
        return Guard(self.status, self.action, self.tries, self.looks, self.attempt)

    @property
    def view(self) -> str:
        """The last look at the current attempt's transfer."""
        return self.seen[self.slot]


class Worker(NamedTuple):
    """An execution's step or a settlement, between two of its effects."""

    doing: str
    slot: int = 0
    told: str = ""  # an answer, or a reason
    guard: Guard = Guard("", NOTHING, 0, 0, 0)  # what it read


IDLE = Worker("idle")


class State(NamedTuple):
    """Everything at one moment."""

    ledger: Ledger
    wise: tuple[str, ...] = (NONE,) * (ATTEMPTS + 1)
    late: tuple[tuple[str, int], ...] = ()  # requests that timed out and may still land
    draft: str = NO_DRAFT
    by_hand: bool = False  # a person paid the invoice in Epicor
    workers: tuple[Worker, ...] = (IDLE,)
    # What nobody in the model can see; only invariants look at it.
    retried: bool = False  # a person ordered the second attempt
    stopped_by_gate: bool = False
    alive: bool = True  # an execution works on the payment, or the sweep will start one
    wrong: str = ""  # a rule broken by the step itself

    @property
    def reservation(self) -> str:
        """Which draft is meant: a person's retry reserves anew, the attempt after our own cancel keeps it (H18)."""
        return "second" if self.retried else "first"


UNCLAIMED = "unclaimed"


class Bounds(NamedTuple):
    """How far a search goes."""

    workers: int
    stale: bool = False  # keep workers whose next write must fail, should the ledger come back to what they read

    @property
    def start(self) -> State:
        """The state before anything happened."""
        return State(Ledger(UNCLAIMED), workers=(IDLE,) * self.workers)


_SHOULD_REST = frozenset(status.value for status in life_cycle.AT_REST)
MOVING = frozenset(status.value for status in life_cycle.MOVING)
FOLLOWED = frozenset(status.value for status in life_cycle.FOLLOWED)


@cache
def allowed(before: str, after: str) -> bool:
    """Whether the life cycle's own table lets a payment go from one status to another."""
    if before == UNCLAIMED:
        return after == Status.QUEUED.value
    try:
        life_cycle.check(Status(before), Status(after))
    except IllegalTransition:
        return False
    return True


def replaced(items: tuple[str, ...], index: int, item: str) -> tuple[str, ...]:
    """The tuple with one item replaced."""
    return (*items[:index], item, *items[index + 1 :])


def at_rest(status: str) -> bool:
    """Whether nobody needs to act until a person or news from Wise says otherwise."""
    return status in _SHOULD_REST
