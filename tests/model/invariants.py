"""What must be true in every state, and what a state at rest is."""

from __future__ import annotations

from kinetic_wise.payments.life_cycle import Status
from tests.model.moves import Turn
from tests.model.protocol import settled
from tests.model.rules import BOOKS_TRUE, GATE_HOLDS, MONEY_SEEN, PAYS_ONCE, RELEASED_DEAD, Rules
from tests.model.state import IDLE, MONEY_OUT, NONE, RELEASED, TOOK_MONEY, WAITING, State, at_rest


def broken(state: State, rules: Rules) -> str:
    """The name of the invariant that a state breaks, or "" when it keeps all."""
    if state.wrong:
        return state.wrong
    if sum(truth in MONEY_OUT for truth in state.wise) > 1:
        return PAYS_ONCE
    if _gave_up_a_live_transfer(state):
        return RELEASED_DEAD
    if any(
        seen in TOOK_MONEY and truth not in TOOK_MONEY
        for seen, truth in zip(state.ledger.seen, state.wise, strict=True)
    ):
        return BOOKS_TRUE
    if state.stopped_by_gate and state.ledger.status == Status.FAILED.value:
        return GATE_HOLDS
    if rests(state, rules) and _money_unseen(state):
        return MONEY_SEEN
    return ""


def _gave_up_a_live_transfer(state: State) -> bool:
    """Whether draft or commitment went, or the next attempt began, while a transfer could still take money (rule 6)."""
    ledger = state.ledger
    if state.draft == RELEASED or not ledger.committed:
        return any(_live(state, slot) for slot in range(len(state.wise)))
    return ledger.attempt > 0 and _live(state, 0)


def _live(state: State, slot: int) -> bool:
    truth = state.wise[slot]
    if truth != NONE:
        return truth == WAITING or truth in MONEY_OUT
    being_sent = any(worker.doing == "create" and worker.slot == slot for worker in state.workers)
    return being_sent or ("create", slot) in state.late


def rests(state: State, rules: Rules) -> bool:
    """Whether nobody is at work, nobody is expected to be, and no look would teach the ledger anything."""
    if not at_rest(state.ledger.status) or any(worker != IDLE for worker in state.workers):
        return False
    return not any(True for _ in settled(Turn(state, 0, rules)))


def _money_unseen(state: State) -> bool:
    return any(
        truth in MONEY_OUT and seen not in TOOK_MONEY for truth, seen in zip(state.wise, state.ledger.seen, strict=True)
    )
