"""Which entries of the trail have a row in Epicor's audit table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kinetic_wise.payments.audit_rows import DECISIONS, RowEvents
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings, SettingsError, read

_PACKAGE = Path(__file__).parents[3] / "layers/kinetic_wise/kinetic_wise"
_ORDERS = {"order.reject", "order.cancel"}  # put together from the order's action


@pytest.mark.parametrize(("events", "kind", "before", "after", "expected"), [
    (RowEvents.NONE, "posted", Status.SENT, Status.POSTED, False),
    (RowEvents.OUTCOMES, "posted", Status.SENT, Status.POSTED, True),
    (RowEvents.OUTCOMES, "caught_up", Status.SENT, Status.POSTED, True),
    (RowEvents.OUTCOMES, "facts", Status.POSTED, Status.POSTED, False),
    (RowEvents.OUTCOMES, "failed", Status.UNKNOWN, Status.FAILED, True),
    (RowEvents.OUTCOMES, "returned", Status.POSTED, Status.RETURNED, True),
    (RowEvents.OUTCOMES, "held", Status.QUEUED, Status.HELD, False),
    (RowEvents.OUTCOMES, "claimed", None, Status.QUEUED, False),
    (RowEvents.ALL, "held", Status.QUEUED, Status.HELD, True),
    (RowEvents.ALL, "claimed", None, Status.QUEUED, True),
    (RowEvents.ALL, "stop", None, None, True),
    (RowEvents.ALL, "looked", Status.UNKNOWN, Status.UNKNOWN, False),
    (RowEvents.ALL, "intent.fund", Status.CREATED, Status.CREATED, False),
])  # fmt: skip
def test_outcomes_are_ends_and_all_are_decisions_too(
    events: RowEvents, kind: str, before: Status | None, after: Status | None, expected: bool
) -> None:
    """An end counts once, whatever its entry is called; a decision by its name; looks and announcements never."""
    assert events.include(kind, before, after) is expected


def test_every_decision_is_written_somewhere() -> None:
    """No name in the list is one that the trail never uses."""
    rooms = [path for room in ("flows", "ledger") for path in (_PACKAGE / room).glob("*.py")]
    nodes = [node for path in rooms for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    said = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert said >= DECISIONS - {status.value for status in Status} - _ORDERS


def test_the_setting_is_compatible_and_shadow_copies_nothing() -> None:
    """Without a table nothing, with one the ends as before, all by choice; a stack that only looks writes none."""
    assert Settings().row_events is RowEvents.NONE
    assert Settings(audit_events="all").row_events is RowEvents.NONE
    assert Settings(audit_table="UD05").row_events is RowEvents.OUTCOMES
    assert Settings(audit_table="UD05", audit_events="all").row_events is RowEvents.ALL
    assert Settings(audit_table="UD05", shadow=True).row_events is RowEvents.NONE
    with pytest.raises(SettingsError, match="audit_events"):
        read('{"audit_events": "some"}')
