"""One way around an outside write of a payment: announced before it, and what became of it written after (rule 3).

Each flow says what it writes and what an answer or a refusal means to it. What means the same everywhere stands here:
a write that did not arrive, and one of which nobody knows whether it took effect (rule 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from kinetic_wise.epicor import EpicorClient, ForeignDraft
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.transport import NotArrived, Refused, Unclear
from kinetic_wise.wise import WiseClient

Answer = TypeVar("Answer")
End = TypeVar("End", bound=Outcome | None)


def _raised(error: Exception) -> NoReturn:
    raise error


def write_to_epicor(
    case: Case,
    write: Callable[[EpicorClient], Answer],
    *,
    done: Callable[[Answer], End],
    refused: Callable[[Refused | ForeignDraft], End],
) -> Outcome | End:
    """Make the announced write in Epicor, holding one of the few places for calls to it.

    `done` takes what `write` answers; `refused` the refusal, or what stands where our draft should. Both are called
    after the place is given back. No place is free: nothing arrived. Raises AccessRefused, and what the two raise.
    """

    def in_a_place() -> Answer:
        with case.deps.epicor_place() as epicor:
            return write(epicor)

    return _written(case, in_a_place, done, refused)


def write_to_wise(
    case: Case,
    write: Callable[[WiseClient], Answer],
    *,
    done: Callable[[Answer], End],
    refused: Callable[[Refused], End] = _raised,
) -> Outcome | End:
    """Make the announced write at Wise. `done` takes what `write` answers, `refused` the refusal.

    A `write` whose answers tell of refusals as well needs no `refused`. Raises AccessRefused, and what the two raise.
    """
    return _written(case, lambda: write(case.deps.wise), done, refused)


@contextmanager
def reading_back() -> Iterator[None]:
    """Reads that a `write` makes after what it wrote: that they did not arrive says nothing of the write.

    Raises Unclear instead of NotArrived.
    """
    try:
        yield
    except NotArrived as error:
        raise Unclear(f"written, then: {error}", code=error.code, exchange=error.exchange) from error


def _written(
    case: Case, write: Callable[[], Answer], done: Callable[[Answer], End], refused: Callable[[Any], End]
) -> Outcome | End:
    try:
        answer = write()
    except (Busy, NotArrived) as error:
        case.not_arrived(str(error))
        return Outcome.BUSY
    except Unclear as error:
        case.unclear(str(error))
        return Outcome.UNKNOWN
    except (Refused, ForeignDraft) as error:
        return refused(error)
    return done(answer)
