"""An interpreter of the part of Amazon States Language that `transfer.asl.json` uses; it refuses the rest.

It is a generator: tasks and waits are yielded, so the caller owns clock, order and dice. A pause before a retry is the
longest that its jitter allows. `tests/integration/test_asl_as_ministack.py` holds it against MiniStack's own executor.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

_MACHINE = {"Comment", "StartAt", "States", "TimeoutSeconds"}
_KNOWN = {
    "Task": {"Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch", "TimeoutSeconds"},
    "Choice": {"Choices", "Default"},
    "Wait": {"Seconds", "SecondsPath"},
    "Pass": {"Parameters", "ResultPath", "Result"},
    "Succeed": set(),
    "Fail": {"Error", "Cause"},
}
_ENDS = {"Choice", "Succeed", "Fail"}  # these name no next state
_RETRIER = {"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds", "JitterStrategy"}
_CATCHER = {"ErrorEquals", "ResultPath", "Next"}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "NumericGreaterThan": lambda value, wanted: _is_number(value) and value > wanted,
    "NumericGreaterThanEquals": lambda value, wanted: _is_number(value) and value >= wanted,
    "NumericLessThan": lambda value, wanted: _is_number(value) and value < wanted,
}
_LAMBDA = "arn:aws:states:::lambda:invoke"
_ANY_ERROR = "States.ALL"
_HANDLER_ERROR = "Runtime.HandlerError"
_PATH = re.compile(r"\$(\.\w+)*")
_ADD = re.compile(r"States\.MathAdd\((\$[\w.]*), ?(-?\d+)\)")
_LONGEST_PAUSE = 60.0


class UnknownField(Exception):
    """The definition uses something this interpreter does not know, or a path that leads nowhere."""


class TaskFailed(Exception):
    """What a task may be answered with: an error by its name in ASL. Other exceptions arrive as a handler's."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.cause = cause


class ExecutionFailed(Exception):
    """The execution ended in a Fail state, or by an error that nothing caught."""

    def __init__(self, state: str, error: str, cause: str = "") -> None:
        super().__init__(f"{state}: {error}")
        self.error = error
        self.cause = cause


@dataclass(frozen=True)
class Task:
    """A task to run; send its result, or throw its exception, into the generator."""

    state: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Wait:
    """A pause."""

    seconds: float


@dataclass(frozen=True)
class Ended:
    """Where an execution ended well, and with what."""

    state: str
    output: Any


Steps = Generator[Task | Wait, Any, Ended]


def check(definition: dict[str, Any]) -> None:
    """Raise UnknownField for whatever the interpreter would ignore."""
    _refuse("the machine", set(definition) - _MACHINE)
    for name, state in definition["States"].items():
        kind = state["Type"]
        if kind not in _KNOWN:
            raise UnknownField(f"{name}: {kind}")
        known = _KNOWN[kind] | {"Type", "Comment"} | (set() if kind in _ENDS else {"Next", "End"})
        _refuse(name, set(state) - known)
        if kind == "Task":
            _check_task(name, state)


def _check_task(name: str, state: dict[str, Any]) -> None:
    if state["Resource"] != _LAMBDA:
        raise UnknownField(f"{name}: {state['Resource']}")
    for rule in state.get("Retry", []):
        _refuse(name, set(rule) - _RETRIER)
    for rule in state.get("Catch", []):
        _refuse(name, set(rule) - _CATCHER)
    for rule in [*state.get("Retry", []), *state.get("Catch", [])]:
        _refuse(name, {error for error in rule["ErrorEquals"] if error.startswith("States.")} - {_ANY_ERROR})


def _refuse(where: str, unknown: set[str]) -> None:
    if unknown:
        raise UnknownField(f"{where}: {sorted(unknown)}")


def execute(
    definition: dict[str, Any], data: dict[str, Any], entered: Callable[[str, Any], None] = lambda state, data: None
) -> Steps:
    """Run an execution; `entered` sees each state with its input. Raises ExecutionFailed and UnknownField."""
    check(definition)
    name, data = definition["StartAt"], copy.deepcopy(data)
    while True:
        state = definition["States"][name]
        entered(name, data)
        if state["Type"] == "Fail":
            raise ExecutionFailed(name, state.get("Error", "States.Fail"), state.get("Cause", ""))
        following, data = yield from _STATES[state["Type"]](name, state, data)
        if following is None:
            return Ended(name, data)
        name = following


Step = Generator[Task | Wait, Any, tuple[str | None, Any]]


def _succeed(_: str, __: dict[str, Any], data: Any) -> Step:
    yield from ()
    return None, data


def _wait(_: str, state: dict[str, Any], data: Any) -> Step:
    yield Wait(state["Seconds"] if "Seconds" in state else _get(data, state["SecondsPath"]))
    return state.get("Next"), data


