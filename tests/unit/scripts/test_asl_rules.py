"""Own rules for state machines: the real one breaks none, and each deliberate defect is found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from kinetic_wise.flows.outcomes import ROUTES
from scripts.asl_rules import faults, main
from tests.support.world import DEFINITION

OUTCOMES = {step.value: frozenset(outcome.value for outcome in outcomes) for step, outcomes in ROUTES.items()}
States = dict[str, Any]


def _no_default(states: States) -> None:
    del states["FundOutcome"]["Default"]


def _catch_all_in_company(states: States) -> None:
    states["Quote"]["Retry"][1]["ErrorEquals"] = ["States.ALL", "Lambda.Unknown"]


def _catch_all_first(states: States) -> None:
    states["Quote"]["Retry"].reverse()


def _straight_back(states: States) -> None:
    states["QuoteOutcome"]["Choices"][0]["Next"] = "Quote"


def _uncounted(states: States) -> None:
    states["Count"]["Parameters"]["round.$"] = "$.round"


def _round_the_count(states: States) -> None:
    for rule in states["TransferOutcome"]["Choices"]:
        rule["Next"] = "Again" if rule["Next"] == "Count" else rule["Next"]


def _no_exit(states: States) -> None:
    states["Again"]["Choices"].pop(0)


def _route_missing(states: States) -> None:
    states["FundOutcome"]["Choices"].pop(0)


def _route_too_many(states: States) -> None:
    states["FundOutcome"]["Choices"].append({"Variable": "$.last.outcome", "StringEquals": "paid", "Next": "Funded"})


def _step_unknown(states: States) -> None:
    states["Fund"]["Parameters"]["Payload"]["step"] = "pay"


DEFECTS: list[tuple[Callable[[States], None], str]] = [
    (_no_default, "FundOutcome: a Choice without Default"),
    (_catch_all_in_company, "Quote: States.ALL stands alone and last in Retry"),
    (_catch_all_first, "Quote: States.ALL stands alone and last in Retry"),
    (_straight_back, "nothing ends this loop"),
    (_uncounted, "nothing ends this loop"),
    (_round_the_count, "nothing ends this loop"),
    (_no_exit, "nothing ends this loop"),
    (_route_missing, "fund: may answer"),
    (_route_too_many, "fund: may answer"),
    (_step_unknown, "only in the definition or only in the code"),
]


@pytest.mark.parametrize(("spoil", "told"), DEFECTS, ids=lambda one: getattr(one, "__name__", None))
def test_each_defect_is_found(spoil: Callable[[States], None], told: str) -> None:
    """What no linter sees is told, with the state or the way that is wrong."""
    machine = copy.deepcopy(DEFINITION)
    spoil(machine["States"])
    assert any(told in fault for fault in faults(machine, OUTCOMES))


def test_the_real_machine_breaks_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """The definition in the repository passes."""
    assert faults(DEFINITION, OUTCOMES) == []
    assert (main(), capsys.readouterr().out) == (0, "")
