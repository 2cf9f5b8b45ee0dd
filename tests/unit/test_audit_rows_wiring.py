"""The setting `audit_events` reaches the ledger and the state of a deployed function."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kinetic_wise.ledger import Entry
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.systems import InvoiceKey
from kinetic_wise.wiring import stores, surroundings
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, in_process_dynamodb

_CACHED = (surroundings.aws, surroundings.settings, stores.state, stores.ledger)
_NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def _tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A function's environment, with tables of a test."""
    for name, value in (("PAYMENTS_TABLE", PAYMENTS), ("AUDIT_TABLE", AUDIT), ("CONNECTOR_TABLE", CONNECTOR)):
        monkeypatch.setenv(name, value)
    with in_process_dynamodb() as database:
        monkeypatch.setattr("boto3.client", lambda service, config: database.client)
        _forget()
        yield
        _forget()


def _forget() -> None:
    for made in _CACHED:
        made.cache_clear()


@pytest.mark.usefixtures("_tables")
@pytest.mark.parametrize(("settings", "expected"), [
    ("", []),
    ('{"audit_table": "UD05"}', []),
    ('{"audit_table": "UD05", "audit_events": "all"}', ["claimed", "stop"]),
])  # fmt: skip
def test_what_is_wanted_falls_due_with_its_entry(
    monkeypatch: pytest.MonkeyPatch, settings: str, expected: list[str]
) -> None:
    """A claim and an order of a person leave their rows as soon as their entries stand, where the setting says so."""
    monkeypatch.setenv("KINETIC_WISE_SETTINGS", settings)
    key = InvoiceKey(company="EPIC01", vendor_num=214, invoice_num="INV-7", sys_row_id="row-1")
    payment = Payment(
        id=key.payment_id(),
        invoice=key,
        amount=Decimal("100.00"),
        currency="EUR",
        currency_code="EUR",
        created_at=_NOW,
        updated_at=_NOW,
    )
    stores.ledger().claim(payment, Decimal("100.00"), Entry("claimed", {"amount": "100.00"}))
    stores.state().note("switch", Entry("stop", {"caller": "anna"}))
    assert [row.event for row in stores.state().due_rows.rows()] == expected