def _pass(_: str, state: dict[str, Any], data: Any) -> Step:
    yield from ()
    result = (
        state["Result"] if "Result" in state else _fill(state["Parameters"], data) if "Parameters" in state else data
    )
    return state.get("Next"), _put(data, state.get("ResultPath", "$"), result)


def _parameters(state: dict[str, Any], data: Any) -> Any:
    return _fill(state["Parameters"], data) if "Parameters" in state else data


def _choice(name: str, state: dict[str, Any], data: Any) -> Step:
    yield from ()
    for rule in state["Choices"]:
        if _holds(rule, data):
            return rule["Next"], data
    if "Default" not in state:
        raise ExecutionFailed(name, "States.NoChoiceMatched", "No choice rule matched and no Default")
    return state["Default"], data


def _task(name: str, state: dict[str, Any], data: Any) -> Step:
    tries: Counter[int] = Counter()
    while True:
        try:
            result = yield Task(name, _parameters(state, data)["Payload"])
        except Exception as error:  # whatever a handler raises has this one name on MiniStack
            failed = error if isinstance(error, TaskFailed) else TaskFailed(_HANDLER_ERROR, str(error))
        else:
            answer = {"StatusCode": 200, "Payload": result}
            selected = _fill(state["ResultSelector"], answer) if "ResultSelector" in state else answer
            return state.get("Next"), _put(data, state.get("ResultPath", "$"), selected)
        pause = _pause_before_retry(state, failed, tries)
        if pause is None:
            return _caught(name, state, data, failed)
        yield Wait(pause)


def _pause_before_retry(state: dict[str, Any], failed: TaskFailed, tries: Counter[int]) -> float | None:
    """The first retrier that names the error decides, each with a count of its own. None: not tried again."""
    for position, rule in _matching(state.get("Retry", []), failed):
        if tries[position] >= rule.get("MaxAttempts", 3):
            return None
        pause: float = rule.get("IntervalSeconds", 1) * rule.get("BackoffRate", 2.0) ** tries[position]
        tries[position] += 1
        longest: float = rule.get("MaxDelaySeconds", _LONGEST_PAUSE)
        return min(pause, longest)
    return None


def _caught(name: str, state: dict[str, Any], data: Any, failed: TaskFailed) -> tuple[str, Any]:
    for _, rule in _matching(state.get("Catch", []), failed):
        return rule["Next"], _put(data, rule.get("ResultPath", "$"), {"Error": failed.error, "Cause": failed.cause})
    raise ExecutionFailed(name, failed.error, failed.cause) from failed


def _matching(rules: list[dict[str, Any]], failed: TaskFailed) -> Iterator[tuple[int, dict[str, Any]]]:
    named = {_ANY_ERROR, failed.error}
    return ((position, rule) for position, rule in enumerate(rules) if named & set(rule["ErrorEquals"]))


_STATES: dict[str, Callable[[str, dict[str, Any], Any], Step]] = {
    "Succeed": _succeed,
    "Wait": _wait,
    "Pass": _pass,
    "Choice": _choice,
    "Task": _task,
}


def _holds(rule: dict[str, Any], data: Any) -> bool:
    if "And" in rule or "Or" in rule:
        parts = (_holds(part, data) for part in rule["And" if "And" in rule else "Or"])
        return all(parts) if "And" in rule else any(parts)
    operators = set(rule) - {"Variable", "Next", "Comment"}
    if len(operators) != 1 or not operators <= set(_COMPARISONS):
        raise UnknownField(f"choice rule {sorted(rule)}")
    operator = operators.pop()
    return _COMPARISONS[operator](_get(data, rule["Variable"]), rule[operator])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _get(data: Any, path: str) -> Any:
    if not _PATH.fullmatch(path):
        raise UnknownField(path)
    for part in path.split(".")[1:]:
        if not isinstance(data, dict) or part not in data:
            raise UnknownField(f"{path} is not there")  # AWS fails the execution, MiniStack reads null
        data = data[part]
    return data


def _put(data: Any, path: str | None, value: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return value
    changed = copy.deepcopy(data)
    *parents, last = path.removeprefix("$.").split(".")
    target = changed
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = value
    return changed


def _fill(template: Any, data: Any) -> Any:
    if isinstance(template, list):
        return [_fill(one, data) for one in template]
    if not isinstance(template, dict):
        return template
    return {
        key.removesuffix(".$"): _evaluate(value, data) if key.endswith(".$") else _fill(value, data)
        for key, value in template.items()
    }


def _evaluate(expression: str, data: Any) -> Any:
    added = _ADD.fullmatch(expression)
    return _get(data, added.group(1)) + int(added.group(2)) if added else _get(data, expression)
