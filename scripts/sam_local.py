"""`make sam-local FUNCTION=name`: one function in Lambda's own container image, against the local run that is up.

Its event is `events/<name>.json`, its environment that of the deployed function. The container shares the host's
network, because everything local listens on the loopback address only. Without Docker it is skipped, loudly.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "events"
STACK = ROOT / ".local" / "stack.json"
BUILD = ROOT / ".local" / "sam" / "build"
SAM = ROOT / ".local" / "venvs" / "sam" / "bin" / "sam"
_DEFAULT = "poll_invoices"
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "LOCALRUN", "AWS_SECRET_ACCESS_KEY": "local"}  # open nothing

Run = Callable[..., "subprocess.CompletedProcess[str]"]


class Stop(Exception):
    """It cannot be done; the message says why and what to do."""


def functions() -> list[str]:
    """The functions that have an event."""
    return sorted(path.stem for path in EVENTS.glob("*.json"))


def has_docker(run: Run = subprocess.run) -> bool:
    """Whether there is a Docker that answers."""
    if shutil.which("docker") is None:
        return False
    return run(["docker", "info"], capture_output=True, text=True, check=False).returncode == 0


def logical_id(function: str) -> str:
    """What the template calls a function."""
    return "".join(word.capitalize() for word in function.split("_")) + "Function"


def environment(name: str, stack: Mapping[str, Any]) -> dict[str, str]:
    """The environment variables of the deployed function, and the way to local AWS."""
    where = {"endpoint_url": stack["endpoint"], "region_name": stack["region"]}
    keys = {"aws_access_key_id": "LOCALRUN", "aws_secret_access_key": "local"}
    deployed = boto3.client("lambda", **where, **keys)  # type: ignore[call-overload]
    pages = deployed.get_paginator("list_functions").paginate()
    configured = next(f for page in pages for f in page["Functions"] if f"-{name}-" in f"{f['FunctionName']}-")
    return {**configured["Environment"]["Variables"], "AWS_ENDPOINT_URL": stack["endpoint"]}


def invoke(function: str, run: Run = subprocess.run) -> int:
    """Invoke a function with its event; the exit code is SAM's. Raises Stop."""
    if function not in functions():
        raise Stop(f"FUNCTION={function}: there is no such function; there are {', '.join(functions())}")
    if not STACK.exists():
        raise Stop("no local run is up: start one with `make run KEEP=1` and leave it running")
    stack = json.loads(STACK.read_text(encoding="utf-8"))
    name = logical_id(function)
    variables = STACK.with_name("sam-local.json")
    variables.write_text(json.dumps({"Parameters": environment(name, stack)}), encoding="utf-8")
    command = [str(SAM), "local", "invoke", name, "--template", str(BUILD / "template.yaml")]
    command += ["--event", str(EVENTS / f"{function}.json"), "--env-vars", str(variables)]
    command += ["--docker-network", "host", "--region", stack["region"]]
    return run(command, cwd=ROOT, env={**os.environ, **_CREDENTIALS, "SAM_CLI_TELEMETRY": "0"}, check=False).returncode


def main() -> int:
    """Invoke what FUNCTION names. Exit code 0 as well when skipped, 1 when it cannot be done."""
    if not has_docker():
        print("SKIPPED  make sam-local needs Docker, which does not answer on this machine: nothing was run.")
        print("         `make run` does the same without Docker.")
        return 0
    try:
        return invoke(os.environ.get("FUNCTION") or _DEFAULT)
    except Stop as stop:
        print(f"make sam-local: {stop}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
