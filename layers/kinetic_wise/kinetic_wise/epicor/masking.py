"""What of an exchange may be kept: no secret, of an account number or IBAN the last four characters."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Any

import simplejson

from kinetic_wise.payments.account_numbers import hide_ibans, last_four

_HIDDEN = "***"

_SECRET = re.compile(r"password|secret|api_?key|token|authorization|assertion|^data$", re.IGNORECASE)
# BankAcctNumber, VendorBankAcctNumber, VendBankBankAcctNumber, IBANCode, CHQRIBAN, CorrespAccount, PayID, …
_ACCOUNT = re.compile(
    r"acct(no|nbr|num(ber)?)|account(no|nbr|num(ber)?)|iban|corresp_?account|giro|bankcustnum|payid|taxpayerid|^tin$",
    re.IGNORECASE,
)
_FREE_TEXT = re.compile(r"message|posterrorlog|errortext|comment|description|^text$", re.IGNORECASE)

_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_RUN = re.compile(rf"{_UUID}|\d{{4}}-\d\d-\d\d|\d(?:[ -]?\d){{6,}}")
_PAIR = re.compile(r'"([^"\\]+)"(\s*:\s*)"((?:[^"\\]|\\.)*)("?)')


def mask(body: str) -> str:
    """A request's or response's body as the audit trail may keep it: JSON, or any other text."""
    if not body:
        return body
    try:
        data = simplejson.loads(body, use_decimal=True)
    except (ValueError, RecursionError):
        return mask_text(_PAIR.sub(_mask_pair, body))
    if isinstance(data, (dict, list)):
        return simplejson.dumps(_mask_value(data, ""), use_decimal=True, ensure_ascii=False)
    return mask_text(body)


def mask_text(text: str) -> str:
    """Free text, such as an error message: IBANs and longer numbers by their looks."""
    shown = hide_ibans(text)
    return _RUN.sub(lambda match: match[0] if "-" in match[0] and _is_known(match[0]) else last_four(match[0]), shown)


def _is_known(run: str) -> bool:
    return re.fullmatch(rf"{_UUID}|\d{{4}}-\d\d-\d\d", run) is not None


class _Kind(Enum):
    """What a column's name says about its value."""

    HIDDEN = "hidden"
    ACCOUNT = "account"
    FREE_TEXT = "free_text"
    OTHER = "other"


@lru_cache(maxsize=4096)  # the same few columns come row after row
def _kind(key: str) -> _Kind:
    if _SECRET.search(key):
        return _Kind.HIDDEN
    if _ACCOUNT.search(key):
        return _Kind.ACCOUNT
    return _Kind.FREE_TEXT if _FREE_TEXT.search(key) else _Kind.OTHER


def _mask_value(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _mask_value(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_mask_value(item, key) for item in value]
    if value is None or isinstance(value, bool):
        return value
    kind = _kind(key)
    if kind is _Kind.HIDDEN:
        return _HIDDEN if str(value) else value
    if kind is _Kind.ACCOUNT:
        return last_four(str(value))
    if not isinstance(value, str):
        return value
    if kind is _Kind.FREE_TEXT:
        return mask_text(value)
    return hide_ibans(value)  # the column says nothing of what is in it


def _mask_pair(match: re.Match[str]) -> str:
    key, colon, value, end = match.groups()
    return f'"{key}"{colon}"{_mask_value(value, key)}{end}'
