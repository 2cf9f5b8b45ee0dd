"""Rules for state machines that no linter knows; part of `make check`.

A Choice has a Default, `States.ALL` is alone and last, no loop is endless, and the outcomes of a step are the routes of
the Choice behind it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from kinetic_wise.flows.outcomes import ROUTES

ROOT = Path(__file__).resolve().parent.parent
State = dict[str, Any]
Routes = Mapping[str, frozenset[str]]
_ENDS = frozenset({"Succeed", "Fail"})
_OUTCOME = "$.last.outcome"


def faults(machine: dict[str, Any], routes: Routes) -> list[str]:
    """What is wrong with a definition; `routes` are the outcomes by step."""
    states: dict[str, State] = machine["States"]
    return [
        *_choices_without_default(states),
        *_misplaced_catch_alls(states),
        *_endless_loops(states),
        *_unrouted_outcomes(states, routes),
    ]


def followers(state: State) -> Iterator[str]:
    """Names of the states that a state can lead to."""
    yield from (state[key] for key in ("Next", "Default") if key in state)
    yield from (rule["Next"] for key in ("Choices", "Catch") for rule in state.get(key, []))


def _choices_without_default(states: dict[str, State]) -> Iterator[str]:
    for name, state in states.items():
        if state["Type"] == "Choice" and "Default" not in state:
            yield f"{name}: a Choice without Default ends an execution without a word"


def _misplaced_catch_alls(states: dict[str, State]) -> Iterator[str]:
    for name, state in states.items():
        for key in ("Retry", "Catch"):
            rules = [rule["ErrorEquals"] for rule in state.get(key, [])]
            if any(
                "States.ALL" in errors and (len(errors) > 1 or number < len(rules))
                for number, errors in enumerate(rules, 1)
            ):
                yield f"{name}: States.ALL stands alone and last in {key}"


def _endless_loops(states: dict[str, State]) -> Iterator[str]:
    """Without the choices that end a loop by a count, no state may be reached from itself."""
    guards = {name for name in states if _ends_by_count(name, states)}
    graph = {name: set(followers(state)) - guards for name, state in states.items() if name not in guards}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"{' -> '.join(reversed(error.args[1]))}: nothing ends this loop"


def _ends_by_count(name: str, states: dict[str, State]) -> bool:
    """Whether a Choice ends when a number is reached which each way to it has counted up."""
    state = states[name]
    first = state.get("Choices", [{}])[0]
    if state["Type"] != "Choice" or "NumericGreaterThan" not in first or states[first["Next"]]["Type"] not in _ENDS:
        return False
    variable = first["Variable"]
    before = [one for one in states.values() if name in followers(one)]
    counted = f"States.MathAdd({variable}, 1)"
    return bool(before) and all(one.get("Parameters", {}).get(f"{variable[2:]}.$") == counted for one in before)


def _unrouted_outcomes(states: dict[str, State], routes: Routes) -> Iterator[str]:
    tasks = {state["Parameters"]["Payload"]["step"]: state for state in states.values() if state["Type"] == "Task"}
    if set(tasks) != set(routes):
        yield f"steps {sorted(set(tasks) ^ set(routes))} are only in the definition or only in the code"
    for step in sorted(set(tasks) & set(routes)):
        choice = states[tasks[step]["Next"]]
        told = [rule["StringEquals"] for rule in choice.get("Choices", []) if rule.get("Variable") == _OUTCOME]
        if sorted(told) != sorted(routes[step]):
            yield f"{step}: may answer {sorted(routes[step])}, routed are {sorted(told)}"


def main() -> int:
    """Tell the faults of all state machines. Exit code 1 when there are any."""
    routes = {step.value: frozenset(outcome.value for outcome in outcomes) for step, outcomes in ROUTES.items()}
    found = [
        f"{path.name}: {fault}"
        for path in sorted((ROOT / "statemachine").glob("*.asl.json"))
        for fault in faults(json.loads(path.read_text(encoding="utf-8")), routes)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
