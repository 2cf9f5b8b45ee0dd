"""The connector's steps, each from one effect to the next: what an idle worker takes up (`flows/`, `start.py`)."""

from __future__ import annotations

from collections.abc import Iterator

from kinetic_wise.payments.life_cycle import Status
from tests.model import sending
from tests.model.moves import Move, Turn, is_dead, learned
from tests.model.rules import TRUE_HOLDS
from tests.model.state import (
    ATTEMPTS,
    CANCEL,
    CANCELLED,
    CANCELLED_BACK,
    CANCELLED_PAID,
    CREATE,
    DELETE,
    FOLLOWED,
    FUND,
    FUNDED,
    GATE,
    MOVING,
    NONE,
    OURS,
    RATE,
    REFUNDED,
    RETURNED,
    SENT,
    STOPPED,
    UNCLAIMED,
    WAITING,
    State,
    Worker,
    at_rest,
)

_FUNDABLE = frozenset({Status.CREATED.value, Status.AWAITING_FUNDS.value, Status.AWAITING_APPROVAL.value})
_WAITS = _FUNDABLE - {Status.CREATED.value}
_POLLED = _FUNDABLE | FOLLOWED
_CAME_BACK = frozenset({CANCELLED_PAID, CANCELLED_BACK, RETURNED, REFUNDED})
_UNPAID = frozenset({CANCELLED, STOPPED})
_TRIES = 2
_LOOKS = 1


def moves(turn: Turn) -> Iterator[Move]:
    """Everything that a worker may do next."""
    if turn.worker.doing != "idle":
        yield from sending.moves(turn)
        if turn.worker.doing == "again":
            yield from _gate(turn)
        return
    yield from _settle(turn)
    if turn.ledger.status == UNCLAIMED:
        yield from _claim(turn)
    elif at_rest(turn.ledger.status):
        yield from _news_at_rest(turn)
    elif turn.state.alive:
        yield from _resolve(turn) if turn.ledger.action else _go_on(turn)


def _claim(turn: Turn) -> Iterator[Move]:
    """Claim once. The answer to our own write may be a failed condition: a library had repeated it (H31)."""
    claimed = turn.write(status=Status.QUEUED.value)
    yield Move("a worker claims the invoice", claimed)
    if not turn.rules.own_write_read_back:
        told = "a worker claims the invoice, is told that the condition failed, and holds a second identity"
        yield Move(told, claimed._replace(wrong=TRUE_HOLDS))


# --- settlement -------------------------------------------------------------------------------------------------------


def settled(turn: Turn) -> Iterator[tuple[int, State]]:
    """The transfers of ours that show something else than the ledger last saw, and the state after a look at each."""
    ledger = turn.ledger
    if not turn.rules.all_transfers_compared and ledger.status not in _POLLED:
        return
    for slot in {ledger.slot, 0} if ledger.attempt else {ledger.slot}:
        if turn.state.wise[slot] != ledger.seen[slot]:
            after = learned(turn.state, slot, turn.rules)
            if after is not turn.state:
                yield slot, after


def _settle(turn: Turn) -> Iterator[Move]:
    for slot, after in settled(turn):
        yield Move(f"settlement looks at transfer {slot + 1}: {turn.state.wise[slot]}", after)


def _news_at_rest(turn: Turn) -> Iterator[Move]:
    came_back = turn.ledger.view in _CAME_BACK
    if turn.ledger.status in (Status.POSTED.value, Status.CLOSED.value) and came_back:
        yield Move("the money came back after posting", turn.write(status=Status.RETURNED.value))


# --- no intent is open ------------------------------------------------------------------------------------------------


def _go_on(turn: Turn) -> Iterator[Move]:
    ledger, status = turn.ledger, turn.ledger.status
    if is_dead(ledger):
        yield _ended(turn)
    elif status in FOLLOWED or ledger.view in _CAME_BACK | {FUNDED, SENT}:
        yield from _follow(turn)
    elif status == Status.QUEUED.value:
        yield _reserve(turn)
    elif status == Status.RESERVED.value:
        ready = turn.with_state(turn.write(status=Status.RECIPIENT_READY.value))
        quoted = ready.write(status=Status.QUOTED.value)  # neither moves money: one step is enough
        yield Move("a worker finds the recipient and gets a quote", quoted)
    elif status == Status.QUOTED.value:
        then = Worker("create", ledger.slot)
        yield Move("a worker announces the transfer", turn.intend(CREATE, then))
    elif status in _FUNDABLE:
        yield from _gate(turn)


def _reserve(turn: Turn) -> Move:
    if turn.state.by_hand:
        closed = turn.write(status=Status.CLOSED.value, committed=False)
        return Move("a worker finds the invoice paid by hand and closes the payment", closed)
    reserved = turn.write(status=Status.RESERVED.value)
    return Move("a worker reserves the invoice by a draft", reserved._replace(draft=OURS))


def _ended(turn: Turn) -> Move:
    """Dead, and no cancel of ours is open: the payment ends, and a person decides (rule 7)."""
    ledger = turn.ledger
    if not turn.rules.foreign_cancel_ends and ledger.view in _UNPAID and ledger.attempt + 1 < ATTEMPTS:
        return Move("a worker begins the next attempt after a cancel", sending.begin_next(turn))
    after = turn.intend(DELETE, sending.deletion(turn))
    return Move("a worker announces that the draft goes: the transfer is dead", after)


