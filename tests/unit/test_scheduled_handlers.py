"""The handlers that schedules start for the books and the audit trail: what they ask for, answer, log and measure."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kinetic_wise.flows.write_audit_rows import Written
from kinetic_wise.ledger.audit import Head
from kinetic_wise.payments.books import BadPeriod, Period
from kinetic_wise.payments.footing import ClassFigures, Summary
from kinetic_wise.payments.reconciliation import RowClass
from kinetic_wise.settings import Settings
from tests.support.evidence import MemoryEvidence
from tests.unit.test_handlers import CONTEXT, app

NOW = datetime(2026, 12, 2, 6, tzinfo=UTC)


class Books:
    """What `reconcile` was asked, and an answer with three rows that differ."""

    def __init__(self) -> None:
        self.periods: list[Period] = []

    def keep(self, sources: Any, keeping: Any, period: Period) -> tuple[Summary, str]:
        """In place of the flow."""
        assert (sources, keeping) == (SOURCES, "keeping")
        self.periods.append(period)
        kinds = ((RowClass.MATCHED, 7), (RowClass.ONLY_IN_WISE, 2), (RowClass.AMOUNT_DIFFERS, 1))
        classes = tuple(
            ClassFigures(kind=kind, currency="EUR", rows=rows, amount=Decimal("10.10")) for kind, rows in kinds
        )
        summary = Summary(
            first=period.first.isoformat(),
            last=period.last.isoformat(),
            classes=classes,
            balances=(),
            without_statement=("EUR",),
        )
        return summary, "reconciliations/x.xlsx"


SOURCES = SimpleNamespace(settings=Settings(time_zone="Europe/Berlin"), now=lambda: NOW)


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Books]:
    """The handler of `reconcile` between a schedule and books of ours."""
    module, made = app("reconcile"), Books()
    monkeypatch.setattr(module.wiring, "sources", lambda: SOURCES)
    monkeypatch.setattr(module.wiring, "keeping", lambda: "keeping")
    monkeypatch.setattr(module, "keep_reconciliation", made.keep)
    return module, made


def test_the_schedule_reconciles_the_usual_period_in_the_companies_days(books: tuple[Any, Books]) -> None:
    """An empty event in the first days of December is November, by the time zone of the settings."""
    module, made = books
    answer = module.lambda_handler({}, CONTEXT)
    berlin = Period.of(date(2026, 11, 1), date(2026, 11, 30), ZoneInfo("Europe/Berlin"), NOW)
    assert made.periods == [berlin]
    assert answer["file"] == "reconciliations/x.xlsx"
    assert json.loads(json.dumps(answer)) == answer
    assert {row["amount"] for row in answer["classes"]} == {"10.10"}


def test_a_period_can_be_named(books: tuple[Any, Books]) -> None:
    """Days in the event are what is reconciled, and nothing else."""
    module, made = books
    module.lambda_handler({"from": "2026-10-05", "to": "2026-10-09"}, CONTEXT)
    (period,) = made.periods
    assert (period.first, period.last) == (date(2026, 10, 5), date(2026, 10, 9))


@pytest.mark.parametrize("event", [
    {"from": "2026-11-30", "to": "2026-11-01"},
    {"from": "2026-12-01", "to": "2027-01-31"},
    {"from": "November", "to": "2026-11-30"},
])  # fmt: skip
def test_a_period_that_makes_no_sense_fails_before_any_book_is_read(
    books: tuple[Any, Books], event: dict[str, str]
) -> None:
    """The invocation fails, so that the alarm on errors rises, and nothing was compared."""
    module, made = books
    with pytest.raises((BadPeriod, ValueError)):
        module.lambda_handler(event, CONTEXT)
    assert made.periods == []


def test_differences_are_measured_once(books: tuple[Any, Books], capsys: pytest.CaptureFixture[str]) -> None:
    """What differs is a figure for the alarm; what matches is none."""
    module, _ = books
    module.lambda_handler({}, CONTEXT)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [line["Differences"] for line in lines if "Differences" in line] == [[3.0]]


class OneHead:
    """A trail with one chain."""

    def moved_heads(self, since: datetime | None) -> list[tuple[str, Head]]:
        """Its head."""
        return [("EPIC01:1:INV-1:1", Head(3, "abc"))]


def test_sealing_answers_what_was_sealed_and_seals_once_a_day(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first call of a day writes the seal, the next ones say that it is there; both are logged."""
    module, evidence = app("seal_audit"), MemoryEvidence()
    monkeypatch.setattr(module.wiring, "trail", OneHead)
    monkeypatch.setattr(module.wiring, "evidence", lambda: evidence)
    monkeypatch.setattr(module, "system_time", lambda: NOW)
    first, again = module.lambda_handler({}, CONTEXT), module.lambda_handler({}, CONTEXT)
    assert first == {"key": "seals/2026-12-02.jsonl", "chains": 1, "is_new": True}
    assert again == {"key": "seals/2026-12-02.jsonl", "chains": 0, "is_new": False}
    head = json.loads(evidence.objects[first["key"]].decode().splitlines()[1])
    assert head == {"chain": "EPIC01:1:INV-1:1", "n": 3, "hash": "abc"}
    logged = [vars(record) for record in caplog.records if record.getMessage() == "sealed"]
    assert [(line["seal"], line["is_new"]) for line in logged] == [(first["key"], True), (first["key"], False)]


def test_a_seal_that_cannot_be_written_fails_the_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody must believe that a day is sealed: what S3 says comes through to the alarm on errors."""
    module = app("seal_audit")

    class Away(MemoryEvidence):
        def put(self, key: str, body: Any) -> bool:
            raise ConnectionError("S3 is away")

    monkeypatch.setattr(module.wiring, "trail", OneHead)
    monkeypatch.setattr(module.wiring, "evidence", Away)
    with pytest.raises(ConnectionError, match="S3 is away"):
        module.lambda_handler({}, CONTEXT)


def test_audit_rows_are_written_with_the_processes_deps_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says how many rows were written and given up, and what stands in the way of the rest."""
    module, seen = app("write_audit_rows"), []

    def write(deps: Any) -> Written:
        seen.append(deps)
        return Written(written=3, given_up=1, problem="Epicor is away")

    monkeypatch.setattr(module.wiring, "deps", lambda: "deps")
    monkeypatch.setattr(module, "write_audit_rows", write)
    assert module.lambda_handler({}, CONTEXT) == {"written": 3, "given_up": 1, "problem": "Epicor is away"}
    assert seen == ["deps"]
