"""The protocol, searched exhaustively; `docs/model.md` says what is in the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest

from kinetic_wise.payments import life_cycle
from kinetic_wise.payments.life_cycle import Status
from tests.model.__main__ import PAGE
from tests.model.page import DEFAULT, full_row, weakened_bounds, weakened_row
from tests.model.rules import INVARIANTS, LEGAL, WEAKENED, Rules, Weakened
from tests.model.search import search
from tests.model.state import Bounds, allowed

SMALL = Bounds(workers=1)


@pytest.fixture
def fresh_table() -> Iterator[None]:
    """What the model remembers of the life cycle's table is forgotten before and after."""
    allowed.cache_clear()
    yield
    allowed.cache_clear()


def test_no_history_pays_twice_defies_a_cancel_or_loses_sight_of_money() -> None:
    """With all rules no state breaks an invariant, and from each rest can be reached without a person's help."""
    found = search(Rules(), DEFAULT)

    assert not found.invariant, found.told()
    assert full_row(DEFAULT, found) in PAGE.read_text(encoding="utf-8")


def test_payments_come_to_rest_in_every_way() -> None:
    """The search is not empty: payments end posted, returned, failed, closed and held."""
    found = search(Rules(), SMALL)

    ways = (Status.POSTED, Status.RETURNED, Status.FAILED, Status.CLOSED, Status.HELD)
    assert found.rested_as == {status.value for status in ways}


@pytest.mark.parametrize("weak", WEAKENED, ids=lambda weak: weak.rule)
def test_weakened_rule_is_caught(weak: Weakened) -> None:
    """Each rule is needed: without it a short history breaks the invariant that the page names."""
    found = search(weak.rules, weakened_bounds(weak), weak.caught_by)

    assert found.invariant == weak.caught_by, found.told()
    assert weakened_row(weak, found) in PAGE.read_text(encoding="utf-8")


def test_every_rule_is_weakened_once() -> None:
    """No switch of the model goes untested, and every invariant has a meaning in the page."""
    assert sorted(weak.rule for weak in WEAKENED) == sorted(field.name for field in fields(Rules))
    assert {weak.caught_by for weak in WEAKENED} <= set(INVARIANTS)


def test_counterexample_is_told_from_the_start() -> None:
    """A broken invariant comes with its shortest history in words, one line a step."""
    weak = next(weak for weak in WEAKENED if weak.rule == "gate")

    found = search(weak.rules, SMALL, weak.caught_by)

    told = found.told().splitlines()
    assert told[0].startswith(weak.caught_by)
    assert told[1] == "  1. a worker claims the invoice"
    assert "  2. a worker reserves the invoice by a draft" in told
    assert "a person deletes the draft in Epicor and pays by hand" in found.history
    assert found.history[-1] == "a worker announces the funding of transfer 1"


@pytest.mark.usefixtures("fresh_table")
def test_statuses_move_by_the_life_cycles_own_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking one transition out of the life cycle breaks the model: it is driven by the same data."""
    smaller = life_cycle.TRANSITIONS[Status.CREATED] - {Status.PROCESSING}
    monkeypatch.setitem(life_cycle.TRANSITIONS, Status.CREATED, smaller)

    assert search(Rules(), SMALL).invariant == LEGAL
