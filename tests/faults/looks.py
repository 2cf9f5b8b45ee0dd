"""What our own clients saw and sent about cancelled transfers, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import requests

from simulators.common.http import Request

_CANCEL = re.compile(r"/transfers/(\d+)/cancel$")
_LOOK = re.compile(r"/transfers(/\d+)?$")


@dataclass
class Looks:
    """By transfer: when a look of ours first showed it cancelled, and when we first sent a cancel of our own."""

    saw: dict[int, int] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)
    _turns: count[int] = field(default_factory=count)

    def asked(self, request: Request) -> None:
        """A request leaves, whatever becomes of it."""
        cancel = _CANCEL.search(request.path) if request.method == "PUT" else None
        if cancel:
            self.sent.setdefault(int(cancel[1]), next(self._turns))

    def answered(self, response: requests.Response, **_: Any) -> None:
        """An answer has come back whole."""
        request = response.request
        if (
            request.method == "GET"
            and b"cancelled" in response.content
            and _LOOK.search(request.path_url.split("?")[0])
        ):
            found = response.json()
            for transfer in found if isinstance(found, list) else [found]:
                if transfer.get("status") == "cancelled":
                    self.saw.setdefault(transfer["id"], next(self._turns))

    def crossed(self, transfer: int) -> bool:
        """Whether our own cancel had left before any look of ours could know of somebody else's."""
        sent = self.sent.get(transfer)
        return sent is not None and sent < self.saw.get(transfer, sent + 1)
