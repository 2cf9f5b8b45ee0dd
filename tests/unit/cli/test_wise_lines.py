"""What `payment show` tells of Wise's own trouble with a transfer."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from cli.payment import wise_lines
from kinetic_wise.payments.model import Attempt, Terms

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TERMS = Terms(
    environment="sandbox",
    profile=7,
    amount=Decimal("10.00"),
    currency="EUR",
    vendor_bank_id="B",
    fingerprint="f",
    fingerprint_key="k",
    reference="r",
)


def attempt(**changes: object) -> Attempt:
    """An attempt."""
    return Attempt(number=1, key="k", terms=TERMS, started_at=NOW).model_copy(update=changes)


def test_what_wise_asks_for_is_shown_with_its_time() -> None:
    """By Wise's own code when an event told, and also when only the transfer shows that something is asked."""
    asked = attempt(cases=("deposit_amount_less_invoice",), cases_since=NOW)
    assert [label for label, _ in wise_lines([asked])] == ["Wise asks"]
    assert "deposit_amount_less_invoice since 2026-11-23" in dict(wise_lines([asked]))["Wise asks"]
    assert "for something since" in dict(wise_lines([attempt(cases_since=NOW)]))["Wise asks"]


def test_why_a_payout_failed_is_shown_and_else_nothing() -> None:
    """Wise's reason of the last attempt; a payment without trouble has no such lines."""
    assert dict(wise_lines([attempt(failure="WRONG_NAME")])) == {"Not paid out": "Wise says WRONG_NAME"}
    assert list(wise_lines([attempt(failure="WRONG_NAME"), attempt()])) == []
    assert list(wise_lines([])) == []
