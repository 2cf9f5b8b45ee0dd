"""Copy entries of the audit trail into Epicor's audit table: in batches, behind the payments, in nobody's way.

What is due was written with its entry (ledger/due_rows.py). A row's keys are its chain and its entry's number, so that
Epicor itself refuses a second one; what is there already is only struck off. What fails stays due for the next time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import simplejson

from kinetic_wise import metrics
from kinetic_wise.epicor.notes import AuditRow
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.note_kinds import MARKER, amounts_of
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.ledger.due_rows import DueRow
from kinetic_wise.payments import identity
from kinetic_wise.payments.model import Attempt
from kinetic_wise.transport import AccessRefused, NotArrived, Refused, RemoteError, TokenRejected, Unclear

_SOURCE = "audit_rows"  # of the system's chain in the audit trail
_BATCH = 20  # rows that are written together
_AT_ONCE = 1_000  # rows of a company that one run takes up
_LONGEST_DETAIL = 1_000  # of a CharacterNN


class _Later(Exception):
    """Epicor cannot be written to now; the message says why."""


class _NoneTaken(_Later):
    """A company's table takes no row now: a right is missing, or the table is another."""


@dataclass
class Written:
    """What a run did."""

    written: int = 0
    given_up: int = 0
    problem: str = ""


@dataclass
class _Sorted:
    """What became of the rows of a batch."""

    found: list[DueRow]  # in Epicor before
    taken: list[DueRow] = field(default_factory=list)
    refused: list[tuple[DueRow, str]] = field(default_factory=list)


def write_audit_rows(deps: Deps) -> Written:
    """Write what is due, oldest first, and measure what is still behind. Raises TokenRejected."""
    deps.exchanges.take()
    report = Written()
    if not deps.settings.audit_table or deps.settings.shadow:
        return report
    try:
        _write_due(deps, report)
    except _Later as error:
        _tell(deps, report, error)
    oldest = next(deps.state.due_rows.rows(), None)
    deps.meter(metrics.OLDEST_AUDIT_ROW, (deps.now() - oldest.at).total_seconds() if oldest else 0)
    return report


def _write_due(deps: Deps, report: Written) -> None:
    """Company by company: one whose table takes no row is in no other's way."""
    for company, rows in _due(deps).items():
        try:
            for first in range(0, len(rows), _BATCH):
                _conclude(deps, report, _write(deps, company, rows[first : first + _BATCH]))
        except _NoneTaken as error:
            _tell(deps, report, error)


def _due(deps: Deps) -> dict[str, list[DueRow]]:
    """What has been due for the longest in each company."""
    due: dict[str, list[DueRow]] = {}
    for row in deps.state.due_rows.rows():
        rows = due.setdefault(_company(deps.epicor_site.companies, row), [])
        if len(rows) < _AT_ONCE:
            rows.append(row)
    return due


def _tell(deps: Deps, report: Written, error: _Later) -> None:
    report.problem = str(error)
    deps.log("audit rows written later", problem=report.problem)


def _company(known: Sequence[str], row: DueRow) -> str:
    """Where a row goes: what belongs to no company goes to the first."""
    return row.company if row.company in known else known[0]


def _conclude(deps: Deps, report: Written, batch: _Sorted) -> None:
    """Strike off what is there. A refusal counts against a row only while Epicor takes others beside it."""
    there = [*batch.found, *batch.taken]
    deps.state.due_rows.drop(there)
    report.written += len(there)
    if not batch.refused:
        return
    if not batch.taken:
        raise _NoneTaken(batch.refused[0][1])
    for row, problem in batch.refused:
        _count_refusal(deps, report, row, problem)


def _count_refusal(deps: Deps, report: Written, row: DueRow, problem: str) -> None:
    tries = row.tries + 1
    if tries < deps.settings.note_tries:
        deps.state.due_rows.keep(row.model_copy(update={"tries": tries}))
        return
    report.given_up += 1
    deps.log("audit row given up", chain=row.chain, number=row.number, problem=problem, alarm=True)
    deps.state.note(_SOURCE, Entry("audit_row_given_up", {"row": f"{row.chain} {row.number}", "problem": problem}))
    deps.state.due_rows.drop([row])