def _follow(turn: Turn) -> Iterator[Move]:
    """Do what the facts ask for (`settle.follow`)."""
    ledger, view = turn.ledger, turn.ledger.view
    if view == SENT and ledger.status == Status.SENT.value:
        yield _post(turn)
        return
    follows = {SENT: Status.SENT, RETURNED: Status.REFUND_UNKNOWN}.get(view, Status.PROCESSING).value
    if view != WAITING and follows != ledger.status:
        yield Move(f"the payment follows its transfer: {follows}", turn.write(status=follows))


def _post(turn: Turn) -> Move:
    if turn.state.draft == OURS and not turn.state.by_hand:
        return Move("settlement posts the draft", turn.write(status=Status.POSTED.value)._replace(draft="posted"))
    return Move("settlement finds no draft to post: held", turn.write(status=Status.HELD.value))


# --- the gate ---------------------------------------------------------------------------------------------------------


def _gate(turn: Turn) -> Iterator[Move]:
    """Read everything afresh (rule 9). From `again`, the funding's intent is open."""
    ledger, after = turn.ledger, learned(turn.state, turn.ledger.slot, turn.rules)
    guard = turn.guard
    if turn.state.wise[ledger.slot] != WAITING:
        yield from _moved(turn.with_state(after))
        return
    fresh = turn.with_state(after)
    passed = Worker("gated", ledger.slot, _past(after), guard)
    skipped = not turn.rules.gate or (not turn.rules.gate_while_waiting and ledger.status in _WAITS)
    if _closed(after) and not skipped:
        yield Move("a worker finds the gate closed", fresh.now(Worker("withdraw", ledger.slot, GATE, guard)))
        return
    yield Move("a worker finds the rate over", fresh.now(Worker("withdraw", ledger.slot, RATE, guard)))
    if ledger.status != Status.AWAITING_APPROVAL.value:  # there a person funds, in Wise
        yield Move("a worker skips the gate" if skipped else "a worker passes the gate", fresh.now(passed))


def _moved(turn: Turn) -> Iterator[Move]:
    """The transfer does not wait any more: the facts are written, whoever comes next follows them."""
    if turn.rules.intent_closed_before_following or not turn.ledger.action:
        yield Move("a worker at the gate sees that the transfer has moved", turn.now(Worker("idle")))
    elif turn.guard == turn.ledger.guard:
        yield from [_ended(turn)] if is_dead(turn.ledger) else _follow(turn)


# --- an intent is open ------------------------------------------------------------------------------------------------


def _resolve(turn: Turn) -> Iterator[Move]:
    """Each open intent has its own look or repeat (rule 5)."""
    ledger = turn.ledger
    if ledger.status not in MOVING and not turn.rules.every_intent_has_an_owner:
        return
    if ledger.action == CREATE:
        yield _create_again(turn)
    elif ledger.action == FUND:
        yield _look_at_funding(turn)
    elif ledger.action == CANCEL:
        yield from _look_at_cancel(turn)
    elif ledger.action == DELETE:
        after = turn.intend(DELETE, sending.deletion(turn))
        yield Move("a worker announces again that the draft goes", after)


def _create_again(turn: Turn) -> Move:
    ledger = turn.ledger
    if ledger.tries < _TRIES:
        return Move(
            "a worker announces the unclear create again",
            turn.intend(CREATE, Worker("create", ledger.slot)),
        )
    if turn.state.wise[ledger.slot] != NONE:
        known = turn.with_state(learned(turn.state, ledger.slot, turn.rules))
        after = known.conclude(status=Status.CREATED.value)
        return Move("a worker finds the transfer in the list", after)
    if turn.rules.absence_proves_nothing:
        return Move("the create stays unclear: held", turn.write(status=Status.HELD.value))
    return Move("absent in the list, so never made", sending.never_made(turn))


def _look_at_funding(turn: Turn) -> Move:
    ledger, slot = turn.ledger, turn.ledger.slot
    if not turn.rules.look_before_funding_again:
        blind = Worker("gated", slot, _past(turn.state), ledger.guard)
        return Move("a worker means to fund again without a look", turn.now(blind))
    fresh = turn.with_state(learned(turn.state, slot, turn.rules))
    if turn.state.wise[slot] != WAITING:
        return Move("a worker sees what became of the funding", fresh.conclude())
    if ledger.looks < _LOOKS:
        looked = fresh.write(looks=ledger.looks + 1, status=Status.UNKNOWN.value)
        return Move("a worker looks: the transfer still waits", looked)
    if ledger.tries >= _TRIES:
        return Move("the funding stays unclear: held", fresh.write(status=Status.HELD.value))
    return Move("a worker means to fund again", fresh.now(Worker("again", slot, "", ledger.guard)))


def _past(state: State) -> str:
    """What the gate would have said, for the invariant to see."""
    return "past" if _closed(state) else ""


def _closed(state: State) -> bool:
    return state.draft != OURS or state.by_hand


def _look_at_cancel(turn: Turn) -> Iterator[Move]:
    ledger = turn.ledger
    if turn.state.wise[ledger.slot] != WAITING:
        yield sending.read_back(turn, ledger.slot)
        return
    fresh = turn.with_state(learned(turn.state, ledger.slot, turn.rules))
    if ledger.tries >= _TRIES:
        yield Move("the cancel stays unclear: held", fresh.write(status=Status.HELD.value))
        return
    then = Worker("cancel", ledger.slot)
    yield Move("a worker announces the cancel again", fresh.intend(CANCEL, then))
