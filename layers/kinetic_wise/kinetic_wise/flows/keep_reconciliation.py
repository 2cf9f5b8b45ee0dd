"""On schedule: reconcile, keep the spreadsheet as evidence, and write to each payment where it stands."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from kinetic_wise.flows.reconcile import Listener, Sources, reconcile
from kinetic_wise.flows.reconciliation_report import spreadsheet
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.evidence import Evidence
from kinetic_wise.ledger.histories import Standing
from kinetic_wise.payments.books import LedgerPayment, Period
from kinetic_wise.payments.footing import Summary
from kinetic_wise.payments.reconciliation import RowClass

PREFIX = "reconciliations/"
_SOURCE = "reconcile"  # of the system's chain in the audit trail
_LAST_MONTH_UNTIL = 5  # the day of the month up to which the month before is reconciled
_PIECE = 65_536


@dataclass(frozen=True)
class Keeping:
    """Where a reconciliation is kept: `note` adds to the audit trail."""

    evidence: Evidence
    note: Callable[[str, Entry], None]
    log: Callable[..., None]


def usual_period(sources: Sources) -> Period:
    """This month up to yesterday; in its first five days the whole month before."""
    zone, now = ZoneInfo(sources.settings.time_zone), sources.now()
    today = now.astimezone(zone).date()
    if today.day <= _LAST_MONTH_UNTIL:
        last = today.replace(day=1) - timedelta(days=1)
        return Period.of(last.replace(day=1), last, zone, now)
    return Period.of(today.replace(day=1), today - timedelta(days=1), zone, now)


def period_of(sources: Sources, first: str, last: str) -> Period:
    """The period of two ISO days. Raises BadPeriod, ValueError."""
    zone = ZoneInfo(sources.settings.time_zone)
    return Period.of(date.fromisoformat(first), date.fromisoformat(last), zone, sources.now())


def keep_reconciliation(sources: Sources, keeping: Keeping, period: Period) -> tuple[Summary, str]:
    """Reconcile the period; answers the figures and the key of the spreadsheet. Raises what `reconcile` raises."""
    key = f"{PREFIX}{period.first}_{period.last}/{sources.now():%Y-%m-%dT%H%M%SZ}.xlsx"
    with tempfile.TemporaryFile() as stream:
        with spreadsheet(stream) as report:
            summary = reconcile(
                sources, period, Listener(report.row, lambda one, kind: _stand(sources, period, one, kind))
            )
            report.conclude(summary)
        stream.seek(0)
        digest = hashlib.sha256()
        while piece := stream.read(_PIECE):
            digest.update(piece)
        stream.seek(0)
        keeping.evidence.put(key, stream)
    told = {**summary.model_dump(mode="json"), "file": key, "sha256": digest.hexdigest()}
    keeping.note(_SOURCE, Entry("reconciled", told))
    _tell(keeping, summary, key)
    return summary, key


def _stand(sources: Sources, period: Period, payment: LedgerPayment, kind: RowClass) -> None:
    """What stands where it stood is not written again."""
    if payment.reconciled != kind.value:
        first, last = period.first.isoformat(), period.last.isoformat()
        standing = Standing(kind=kind.value, first=first, last=last, at=sources.now())
        sources.histories.keep_standing(payment.id, standing)


def _tell(keeping: Keeping, summary: Summary, key: str) -> None:
    counts = {kind.value: summary.count(kind) for kind in RowClass if summary.count(kind)}
    problems = [f"{balance.currency}: {balance.problem}" for balance in summary.balances if not balance.foots]
    keeping.log("reconciled", file=key, problems=problems, alarm=bool(problems), **counts)
