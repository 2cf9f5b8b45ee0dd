"""The connector's outside writes: announced, sent, answered, the answer written (`create`, `fund`, `cancel`, `ending`).

A request may arrive and its answer be lost, time out and land arbitrarily late, provably not arrive, or be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kinetic_wise.payments.life_cycle import Status
from tests.model.moves import Move, Turn, is_dead, learned
from tests.model.rules import CANCEL_STANDS, GATE_KEPT
from tests.model.state import (
    ATTEMPTS,
    CANCEL,
    CANCELLED,
    CANCELLED_PAID,
    DELETE,
    FUND,
    FUNDED,
    GATE,
    NONE,
    OURS,
    RATE,
    REFUSAL,
    REFUSED,
    RELEASED,
    STOPPED,
    STRAY,
    WAITING,
    State,
    Worker,
    replaced,
)


def moves(turn: Turn) -> Iterator[Move]:
    """What a worker with something in hand may do next; it may die at any time as well."""
    yield Move(f"a worker dies ({turn.worker.doing})", turn.now(Worker("idle"), alive=turn.rules.sweep))
    yield from _DOING.get(turn.worker.doing, _nothing)(turn)


def _nothing(_: Turn) -> Iterator[Move]:
    return iter(())


# --- announcing -------------------------------------------------------------------------------------------------------


def _announce_funding(turn: Turn) -> Iterator[Move]:
    worker = turn.worker
    after = turn.intend(FUND, Worker("fund", worker.slot))
    if after.ledger.action == FUND and any(other.doing == "fund" for other in after.workers):
        if worker.told == "past":
            after = after._replace(wrong=GATE_KEPT)
        elif turn.state.wise[0] == STOPPED and worker.slot != 0 and not turn.state.retried:
            after = after._replace(wrong=CANCEL_STANDS)
    yield Move(f"a worker announces the funding of transfer {worker.slot + 1}", after)


def _announce_cancel(turn: Turn) -> Iterator[Move]:
    """A person's cancel between our look and this is indistinguishable from ours (H11): the model lets it pass."""
    worker = turn.worker
    after = turn.intend(CANCEL, Worker("cancel", worker.slot), reason=worker.told)
    if turn.truth == STOPPED and any(other.doing == "cancel" for other in after.workers):
        after = after._replace(wise=replaced(after.wise, worker.slot, CANCELLED))
    yield Move(f"a worker announces a cancel of transfer {worker.slot + 1} ({worker.told})", after)


# --- sending ----------------------------------------------------------------------------------------------------------


def _answered(turn: Turn, answer: str, **truth: object) -> State:
    worker = turn.worker
    return turn.now(Worker("answer", worker.slot, f"{worker.doing} {answer}", worker.guard), **truth)


def _sent(turn: Turn, kind: str, happens: tuple[str, ...], clear: str) -> Iterator[Move]:
    """A request's fates that are the same for all: arrived, answer lost, late, not arrived."""
    slot, waits = turn.worker.slot, (kind, turn.worker.slot)
    if clear:
        yield Move(f"the {kind} of transfer {slot + 1} succeeds", _answered(turn, clear, wise=happens))
    yield Move(
        f"the {kind} of transfer {slot + 1} arrives, its answer is lost", _answered(turn, "unclear", wise=happens)
    )
    if waits not in turn.state.late:
        late = tuple(sorted([*turn.state.late, waits]))
        yield Move(
            f"the {kind} of transfer {slot + 1} times out and is on its way", _answered(turn, "unclear", late=late)
        )
    yield Move(f"the {kind} of transfer {slot + 1} does not arrive", _answered(turn, "not_arrived"))


def arrived(kind: str, wise: tuple[str, ...], slot: int) -> tuple[str, ...]:
    """What a request makes of the transfers when it arrives, however late. Wise refuses what comes too late."""
    effects = {
        ("create", NONE): WAITING,
        ("fund", WAITING): FUNDED,
        ("cancel", WAITING): CANCELLED,
        ("cancel", FUNDED): CANCELLED_PAID,
    }
    return replaced(wise, slot, effects.get((kind, wise[slot]), wise[slot]))


