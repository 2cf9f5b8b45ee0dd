"""The payee reference."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinetic_wise.payments.money import Money
from kinetic_wise.wise import reference_for, remittance_text


@pytest.mark.parametrize(
    ("currency", "text", "reference"),
    [
        ("EUR", "INV/2026_0042", "INV 2026 0042"),
        ("EUR", "Größe O'Brien, Łódź", "Grosse O Brien Lodz"),
        ("USD", "INV-2026-0042", "INV-2026-0"),
        ("USD", "INV 20261 042", "INV 20261"),
        ("GBP", "64145, 64163, 64170, 64180", "64145 64163 64170"),
        ("XYZ", "A" * 40, "A" * 10),
        ("COP", "INV-1", ""),
    ],
)
def test_references_are_cleaned_and_cut(currency: str, text: str, reference: str) -> None:
    """Characters that Wise refuses become spaces or plain letters; the rest is cut to the currency's limit."""
    assert reference_for(currency, text) == reference


@given(st.text(), st.sampled_from(["EUR", "USD", "GBP", "NZD", "JPY", "COP"]))
def test_no_text_makes_a_refused_reference(text: str, currency: str) -> None:
    """Whatever an invoice is called, its reference has only letters, digits, dashes and single spaces."""
    reference = reference_for(currency, text)

    assert re.fullmatch(r"([a-zA-Z0-9-]+( [a-zA-Z0-9-]+)*)?", reference)
    assert len(reference) <= 35


def test_the_remittance_text_keeps_the_whole_number() -> None:
    """What the statement cuts is told whole beside it, with the amount."""
    number = "INV/2026_000421-B"
    shown = reference_for("USD", number)

    text = remittance_text(number, Money(Decimal("1234.5"), "USD"), shown)

    assert text == "Invoice INV/2026_000421-B: 1,234.50 USD; your statement shows 'INV 2026 0'"
    assert remittance_text("7", Money(Decimal(5), "COP"), "").endswith("shows no reference")
