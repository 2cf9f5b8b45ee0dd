"""The simulated Wise as a program of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 10


def start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "simulators.wise", *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    program = start("--port", "0", "--allow-local-webhooks", "--time-scale", "0.001")
    assert program.stdout
    yield json.loads(program.stdout.readline())
    program.terminate()
    program.communicate(timeout=PATIENCE)


class Hook(HTTPServer):
    """A receiver on a socket that counts what it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.states: list[str | None] = []
        self.done = threading.Event()


class Answer(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.states.append(body["data"].get("current_state"))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if self.server.states[-1] == "outgoing_payment_sent":
            self.server.done.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


def test_ready_line_has_what_a_client_needs(ready: dict[str, Any]) -> None:
    """The first line on standard output is the ready line, and its address and token work at once."""
    assert set(ready) == {"url", "personal_token", "client_id", "client_secret", "profile_id", "webhook_public_key"}
    answer = requests.get(
        f"{ready['url']}/2026Q3/profiles/{ready['profile_id']}/balances?types=STANDARD",
        headers={"Authorization": f"Bearer {ready['personal_token']}"},
        timeout=PATIENCE,
    )
    assert {balance["currency"] for balance in answer.json()} >= {"EUR", "GBP", "USD", "AUD"}


def test_webhooks_arrive_over_http(ready: dict[str, Any]) -> None:
    """From subscription to the sent money: the events of a transfer arrive at a real receiver."""
    hook = Hook()
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {ready['personal_token']}"
    base, profile = f"{ready['url']}/2026Q3", ready["profile_id"]

    def post(path: str, body: dict[str, Any]) -> Any:
        answer = session.post(base + path, json=body, timeout=PATIENCE)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    delivery = {"version": "4.0.0", "url": f"http://127.0.0.1:{hook.server_port}/hook"}
    post(
        f"/profiles/{profile}/subscriptions",
        {"name": "ERP", "trigger_on": "transfers#state-change", "delivery": delivery},
    )
    recipient = post(
        "/accounts",
        {
            "currency": "GBP",
            "type": "sort_code",
            "profile": profile,
            "accountHolderName": "Thames Fasteners Ltd",
            "details": {"legalType": "BUSINESS", "sortCode": "200000", "accountNumber": "55779911"},
        },
    )["id"]
    wish = {"sourceCurrency": "GBP", "targetCurrency": "GBP", "targetAmount": 10, "targetAccount": recipient}
    quote = post(f"/profiles/{profile}/quotes", wish)["id"]
    key = "3b8f6f8e-5c43-4b5e-9d9c-8f7f0b6f2a11"
    body = {"targetAccount": recipient, "quoteUuid": quote, "customerTransactionId": key}
    transfer = post("/transfers", body)["id"]
    assert post(f"/profiles/{profile}/transfers/{transfer}/payments", {"type": "BALANCE"})["status"] == "COMPLETED"
    assert hook.done.wait(PATIENCE)
    hook.shutdown()
    hook.server_close()
    state = requests.get(f"{ready['url']}/_sim/state", timeout=PATIENCE).json()
    assert state["transfers"][0]["status"] == "outgoing_payment_sent"
    assert state["transfers"][0]["target_amount"] == "10.00"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "x"], "--port"),
        (["--port", "70000"], "65535"),
        (["--port", "0", "--time-scale", "0"], "time scale"),
        (["--port", "0", "--invoices", "0"], "invoices"),
        (["--port", "0", "--nonsense"], "--nonsense"),
    ],
)
def test_bad_options_are_told(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad option is one clear line on standard error and exit code 1."""
    from simulators.wise.__main__ import main

    with pytest.raises(SystemExit) as left:
        main(options)
    told = capsys.readouterr()
    assert left.value.code == 1
    assert words in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)


def test_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A port in use is one clear line on standard error and exit code 1."""
    from simulators.wise.__main__ import main

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    told = capsys.readouterr()
    assert str(port) in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)
