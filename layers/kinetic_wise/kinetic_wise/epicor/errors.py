"""What an answer of Epicor says about our request: the bodies of epicor-kinetic-api.md 4.1, the classes of 4.2."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kinetic_wise.epicor.masking import mask_text
from kinetic_wise.payments.systems import Draft
from kinetic_wise.transport import (
    AccessRefused,
    Answer,
    Call,
    Effect,
    Exchange,
    NotArrived,
    Refused,
    RemoteError,
    TokenRejected,
    Unclear,
    retry_after,
)

_LICENCE_PAUSE = 30.0  # seconds: people hold licences for minutes (2.4)
_LONGEST_TEXT = 500
_METADATA = "/$metadata"  # the only document in XML
_FUNCTIONS = "/api/v2/efx/"  # a Function that answers 200 may tell a failure in its outputs (1.5, pitfall 36)


class NotFound(Refused):
    """404: no such record, method or path."""


class Unreadable(Refused):
    """A row lacks what it must say, or says it in a way that nobody can act on."""


class ConfigurationMissing(Refused):
    """A setting is needed: the message names it and lists the candidates."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="configuration")


class ForeignDraft(Exception):
    """The group holds something that is not ours. `draft` is what was found; the text says in what it differs."""

    def __init__(self, draft: Draft, why: str) -> None:
        super().__init__(f"group {draft.group_id}: {why}")
        self.draft = draft


@dataclass(frozen=True)
class Problem:
    """What an error body tells. `kind` is the last part of ErrorType; `said` is False for a gateway's page."""

    text: str
    kind: str = ""
    correlation_id: str = ""
    said: bool = True


def judge(call: Call, answer: Answer) -> RemoteError | None:
    """The error that an answer means, or None for a success (design rule 4, retry classes of section 6)."""
    if 200 <= answer.status < 300:
        return _judge_success(call, answer)
    found = problem(answer)
    message = _told(f"Epicor answered {answer.status} to {_short(call.path)}", found)
    if answer.status == 429:
        return _later(message, "throttled", answer.exchange, retry_after(answer))
    if _wants_licence(answer.status, found):
        return _later(message, "licence", answer.exchange, _LICENCE_PAUSE)
    if answer.status == 410:
        return _later(message, "session", answer.exchange, None)
    return _kind(call, answer.status, found)(message, code=found.kind, exchange=answer.exchange)


def _kind(call: Call, status: int, found: Problem) -> type[RemoteError]:
    if status == 401:
        return TokenRejected
    if status == 403:
        return AccessRefused
    if status == 404:
        return NotFound
    if not 400 <= status < 500 or status in (408, 409):
        return Unclear
    if not found.said and call.effect is Effect.WRITE:
        return Unclear  # not Epicor's own words: some gateway's, and who knows what it let through
    return Refused


def _judge_success(call: Call, answer: Answer) -> RemoteError | None:
    if answer.status == 204 or (call.path.endswith(_METADATA) and "<edmx:Edmx" in answer.text):
        return None
    if not isinstance(answer.data, dict):
        return Unclear(f"Epicor's answer to {_short(call.path)} is no JSON object", exchange=answer.exchange)
    parameters = answer.data.get("parameters")
    occurred = parameters.get("errorsOccurred") if isinstance(parameters, dict) else answer.data.get("errorsOccurred")
    told = str(answer.data.get("error") or "") if _FUNCTIONS in call.path else ""
    if occurred is not True and not told:
        return None
    found = Problem("; ".join(_update_errors(answer.data)) or _cut(told) or "errorsOccurred without a text")
    return Refused(_told(f"Epicor refused {_short(call.path)}", found), code="errorsOccurred", exchange=answer.exchange)


def _update_errors(data: Mapping[str, Any]) -> list[str]:
    returned = data.get("returnObj")
    errors = returned.get("BOUpdError") if isinstance(returned, dict) else None
    return [str(error.get("ErrorText", "")) for error in errors or [] if isinstance(error, dict)]


def _later(message: str, code: str, exchange: Exchange, seconds: float | None) -> NotArrived:
    return NotArrived(message, code=code, exchange=exchange, retry_after=seconds)


def _wants_licence(status: int, found: Problem) -> bool:
    return status == 400 and (found.kind == "LicenseAccessException" or found.text.lower().startswith("maximum users"))


def _told(what: str, found: Problem) -> str:
    trace = f" (CorrelationId {found.correlation_id})" if found.correlation_id else ""
    return f"{what}: {mask_text(found.text)}{trace}"


def _short(path: str) -> str:
    """Service and method or set of a path, without the query, which names invoices."""
    return "/".join(path.partition("?")[0].split("/")[-2:])


def problem(answer: Answer) -> Problem:
    """What an error answer tells, tried in the order of 4.1: Epicor's JSON, OData's, XML, raw text."""
    data = answer.data
    if isinstance(data, dict) and ("ErrorMessage" in data or "ErrorType" in data):
        return _of_epicor(data)
    if isinstance(data, dict) and isinstance(data.get("error"), dict):
        return _of_odata(data["error"])
    return _of_xml(answer.text) or Problem(_cut(answer.text) or "no reason given", said=False)


def _of_epicor(data: Mapping[str, Any]) -> Problem:
    texts = [str(data.get("ErrorMessage") or "")]
    details = data.get("ErrorDetails")
    for detail in details if isinstance(details, list) else []:
        text = str(detail.get("Message") or "") if isinstance(detail, dict) else ""
        if text not in texts:
            texts.append(text)
    kind = str(data.get("ErrorType") or "").rpartition(".")[2]
    return Problem(_cut("; ".join(filter(None, texts))) or kind, kind, str(data.get("CorrelationId") or ""))


def _of_odata(error: Mapping[str, Any]) -> Problem:
    message = error.get("message")
    text = message.get("value") if isinstance(message, dict) else message  # OData 3 wraps it
    return Problem(_cut(str(text or "")) or "no reason given", str(error.get("code") or "ODataException"))


def _of_xml(text: str) -> Problem | None:
    message = _element(text, "ErrorMessage")
    if not message:
        return None
    return Problem(_cut(message), _element(text, "ErrorType").rpartition(".")[2], _element(text, "CorrelationId"))


def _element(text: str, name: str) -> str:
    match = re.search(rf"<(?:\w+:)?{name}\b[^>]*>(.*?)</", text, re.DOTALL)
    return html.unescape(match[1]).strip() if match else ""


def _cut(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_TEXT]
