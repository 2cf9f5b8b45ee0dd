"""The conversation with an OAuth 2.0 token endpoint: a form goes, a token or an `error` comes.

Wise (wise-api.md 2.1), the Epicor Identity Provider and Microsoft Entra ID (epicor-kinetic-api.md 2.1) speak it alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import simplejson

from kinetic_wise.tokens import Token
from kinetic_wise.transport import (
    AccessRefused,
    Answer,
    Call,
    Effect,
    NotArrived,
    RemoteError,
    Transport,
    Unclear,
    retry_after,
)

ASSUMED_SECONDS = 3600  # when an answer does not say how long its token lives (epicor-kinetic-api.md 2.1)
TIMEOUT_SECONDS = 12.0  # two tries with all pauses end before the lease of a renewal does
_LONGEST_TEXT = 300
_HIDDEN = "***"
_FORM = re.compile(r"\w+=[^&\s]*(&\w+=[^&\s]*)*")
# All that is kept of the bodies of such an exchange. Everything else may be a secret.
_SHOWN = frozenset(
    "grant_type scope token_type expires_in expires_at created_at error error_description error_codes trace_id "
    "correlation_id TokenType ExpiresIn HttpStatus ReasonPhrase ErrorType ErrorMessage CorrelationId".split()
)


@dataclass(frozen=True)
class TokenEndpoint:
    """A token endpoint; `transport` judges and masks with this module's functions."""

    transport: Transport
    path: str
    now: Callable[[], datetime]

    def ask(self, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Token:
        """Send a form and read the token. Raises RemoteError: AccessRefused is the endpoint's final word."""
        call = Call("POST", self.path, Effect.WRITE, form=form, headers=headers or {}, timeout_seconds=TIMEOUT_SECONDS)
        data = self.transport.send(call).data
        return token_of(
            data["access_token"],
            data.get("expires_in"),
            self.now(),
            refresh=str(data.get("refresh_token") or ""),
            created_at=data.get("created_at"),
        )


def token_of(access: str, seconds: Any, now: datetime, *, refresh: str = "", created_at: Any = None) -> Token:
    """A token that was got now and lives so many seconds."""
    try:
        life = timedelta(seconds=float(seconds))
    except (TypeError, ValueError):
        life = timedelta(seconds=ASSUMED_SECONDS)
    return Token(
        access=str(access),
        created_at=_moment(created_at) or now,
        obtained_at=now,
        expires_at=now + life,
        refresh=refresh,
    )


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def judge(call: Call, answer: Answer) -> RemoteError | None:
    """None for a token; AccessRefused for a refusal in OAuth's words, or any 401; else NotArrived or Unclear."""
    where, data = f"{call.method} {call.path or 'token endpoint'}", answer.data
    if 200 <= answer.status < 300:
        if isinstance(data, dict) and data.get("access_token"):
            return None
        return Unclear(f"{where} answered {answer.status} without a token", exchange=answer.exchange)
    if answer.status == 429:
        return NotArrived(
            f"{where}: throttled", code="throttled", exchange=answer.exchange, retry_after=retry_after(answer)
        )
    code = str(data["error"]) if isinstance(data, dict) and isinstance(data.get("error"), str) else ""
    message = f"{where} answered {answer.status} {code}".rstrip()
    if answer.status == 401 or (400 <= answer.status < 500 and answer.status != 408 and code):
        return AccessRefused(f"{message}: {_told(data)}", code=code, exchange=answer.exchange)
    return Unclear(message, code=code, exchange=answer.exchange)


def _told(data: Any) -> str:
    text = str(data.get("error_description") or "") if isinstance(data, dict) else ""
    return " ".join(text.split())[:_LONGEST_TEXT] or "no reason given"


def mask(body: str) -> str:
    """What may be kept of a form that was sent or of an answer: a few fields by name, nothing else."""
    if not body:
        return body
    try:
        data = simplejson.loads(body, use_decimal=True)
    except (ValueError, RecursionError):
        return _mask_form(body)
    if not isinstance(data, dict):
        return _HIDDEN
    return simplejson.dumps(
        {key: value if key in _SHOWN else _HIDDEN for key, value in data.items()}, use_decimal=True, ensure_ascii=False
    )


def _mask_form(body: str) -> str:
    if not _FORM.fullmatch(body):
        return _HIDDEN
    pairs = parse_qsl(body, keep_blank_values=True)
    return urlencode([(key, value if key in _SHOWN else _HIDDEN) for key, value in pairs], safe="*")
