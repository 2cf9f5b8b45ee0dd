"""MiniStack, with a count of the AWS calls it answers: by access key and service, at `GET /_kinetic_wise/calls`.

MiniStack has no counters. Functions sign with the account's number as access key, so their calls can be told from
the run's own. What MiniStack does inside itself (queue polling, starting functions) is no call.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app as ministack

PATH = "/_kinetic_wise/calls"
_SCOPE = re.compile(rb"Credential=([^/,]+)/[^/]+/[^/]+/([^/,]+)/")

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Counted:
    """An ASGI application that counts the signed requests of another."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner
        self._calls: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Count a request and hand it on."""
        if scope["type"] == "http":
            if scope["path"] == PATH:
                await self._tell(send)
                return
            self._count(scope["headers"])
        await self._inner(scope, receive, send)

    def _count(self, headers: list[tuple[bytes, bytes]]) -> None:
        signature = next((value for name, value in headers if name.lower() == b"authorization"), b"")
        found = _SCOPE.search(signature)
        if found:
            self._calls[found[1].decode(), found[2].decode()] += 1

    async def _tell(self, send: Any) -> None:
        calls: dict[str, dict[str, int]] = {}
        for (key, service), count in sorted(self._calls.items()):
            calls.setdefault(key, {})[service] = count
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(calls).encode()})


if __name__ == "__main__":
    ministack.app = Counted(ministack.app)
    ministack.main()
