"""Wise's ways of writing a moment (wise-api.md section 1.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def iso_seconds(moment: datetime) -> str:
    """As quotes write it: 2026-01-05T10:12:52Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_millis(moment: datetime) -> str:
    """As events and newer services write it: 2026-01-05T10:12:52.123Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def iso_micros(moment: datetime) -> str:
    """As balances write it: 2026-01-05T10:12:52.123456Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(moment: datetime) -> str:
    """As transfers write `created`: 2026-01-05 10:12:52, UTC, without a zone."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def zoned(moment: datetime) -> str:
    """As rates and delivery estimates write it: 2026-01-05T10:12:52.123+0000."""
    return iso_millis(moment)[:-1] + "+0000"


def read_bound(text: str, *, end: bool) -> datetime:
    """A date or moment of a filter; a plain date as end bound covers its whole day. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if end and len(text) == len("2026-01-05"):
        moment += timedelta(days=1) - timedelta(microseconds=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
