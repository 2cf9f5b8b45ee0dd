"""A small interpreter of `transfer.asl.json`: no clock, no network, and it refuses every field it does not know."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEFINITION = Path(__file__).parents[3] / "statemachine" / "transfer.asl.json"
State = dict[str, Any]
_KNOWN = {
    "Task": {"Resource", "Parameters", "ResultSelector", "ResultPath", "TimeoutSeconds", "Retry", "Catch", "Next"},
    "Choice": {"Choices", "Default"},
    "Pass": {"Parameters", "Next"},
    "Wait": {"SecondsPath", "Next"},
    "Succeed": set(),
    "Fail": {"Error", "Cause"},
}
_ADD = re.compile(r"States\.MathAdd\((\$[.\w]+), (\d+)\)")


class TaskError(Exception):
    """What a task ends with instead of an answer; `name` is the error's name in ASL."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class Run:
    """What an execution did."""

    steps: list[str] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    ended: str = ""


def definition() -> dict[str, Any]:
    """The state machine as it stands in the repository."""
    machine: dict[str, Any] = json.loads(DEFINITION.read_text())
    return machine


def interpret(machine: dict[str, Any], data: dict[str, Any], answer: Callable[[dict[str, Any]], Any]) -> Run:
    """Run an execution; `answer` is the function: payload in, answer out, or TaskError. Raises TaskError uncaught."""
    run, name = Run(), machine["StartAt"]
    while True:
        state = machine["States"][name]
        unknown = set(state) - _KNOWN[state["Type"]] - {"Type", "Comment"}
        assert not unknown, f"{name} has {unknown}"
        match state["Type"]:
            case "Task":
                name, data = _task(state, data, answer, run)
            case "Choice":
                name = next((rule["Next"] for rule in state["Choices"] if _holds(rule, data)), state["Default"])
            case "Pass":
                name, data = state["Next"], _fill(state["Parameters"], data)
            case "Wait":
                run.waits.append(_at(state["SecondsPath"], data))
                name = state["Next"]
            case _:
                run.ended = name
                return run


def targets(state: State) -> Iterator[str]:
    """Names of all states that a state can lead to."""
    yield from (state[key] for key in ("Next", "Default") if key in state)
    yield from (rule["Next"] for key in ("Choices", "Catch") for rule in state.get(key, []))


def _task(state: State, data: dict[str, Any], answer: Callable[..., Any], run: Run) -> tuple[str, dict[str, Any]]:
    payload = _fill(state["Parameters"], data)["Payload"]
    tries: Counter[int] = Counter()
    while True:
        run.steps.append(payload["step"])
        try:
            result = _fill(state["ResultSelector"], {"Payload": answer(payload)})
        except TaskError as error:
            retrier = next((n for n, rule in enumerate(state["Retry"]) if _catches(rule, error)), None)
            if retrier is not None and tries[retrier] < state["Retry"][retrier]["MaxAttempts"]:
                tries[retrier] += 1
                continue
            for rule in state.get("Catch", []):
                if _catches(rule, error):
                    assert rule["ResultPath"] is None
                    return rule["Next"], data
            raise
        return state["Next"], {**data, state["ResultPath"].removeprefix("$."): result}


def _catches(rule: dict[str, Any], error: TaskError) -> bool:
    return bool({error.name, "States.ALL"} & set(rule["ErrorEquals"]))


def _holds(rule: dict[str, Any], data: dict[str, Any]) -> bool:
    value = _at(rule["Variable"], data)
    return bool(value == rule["StringEquals"] if "StringEquals" in rule else value > rule["NumericGreaterThan"])


def _fill(template: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    filled = {}
    for key, value in template.items():
        if key.endswith(".$"):
            filled[key.removesuffix(".$")] = _value(value, data)
        else:
            filled[key] = _fill(value, data) if isinstance(value, dict) else value
    return filled


def _value(expression: str, data: dict[str, Any]) -> Any:
    addition = _ADD.fullmatch(expression)
    return _at(addition[1], data) + int(addition[2]) if addition else _at(expression, data)


def _at(path: str, data: dict[str, Any]) -> Any:
    value: Any = data
    for part in path.removeprefix("$.").split("."):
        value = value[part]
    return value
