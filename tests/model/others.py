"""What happens without the connector: late requests land, Wise moves money, a person acts in Wise and in Epicor."""

from __future__ import annotations

from collections.abc import Iterator

from kinetic_wise.payments.life_cycle import Status
from tests.model.moves import Move
from tests.model.sending import arrived
from tests.model.state import (
    ATTEMPTS,
    CANCEL,
    CANCELLED,
    CANCELLED_BACK,
    CANCELLED_PAID,
    DELETED,
    FUNDED,
    NOTHING,
    OURS,
    POSTED,
    REFUNDED,
    RETURNED,
    SENT,
    STOPPED,
    WAITING,
    State,
    replaced,
)

PERSON = "a person "  # how each of a person's moves begins
_WISE_MOVES = {
    FUNDED: (SENT, RETURNED),
    SENT: (RETURNED,),
    CANCELLED_PAID: (CANCELLED_BACK, RETURNED),
    RETURNED: (REFUNDED,),
}


def moves(state: State) -> Iterator[Move]:
    """Everything that may happen next without a worker."""
    yield from _late(state)
    for slot, truth in enumerate(state.wise):
        for after in _WISE_MOVES.get(truth, ()):
            yield Move(f"at Wise, transfer {slot + 1} becomes {after}", _with(state, slot, after))
    yield from _person(state)


def _person(state: State) -> Iterator[Move]:
    for slot, truth in enumerate(state.wise):
        yield from _person_in_wise(state, slot, truth)
    yield from _person_in_epicor(state)
    yield from _person_orders(state)


def _late(state: State) -> Iterator[Move]:
    for position, (kind, slot) in enumerate(state.late):
        rest = state.late[:position] + state.late[position + 1 :]
        landed = state._replace(late=rest, wise=arrived(kind, state.wise, slot))
        yield Move(f"the late {kind} of transfer {slot + 1} lands", landed)


def _with(state: State, slot: int, truth: str) -> State:
    return state._replace(wise=replaced(state.wise, slot, truth))


def _person_in_wise(state: State, slot: int, truth: str) -> Iterator[Move]:
    """Wise itself cancels too (compliance, age): the connector cannot tell and need not."""
    if truth == WAITING:
        ours = state.ledger.action == CANCEL and state.ledger.slot == slot
        yield Move(f"{PERSON}funds transfer {slot + 1} in Wise", _with(state, slot, FUNDED))
        yield Move(f"{PERSON}cancels transfer {slot + 1} in Wise", _with(state, slot, CANCELLED if ours else STOPPED))
    elif truth == FUNDED:
        yield Move(f"{PERSON}cancels the funded transfer {slot + 1} in Wise", _with(state, slot, CANCELLED_PAID))


def _person_in_epicor(state: State) -> Iterator[Move]:
    if state.draft == OURS:
        told = f"{PERSON}deletes the draft in Epicor and pays by hand"
        yield Move(told, state._replace(draft=DELETED, by_hand=True))
    elif state.draft != POSTED and not state.by_hand:
        yield Move(f"{PERSON}pays the invoice by hand in Epicor", state._replace(by_hand=True))


def _person_orders(state: State) -> Iterator[Move]:
    """`retry` what failed, once; release what is held with an open intent, into looking again only (rule 5)."""
    ledger = state.ledger
    if ledger.status == Status.FAILED.value and ledger.attempt + 1 < ATTEMPTS:
        number = ledger.attempt + 1
        again = ledger._replace(status=Status.QUEUED.value, attempt=number, slot=number, committed=True)
        told = f"{PERSON}orders a retry"
        yield Move(told, state._replace(ledger=again, retried=True, stopped_by_gate=False, alive=True))
    elif ledger.status == Status.HELD.value and ledger.action != NOTHING:
        looking = ledger._replace(status=Status.UNKNOWN.value, tries=1, looks=0)
        yield Move(f"{PERSON}releases the held payment into looking again", state._replace(ledger=looking, alive=True))
