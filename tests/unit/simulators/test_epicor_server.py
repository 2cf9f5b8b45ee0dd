"""The Epicor simulator as a program: its ready line, its options, its one clear message."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "simulators.epicor"]


@contextmanager
def _running(*options: str) -> Iterator[dict[str, Any]]:
    process = subprocess.Popen([*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=5)
        if process.stdout is not None:
            process.stdout.close()


def test_ready_line_is_enough_to_call() -> None:
    """The first line on standard output has everything that a first call needs."""
    with _running("--port", "0", "--invoices", "5", "--seed", "2") as ready, requests.Session() as session:
        session.trust_env = False
        assert set(ready) == {"url", "company", "companies", "user", "password", "api_key"}
        answer = session.get(
            f"{ready['url']}/api/v2/odata/{ready['company']}/Erp.BO.CurrencySvc/Currencies",
            params={"$filter": "ISOCurrCode eq 'EUR'"},
            auth=(ready["user"], ready["password"]),
            headers={"X-API-Key": ready["api_key"]},
            timeout=5,
        )
        assert [row["CurrencyID"] for row in answer.json()["value"]] == ["EUR"]
        origin = ready["url"].rsplit("/", 1)[0]
        assert len(session.get(f"{origin}/_sim/state", timeout=5).json()["invoices"]) == 5


def test_empty_site_has_its_set_up() -> None:
    """With --empty there are companies and their set-up, but neither invoices nor payments."""
    with _running("--port", "0", "--empty") as ready, requests.Session() as session:
        session.trust_env = False
        origin = ready["url"].rsplit("/", 1)[0]
        books = session.get(f"{origin}/_sim/state", timeout=5).json()
    assert ready["companies"] == ["EPIC01", "EPIC02"]
    assert (books["invoices"], books["payments"]) == ([], [])


@pytest.mark.parametrize(
    "options", [["--port", "many"], ["--invoices", "-1"], ["--time-scale", "0"], ["--unknown"], ["--port", "99999"]]
)
def test_bad_options_get_one_message(options: list[str]) -> None:
    """A bad option is told in one line on standard error, and the exit code is 1."""
    ended = subprocess.run([*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.strip().splitlines()) == 1


def test_taken_port_gets_one_message() -> None:
    """A port in use is told with the remedy, and the exit code is 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [*COMMAND, "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
        )
    assert ended.returncode == 1
    assert "--port" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
