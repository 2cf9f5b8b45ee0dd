"""The payments board on a page of this machine: the deployed widget's own HTML, its links made into plain ones."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from html import escape, unescape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

HOST = "127.0.0.1"
# What CloudWatch binds to the element before it; nothing of others can look like it, whose "<" is escaped.
_ACTION = re.compile(
    r'<a class="(\w+)" role="button" tabindex="0">(.*?)</a><cwdb-action [^>]*>(.*?)</cwdb-action>', re.DOTALL
)
_ASKED = frozenset({"payment", "invoice", "view"})
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Payments: Kinetic-Wise</title></head><body style="margin:0">{}</body></html>
"""


class Widget(Protocol):
    """The deployed function."""

    def __call__(self, event: dict[str, Any], /) -> str:
        """HTML for an event, as CloudWatch would send it. May raise whatever an invocation does."""


class _Server(ThreadingHTTPServer):
    """Serves what a widget answers."""

    daemon_threads = True

    def __init__(self, widget: Widget) -> None:
        super().__init__((HOST, 0), _Handler)
        self.widget = widget


class BoardPage:
    """A server of its own for the page, on the loopback address only."""

    def __init__(self, widget: Widget) -> None:
        self._server = _Server(widget)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="board")

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self._server.server_port}/"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()


def as_page(shown: str) -> str:
    """The widget's HTML as a page: what CloudWatch would call becomes a link, the form's a button that sends it."""
    return _PAGE.format(_ACTION.sub(_link, shown))


def _link(found: re.Match[str]) -> str:
    style, label, asked = found[1], found[2], json.loads(unescape(found[3]))
    if asked.get("view") == "search":
        return f'<button class="{style}">{label}</button>'
    query = urlencode({name: value for name, value in asked.items() if name != "view"})
    return f'<a class="{style}" href="/{escape(f"?{query}" if query else "")}">{label}</a>'


def event_of(query: Mapping[str, str]) -> dict[str, Any]:
    """What CloudWatch would send for what an address asks for."""
    asked = {name: value for name, value in query.items() if name in _ASKED}
    return {**asked, "widgetContext": {"theme": "light", "forms": {"all": {}}}}


class _Handler(BaseHTTPRequestHandler):
    """Answers GET / and nothing else."""

    server: _Server

    def do_GET(self) -> None:
        """Show the board, or what the query asks for."""
        address = urlsplit(self.path)
        if address.path != "/":
            self._answer(HTTPStatus.NOT_FOUND, "<p>There is only one page.</p>")
        elif not self._is_for_us():
            self._answer(HTTPStatus.FORBIDDEN, "<p>Ask for it by its own address.</p>")
        else:
            self._show(dict(parse_qsl(address.query)))

    def _show(self, query: dict[str, str]) -> None:
        try:
            self._answer(HTTPStatus.OK, as_page(self.server.widget(event_of(query))))
        except Exception as error:  # noqa: BLE001 - told to whoever looks; the run goes on
            self._answer(HTTPStatus.BAD_GATEWAY, f"<p>The board cannot be shown: {escape(str(error))}</p>")

    def _is_for_us(self) -> bool:
        """Whether it was asked for by our address: another site's name must not lead here (DNS rebinding)."""
        port = self.server.server_port
        return self.headers.get("Host", "") in (f"{HOST}:{port}", f"localhost:{port}")

    def _answer(self, status: HTTPStatus, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
        """The terminal is the run's."""
