"""Serves a simulator on a loopback port and prints the ready line."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any, NoReturn

from werkzeug.datastructures import Headers
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from simulators.common.http import Request, dump_json
from simulators.common.simulator import Simulator

HOST = "127.0.0.1"
_TICK_SECONDS = 0.05


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open, as the real systems do

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line alone: what the time is, the simulator says by its own clock."""
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Say nothing of single requests: the books tell what happened."""


class PortTaken(Exception):
    """The port is in use by another program."""


def serve(simulator: Simulator, port: int) -> BaseWSGIServer:
    """A server for the simulator, not yet running. Raises PortTaken."""
    try:
        listener = socket.create_server((HOST, port), backlog=256)
    except OSError as error:
        raise PortTaken(
            f"port {port} on {HOST} cannot be used ({error.strerror}); choose another with --port"
        ) from error
    return make_server(
        HOST,
        listener.getsockname()[1],
        _application(simulator),
        threaded=True,
        request_handler=_Handler,
        fd=listener.detach(),
    )


def run(server: BaseWSGIServer, simulator: Simulator, ready: dict[str, Any]) -> None:
    """Print the ready line, then serve until SIGINT or SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    threading.Thread(target=_tick_for_ever, args=(simulator,), daemon=True).start()
    print(dump_json(ready), flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)


def _tick_for_ever(simulator: Simulator) -> None:
    while True:
        time.sleep(_TICK_SECONDS)
        simulator.tick()


def _application(simulator: Simulator) -> Any:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = simulator.handle(_request(environ))
        if answer.delay_seconds:
            time.sleep(answer.delay_seconds)
        if answer.response is None:
            _hang_up(environ)
        body = answer.response.body
        headers = {"Date": formatdate(usegmt=True), **answer.response.headers, "Content-Length": str(len(body))}
        start_response(str(answer.response.status), list(headers.items()))
        if answer.truncated:
            return [body[: len(body) // 2]]
        return [body]

    return application


def _request(environ: dict[str, Any]) -> Request:
    headers = Headers(
        [(key[5:].replace("_", "-").title(), value) for key, value in environ.items() if key.startswith("HTTP_")]
    )
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").title()] = environ[key]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return Request(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body)


def _hang_up(environ: dict[str, Any]) -> NoReturn:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("the answer is lost, as a fault demands")
