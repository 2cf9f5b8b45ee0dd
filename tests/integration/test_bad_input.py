"""What should not come, comes: messages that are not ours, and invoices that change between two looks."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.start import NotOurs, read_message, start_payment
from kinetic_wise.payments.life_cycle import Status
from simulators.epicor.schema import Row
from tests.support.acts import (
    HOUR,
    day_with,
    detail,
    held_for,
    on_draft,
    on_invoice,
    only_payment,
    our_drafts,
    paid_day,
    small_day,
    statuses,
    step_until,
    transfers,
    work_until,
)
from tests.support.world import World

OURS = {
    "company": "EPIC01",
    "vendor_num": 101,
    "invoice_num": "4500017",
    "sys_row_id": "0b0d8d3c-94d4-4f1c-8a11-000000000001",
}


def _row(world: World) -> Row:
    """The row of the day's one invoice (APInvHed)."""
    invoice = world.day.invoices[0]
    (row,) = [
        row
        for row in world.epicor.site.companies[invoice.company]["APInvHed"].rows()
        if row["InvoiceNum"] == invoice.invoice_num
    ]
    return row


def _edit(world: World, **values: Any) -> None:
    """Somebody corrects the invoice in Epicor."""
    world.epicor.site.companies[world.day.invoices[0].company]["APInvHed"].change(_row(world), **values)


def _claimed(world: World) -> World:
    """The world with its invoice claimed and nothing else done."""
    world.poll()
    step_until(world, lambda: bool(world.payments()))
    return world


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {**OURS, "vendor_num": "a vendor"},
        {**OURS, "invoice_num": ""},
        {**OURS, "sys_row_id": "1 or 1 eq 1"},
        {**OURS, "pay_seq": 0},
        {**OURS, "amount": "1000.00"},
        {"Records": [{"eventSource": "aws:s3"}]},
    ],
)
def test_a_message_that_is_not_ours_is_refused(body: Any) -> None:
    """It can never be worked off: it goes to the dead-letter queue, and nothing is claimed."""
    with pytest.raises(NotOurs):
        read_message(json.loads(json.dumps(body)))


def test_a_message_of_another_company_is_refused() -> None:
    """A stack pays for the companies that it was set up for, whatever its queue holds."""
    world = World(small_day())
    with pytest.raises(NotOurs, match="EPIC99"):
        start_payment(world.deps, read_message({**OURS, "company": "EPIC99"}))
    assert world.payments() == {}


def test_a_message_about_an_invoice_that_never_was_is_dropped() -> None:
    """A row id that Epicor does not know is no payment."""
    world = World(small_day())
    assert start_payment(world.deps, read_message(OURS)) == "gone"
    assert world.payments() == {}


def test_an_amount_changed_after_the_claim_is_held_with_both() -> None:
    """Claimed with one amount open, another is open now: a person compares them."""
    world = _claimed(World(small_day()))
    row = _row(world)
    _edit(world, DocInvoiceBal=row["DocInvoiceBal"] - 100, DocUnpostedBal=row["DocUnpostedBal"] - 100)
    world.run(HOUR)
    payment = only_payment(world)
    assert held_for(payment) == "invoice_changed"
    assert f"{payment.amount:,} EUR" in detail(payment)
    assert f"{payment.amount - 100:,} EUR" in detail(payment)
    assert transfers(world) == []


