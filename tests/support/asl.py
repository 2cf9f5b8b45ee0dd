"""A small interpreter of the part of Amazon States Language that `transfer.asl.json` uses; it refuses the rest.

It is a generator: tasks and waits are yielded, so the caller owns clock, order and dice.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

_KNOWN = {
    "Task": {"Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch", "TimeoutSeconds", "Next"},
    "Choice": {"Choices", "Default"},
    "Wait": {"Seconds", "SecondsPath", "Next"},
    "Pass": {"Parameters", "ResultPath", "Result", "Next"},
    "Succeed": set(),
    "Fail": {"Error", "Cause"},
}
_COMPARISONS = {"StringEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "NumericLessThan"}


class UnknownField(Exception):
    """The definition uses something this interpreter does not know."""


class ExecutionFailed(Exception):
    """The execution ended in a Fail state, or by an error that nothing caught."""


@dataclass(frozen=True)
class Task:
    """A task to run; send its result, or throw its exception, into the generator."""

    state: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Wait:
    """A pause."""

    seconds: float


def check(definition: dict[str, Any]) -> None:
    """Raise UnknownField for whatever the interpreter would ignore."""
    for name, state in definition["States"].items():
        unknown = set(state) - _KNOWN.get(state["Type"], set()) - {"Type", "Comment", "End", "InputPath", "OutputPath"}
        if state["Type"] not in _KNOWN or unknown:
            raise UnknownField(f"{name}: {state['Type']} {sorted(unknown)}")


def execute(definition: dict[str, Any], data: dict[str, Any]) -> Generator[Task | Wait, Any, str]:
    """Run an execution; returns the name of the Succeed state it ended in."""
    check(definition)
    name, data = definition["StartAt"], copy.deepcopy(data)
    while True:
        state = definition["States"][name]
        kind = state["Type"]
        if kind == "Succeed":
            return str(name)
        if kind == "Fail":
            raise ExecutionFailed(f"{name}: {state.get('Error', '')}")
        if kind == "Task":
            following, data = yield from _task(name, state, data)
        else:
            if kind == "Wait":
                yield Wait(state["Seconds"] if "Seconds" in state else _get(data, state["SecondsPath"]))
            elif kind == "Pass":
                data = _put(
                    data, state.get("ResultPath", "$"), _fill(state.get("Parameters", state.get("Result", data)), data)
                )
            following = _choose(state, data) if kind == "Choice" else state.get("Next")
        if following is None:
            return str(name)
        name = following


def _task(
    name: str, state: dict[str, Any], data: dict[str, Any]
) -> Generator[Task | Wait, Any, tuple[str | None, dict[str, Any]]]:
    payload = _fill(state["Parameters"], data).get("Payload", {})
    tries = 0
    while True:
        try:
            result = yield Task(name, payload)
        except Exception:  # every exception of a handler arrives under one name (States.ALL)
            retry = next((r for r in state.get("Retry", []) if "States.ALL" in r["ErrorEquals"]), None)
            if retry is not None and tries < retry.get("MaxAttempts", 3):
                yield Wait(retry.get("IntervalSeconds", 1) * retry.get("BackoffRate", 2.0) ** tries)
                tries += 1
                continue
            caught = next((c for c in state.get("Catch", []) if "States.ALL" in c["ErrorEquals"]), None)
            if caught is None:
                raise ExecutionFailed(f"{name}: nothing caught the error") from None
            return caught["Next"], _put(data, caught.get("ResultPath", "$"), {"Error": "Runtime.HandlerError"})
        wrapped = {"Payload": result}
        selected = _fill(state["ResultSelector"], wrapped) if "ResultSelector" in state else wrapped
        return state.get("Next"), _put(data, state.get("ResultPath", "$"), selected)


def _choose(state: dict[str, Any], data: dict[str, Any]) -> str:
    for rule in state["Choices"]:
        if _holds(rule, data):
            return str(rule["Next"])
    if "Default" not in state:
        raise ExecutionFailed("States.NoChoiceMatched")
    return str(state["Default"])


def _holds(rule: dict[str, Any], data: dict[str, Any]) -> bool:
    if "And" in rule or "Or" in rule:
        parts = [_holds(part, data) for part in rule["And" if "And" in rule else "Or"]]
        return all(parts) if "And" in rule else any(parts)
    operators = set(rule) & _COMPARISONS
    if len(operators) != 1 or set(rule) - _COMPARISONS - {"Variable", "Next", "Comment"}:
        raise UnknownField(f"choice rule {sorted(rule)}")
    operator = operators.pop()
    value, wanted = _get(data, rule["Variable"]), rule[operator]
    if operator == "StringEquals":
        return bool(value == wanted)
    if operator == "NumericGreaterThan":
        return bool(value > wanted)
    return bool(value >= wanted if operator == "NumericGreaterThanEquals" else value < wanted)


def _get(data: Any, path: str) -> Any:
    if path == "$":
        return data
    for part in path.removeprefix("$.").split("."):
        data = data[part]
    return data


def _put(data: dict[str, Any], path: str | None, value: Any) -> dict[str, Any]:
    if path is None:
        return data
    if path == "$":
        return dict(value)
    changed = copy.deepcopy(data)
    *parents, last = path.removeprefix("$.").split(".")
    target = changed
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = value
    return changed


def _fill(template: Any, data: dict[str, Any]) -> Any:
    if not isinstance(template, dict):
        return template
    filled = {}
    for key, value in template.items():
        if key.endswith(".$"):
            filled[key[:-2]] = _evaluate(value, data)
        else:
            filled[key] = _fill(value, data)
    return filled


def _evaluate(expression: str, data: dict[str, Any]) -> Any:
    added = re.fullmatch(r"States\.MathAdd\((\$[\w.]*), ?(-?\d+)\)", expression)
    if added:
        return _get(data, added.group(1)) + int(added.group(2))
    if not expression.startswith("$"):
        raise UnknownField(expression)
    return _get(data, expression)
