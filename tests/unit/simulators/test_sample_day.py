"""The sample day: well formed, and as wide as issue 2 asks."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from simulators.sample.checksums import iban_is_valid
from simulators.sample_day import Day, VendorBank, make_day

DAY = make_day()
DRAWN = make_day(invoices=600, seed=7)


def _banks(day: Day) -> list[VendorBank]:
    return [bank for vendor in day.vendors for bank in vendor.banks]


def test_width_of_the_day() -> None:
    """The sample day has the invoices, vendors, companies and currencies that issue 2 asks for."""
    assert len(DAY.invoices) >= 34
    assert len({vendor.vendor_id for vendor in DAY.vendors}) >= 14
    assert {invoice.company for invoice in DAY.invoices} == {"EPIC01", "EPIC02"}
    assert {"EUR", "GBP", "USD", "AUD", "CAD", "INR", "JPY", "PLN", "CHF"} <= {i.currency for i in DAY.invoices}


@pytest.mark.parametrize("day", [DAY, DRAWN], ids=["sample", "drawn"])
def test_accounts_are_well_formed(day: Day) -> None:
    """Every account of a day passes its country's check digits."""
    for bank in _banks(day):
        if bank.iban:
            assert iban_is_valid(bank.iban), bank
        if bank.country == "US":
            weighted = sum(int(sign) * weight for sign, weight in zip(bank.local_bic, (3, 7, 1) * 3, strict=True))
            assert weighted % 10 == 0, bank
        if bank.country == "PL":
            assert re.fullmatch(r"\d{26}", bank.account_number)
            assert iban_is_valid(f"PL{bank.account_number}"), bank
        if bank.country == "GB" and not bank.iban:
            assert re.fullmatch(r"\d\d-\d\d-\d\d", bank.branch_code), bank


@pytest.mark.parametrize("day", [DAY, DRAWN], ids=["sample", "drawn"])
def test_invoices_fit_their_vendors(day: Day) -> None:
    """Every invoice is of a vendor of its company, due by now, exact in its currency, and unlike the others."""
    vendors = {(vendor.company, vendor.vendor_num): vendor for vendor in day.vendors}
    for invoice in day.invoices:
        vendor = vendors[invoice.company, invoice.vendor_num]
        assert invoice.due_in_days <= 0
        assert not invoice.bank_id or invoice.bank_id in {bank.bank_id for bank in vendor.banks}
        places = 0 if invoice.currency == "JPY" else 2
        assert -invoice.amount.as_tuple().exponent == places  # type: ignore[operator]  # finite
    keys = Counter((i.company, i.vendor_num, i.invoice_num.casefold()) for i in day.invoices)
    assert set(keys.values()) == {1}


def test_every_ending_has_its_reason() -> None:
    """What is not paid says why, in the codes of docs/holds.md; what is paid needs none."""
    for invoice in DAY.invoices:
        assert (invoice.expect_outcome == "paid") == (invoice.expect_reason is None), invoice
    reasons = {(invoice.expect_outcome, invoice.expect_reason) for invoice in DAY.invoices}
    assert reasons >= {
        ("not_eligible", "on_payment_hold"),
        ("not_eligible", "debit_memo"),
        ("not_eligible", "not_posted"),
        ("not_eligible", "nothing_to_pay"),
        ("held", "bank_details_missing"),
        ("held", "vendor_on_hold"),
        ("failed", "transfer_cancelled"),
    }


def test_each_errand_is_about_an_invoice_of_the_day() -> None:
    """One errand an invoice; what nothing happens to before its noon stands there as its sample says."""
    invoices = {invoice.key: invoice for invoice in DAY.invoices}
    assert len({errand.invoice for errand in DAY.errands}) == len(DAY.errands)
    for errand in DAY.errands:
        invoice = invoices[errand.invoice]
        if not errand.before and not errand.during:
            assert errand.noon == (invoice.expect_outcome, invoice.expect_reason)
    held = {invoice.key for invoice in DAY.invoices if invoice.expect_outcome == "held"}
    left = held - {errand.invoice for errand in DAY.errands}
    assert left == {("EPIC01", 104, "TF-20960")}  # for whoever tries the command line


def test_people_have_nothing_to_do_on_a_drawn_day() -> None:
    """A day of any number of invoices is the connector's alone."""
    assert DRAWN.errands == ()


def test_awkward_numbers_are_there() -> None:
    """Slash, quote, blank, umlaut, percent and leading zeros occur in numbers that must be paid."""
    numbers = " ".join(invoice.invoice_num for invoice in DAY.invoices if invoice.expect_outcome == "paid")
    assert all(sign in numbers for sign in "/' ü%#&")
    assert any(invoice.invoice_num.startswith("000") for invoice in DAY.invoices)


def test_only_the_topped_up_balance_is_too_low() -> None:
    """Every Australian invoice waits for the top-up, and the top-up pays them all."""
    due = [invoice.amount for invoice in DAY.invoices if invoice.currency == "AUD"]
    assert min(due) > DAY.balances["AUD"]
    assert DAY.balances["AUD"] + DAY.top_ups["AUD"] > sum(due)
    for currency in ("GBP", "USD"):
        total = sum(i.amount for i in DAY.invoices if i.currency == currency)
        assert DAY.balances[currency] > total


def test_behaviours_concern_one_invoice_each() -> None:
    """What Wise does unusually, it does to exactly one invoice, by the holder's name."""
    holders = Counter(
        bank.name_on_account
        for invoice in DAY.invoices
        for vendor in DAY.vendors
        if (vendor.company, vendor.vendor_num) == (invoice.company, invoice.vendor_num)
        for bank in vendor.banks
        if bank.bank_id == (invoice.bank_id or vendor.primary_bank_id)
    )
    assert {holders[name] for name in DAY.behaviours} == {1}
    assert {key[2] for key in DAY.duplicate_messages} <= {invoice.invoice_num for invoice in DAY.invoices}


def test_drawn_day_is_reproducible() -> None:
    """The same number and seed draw the same day, another seed another one."""
    assert make_day(invoices=50, seed=3) == make_day(invoices=50, seed=3)
    assert make_day(invoices=50, seed=3) != make_day(invoices=50, seed=4)


def test_drawn_day_is_mostly_payable() -> None:
    """About 94 of 100 drawn invoices are to be paid, and the balances are enough for all of them."""
    paid = [invoice for invoice in DRAWN.invoices if invoice.expect_outcome == "paid"]
    assert len(DRAWN.invoices) == 600
    assert 0.91 <= len(paid) / 600 <= 0.97
    assert all(amount > sum(invoice.amount for invoice in paid) for amount in DRAWN.balances.values())


@pytest.mark.parametrize("number", [0, 1, 3])
def test_small_drawn_days(number: int) -> None:
    """A day can be drawn with any number of invoices, none included."""
    assert len(make_day(invoices=number).invoices) == number
