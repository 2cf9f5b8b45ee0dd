"""Wise's values as ours: exact amounts, 64-bit numbers, aware UTC times in any form (wise-api.md 1.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any


def amount(value: Any) -> Decimal:
    """An amount in major units. Raises TypeError and ValueError for what is none, a float above all."""
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, str)):
        raise TypeError(f"no amount: {type(value).__name__}")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("no finite amount")
    return number


def amount_or_none(value: Any) -> Decimal | None:
    """An amount that may be absent."""
    return None if value is None else amount(value)


def whole(value: Any) -> int:
    """An identifier: a number, or one written as text. Raises TypeError and ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"no identifier: {type(value).__name__}")
    return int(value)


def whole_or_none(value: Any) -> int | None:
    """An identifier that may be absent."""
    return None if value is None or value == "" else whole(value)


def moment(value: Any) -> datetime:
    """A time, UTC where it names no zone. Raises TypeError and ValueError."""
    if not isinstance(value, str):
        raise TypeError(f"no time: {type(value).__name__}")
    parsed = datetime.fromisoformat(value.strip())
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def moment_or_none(value: Any) -> datetime | None:
    """A time that may be absent."""
    return None if value is None or value == "" else moment(value)


def http_date(value: str | None) -> datetime | None:
    """The moment of a Date header; None when there is none that can be read."""
    try:
        return parsedate_to_datetime(value or "").astimezone(UTC)
    except (TypeError, ValueError):
        return None
