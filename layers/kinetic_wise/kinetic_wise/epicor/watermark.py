"""Which invoices changed since the last poll: the presets of epicor-kinetic-api.md 5.4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from kinetic_wise.epicor import values
from kinetic_wise.epicor.errors import ConfigurationMissing, Unreadable
from kinetic_wise.epicor.values import Row

CHANGE_DATE = "ChangeDate"  # a day
UPDATED_ON = "UpdatedOn"  # a timestamp that a site or its BAQ adds
SYS_REV_ID = "SysRevID"  # a number that grows with each write in the database
_PRESETS = (CHANGE_DATE, UPDATED_ON, SYS_REV_ID)
_DIGITS = 20  # a 64-bit number, padded so that text compares as numbers do


@dataclass(frozen=True)
class Watermark:
    """Ask only for rows whose change column says more than `value`: a day, a UTC timestamp or a number, as text."""

    column: str
    value: str

    @classmethod
    def after(cls, column: str, newest: str, overlap: timedelta) -> Watermark:
        """Go on after the newest change seen. A day is asked again from `overlap` before: it has no time of day."""
        if column == CHANGE_DATE:
            newest = (date.fromisoformat(newest) - overlap).isoformat()
        return cls(column, newest)

    @property
    def clause(self) -> str:
        """The filter: `ge` for a day, `gt` for what is exact. Literals are unquoted and in UTC (3.2)."""
        return self.reached if self.column == CHANGE_DATE else f"{self.column} gt {self._literal}"

    @property
    def reached(self) -> str:
        """The filter for rows with this change or a later one."""
        return f"{self.column} ge {self._literal}"

    @property
    def _literal(self) -> str:
        if self.column == CHANGE_DATE:
            return f"{self.value}T00:00:00Z"
        return self.value if self.column == UPDATED_ON else str(int(self.value))


def preset(column: str) -> str:
    """A change column that we know how to compare. Raises ConfigurationMissing."""
    if column not in _PRESETS:
        raise ConfigurationMissing(f"setting `change_column` is {column!r}, but must be one of {', '.join(_PRESETS)}")
    return column


def change_of(row: Row, column: str) -> str:
    """What a row says in its change column, in a form whose texts compare as the values do; "" for nothing."""
    if column == SYS_REV_ID:
        return f"{values.number(row, column):0{_DIGITS}d}"
    if column == CHANGE_DATE:
        changed = values.day(row, column)
        return changed.isoformat() if changed else ""
    return _utc(values.text(row, column))


def _utc(text: str) -> str:
    """Cut to microseconds: a few rows come again rather than one too few."""
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"UpdatedOn is {text!r}, not a time") from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