def _write(deps: Deps, company: str, rows: Sequence[DueRow]) -> _Sorted:
    """Have these rows in Epicor, those that are missing in one write; where that is refused, each by itself."""
    missing = _missing(deps, company, rows)
    found = [row for row in rows if row not in missing]
    if not missing:
        return _Sorted(found)
    problem = _add(deps, company, missing)
    if not problem:
        return _Sorted(found, missing)
    if len(missing) == 1:
        return _Sorted(found, [], [(missing[0], problem)])
    batch = _Sorted(found)
    for row in missing:
        refused = _add(deps, company, [row])
        if refused:
            batch.refused.append((row, refused))
        else:
            batch.taken.append(row)
    return batch


def _missing(deps: Deps, company: str, rows: Sequence[DueRow]) -> list[DueRow]:
    """Those that Epicor does not have. Raises _Later."""
    asked = {_keys(row): row for row in rows}
    try:
        with deps.epicor_place() as epicor:
            there = epicor.notes.audit_rows_there(company, deps.settings.audit_table, [_keyed(row) for row in rows])
    except TokenRejected:
        raise
    except (Busy, NotArrived, Unclear, Refused, AccessRefused) as error:
        deps.exchanges.take()  # nothing was announced, nothing was written
        later = _NoneTaken if isinstance(error, (Refused, AccessRefused)) else _Later
        raise later(str(error)) from error
    return [row for keys, row in asked.items() if keys not in there]


def _add(deps: Deps, company: str, rows: Sequence[DueRow]) -> str:
    """Write rows together, announced before and told after (rules 3 and 17). Answers why Epicor refused, or "".

    Raises _Later, where what is unclear is looked for at the next run, _NoneTaken and TokenRejected.
    """
    told = {"company": company, "rows": [f"{row.chain} {row.number}" for row in rows]}
    deps.state.note(_SOURCE, Entry("intent.audit_rows", told, deps.exchanges.take()))
    whole = [_row(deps, row) for row in rows]
    problem: Exception | None = None
    try:
        with deps.epicor_place() as epicor:
            epicor.notes.add_audit_rows(company, deps.settings.audit_table, whole)
    except (Busy, RemoteError) as error:
        problem = error
    outcome = {"company": company, "rows": len(rows), "problem": str(problem or "")}
    deps.state.note(_SOURCE, Entry("audit_rows", outcome, deps.exchanges.take()))
    if isinstance(problem, TokenRejected):
        raise problem
    if isinstance(problem, AccessRefused):
        raise _NoneTaken(str(problem)) from problem
    if problem is not None and not isinstance(problem, Refused):
        raise _Later(str(problem)) from problem
    return str(problem or "")


# --- the row ----------------------------------------------------------------------------------------------------------


def _keys(row: DueRow) -> tuple[str, str, str]:
    """Of the payment and the entry's number, or of the system chain's name; 50 characters hold each."""
    return MARKER, row.chain if not row.status else identity.short_id(row.chain), f"{row.number:010d}"


def _keyed(row: DueRow) -> AuditRow:
    detail = {"payment" if row.status else "chain": row.chain, "at": row.at.isoformat(), "audit_hash": row.hash}
    return AuditRow(
        keys=_keys(row),
        event=row.event,
        transfer="",
        status=row.status,
        amount=row.amount,
        day=row.at.date(),
        detail=simplejson.dumps(detail, sort_keys=True),
        told=row.told,
    )


def _row(deps: Deps, row: DueRow) -> AuditRow:
    """The whole row, with its attempt's transfer and what is known of the money by now."""
    attempt = deps.ledger.attempt(row.chain, row.attempt) if row.attempt else None
    keyed = _keyed(row)
    if attempt is None:
        return keyed
    detail = {**simplejson.loads(keyed.detail), "attempt": attempt.number, **amounts_of(attempt)}
    longer = simplejson.dumps(detail, sort_keys=True)
    changes = {"transfer": _transfer_id(attempt), **({"detail": longer} if len(longer) <= _LONGEST_DETAIL else {})}
    return keyed.model_copy(update=changes)


def _transfer_id(attempt: Attempt) -> str:
    return str(attempt.transfer.id) if attempt.transfer else ""