def _create(turn: Turn) -> Iterator[Move]:
    """The same key gives the same transfer; a refusal may come although an earlier try made one (H1)."""
    if not turn.rules.stored_key and turn.guard.tries > 1:
        worker = turn.worker._replace(slot=STRAY)
        others = tuple(worker if one is turn.worker else one for one in turn.state.workers)
        turn = turn.with_state(turn.state._replace(workers=others))
    yield from _sent(turn, "create", arrived("create", turn.state.wise, turn.worker.slot), "made")
    yield Move("the create is refused", _answered(turn, "refused"))


def _fund(turn: Turn) -> Iterator[Move]:
    """Wise funds what waits, once; anything else is a code that speaks of state, which is unclear."""
    waits = turn.truth == WAITING
    yield from _sent(turn, "fund", arrived("fund", turn.state.wise, turn.worker.slot), "funded" if waits else "")
    if waits:
        yield Move("the funding is refused", _answered(turn, "refused"))
        yield Move("there is not enough money", _answered(turn, "no_money"))
        yield Move("a person has to approve", _answered(turn, "approval"))


def _cancel(turn: Turn) -> Iterator[Move]:
    yield from _sent(turn, "cancel", arrived("cancel", turn.state.wise, turn.worker.slot), "done")
    if turn.truth != WAITING:
        yield Move("the cancel is refused", _answered(turn, "done"))


def deletion(turn: Turn) -> Worker:
    """A worker about to delete the draft of the reservation that the ledger has now."""
    return Worker("delete", turn.ledger.slot, turn.state.reservation)


def _delete(turn: Turn) -> Iterator[Move]:
    """`delete_draft` looks before it acts: a repeat is harmless, a draft that is gone is fine."""
    meant = turn.worker.told == turn.state.reservation or not turn.rules.group_per_reservation
    draft = RELEASED if meant and turn.state.draft == OURS else turn.state.draft
    yield Move("Epicor deletes the draft", turn.now(turn.worker._replace(doing="end", told=""), draft=draft))
    yield Move("Epicor deletes the draft, its answer is lost", _answered(turn, "unclear", draft=draft))
    yield Move("the deletion does not arrive", _answered(turn, "not_arrived"))


# --- writing the outcome ----------------------------------------------------------------------------------------------


def _answer(turn: Turn) -> Iterator[Move]:
    what, _, answer = turn.worker.told.partition(" ")
    after = _special(turn, what, answer)
    if after is None:
        after = turn.unclear() if answer == "unclear" else turn.not_arrived()
    yield Move(f"a worker writes: {what} {answer}", after)


def _special(turn: Turn, what: str, answer: str) -> State | None:
    """What is particular to one kind of write; None: the common course."""
    outcome = _OUTCOMES.get((what, answer))
    return outcome(turn) if outcome else None


def _made(turn: Turn) -> State:
    slot = turn.worker.slot
    seen = replaced(turn.ledger.seen, slot, turn.truth)
    return turn.conclude(status=Status.CREATED.value, seen=seen, slot=slot)


def _create_refused(turn: Turn) -> State:
    """Final only if no try before was unclear (H1)."""
    if turn.guard.tries > 1 and turn.rules.refusal_final_only_when_clear:
        return turn.unclear()
    return never_made(turn)


def _create_unclear(turn: Turn) -> State | None:
    return None if turn.rules.unclear_is_no_failure else never_made(turn)


def never_made(turn: Turn) -> State:
    """Take the transfer as never made: the payment ends."""
    return turn.conclude(seen=replaced(turn.ledger.seen, turn.ledger.slot, REFUSED))


