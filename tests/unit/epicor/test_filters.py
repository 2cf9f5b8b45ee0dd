"""One filter, three dialects: OData as written, clauses of GetRows, columns of a BAQ (sections 3.1, 3.4, 1.5)."""

from __future__ import annotations

import pytest

from kinetic_wise.epicor import ConfigurationMissing, filters
from kinetic_wise.epicor.options import PLAIN_KINETIC


def clause(text: str) -> str:
    """A filter as GetRows takes it."""
    return filters.as_clause(filters.parse(text))


@pytest.mark.parametrize(
    ("said", "clause_text"),
    [
        ("VendorNum eq 214 and InvoiceNum eq 'A/B''1'", "VendorNum = 214 and InvoiceNum = 'A/B''1'"),
        ("InvoiceNum eq 'x eq 1 and (y or z), 2026-01-01'", "InvoiceNum = 'x eq 1 and (y or z), 2026-01-01'"),
        ("InvoiceNum eq 'Käse 50% + &#1'", "InvoiceNum = 'Käse 50% + &#1'"),
        ("InvoiceNum eq ''", "InvoiceNum = ''"),
        ("ChangeDate ge 2026-03-01T00:00:00Z", "ChangeDate >= '2026-03-01'"),
        ("UpdatedOn_c gt 2026-11-20T09:30:00.123456Z", "UpdatedOn_c > '2026-11-20T09:30:00.123456'"),
        ("DocUnpostedBal gt -0.50 or Posted ne true", "DocUnpostedBal > -0.50 or Posted <> true"),
        ("not (PMUID lt 7) and SysRevID le 5", "not (PMUID < 7) and SysRevID <= 5"),
        (
            "SysRowID eq 0a1b2c3d-0000-4000-8000-000000000001",
            "SysRowID = '0a1b2c3d-0000-4000-8000-000000000001'",
        ),
        ("startswith(XRefCheckNum,'O''B-1')", "XRefCheckNum LIKE 'O''B-1%'"),
        ("contains( Description , 'pay' ) and Posted eq true", "Description LIKE '%pay%' and Posted = true"),
        ("endswith(InvoiceNum,'/E')", "InvoiceNum LIKE '%/E'"),
        ("", ""),
    ],
)
def test_clauses(said: str, clause_text: str) -> None:
    """Signs instead of words, dates and GUIDs quoted, texts untouched: what stands in quotes is never translated."""
    assert clause(said) == clause_text


@pytest.mark.parametrize(
    "said",
    [
        "startswith(InvoiceNum,'50%')",
        "contains(InvoiceNum,'a_b')",
        "startswith(InvoiceNum,VendorID)",
        "startswith(InvoiceNum",
        "DueDate eq null",
        "DocInvoiceAmt sub 1 eq 2",
        "InvoiceNum eq 'open",
        "InvoiceNum = 'A'; drop",
    ],
)
def test_what_cannot_be_said_is_refused(said: str) -> None:
    """Nothing is guessed: how LIKE escapes its signs is not documented, so a filter that needs it is named."""
    with pytest.raises(ConfigurationMissing):
        clause(said)


def test_conditions_that_must_all_hold() -> None:
    """A filter splits at its outermost `and` only, and not at all beside an `or`."""
    parts = filters.conjuncts(filters.parse(f"({PLAIN_KINETIC}) and (A eq 1 or B eq 2) and C eq 'x and y'"))

    assert [filters.as_clause(part) for part in parts[1:]] == ["(A = 1 or B = 2)", "C = 'x and y'"]
    assert len(filters.conjuncts(filters.parse("A eq 1 and B eq 2 or C eq 3"))) == 1
    assert filters.conjuncts(filters.parse("")) == []


def test_columns_are_told_from_words() -> None:
    """Column names are found among operators, functions and constants, and renamed nowhere else."""
    tokens = filters.parse("startswith(Description,'Posted') and Posted eq true and not (PMUID eq 7)")

    assert filters.columns(tokens) == {"Description", "Posted", "PMUID"}
    assert filters.as_odata(tokens, lambda name: f"APInvHed_{name}") == (
        "startswith(APInvHed_Description,'Posted') and APInvHed_Posted eq true and not (APInvHed_PMUID eq 7)"
    )
