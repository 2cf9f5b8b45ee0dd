"""`make sam-local`: skipped loudly without Docker, otherwise SAM invokes the function with its event."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kinetic_wise.callers import caller_of
from kinetic_wise.flows.outcomes import Step
from kinetic_wise.flows.settle import TransferMessage
from kinetic_wise.flows.start import read_message
from scripts import sam_local

ROOT = Path(__file__).parents[3]


def event(name: str) -> dict[str, Any]:
    """The sample event of a function."""
    read: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return read


class Docker:
    """A Docker that answers, and a SAM that notes what it was asked."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")


def test_every_function_has_an_event_and_a_place_in_the_template() -> None:
    """events/ holds one sample for each function, and the template knows the function by the name made from it."""
    assert sam_local.functions() == sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert [n for n in sam_local.functions() if f"\n  {sam_local.logical_id(n)}:\n" not in template] == []


def test_the_events_are_what_the_functions_read() -> None:
    """Messages, step, order and webhook of the samples are understood by the code that receives the real ones."""
    assert read_message(json.loads(event("start_payment")["Records"][0]["body"])).pay_seq == 1
    assert TransferMessage.model_validate_json(event("settle_payment")["Records"][0]["body"]).transfer_id > 2**31
    assert Step(event("transfer_step")["step"]) is Step.RESERVE
    assert caller_of(event("operate")).endswith("/anna")
    assert json.loads(event("receive_webhook")["body"])["event_type"] == "transfers#state-change"


def test_without_docker_it_is_skipped_loudly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No Docker is no failure, and nobody can think that something ran."""
    monkeypatch.setattr(sam_local, "has_docker", lambda: False)
    assert sam_local.main() == 0
    assert "SKIPPED" in capsys.readouterr().out


def test_without_a_local_run_it_says_what_to_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The remedy is named, and nothing is invoked."""
    monkeypatch.setattr(sam_local, "has_docker", lambda: True)
    monkeypatch.setattr(sam_local, "STACK", tmp_path / "stack.json")
    assert sam_local.main() == 1
    assert "make run KEEP=1" in capsys.readouterr().err


def test_an_unknown_function_is_refused_with_those_there_are() -> None:
    """FUNCTION names a folder under functions/."""
    with pytest.raises(sam_local.Stop, match=r"FUNCTION=nothing.*poll_invoices"):
        sam_local.invoke("nothing")


def test_sam_gets_event_environment_and_the_hosts_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The container sees the local run: its variables come from the deployed function, the network is the host's."""
    stack = tmp_path / "stack.json"
    stack.write_text(json.dumps({"endpoint": "http://127.0.0.1:4599", "region": "eu-central-1"}), encoding="utf-8")
    monkeypatch.setattr(sam_local, "STACK", stack)
    monkeypatch.setattr(sam_local, "environment", lambda name, found: {"OF": name, "AWS_ENDPOINT_URL": "there"})
    docker = Docker()

    assert sam_local.invoke("sweep", docker) == 0

    (command,) = docker.commands
    assert command[1:4] == ["local", "invoke", "SweepFunction"]
    assert command[command.index("--docker-network") + 1] == "host"
    assert Path(command[command.index("--event") + 1]).name == "sweep.json"
    variables = json.loads(Path(command[command.index("--env-vars") + 1]).read_text(encoding="utf-8"))
    assert variables == {"Parameters": {"OF": "SweepFunction", "AWS_ENDPOINT_URL": "there"}}
