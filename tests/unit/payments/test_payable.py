"""What of an invoice is to be paid, and which kinds wait for a person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.payments import policy
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.money import NO_CURRENCY
from kinetic_wise.payments.payable import discount_on, open_instalments
from kinetic_wise.payments.systems import Instalment, Invoice, InvoiceKey, Vendor, VendorBank

KEY = InvoiceKey(company="ACME", vendor_num=214, invoice_num="A", sys_row_id="row-1")
VENDOR = Vendor(
    company="ACME",
    vendor_num=214,
    vendor_id="NORD01",
    name="Nordwind",
    primary_bank_id="MAIN",
    banks=(VendorBank(bank_id="MAIN", columns={}),),
)
TODAY = date(2026, 11, 23)


def _invoice(*amounts: str, **changes: Any) -> Invoice:
    """An invoice of 100 EUR, by instalments of these amounts."""
    rows = tuple(Instalment(pay_seq=n, due=TODAY, amount=Decimal(a)) for n, a in enumerate(amounts, start=1))
    fields: dict[str, Any] = {
        "key": KEY,
        "currency": "EUR",
        "currency_code": "EUR",
        "total": Decimal(100),
        "balance": Decimal(100),
        "unposted_balance": Decimal(100),
        "posted": True,
        "open_payable": True,
        "pay_hold": False,
        "debit_memo": False,
        "instalments": rows,
    }
    return Invoice(**{**fields, **changes})


def _payment(**changes: Any) -> Payment:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    fields: dict[str, Any] = {"id": "p", "invoice": KEY, "amount": Decimal(100), "currency": "EUR"}
    fields |= {"currency_code": "EUR", "created_at": now, "updated_at": now}
    return Payment(**{**fields, **changes})


def _reason(payment: Payment, invoice: Invoice) -> str | None:
    objection = policy.objection(payment, invoice, VENDOR)
    return objection.reason if objection else None


@pytest.mark.parametrize(
    ("amounts", "unposted", "ours", "expected"),
    [
        ((), "100", "0", {1: "100"}),
        ((), "70", "0", {1: "70"}),
        (("40", "60"), "100", "0", {1: "40", 2: "60"}),
        (("40", "60"), "60", "0", {2: "60"}),
        (("40", "60"), "75", "0", {1: "15", 2: "60"}),
        (("40", "60"), "40", "60", {1: "40", 2: "60"}),
        (("40", "60"), "0", "60", {2: "60"}),
        (("40", "50"), "100", "0", {1: "100"}),
        (("110", "-10"), "100", "0", {1: "100"}),
    ],
)
def test_what_is_open_of_each_instalment(
    amounts: tuple[str, ...], unposted: str, ours: str, expected: dict[int, str]
) -> None:
    """Others pay the first instalments first; ours are taken as they are; a plan that does not add up is no plan."""
    found = open_instalments(_invoice(*amounts, unposted_balance=Decimal(unposted)), Decimal(ours))
    assert {instalment.pay_seq: instalment.amount for instalment in found} == {
        pay_seq: Decimal(amount) for pay_seq, amount in expected.items()
    }
    assert sum(instalment.amount for instalment in found) <= 100


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"discount_day": TODAY}, "3"),
        ({"discount_day": date(2026, 11, 22)}, "0"),
        ({"discount_day": None}, "0"),
        ({"discount_day": TODAY, "instalments": (Instalment(pay_seq=1, due=TODAY, amount=Decimal(50)),) * 2}, "0"),
    ],
)
def test_discount_up_to_its_last_day(changes: dict[str, Any], expected: str) -> None:
    """The discount counts on DiscountDate itself, not after it, not without one and not on instalments."""
    assert discount_on(_invoice(discount=Decimal(3), **changes), TODAY) == Decimal(expected)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"withholding": Decimal(5)}, "withholding_tax"),
        ({"central_payment": True}, "central_payment"),
        ({"prepayment": True}, "prepayment"),
        ({"currency": NO_CURRENCY, "currency_code": "BON"}, "currency_without_iso"),
        ({"debit_memo": True}, "debit_memo"),
        ({"instalments": (Instalment(pay_seq=1, due=TODAY, amount=Decimal(50)),) * 2}, "instalments_unclear"),
        ({}, None),
    ],
)
def test_kinds_that_wait_for_a_person(changes: dict[str, Any], reason: str | None) -> None:
    """Each kind that the connector does not pay has a reason of its own; an ordinary one has none."""
    payment = _payment(currency=changes.get("currency", "EUR"))
    assert _reason(payment, _invoice(**changes)) == reason


def test_a_currency_code_given_later_is_taken() -> None:
    """Once the currency has its ISO code, the payment that waited for it goes on in that currency."""
    assert _reason(_payment(currency=NO_CURRENCY), _invoice()) is None
    assert _reason(_payment(currency="USD"), _invoice()) == "invoice_changed"


def test_an_instalment_must_still_stand_in_the_schedule() -> None:
    """Amount gone or changed, or the schedule not adding up any more: held; the same: paid."""
    part = _payment(pay_seq=2, amount=Decimal(60), instalment=Decimal(60))
    assert _reason(part, _invoice("40", "60")) is None
    for amounts in (("30", "70"), ("40", "60", "10"), ()):
        assert _reason(part, _invoice(*amounts)) == "instalment_changed"


@pytest.mark.parametrize(
    ("amount", "discount", "currency", "reason"),
    [
        ("100", "3", "EUR", None),
        ("100", "0", "EUR", None),
        ("60", "3", "EUR", "discount_unclear"),
        ("100", "100", "EUR", "discount_unclear"),
        ("100", "-3", "EUR", "discount_unclear"),
        ("100", "0.005", "EUR", "amount_not_exact"),
        ("100", "2.50", "JPY", "amount_not_exact"),
    ],
)
def test_what_is_left_after_the_discount_is_exact(
    amount: str, discount: str, currency: str, reason: str | None
) -> None:
    """A discount on a part, of nothing or of all, is for a person; so is what Wise cannot deliver to the cent."""
    payment, invoice = _payment(amount=Decimal(amount)), _invoice(currency=currency)
    objection = policy.amount_objection(payment, invoice, Decimal(discount))
    assert (objection.reason if objection else None) == reason
