"""How Wise refuses: the error families of wise-api.md section 1.4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators.common.http import Response, json_response


class WiseError(Exception):
    """A refusal. A body with a `timestamp` key gets the moment of the answer there."""

    def __init__(self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}

    def response(self, timestamp: str) -> Response:
        """The answer as the client sees it."""
        if isinstance(self.body, str):
            return Response(self.status, self.body.encode(), {"Content-Type": "text/plain", **self.headers})
        stamped = {**self.body, "timestamp": timestamp} if "timestamp" in self.body else self.body
        return json_response(self.status, stamped, self.headers)


@dataclass(frozen=True)
class Problem:
    """One element of a validation error; `code` is a category and not unique."""

    code: str
    message: str
    path: str | None = None
    arguments: tuple[Any, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The element as Wise writes it."""
        return {"code": self.code, "message": self.message, "path": self.path, "arguments": list(self.arguments)}


def oauth(status: int, error: str, description: str) -> WiseError:
    """Family 1: tokens and credentials."""
    return WiseError(status, {"error": error, "error_description": description})


def invalid(status: int, *problems: Problem) -> WiseError:
    """Family 2: validation and business rules."""
    return WiseError(status, {"timestamp": None, "errors": [problem.as_json() for problem in problems]})


def spring(status: int, error: str, message: str, path: str | None, headers: dict[str, str] | None = None) -> WiseError:
    """Family 3: the framework's own words."""
    body = {"timestamp": None, "status": status, "error": error, "message": message, "path": path}
    return WiseError(status, body, headers)


def problem_details(status: int, title: str, detail: str, instance: str) -> WiseError:
    """Family 5: newer services."""
    return WiseError(
        status, {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": instance}
    )


def forbidden(path: str) -> WiseError:
    """A profile that is not ours."""
    return spring(403, "Forbidden", "You are forbidden to send this request", path)
