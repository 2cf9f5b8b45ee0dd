"""How long a function may run, and how long the state machine waits for a step: read where it is deployed from."""

from __future__ import annotations

from functools import cache

from scripts.transformed import written
from tests.support.world import DEFINITION

_STEP, _FUNCTION = "step", "transfer_step"
_API = 29.0


def life(worker: str) -> float:
    """Seconds that a worker's function may run: the `Timeout` of template.yaml. `step fund` runs in `transfer_step`."""
    name = worker.split(" ", maxsplit=1)[0]
    return _lives()[_FUNCTION if name == _STEP else name]


def patience(worker: str) -> float | None:
    """Seconds that somebody waits for a worker's answer; None where nobody waits.

    For a step the `TimeoutSeconds` of its task; for an order API Gateway's own, which the template leaves as it is.
    """
    name, _, step = worker.partition(" ")
    return _patiences()[step] if name == _STEP else _API if name == "operate" else None


@cache
def _lives() -> dict[str, float]:
    template = written()
    usual = template["Globals"]["Function"]["Timeout"]
    found = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    return {one["CodeUri"].removeprefix("functions/"): float(one.get("Timeout", usual)) for one in found}


@cache
def _patiences() -> dict[str, float]:
    tasks = [state for state in DEFINITION["States"].values() if state["Type"] == "Task"]
    return {task["Parameters"]["Payload"]["step"]: float(task["TimeoutSeconds"]) for task in tasks}