def test_an_amount_changed_before_the_funding_is_held_with_both() -> None:
    """More is owed than our draft takes: the gate cancels the transfer and tells both."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    row = _row(world)
    _edit(world, DocInvoiceBal=row["DocInvoiceBal"] + 50, DocUnpostedBal=row["DocUnpostedBal"] + 50)
    world.run(HOUR)
    payment = only_payment(world)
    assert held_for(payment) == "invoice_changed"
    assert str(payment.amount) in detail(payment)
    assert str(payment.amount + 50) in detail(payment)
    assert statuses(world) == [("cancelled", 0)]


def test_a_currency_changed_after_the_claim_is_held_with_both() -> None:
    """An invoice that is in another currency now is not paid in either."""
    world = _claimed(World(small_day()))
    _edit(world, CurrencyCode="GBP")
    world.run(HOUR)
    payment = only_payment(world)
    assert held_for(payment) == "invoice_changed"
    assert "EUR" in detail(payment)
    assert "GBP" in detail(payment)
    assert transfers(world) == []


def test_a_vendor_changed_after_the_claim_is_held_with_both() -> None:
    """The row belongs to another vendor now: the hold names both."""
    world = _claimed(World(small_day()))
    before = only_payment(world).invoice.vendor_num
    store = world.epicor.site.companies[world.day.invoices[0].company]["APInvHed"]
    store.rename(_row(world), VendorNum=102)
    world.run(HOUR)
    payment = only_payment(world)
    assert held_for(payment) == "invoice_changed"
    assert f"vendor {before}" in detail(payment)
    assert "vendor 102" in detail(payment)
    assert transfers(world) == []


def test_an_invoice_that_vanished_is_held() -> None:
    """Deleted after the claim: nothing is paid, and the number is named."""
    world = _claimed(World(small_day()))
    number = world.day.invoices[0].invoice_num
    world.epicor.site.companies[world.day.invoices[0].company]["APInvHed"].delete(_row(world))
    world.run(HOUR)
    assert held_for(only_payment(world)) == "invoice_gone"
    assert number in detail(only_payment(world))
    assert transfers(world) == []


def test_an_invoice_that_vanished_before_the_funding_moves_no_money() -> None:
    """Deleted while its transfer waits: the gate cancels it."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    on_draft(world, "delete_draft")
    world.epicor.site.companies[world.day.invoices[0].company]["APInvHed"].delete(_row(world))
    world.run(HOUR)
    assert held_for(only_payment(world)) == "invoice_gone"
    assert statuses(world) == [("cancelled", 0)]


def test_an_invoice_paid_by_hand_after_the_claim_is_closed() -> None:
    """Paid otherwise before our draft: closed without paying, and its part of the invoice is given back."""
    world = _claimed(World(small_day()))
    on_invoice(world, "pay_by_hand")
    world.run(HOUR)
    payment = only_payment(world)
    assert (payment.status, payment.reason) == (Status.CLOSED, "paid_outside")
    assert transfers(world) == []
    (lock,) = [row for row in world.database.rows("payments") if row["pk"]["S"].startswith("INVOICE#")]
    assert Decimal(lock["committed"]["N"]) == 0


def test_an_invoice_paid_by_hand_before_the_funding_moves_no_money() -> None:
    """A person deletes our draft and pays: the gate cancels our transfer, and the payment is not paid."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    on_draft(world, "delete_draft")
    on_invoice(world, "pay_by_hand")
    world.run(HOUR)
    assert held_for(only_payment(world)) in ("invoice_closed", "draft_missing")
    assert statuses(world) == [("cancelled", 0)]
    assert our_drafts(world) == []


@pytest.mark.parametrize("amount", ["0.00", "-15.00"])
def test_an_amount_of_zero_or_below_is_never_claimed(amount: str) -> None:
    """Nothing is owed, or the vendor owes us: the connector does not touch it, debit memo or not."""
    world = World(small_day())
    _edit(world, DocInvoiceAmt=Decimal(amount), DocInvoiceBal=Decimal(amount), DocUnpostedBal=Decimal(amount))
    paid_day(world)
    assert world.payments() == {}
    assert transfers(world) == []


def test_an_amount_that_falls_to_zero_after_the_claim_is_not_paid() -> None:
    """A person's draft takes the whole balance between claim and reservation: held with both figures."""
    world = _claimed(World(small_day()))
    on_invoice(world, "pay_by_hand", post=False)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "invoice_changed"
    assert "0.00 EUR" in detail(only_payment(world))
    assert transfers(world) == []


@pytest.mark.parametrize(("amount", "currency"), [("977.155", "EUR"), ("1250.50", "JPY")])
def test_more_decimals_than_the_currency_has_are_held(amount: str, currency: str) -> None:
    """Wise cannot deliver it to the cent: held with the amount in full, never rounded by us."""
    world = paid_day(World(day_with(amount, currency)))
    payment = only_payment(world)
    assert held_for(payment) == "amount_not_exact"
    assert f"{Decimal(amount).normalize():,}" in detail(payment)
    assert transfers(world) == []


def test_what_changes_back_in_time_is_paid() -> None:
    """A hold set and cleared again between two looks stops nothing: only what a look sees counts."""
    world = _claimed(World(small_day()))
    on_invoice(world, "set_hold")
    on_invoice(world, "clear_hold")
    world.time += timedelta(minutes=1)
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
