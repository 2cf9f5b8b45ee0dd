"""The state machine: own rules, the linter, its routes in our interpreter, and the same in MiniStack's."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

import pytest
from ministack.services import stepfunctions
from statelint.config import Config  # type: ignore[import-untyped]
from statelint.linter import Linter  # type: ignore[import-untyped]

from kinetic_wise.flows.outcomes import ROUTES, Step
from scripts.asl_rules import followers
from tests.support import asl
from tests.support.world import DEFINITION
from tests.unit.template.cases import CASES, INPUT, ROUNDS, Case
from tests.unit.template.source import MACHINE, template

STATES: dict[str, dict[str, Any]] = DEFINITION["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}


def _routed(choice: dict[str, Any], variable: str) -> list[str]:
    return [rule["StringEquals"] for rule in choice["Choices"] if rule["Variable"] == variable]


def test_every_step_has_one_task() -> None:
    """Each step of the code is one Task of its name, and all call the same function with payment, run and step."""
    assert {name.lower() for name in TASKS} == {step.value for step in Step}
    for name, task in TASKS.items():
        payload = {"step": name.lower(), "payment_id.$": "$.payment_id", "run.$": "$.run"}
        assert task["Parameters"] == {"FunctionName": "${TransferStepFunctionArn}", "Payload": payload}
        assert task["ResultSelector"] == {"step": name.lower(), "outcome.$": "$.Payload.outcome"}


@pytest.mark.parametrize("step", Step)
def test_outcomes_of_a_step_are_the_routes_of_its_choice(step: Step) -> None:
    """What a step may answer is routed by the Choice behind it, each once, and nothing else is."""
    choice = STATES[TASKS[step.value.capitalize()]["Next"]]
    assert sorted(_routed(choice, "$.last.outcome")) == sorted(ROUTES[step])


def test_every_choice_fails_loudly_by_default() -> None:
    """An outcome that nobody foresaw ends the execution as failed, which raises an alarm."""
    choices = [state for state in STATES.values() if state["Type"] == "Choice"]
    assert len(choices) == len(TASKS) + 2
    assert {choice.get("Default") for choice in choices} == {"Unrouted"}
    assert STATES["Unrouted"]["Type"] == "Fail"


def test_errors_are_retried_in_two_tiers_and_caught() -> None:
    """Throttling is retried long, anything else twice; then the step is recorded. `States.ALL` is alone and last."""
    for name, task in TASKS.items():
        long, short = task["Retry"]
        assert "Lambda.TooManyRequestsException" in long["ErrorEquals"]
        assert "States.ALL" not in long["ErrorEquals"]
        assert (short["ErrorEquals"], short["MaxAttempts"]) == (["States.ALL"], 2)
        assert long["MaxAttempts"] == 10
        caught = [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Record"}]
        assert task.get("Catch", []) == ([] if name == "Record" else caught)


def test_no_loop_is_endless() -> None:
    """Without `Again` there is no way in circles, and each way to `Again` leads through `Count`, which counts up."""
    graph = {name: set(followers(state)) - {"Again"} for name, state in STATES.items() if name != "Again"}
    assert set(TopologicalSorter(graph).static_order()) >= set(graph)
    assert [name for name, state in STATES.items() if "Again" in followers(state)] == ["Count"]
    assert STATES["Count"]["Parameters"]["round.$"] == "States.MathAdd($.round, 1)"
    first = STATES["Again"]["Choices"][0]
    assert first == {"Variable": "$.round", "NumericGreaterThan": ROUNDS, "Next": "GaveUp"}


def test_count_keeps_the_input() -> None:
    """Counting a round loses nothing that a step or a pause needs."""
    assert {key.removesuffix(".$") for key in STATES["Count"]["Parameters"]} == {*INPUT, "last"}


def test_every_way_back_is_told_apart() -> None:
    """`Again` routes exactly the outcomes that lead to it, and a busy step is found again whichever it was."""
    back = {
        rule["StringEquals"]
        for name, state in STATES.items()
        if name.endswith("Outcome")
        for rule in state["Choices"]
        if rule["Next"] == "Count"
    }
    assert set(_routed(STATES["Again"], "$.last.outcome")) == back
    assert set(_routed(STATES["SameStep"], "$.last.step")) == {step.value for step in Step} - {"record"}


def test_a_task_waits_longer_than_its_function_lives() -> None:
    """The task's time-out is above the function's, so that a step that is given up is not running any more."""
    timeout = template()["Resources"]["TransferStepFunction"]["Properties"]["Timeout"]
    assert {task["TimeoutSeconds"] > timeout for task in TASKS.values()} == {True}


def test_linter_has_nothing_to_say() -> None:
    """Statelint accepts the definition."""
    assert list(Linter.validate(MACHINE.read_text(), Config(None, False, False))) == []


def _answers(case: Case) -> Iterator[Any]:
    for answer in case.answers:
        yield asl.TaskFailed(answer) if answer[0].isupper() else {"outcome": answer}


@dataclass
class Run:
    """What an execution did."""

    steps: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)  # of Wait states; the pauses before a retry are not among them
    ended: str = ""


def _run(answers: Iterator[Any]) -> Run:
    """An execution whose tasks are answered so, one after the other."""
    run, entered = Run(), list[str]()
    execution = asl.execute(DEFINITION, INPUT, lambda state, _: entered.append(state))
    answer: Any = None
    try:
        while True:
            asked = execution.throw(answer) if isinstance(answer, Exception) else execution.send(answer)
            answer = None
            if isinstance(asked, asl.Task):
                assert (asked.payload["payment_id"], asked.payload["run"]) == ("C:1:I:1", 3)
                run.steps.append(asked.payload["step"])
                answer = next(answers)
            elif STATES[entered[-1]]["Type"] == "Wait":
                run.waits.append(asked.seconds)
    except (StopIteration, asl.ExecutionFailed):
        run.ended = entered[-1]
    return run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_route(case: Case) -> None:
    """An execution calls the steps that its answers ask for, pauses as its input says, and ends where it should."""
    run = _run(_answers(case))
    assert (run.steps, run.ended, run.waits) == (case.steps, case.ended, list(case.waits))


def test_every_route_has_a_history() -> None:
    """Together the histories take every rule of every Choice and end in every end."""
    told = {tuple(line.split()) for case in CASES for line in case.told}
    missing = {(step.value, outcome.value) for step in Step for outcome in ROUTES[step] if (step, outcome) not in told}
    assert missing == set()
    ends = {name for name, state in STATES.items() if state["Type"] in {"Succeed", "Fail"}}
    assert {case.ended for case in CASES} == ends


class _MiniStack:
    """MiniStack's Step Functions in process; the function behind it is scripted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._scripts: dict[str, Iterator[Any]] = {}
        self.called: dict[str, list[str]] = {}
        monkeypatch.setattr(stepfunctions, "_call_lambda", self._call)
        monkeypatch.setattr(stepfunctions, "_scaled_sleep", lambda seconds: None)
        text = MACHINE.read_text()
        role = "arn:aws:iam::000000000000:role/states"
        self._arn = self._do("CreateStateMachine", name="t", definition=text, roleArn=role)["stateMachineArn"]

    def start(self, case: Case) -> str:
        """Start an execution for a case; answers its ARN."""
        self._scripts[case.name], self.called[case.name] = _answers(case), []
        data = json.dumps({**INPUT, "payment_id": case.name})
        return str(self._do("StartExecution", stateMachineArn=self._arn, input=data)["executionArn"])

    def ended(self, arn: str) -> str:
        """The state in which an execution ended."""
        for _ in range(100):
            if self._do("DescribeExecution", executionArn=arn)["status"] != "RUNNING":
                break
            time.sleep(0.05)
        events = self._do("GetExecutionHistory", executionArn=arn, reverseOrder=True, maxResults=10)["events"]
        return str(next(e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e))

    def _call(self, function: str, payload: dict[str, Any]) -> Any:
        self.called[payload["payment_id"]].append(payload["step"])
        told = next(self._scripts[payload["payment_id"]])
        if isinstance(told, asl.TaskFailed):
            raise stepfunctions._ExecutionError(told.error, "")
        return told

    def _do(self, operation: str, **values: Any) -> dict[str, Any]:
        headers = {"x-amz-target": f"AWSStepFunctions.{operation}"}
        body = json.dumps(values).encode()
        status, _, answer = asyncio.run(stepfunctions.handle_request("POST", "/", headers, body, {}))
        assert status == 200, answer
        parsed: dict[str, Any] = json.loads(answer)
        return parsed


def test_ministack_goes_the_same_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """MiniStack, which the local run uses, calls the same steps and ends in the same states as our interpreter."""
    machine = _MiniStack(monkeypatch)
    started = {case.name: machine.start(case) for case in CASES}
    ended = {name: machine.ended(arn) for name, arn in started.items()}
    assert ended == {case.name: case.ended for case in CASES}
    assert machine.called == {case.name: case.steps for case in CASES}
