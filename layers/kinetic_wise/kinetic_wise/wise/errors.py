"""What an answer of Wise says about our request: the five error families of wise-api.md 1.4 and the retry classes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import simplejson

from kinetic_wise.transport import (
    AccessRefused,
    Answer,
    Call,
    Effect,
    NotArrived,
    Refused,
    RemoteError,
    TokenRejected,
    Unclear,
    retry_after,
)
from kinetic_wise.wise.masking import mask_text


class ApprovalNeeded(AccessRefused):
    """403 with a one-time token: a person has to approve in Wise (2.4). The request was not carried out."""


@dataclass(frozen=True)
class Problem:
    """One element of an error answer. `code` is a category and not unique; `path` names the field."""

    code: str = ""
    message: str = ""
    path: str = ""

    def __str__(self) -> str:
        where = f" ({self.path})" if self.path else ""
        return f"{self.code}{where}: {self.message}".strip(": ") if self.message else f"{self.code}{where}"


def judge(call: Call, answer: Answer) -> RemoteError | None:
    """The error that an answer means, or None for a success (design rule 4, retry classes of section 6)."""
    found = problems(answer)
    kind = _kind(call, answer, found)
    if kind is None:
        return None
    told = "; ".join(map(str, found)) or "no reason given"
    message = f"Wise answered {answer.status} to {call.method} {call.path}: {mask_text(told)}"
    code = next((problem.code for problem in found if problem.code), "")
    if kind is NotArrived:
        return NotArrived(message, code=code, exchange=answer.exchange, retry_after=retry_after(answer))
    return kind(message, code=code, exchange=answer.exchange)


def _kind(call: Call, answer: Answer, found: tuple[Problem, ...]) -> type[RemoteError] | None:
    if 200 <= answer.status < 300:
        return _kind_of_success(call, answer, found)
    if answer.status == 429:
        return NotArrived
    if answer.status == 401:
        return TokenRejected
    if answer.status == 403 and _asks_for_approval(answer.headers):
        return ApprovalNeeded
    if _is_unclear(call, answer.status, found):
        return Unclear
    if answer.status == 403:
        return Refused if _is_about_a_resource(call, answer) else AccessRefused
    return Refused


def _kind_of_success(call: Call, answer: Answer, found: tuple[Problem, ...]) -> type[RemoteError] | None:
    """A 2xx with an errors body has been published (1.4), and one without readable JSON says nothing."""
    if isinstance(answer.data, dict) and answer.data.get("errors") and found:
        return Refused if call.effect is Effect.READ else Unclear
    if answer.data is None and call.method != "DELETE" and not call.is_file:
        return Unclear
    return None


def _is_unclear(call: Call, status: int, found: tuple[Problem, ...]) -> bool:
    if not 400 <= status < 500 or status in (408, 409):
        return True
    if call.effect is Effect.READ:
        return False
    if any(speaks_of_state(problem.code) for problem in found):
        return True
    # A recipient holds no money, and messages about its fields speak of "state" and "not found" as a matter of course.
    if not call.path.endswith("/accounts") and any(_STATE_WORDS.search(problem.message) for problem in found):
        return True
    return not found and status != 403


def _is_about_a_resource(call: Call, answer: Answer) -> bool:
    """Whether a 403 is about the one thing asked for and not about our rights as such.

    A GET of a transfer or recipient that is not ours answers so (section 0), and the funding service gives reasons.
    """
    reads_one = call.method == "GET" and _RESOURCE.search(call.path) is not None
    return reads_one or (isinstance(answer.data, dict) and bool(answer.data.get("errorCode")))


_RESOURCE = re.compile(r"/(transfers|accounts)/\d+")
_STATE_WORDS = re.compile(r"\b(already|exists?|existing|used|duplicate|not found)\b", re.IGNORECASE)
_STATE_TOKENS = frozenset(
    {"already", "exist", "exists", "existing", "used", "duplicate", "state", "status", "conflict"}
)
_OUTCOME_UNKNOWN = frozenset({"unexpected.error", "unexpected_error", "system_error", "internal.server.error"})


def speaks_of_state(code: str) -> bool:
    """Whether a code speaks of existing, used, state or not-found, or of an unknown outcome: no clear refusal."""
    if code.lower() in _OUTCOME_UNKNOWN:
        return True
    tokens = [token.lower() for token in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", code)]
    pairs = set(pairwise(tokens))
    return bool(_STATE_TOKENS.intersection(tokens)) or ("not", "found") in pairs


def _asks_for_approval(headers: Mapping[str, str]) -> bool:
    return headers.get("x-2fa-approval-result", "").upper() == "REJECTED" or bool(headers.get("x-2fa-approval"))


def problems(answer: Answer) -> tuple[Problem, ...]:
    """Everything an error answer tells, whichever family it is of; empty when it tells nothing."""
    return _of_body(answer.data, answer.text)


def problems_of(error: RemoteError) -> tuple[Problem, ...]:
    """Everything the answer behind an error tells, account numbers masked."""
    if error.exchange is None:
        return ()
    text = error.exchange.response
    try:
        return _of_body(simplejson.loads(text, use_decimal=True), text)
    except ValueError:
        return _of_text(text)


def _of_body(data: Any, text: str) -> tuple[Problem, ...]:
    if isinstance(data, dict):
        return _of_object(data)
    if isinstance(data, str):
        return _of_text(data)
    return _of_text(text) if data is None else ()


def _of_object(data: dict[str, Any]) -> tuple[Problem, ...]:
    errors = data.get("errors")
    if isinstance(errors, list) and errors:
        return tuple(_of_element(element) for element in errors)
    if data.get("errorCode") or data.get("errorMessage"):
        return (Problem(_text(data.get("errorCode")), _text(data.get("errorMessage"))),)
    if data.get("error"):
        told = data.get("error_description") or data.get("message")
        return (Problem(_text(data["error"]), _text(told)),)
    code = _text(data.get("code")) or _text(data.get("title"))
    message = _text(data.get("detail")) or _text(data.get("message"))
    return (Problem(code, message),) if code or message else ()


def _of_element(element: Any) -> Problem:
    if not isinstance(element, dict):
        return Problem(message=_text(element))
    path = _text(element.get("path")) or _text(element.get("field"))
    return Problem(_text(element.get("code")), _text(element.get("message")), path)


def _of_text(text: str) -> tuple[Problem, ...]:
    """Plain text, as funding may answer (6.5): a bare code or words; a page of HTML tells nothing."""
    told = text.strip()
    if not told or told.startswith(("<", "{", "[")):
        return ()
    return (Problem(code=told),) if re.fullmatch(r"[\w.-]{3,80}", told) else (Problem(message=told[:300]),)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
