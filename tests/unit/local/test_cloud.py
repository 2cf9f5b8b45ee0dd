"""Local AWS meets nothing of a real account, and its calls are counted honestly."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from local import cloud
from local.counted_ministack import PATH, Counted
from local.options import Options
from local.stop import Stop
from local.systems import command


def _signed(key: str, service: str) -> dict[str, Any]:
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20261121/eu-central-1/{service}/aws4_request, SignedHeaders=host"
    return {"type": "http", "path": "/", "headers": [(b"authorization", scope.encode())]}


def _told(counted: Counted) -> dict[str, dict[str, int]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(counted({"type": "http", "path": PATH, "headers": []}, None, send))
    told: dict[str, dict[str, int]] = json.loads(sent[1]["body"])
    return told


def test_signed_calls_are_counted_by_key_and_service() -> None:
    """Each signed request counts once for its key and service and reaches MiniStack; others are only handed on."""
    reached: list[str] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        reached.append(scope["type"])

    counted = Counted(inner)
    unsigned = {"type": "http", "path": "/_ministack/health", "headers": [(b"host", b"x")]}
    calls = [_signed("000000000000", "dynamodb")] * 2 + [_signed("LOCALRUN", "s3"), unsigned, {"type": "lifespan"}]
    for call in calls:
        asyncio.run(counted(call, None, None))
    assert _told(counted) == {"000000000000": {"dynamodb": 2}, "LOCALRUN": {"s3": 1}}
    assert reached == ["http"] * 4 + ["lifespan"]


def test_only_the_functions_calls_are_the_connectors() -> None:
    """The run's own calls and SAM's are left out of the figure."""
    counted = {"000000000000": {"dynamodb": 5, "sqs": 1}, cloud.ACCESS_KEY: {"dynamodb": 70}}
    assert cloud.of_functions(counted) == {"dynamodb": 5, "sqs": 1}


def test_ministack_gets_a_world_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No real credentials, proxies or MiniStack settings of the caller reach it; it binds to loopback only."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTPS_PROXY", "PERSIST_STATE", "SERVICES", "USE_SSL"):
        monkeypatch.setenv(name, "mine")
    environment = cloud.ministack_environment(4711, tmp_path, "eu-central-1")
    assert "mine" not in environment.values()
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["GATEWAY_PORT"] == "4711"
    assert environment["TMPDIR"] == str(tmp_path)


def test_a_real_account_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the run has begun no AWS setting of a real account is left in its own process."""
    monkeypatch.setattr(os, "environ", {"AWS_PROFILE": "production", "AWS_REGION": "us-east-1", "PATH": "/bin"})
    cloud.forget_aws()
    assert os.environ["PATH"] == "/bin"
    assert os.environ["AWS_CONFIG_FILE"] == os.devnull
    assert not {"AWS_PROFILE", "AWS_REGION"} & set(os.environ)


def test_a_machine_without_ports_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When no loopback port can be opened the run stops with a remedy."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(Stop, match="Operation not permitted") as stop:
        cloud.free_port()
    assert stop.value.remedy


@pytest.mark.parametrize("name", ["epicor", "wise"])
def test_both_simulators_play_the_same_day(name: str) -> None:
    """Size and seed of the day reach both simulators, so that the balances fit the invoices."""
    words = command(name, Options(invoices=500, seed=3))
    assert words[1:5] == ["-m", f"simulators.{name}", "--port", "0"]
    assert words[5:9] == ["--invoices", "500", "--seed", "3"]
    assert ("--allow-local-webhooks" in words) == (name == "wise")
    assert "--invoices" not in command(name, Options())
