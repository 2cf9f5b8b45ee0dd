"""Write to payments how a person's reconciliation found them: with the statements that only a person can get.

The scheduled function writes the same standings by itself (flows/keep_reconciliation.py).
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.histories import Standing
from kinetic_wise.payments.reconciliation import RowClass
from kinetic_wise.payments.record import Record

_SOURCE = "reconcile"  # of the system's chain in the audit trail
AT_ONCE = 100


class UnknownPayments(Exception):
    """Standings were given for payments that the ledger does not know; nothing was written."""


class Standings(Record):
    """Where payments stand after the reconciliation of a period, and with which files' digests."""

    first: date
    last: date
    statements: tuple[str, ...] = ()  # SHA-256 of each file that stood in for Wise's own statement
    standings: dict[str, RowClass] = Field(min_length=1, max_length=AT_ONCE)  # by payment id


def keep_standings(deps: Deps, found: Standings, caller: str) -> int:
    """Write them, told in the audit trail with the caller; answers how many. Raises UnknownPayments."""
    unknown = [payment_id for payment_id in found.standings if deps.ledger.get(payment_id) is None]
    if unknown:
        raise UnknownPayments(f"the ledger knows no payment {unknown[0]!r}")
    deps.state.note(_SOURCE, Entry("standings", {"caller": caller, **found.model_dump(mode="json")}))
    first, last = found.first.isoformat(), found.last.isoformat()
    for payment_id, kind in found.standings.items():
        standing = Standing(kind=kind.value, first=first, last=last, at=deps.now())
        deps.ledger.histories.keep_standing(payment_id, standing)
    return len(found.standings)
