"""Columns of Epicor's rows, read exactly (epicor-kinetic-api.md 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from kinetic_wise.epicor.errors import Unreadable

Row = dict[str, Any]
_DATE_LENGTH = 10  # a date comes as midnight of some zone: what follows the day means nothing


def text(row: Mapping[str, Any], column: str) -> str:
    """A text as Epicor stores it; "" for null or a column that this version does not have."""
    value = row.get(column)
    return "" if value is None else str(value)


def number(row: Mapping[str, Any], column: str) -> int:
    """A whole number, 64-bit, sent as a number or as text. Raises Unreadable."""
    value = row.get(column)
    try:
        if isinstance(value, bool) or value is None or int(value) != Decimal(str(value)):
            raise Unreadable(f"{column} is {value!r}, not a whole number")
        return int(value)
    except (ValueError, TypeError, InvalidOperation):
        raise Unreadable(f"{column} is {value!r}, not a whole number") from None


def money(row: Mapping[str, Any], column: str) -> Decimal:
    """An amount, exact as sent. Raises Unreadable."""
    value = row.get(column)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not Decimal(value).is_finite():
        raise Unreadable(f"{column} is {value!r}, not an amount")
    return Decimal(value)


def flag(row: Mapping[str, Any], column: str) -> bool:
    """A Boolean. A missing one is no False: a hold could hide behind it. Raises Unreadable."""
    value = row.get(column)
    if not isinstance(value, bool):
        raise Unreadable(f"{column} is {value!r}, not true or false")
    return value


def day(row: Mapping[str, Any], column: str) -> date | None:
    """A calendar date of the company, never shifted by a time zone. Raises Unreadable."""
    value = text(row, column)[:_DATE_LENGTH]
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Unreadable(f"{column} is {value!r}, not a date") from None
