"""Small state machines, each with a script for its tasks: what an interpreter must agree on with MiniStack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

State = dict[str, Any]
THROTTLED = "Lambda.TooManyRequestsException"
BUG = "Runtime.HandlerError"
SUCCEED: State = {"Type": "Succeed"}


@dataclass(frozen=True)
class Error:
    """A task ends with this error."""

    name: str
    cause: str = "why"


@dataclass(frozen=True)
class Machine:
    """A definition with its input and what its tasks answer, one after the other."""

    name: str
    states: dict[str, State]
    input: dict[str, Any] = field(default_factory=dict)
    answers: tuple[Any, ...] = ()

    @property
    def definition(self) -> dict[str, Any]:
        """The whole definition; the first state starts."""
        return {"StartAt": next(iter(self.states)), "States": self.states}


def task(following: str = "", **more: Any) -> State:
    """A Task that calls a function with all its input, and ends unless something follows."""
    named = {"FunctionName": "f", "Payload": {"all.$": "$", "fixed": 1}}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": named,
        **({"Next": following} if following else {"End": True}),
        "ResultSelector": {"said.$": "$.Payload.said"},
        **more,
    }


def choice(*rules: dict[str, Any]) -> dict[str, State]:
    """A Choice over two ends, and a third by default."""
    numbered = [{**rule, "Next": f"Rule{n}"} for n, rule in enumerate(rules)]
    ends = {f"Rule{n}": SUCCEED for n in range(len(rules))}
    return {"Choose": {"Type": "Choice", "Choices": numbered, "Default": "Else"}, **ends, "Else": SUCCEED}


def _retry(*rules: dict[str, Any], **more: Any) -> dict[str, State]:
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Caught", **more}]
    return {"Try": task(Retry=list(rules), Catch=caught), "Caught": SUCCEED}


def _rule(*errors: str, **more: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), **more}


_OK = {"said": "ok"}
_DATA = {"a": {"b": 5, "c": "x"}, "n": 3, "list": [1, 2]}

_PASSES = [
    Machine("pass keeps its input", {"P": {"Type": "Pass", "Next": "E"}, "E": SUCCEED}, _DATA),
    Machine("pass ends", {"P": {"Type": "Pass", "End": True}}, _DATA),
    Machine("pass has a result", {"P": {"Type": "Pass", "Result": {"r": [1, {"x.$": "$"}]}, "End": True}}, _DATA),
    Machine("a result may be text", {"P": {"Type": "Pass", "Result": "t", "ResultPath": "$.r", "End": True}}, _DATA),
    Machine("a result goes deep", {"P": {"Type": "Pass", "Result": 1, "ResultPath": "$.a.new.x", "End": True}}, _DATA),
    Machine("a result is dropped", {"P": {"Type": "Pass", "Result": 1, "ResultPath": None, "End": True}}, _DATA),
    Machine(
        "parameters are filled",
        {
            "P": {
                "Type": "Pass",
                "Parameters": {
                    "all.$": "$",
                    "deep.$": "$.a.b",
                    "more.$": "States.MathAdd($.n, 4)",
                    "less.$": "States.MathAdd($.a.b, -7)",
                    "fixed": ["$.a", {"inner.$": "$.a.c"}],
                    "tree": {"leaf.$": "$.list", "text": "$.n"},
                },
                "End": True,
            }
        },
        _DATA,
    ),
    Machine(
        "a result wins over parameters",
        {"P": {"Type": "Pass", "Result": 1, "Parameters": {"p.$": "$.n"}, "ResultPath": "$.r", "End": True}},
        _DATA,
    ),
]

_CHOICES = [
    *(
        Machine(f"{operator} with {value!r}", choice({"Variable": "$.v", operator: wanted}), {"v": value})
        for operator, wanted, values in (
            ("StringEquals", "a", ("a", "A", "", 1, None, True)),
            ("NumericGreaterThan", 2, (1, 2, 3, 2.5, "3", None, [3])),
            ("NumericGreaterThanEquals", 2, (1, 2, 3, "2")),
            ("NumericLessThan", 2, (1, 2, 3, "1")),
        )
        for value in values
    ),
    *(
        Machine(
            f"{both} of {a} and {b}",
            choice({both: [{"Variable": "$.a", "StringEquals": "y"}, {"Variable": "$.b", "NumericLessThan": 1}]}),
            {"a": a, "b": b},
        )
        for both in ("And", "Or")
        for a in "yn"
        for b in (0, 1)
    ),
    Machine(
        "the first rule that holds",
        choice({"Variable": "$.n", "NumericGreaterThan": 5}, {"Variable": "$.n", "NumericGreaterThan": 2}),
        {"n": 9},
    ),
    Machine(
        "no rule and no default",
        {"C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 1, "Next": "E"}]}, "E": SUCCEED},
        {"n": 9},
    ),
]

_WAITS = [
    Machine("waits so long", {"W": {"Type": "Wait", "Seconds": 7, "Next": "E"}, "E": SUCCEED}, _DATA),
    Machine("waits as told", {"W": {"Type": "Wait", "SecondsPath": "$.a.b", "End": True}}, _DATA),
    Machine(
        "fails", {"P": {"Type": "Pass", "Next": "F"}, "F": {"Type": "Fail", "Error": "Mine", "Cause": "because"}}, _DATA
    ),
    Machine("fails without a word", {"F": {"Type": "Fail"}}),
]

_TASKS = [
    Machine("a task's answer is all", {"T": task()}, _DATA, (_OK,)),
    Machine("a task's answer goes beside", {"T": task(ResultPath="$.a.told")}, _DATA, (_OK,)),
    Machine("a task's answer is dropped", {"T": task(ResultPath=None)}, _DATA, (_OK,)),
    Machine("two tasks", {"T": task("U"), "U": task(ResultPath="$.u")}, _DATA, (_OK, {"said": [2]})),
    Machine("nothing catches", {"T": task()}, _DATA, (Error(BUG, "cause"),)),
    Machine("nothing that fits catches", {"T": task(Catch=[_rule("Other", Next="T")])}, {}, (Error(BUG),)),
    Machine("caught with its error", _retry(), _DATA, (Error(BUG, "cause"),)),
    Machine("caught beside", _retry(ResultPath="$.a.error"), _DATA, (Error(BUG),)),
    Machine("caught without a trace", _retry(ResultPath=None), _DATA, (Error(BUG),)),
    Machine(
        "the first catcher that fits",
        {
            "T": task(Catch=[_rule("X", BUG, Next="A"), _rule("States.ALL", Next="B")]),
            "A": task(Catch=[_rule(BUG, Next="B"), _rule("States.ALL", Next="C")], ResultPath="$.a"),
            "B": SUCCEED,
            "C": SUCCEED,
        },
        _DATA,
        (Error(BUG), Error("Y")),
    ),
    Machine("retried by default", _retry(_rule("States.ALL")), {}, (Error(BUG),) * 4),
    Machine("retried, then good", _retry(_rule("States.ALL")), {}, (Error(BUG), Error(THROTTLED), _OK)),
    Machine("never retried", _retry(_rule("States.ALL", MaxAttempts=0)), {}, (Error(BUG),)),
    Machine(
        "pauses grow to a minute",
        _retry(_rule("States.ALL", IntervalSeconds=5, BackoffRate=3.0, MaxAttempts=6, MaxDelaySeconds=60)),
        {},
        (*(Error(BUG),) * 6, _OK),
    ),
    Machine(
        "pauses may stay",
        _retry(_rule("States.ALL", IntervalSeconds=4, BackoffRate=1, MaxAttempts=2)),
        {},
        (Error(BUG),) * 3,
    ),
    Machine(
        "each retrier counts by itself",
        _retry(_rule(THROTTLED, MaxAttempts=2, IntervalSeconds=2), _rule("States.ALL", MaxAttempts=1)),
        {},
        (Error(THROTTLED), Error(BUG), Error(THROTTLED), Error(BUG)),
    ),
    Machine(
        "a spent retrier is not replaced by a later one",
        _retry(_rule(THROTTLED, MaxAttempts=1), _rule("States.ALL", MaxAttempts=5)),
        {},
        (Error(THROTTLED), Error(THROTTLED)),
    ),
    Machine(
        "what the first does not name goes to the second",
        _retry(_rule(THROTTLED), _rule("States.ALL", IntervalSeconds=9, MaxAttempts=1)),
        {},
        (Error(BUG), _OK),
    ),
    Machine(
        "a loop counts up",
        {
            "T": task("Count", ResultPath="$.last"),
            "Count": {
                "Type": "Pass",
                "Parameters": {"n.$": "States.MathAdd($.n, 1)", "last.$": "$.last"},
                "Next": "Again",
            },
            "Again": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericGreaterThan": 3, "Next": "E"}],
                "Default": "Pause",
            },
            "Pause": {"Type": "Wait", "SecondsPath": "$.n", "Next": "T"},
            "E": SUCCEED,
        },
        {"n": 1, "last": None},
        ({"said": 1}, {"said": 2}, {"said": 3}),
    ),
]

MACHINES = [*_PASSES, *_CHOICES, *_WAITS, *_TASKS]
