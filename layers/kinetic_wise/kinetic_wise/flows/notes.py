"""Leave memo and receipt beside what was done: after the money is right, and never in its way.

Each is announced and written down like every outside write (rules 3 and 17), in fields of its own: the payment's one
open intent stays free for money. What fails is tried again with the payment's next message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.note_kinds import KINDS, NotYet
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Note
from kinetic_wise.transport import NotArrived, Refused, Unclear

_TOLD = frozenset({Status.POSTED, Status.RETURNED, Status.FAILED})
_LOOKS = 2


def leave_notes(case: Case) -> bool:
    """Leave the notes that are due for where the payment stands now; False while some must be tried again.

    Raises Moved and LedgerUnclear.
    """
    if case.intent is not None or case.status not in _TOLD:
        return True
    notes = (*case.payment.notes, *_due(case))
    if all(note.done for note in notes):
        return True
    _keep(case, "intent.notes", notes)
    left = tuple(note if note.done else _try(case, note) for note in notes)
    _keep(case, "notes", left)
    return all(note.done for note in left)


def _due(case: Case) -> Iterator[Note]:
    """What the settings want to be left for this status and is not known yet."""
    known = {(note.kind, note.event, note.attempt) for note in case.payment.notes}
    for name, kind in KINDS.items():
        if (name, case.status.value, case.payment.attempt) not in known and kind.is_wanted(case):
            yield Note(
                kind=name,
                event=case.status.value,
                attempt=case.payment.attempt,
                number=case.payment.audit_count,
                hash=case.payment.audit_head,
                at=case.now,
            )


def _keep(case: Case, kind: str, notes: tuple[Note, ...]) -> None:
    told: list[dict[str, Any]] = [
        {"note": f"{note.kind} {note.event}", "done": note.done, "problem": note.problem} for note in notes
    ]
    case.write(kind, payment={"notes": notes}, data={"notes": told})


def _try(case: Case, note: Note) -> Note:
    """Look for the note and write it when it is not there; answers what is known of it then."""
    try:
        return _look_and_write(case, note)
    except (Busy, NotArrived) as error:
        return note.model_copy(update={"problem": str(error)})
    except NotYet as error:
        return _failed(case, note, str(error))
    except Unclear as error:
        return note.model_copy(update={"unclear": True, "looks": 0, "problem": str(error)})
    except Refused as error:
        return _failed(case, note, str(error))


def _look_and_write(case: Case, note: Note) -> Note:
    kind = KINDS[note.kind]
    with case.deps.epicor_place() as epicor:
        if kind.is_there(case, note, epicor):
            return note.model_copy(update={"done": True, "problem": ""})
    if note.unclear and note.looks < _LOOKS - 1:
        return note.model_copy(update={"looks": note.looks + 1})  # a late request may still land
    kind.write(case, note)
    return note.model_copy(update={"done": True, "problem": ""})


def _failed(case: Case, note: Note, problem: str) -> Note:
    """Tried often enough it is given up, and told: a person can do without it."""
    tries = note.tries + 1
    given_up = tries >= case.deps.settings.note_tries
    if given_up:
        case.deps.log("note given up", payment_id=case.id, kind=note.kind, problem=problem, alarm=True)
    return note.model_copy(update={"tries": tries, "done": given_up, "problem": problem})
