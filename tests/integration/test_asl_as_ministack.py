"""Our interpreter of the state machine goes the ways that MiniStack's executor goes, which the local run uses."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import pytest
from ministack.services import stepfunctions

from kinetic_wise.flows.outcomes import ROUTES, Step
from tests.support import asl
from tests.support.machines import BUG, MACHINES, SUCCEED, THROTTLED, Error, Machine, task
from tests.support.world import DEFINITION
from tests.unit.template.cases import CASES, INPUT

_ROLE = "arn:aws:iam::000000000000:role/states"
_HISTORIES = 60
_LONGEST = 40  # answers of a drawn history


@dataclass
class Told:
    """Everything an execution shows: states with their inputs, payloads, pauses in seconds, and its end."""

    states: list[tuple[str, Any]] = field(default_factory=list)
    payloads: list[Any] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    end: tuple[str, Any] = ("", None)


@dataclass
class _Play:
    """One execution in MiniStack."""

    answers: Iterator[Any]
    told: Told = field(default_factory=Told)


_playing: ContextVar[_Play] = ContextVar("playing")  # MiniStack hands the context on to an execution's threads


class _MiniStack:
    """MiniStack's Step Functions in process: the functions are scripted, pauses are noted and take no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stepfunctions.reset()
        monkeypatch.setattr(stepfunctions, "_call_lambda", _call)
        monkeypatch.setattr(stepfunctions, "_scaled_sleep", _pause)
        self._arns: dict[str, str] = {}

    def play(self, machines: list[Machine]) -> dict[str, Told]:
        """All of them, side by side."""
        started = [(self._start(machine), machine.name, _playing.get()) for machine in machines]
        for arn, _, play in started:
            self._finish(arn, play.told)
        return {name: play.told for _, name, play in started}

    def _start(self, machine: Machine) -> str:
        text = json.dumps(machine.definition)
        if text not in self._arns:
            answer = self._do("CreateStateMachine", name=f"asl-{len(self._arns)}", definition=text, roleArn=_ROLE)
            self._arns[text] = answer["stateMachineArn"]
        _playing.set(_Play(iter(machine.answers)))
        answer = self._do("StartExecution", stateMachineArn=self._arns[text], input=json.dumps(machine.input))
        return str(answer["executionArn"])

    def _finish(self, arn: str, told: Told) -> None:
        while (execution := self._do("DescribeExecution", executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.02)
        if execution["status"] == "SUCCEEDED":
            told.end = ("succeeded", json.loads(execution["output"]))
        else:
            told.end = ("failed", (execution["error"], execution.get("cause", "")))
        details = (event.get("stateEnteredEventDetails") for event in self._history(arn))
        told.states = [(entered["name"], json.loads(entered["input"])) for entered in details if entered]

    def _history(self, arn: str) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            page = self._do("GetExecutionHistory", executionArn=arn, maxResults=1000, **more)
            yield from page["events"]
            if not page.get("nextToken"):
                return
            more = {"nextToken": page["nextToken"]}

    def _do(self, operation: str, **values: Any) -> dict[str, Any]:
        headers = {"x-amz-target": f"AWSStepFunctions.{operation}"}
        body = json.dumps(values).encode()
        status, _, answer = asyncio.run(stepfunctions.handle_request("POST", "/", headers, body, {}))
        assert status == 200, answer
        parsed: dict[str, Any] = json.loads(answer)
        return parsed


def _pause(seconds: float) -> None:
    _playing.get().told.pauses.append(seconds)


def _call(_: str, payload: Any) -> Any:
    play = _playing.get()
    play.told.payloads.append(payload)
    answer = next(play.answers)
    if isinstance(answer, Error):
        raise stepfunctions._ExecutionError(answer.name, answer.cause)
    return answer


def _interpreted(machine: Machine) -> Told:
    told, answers = Told(), iter(machine.answers)
    running = asl.execute(machine.definition, machine.input, lambda name, data: told.states.append((name, data)))
    try:
        asked = next(running)
        while True:
            if isinstance(asked, asl.Wait):
                told.pauses.append(asked.seconds)
                asked = running.send(None)
            else:
                told.payloads.append(asked.payload)
                answer = next(answers)
                failed = isinstance(answer, Error)
                asked = running.throw(asl.TaskFailed(answer.name, answer.cause)) if failed else running.send(answer)
    except StopIteration as stopped:
        told.end = ("succeeded", stopped.value.output)
    except asl.ExecutionFailed as failed:
        told.end = ("failed", (failed.error, failed.cause))
    return told


@pytest.fixture
def ministack(monkeypatch: pytest.MonkeyPatch) -> _MiniStack:
    """MiniStack's executor."""
    return _MiniStack(monkeypatch)


def _agree(ministack: _MiniStack, machines: list[Machine]) -> dict[str, Told]:
    assert len({machine.name for machine in machines}) == len(machines)
    played = ministack.play(machines)
    for machine in machines:
        assert _interpreted(machine) == played[machine.name], machine.name
    return played


def test_small_machines(ministack: _MiniStack) -> None:
    """Each field of the language that the interpreter takes means what it means to MiniStack, errors included."""
    played = _agree(ministack, MACHINES)
    shown = {(state["Type"], *sorted(state)) for machine in MACHINES for state in machine.states.values()}
    fields = {name for words in shown for name in words[1:]}
    assert fields >= set.union(*asl._KNOWN.values()) - {"TimeoutSeconds"}
    assert {told.end[0] for told in played.values()} == {"succeeded", "failed"}


def _transfer(name: str, answers: list[Any]) -> Machine:
    return Machine(name, DEFINITION["States"], {**INPUT, "payment_id": name}, tuple(answers))


def _answer(word: str) -> Any:
    return Error(word) if word[0].isupper() else {"outcome": word}


def test_told_histories_of_the_transfer(ministack: _MiniStack) -> None:
    """The real definition is walked alike through every rule of every Choice, into every end."""
    machines = [_transfer(case.name, [_answer(word) for word in case.answers]) for case in CASES]
    assert next(iter(DEFINITION["States"])) == DEFINITION["StartAt"]
    played = _agree(ministack, machines)
    assert {name: told.states[-1][0] for name, told in played.items()} == {case.name: case.ended for case in CASES}
    entered = {name for told in played.values() for name, _ in told.states}
    assert entered == set(DEFINITION["States"])


def _drawn(seed: int) -> Machine:
    """A history by the dice: whatever steps may answer, and errors, until the execution ends."""
    dice, answers = random.Random(seed), list[Any]()
    running = asl.execute(DEFINITION, {**INPUT, "payment_id": f"drawn {seed}"})
    try:
        asked = next(running)
        while True:
            if isinstance(asked, asl.Wait):
                asked = running.send(None)
                continue
            routes = sorted(outcome.value for outcome in ROUTES[Step(asked.payload["step"])] if outcome != "stopped")
            calm = len(answers) >= _LONGEST or not routes
            answer = _answer("stopped" if calm else dice.choice([*routes * 3, BUG, THROTTLED]))
            answers.append(answer)
            failed = isinstance(answer, Error)
            asked = running.throw(asl.TaskFailed(answer.name, answer.cause)) if failed else running.send(answer)
    except (StopIteration, asl.ExecutionFailed):
        return _transfer(f"drawn {seed}", answers)


def test_drawn_histories_of_the_transfer(ministack: _MiniStack) -> None:
    """Whatever the steps answer, in whatever order and with whatever errors between, both go the same way."""
    played = _agree(ministack, [_drawn(seed) for seed in range(_HISTORIES)])
    assert {told.states[-1][0] for told in played.values()} >= {"Funded", "Waiting", "Stopped"}
    assert max(len(told.states) for told in played.values()) > _LONGEST


@pytest.mark.parametrize(
    "states",
    [
        {"P": {"Type": "Parallel", "Branches": [], "End": True}},
        {"M": {"Type": "Map", "Iterator": {}, "End": True}},
        {"W": {"Type": "Wait", "Timestamp": "2026-11-23T09:00:00Z", "End": True}},
        {"P": {"Type": "Pass", "InputPath": "$.a", "End": True}},
        {"P": {"Type": "Pass", "OutputPath": "$.a", "End": True}},
        {"P": {"Type": "Pass", "Parameters": {"now.$": "$$.State.EnteredTime"}, "End": True}},
        {"P": {"Type": "Pass", "Parameters": {"first.$": "$.list[0]"}, "End": True}},
        {"P": {"Type": "Pass", "Parameters": {"text.$": "States.Format('{}', $.a)"}, "End": True}},
        {"P": {"Type": "Pass", "Parameters": {"gone.$": "$.nowhere"}, "End": True}},
        {"T": task(HeartbeatSeconds=3)},
        {"T": task(Resource="arn:aws:states:::lambda:invoke.waitForTaskToken")},
        {"T": task(Retry=[{"ErrorEquals": ["States.TaskFailed"]}])},
        {"T": task(Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "T"}])},
        {"T": task(Retry=[{"ErrorEquals": ["States.ALL"], "Comment": "?"}])},
        {
            "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "E"}], "Default": "E"},
            "E": SUCCEED,
        },
    ],
    ids=lambda states: json.dumps(states)[:60],
)
def test_what_the_interpreter_does_not_know_it_refuses(states: dict[str, Any]) -> None:
    """A field, state, path or function beyond its part of the language stops it; nothing is passed over in silence."""
    running = asl.execute(Machine("refused", states).definition, {"a": 1, "list": [1]})
    with pytest.raises(asl.UnknownField):
        next(running)


def test_what_the_definition_uses_is_known() -> None:
    """The real definition has no field that the interpreter would pass over."""
    asl.check(DEFINITION)