def _funded(turn: Turn) -> State:
    seen = replaced(turn.ledger.seen, turn.worker.slot, FUNDED)
    return turn.conclude(status=Status.PROCESSING.value, seen=seen)


def _fund_unclear(turn: Turn) -> State | None:
    return None if turn.rules.unclear_is_no_success else _funded(turn)


def _fund_refused(turn: Turn) -> State:
    """Refused for good: cancel, and end only when it is dead."""
    if turn.guard.tries > 1:
        return turn.unclear()
    if not turn.rules.dead_before_release:
        return turn.conclude(deletion(turn), action=DELETE, tries=1)
    return turn.conclude(Worker("withdraw", turn.worker.slot, REFUSAL))


def _waits(turn: Turn, status: Status) -> State:
    if turn.guard.tries > 1:
        return turn.unclear()
    return turn.conclude(status=status.value)


def _cancel_unclear(turn: Turn) -> State | None:
    begins = turn.ledger.reason == RATE and turn.ledger.attempt + 1 < ATTEMPTS
    if turn.rules.dead_before_next_attempt or not begins:
        return None
    return begin_next(turn)


def _cancel_done(turn: Turn) -> State:
    return read_back(turn, turn.worker.slot).after


_OUTCOMES: dict[tuple[str, str], Callable[[Turn], State | None]] = {
    ("create", "made"): _made,
    ("create", "refused"): _create_refused,
    ("create", "unclear"): _create_unclear,
    ("fund", "funded"): _funded,
    ("fund", "unclear"): _fund_unclear,
    ("fund", "refused"): _fund_refused,
    ("fund", "no_money"): lambda turn: _waits(turn, Status.AWAITING_FUNDS),
    ("fund", "approval"): lambda turn: _waits(turn, Status.AWAITING_APPROVAL),
    ("cancel", "unclear"): _cancel_unclear,
    ("cancel", "done"): _cancel_done,
}


def read_back(turn: Turn, slot: int) -> Move:
    """What became of a transfer that we cancelled (`cancel._read_back`)."""
    told = f"a worker reads transfer {slot + 1} back: {turn.state.wise[slot]}"
    fresh = turn.with_state(learned(turn.state, slot, turn.rules))
    if turn.state.wise[slot] == WAITING:
        return Move(told, fresh.write(status=Status.UNKNOWN.value))
    if not is_dead(fresh.ledger):
        return Move(told, fresh.conclude())
    return Move(told, _dead(fresh))


def _dead(turn: Turn) -> State:
    """Dead while our cancel was open: dead by our hand."""
    ledger = turn.ledger
    if ledger.reason == REFUSAL:
        return turn.conclude()
    if ledger.reason == RATE and ledger.attempt + 1 < ATTEMPTS:
        return begin_next(turn)
    if turn.rules.gate_cancel_holds_at_once:
        after = turn.conclude(status=Status.HELD.value)
    else:
        after = turn.conclude(Worker("hold", turn.worker.slot))
    ours = ledger.reason == GATE and turn.guard == ledger.guard
    return after._replace(stopped_by_gate=ours)


def begin_next(turn: Turn) -> State:
    """The draft stays; a new key (rule 7)."""
    number = turn.ledger.attempt + 1
    return turn.conclude(status=Status.RESERVED.value, attempt=number, slot=number)


def _hold(turn: Turn) -> Iterator[Move]:
    yield Move("a worker holds the payment", turn.write(status=Status.HELD.value))


def _end(turn: Turn) -> Iterator[Move]:
    ended = turn.conclude(status=Status.FAILED.value, committed=False)
    yield Move("a worker ends the payment and gives the commitment back", ended)


_DOING: dict[str, Callable[[Turn], Iterator[Move]]] = {
    "gated": _announce_funding,
    "withdraw": _announce_cancel,
    "create": _create,
    "fund": _fund,
    "cancel": _cancel,
    "delete": _delete,
    "answer": _answer,
    "hold": _hold,
    "end": _end,
}
