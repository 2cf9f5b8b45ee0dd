"""Local AWS: MiniStack on a free loopback port, and clients for it with credentials that open nothing."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config

from kinetic_wise.transport import own_session
from local import places
from local.processes import Child, Children
from local.stop import Stop

HOST = "127.0.0.1"
ACCESS_KEY = "LOCALRUN"  # who orders, in the audit trail: local:LOCALRUN
SECRET = "local"  # noqa: S105 - opens nothing
_READY_SECONDS = 30.0
_TRIES = 3
_FUNCTION_SECONDS = 300
# Warm workers cost about 40 MB and a second of CPU each: a few more than there are cores are enough.
_WORKERS_A_CORE = 20
# MiniStack and the handlers get these from us and nothing else: no AWS settings, no proxies, no Python paths.
_HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "KINETIC_WISE_CI")


@dataclass
class Cloud:
    """A running MiniStack."""

    port: int
    region: str
    child: Child
    _clients: dict[str, Any] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    def client(self, service: str) -> Any:
        """A client of one service, made once."""
        with self._making:  # boto3's default session is not for several threads at a time
            if service not in self._clients:
                self._clients[service] = boto3.client(  # type: ignore[call-overload]
                    service,
                    endpoint_url=self.endpoint,
                    region_name=self.region,
                    aws_access_key_id=ACCESS_KEY,
                    aws_secret_access_key=SECRET,
                    config=Config(read_timeout=_FUNCTION_SECONDS, retries={"total_max_attempts": 3}, proxies={}),
                )
            return self._clients[service]

    def api_url(self, api_id: str, path: str) -> str:
        """Where a path of an API, stage first, is served."""
        return f"{self.endpoint}/_aws/execute-api/{api_id}/{path}"

    def calls(self) -> dict[str, int]:
        """How many AWS calls the functions made, by service."""
        session = own_session()
        counted = session.get(f"{self.endpoint}/_kinetic_wise/calls", timeout=10).json()
        return dict(sorted(of_functions(counted).items()))


def of_functions(counted: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """The calls of keys that are an account's number: functions sign so, the run does not."""
    calls: dict[str, int] = {}
    for key, services in counted.items():
        if key.isdigit():
            for service, count in services.items():
                calls[service] = calls.get(service, 0) + count
    return calls


def credentials(endpoint: str, region: str) -> dict[str, str]:
    """The environment variables with which a program reaches local AWS and nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def forget_aws() -> None:
    """Take every AWS setting out of this process: none of a real account shall be met by chance."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    os.environ.update(AWS_EC2_METADATA_DISABLED="true")


def start(children: Children, folder: Path, region: str) -> Cloud:
    """Start MiniStack. Another port is tried when the one found was taken meanwhile. Raises Stop."""
    for attempt in range(1, _TRIES + 1):
        port = free_port()
        command = [sys.executable, "-m", "local.counted_ministack"]
        child = children.start("MiniStack", command, ministack_environment(port, folder, region), places.ROOT)
        if _answers(child, port):
            return Cloud(port, region, child)
        children.forget(child)
        if attempt == _TRIES:
            raise Stop(f"MiniStack ended before it was ready (exit code {child.process.returncode})", child.remedy())
    raise AssertionError("unreachable")


def free_port() -> int:
    """A free port on the loopback. Raises Stop when the machine gives none."""
    try:
        with socket.create_server((HOST, 0)) as listener:
            return int(listener.getsockname()[1])
    except OSError as error:
        raise Stop(
            f"no port on {HOST} can be opened ({error.strerror})",
            "A firewall or sandbox forbids it, or all ports are taken: allow loopback servers and run again.",
        ) from None


def ministack_environment(port: int, folder: Path, region: str) -> dict[str, str]:
    """All environment variables that MiniStack, and through it the functions, get."""
    handed_on = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    return {
        **handed_on,
        "PYTHONPATH": str(places.ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",  # each worker has its own copy of the layer, which nobody reads twice
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": region,
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "LAMBDA_ACCOUNT_CONCURRENCY": str(max(8, _WORKERS_A_CORE * (os.cpu_count() or 2))),
        "TMPDIR": str(folder),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _answers(child: Child, port: int) -> bool:
    """Wait until it answers. False: it ended. Raises Stop when it does neither."""
    session = own_session()
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if not child.running:
            return False
        try:
            return bool(session.get(f"http://{HOST}:{port}/_ministack/health", timeout=2).ok)
        except requests.RequestException:
            time.sleep(0.05)
    raise Stop(f"MiniStack did not answer within {_READY_SECONDS:.0f} s", child.remedy())
