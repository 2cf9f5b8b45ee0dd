"""Between reservation and transfer: the recipient, its price, the check of the payee, and what Wise wants to know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.operate import operate
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from simulators.sample_day import Day, Invoice, make_day
from simulators.wise.books import Transfer
from tests.support.acts import (
    HOUR,
    detail,
    held_for,
    on_draft,
    only_payment,
    paid_day,
    people_in_epicor,
    small_day,
    step_until,
    story,
    work_until,
)
from tests.support.world import World


def day_of(currency: str, amount: str | None = None, invoices: int = 1) -> Day:
    """The day's first invoices to be paid in a currency, with another amount if one is given."""
    day = make_day()
    found = [i for i in day.invoices if i.currency == currency and i.expect_outcome == "paid" and not i.instalments]
    chosen = [one for one in found if one.vendor_num == found[0].vendor_num and one.company == found[0].company]
    if amount is not None:
        chosen = [replace(one, amount=Decimal(amount), discount=Decimal(0)) for one in chosen]
    return replace(day, invoices=tuple(chosen[:invoices]), duplicate_messages=())


def worked(day: Day, **settings: Any) -> World:
    """A world with these settings after an hour's work."""
    return paid_day(World(day, Settings(**settings)))


def people_in_wise(world: World, act: str, **more: Any) -> None:
    """Somebody does something in Wise, or at the payee's bank."""
    answer = world.wise.handle(Request("POST", "/_sim/people", body=dump_json({"act": act, **more}).encode())).response
    assert answer is not None
    assert answer.status == 200, answer.body


def transfers(world: World) -> list[Transfer]:
    """The transfers in Wise's book."""
    return list(world.wise._world.books.transfers.values())


def account_of(world: World, invoice: Invoice) -> str:
    """The IBAN, or else account number, of an invoice's vendor."""
    vendor = next(v for v in world.day.vendors if (v.company, v.vendor_num) == (invoice.company, invoice.vendor_num))
    bank = next(bank for bank in vendor.banks if bank.bank_id == (invoice.bank_id or vendor.primary_bank_id))
    return bank.iban or bank.account_number


@pytest.mark.parametrize(
    ("currency", "settings", "reason", "told"),
    [
        ("EUR", {"fee_limits": {"EUR": "0.01"}}, "fee_too_high", "above the limit of 0.01 EUR"),
        ("INR", {"fee_limit_percent": "0.001"}, "fee_too_high", "above the limit of 0.001 %"),
    ],
)
def test_a_fee_above_the_limit_is_held(currency: str, settings: dict[str, Any], reason: str, told: str) -> None:
    """A payment dearer than the settings allow is held with both figures, before any transfer."""
    world = worked(day_of(currency), **settings)

    payment = only_payment(world)

    assert held_for(payment) == reason
    assert told in detail(payment)
    assert "the fee is " in detail(payment)
    assert transfers(world) == []


def test_a_rate_below_the_limit_is_held() -> None:
    """A rate further below mid-market than the settings allow is held with both rates; at mid-market it is paid."""
    world = World(day_of("INR"), Settings(rate_limit_percent=Decimal("0.5")))
    world.deps.wise.rate = lambda source_currency, target_currency: Decimal(120)  # type: ignore[method-assign]
    world.poll()
    world.run(HOUR)

    payment = only_payment(world)

    assert held_for(payment) == "rate_too_low"
    assert "below the mid-market rate 120" in detail(payment)
    assert "the limit is 0.5 %" in detail(payment)
    assert only_payment(worked(day_of("INR"), rate_limit_percent="0.5")).status is Status.POSTED


def test_a_payee_whom_the_bank_does_not_know_is_held() -> None:
    """A name that does not match the account holds the payment with Wise's words, and nobody accepts it by itself."""
    day = small_day()
    world = World(day)
    people_in_wise(world, "hold_account", account=account_of(world, day.invoices[0]), name="Somebody Else Ltd")
    world.poll()
    world.run(HOUR)

    payment = only_payment(world)

    assert held_for(payment) == "payee_check"
    assert "NAME_MATCHING FAILURE: The name does not match" in detail(payment)
    assert "Somebody" not in detail(payment)
    assert transfers(world) == []
    asked = [exchange["url"] for entry in story(world, payment) for exchange in entry["exchanges"]]
    assert any("/accounts" in url for url in asked)
    assert not [url for url in asked if "confirmations" in url]


def test_a_payee_accepted_in_wise_is_paid() -> None:
    """What a person accepts in Wise stands in nobody's way."""
    day = small_day()
    world = World(day)
    people_in_wise(world, "hold_account", account=account_of(world, day.invoices[0]), name="Somebody Else Ltd")
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.RECIPIENT_READY)
    (recipient,) = world.wise._world.books.recipients
    people_in_wise(world, "accept_payee", recipient=recipient)
    world.run(HOUR)

    assert only_payment(world).status is Status.POSTED


def test_the_gate_sees_what_the_bank_says_late() -> None:
    """A check that fails after the transfer was made closes the gate: cancelled, held, no money moved."""
    day = small_day()
    world = World(day)
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.CREATED)
    people_in_wise(world, "hold_account", account=account_of(world, day.invoices[0]), name="Somebody Else Ltd")
    world.run(HOUR)

    assert held_for(only_payment(world)) == "payee_check"
    assert [(t.status, t.funded_count) for t in transfers(world)] == [("cancelled", 0)]


def test_what_stood_still_is_looked_at_again_before_its_transfer_is_made() -> None:
    """Hours later its draft is gone: no transfer is made without one; released, it is reserved anew and paid once."""
    world = World(small_day())
    payment = work_until(world, Status.QUOTED)
    on_draft(world, "delete_draft")
    world.time += timedelta(hours=2)
    world.run(HOUR)
    assert (held_for(only_payment(world)), transfers(world)) == ("draft_missing", [])
    operate(world.deps, {"action": "release", "payment": payment.id, "why": "deleted by mistake"}, "anna")
    world.run(HOUR)
    assert (only_payment(world).status, len(transfers(world))) == (Status.POSTED, 1)


def test_what_wise_asks_of_a_transfer_is_answered() -> None:
    """Purpose and invoice number go with an INR transfer; the number stands there whole."""
    world = worked(day_of("INR"))

    assert only_payment(world).status is Status.POSTED
    (transfer,) = transfers(world)
    number = only_payment(world).invoice.invoice_num
    assert transfer.details["transferPurpose"] == "verification.transfers.purpose.pay.bills"
    assert transfer.details["transferPurposeInvoiceNumber"] == number


def test_an_answer_nobody_set_holds_and_says_what_to_set() -> None:
    """Source of funds above 80,000 USD: held with setting and choices; once set it goes with the transfer."""
    large = day_of("USD", "81000.00")

    payment = only_payment(worked(large))

    assert held_for(payment) == "transfer_details_missing"
    assert "setting transfer_answers, USD, sourceOfFunds" in detail(payment)
    assert "verification.source.of.funds.investment (Investment)" in detail(payment)

    answered = worked(large, transfer_answers={"USD": {"sourceOfFunds": "verification.source.of.funds.other"}})
    (transfer,) = transfers(answered)
    assert transfer.details["sourceOfFunds"] == "verification.source.of.funds.other"
    wrong = worked(large, transfer_answers={"*": {"sourceOfFunds": "trading"}})
    assert "'trading' is none of the values that Wise offers" in detail(only_payment(wrong))


def test_an_answer_may_stand_in_a_column_of_epicor() -> None:
    """A column named as an answer is read from the vendor, or its bank row, of this payment."""
    answers = {"INR": {"transferPurpose": "VendBank.BankName"}}

    payment = only_payment(worked(day_of("INR"), transfer_answers=answers))

    assert "'HDFC Bank' is none of the values that Wise offers" in detail(payment)


def test_a_rule_in_the_wise_account_is_explained() -> None:
    """Payment Approvals refuse every transfer: held with who can change it, and nothing is left in Wise."""
    world = World(small_day())
    people_in_wise(world, "approval_rule", on=True)
    world.poll()
    world.run(HOUR)

    payment = only_payment(world)

    assert held_for(payment) == "account_rule"
    assert "an administrator of the account" in detail(payment)
    assert only_payment(world).intent is None
    assert transfers(world) == []


@pytest.mark.parametrize("kind", ["BLOCKED", "WARNING"])
def test_a_blocked_route_makes_no_transfer(kind: str) -> None:
    """A BLOCKED notice on the quote holds the payment with Wise's words; a warning does not."""
    world = World(small_day())
    people_in_wise(world, "announce", currency="EUR", type=kind, text="No payments today")
    world.poll()
    world.run(HOUR)

    if kind == "WARNING":
        assert only_payment(world).status is Status.POSTED
    else:
        assert held_for(only_payment(world)) == "no_price"
        assert detail(only_payment(world)) == "Wise blocks this payment: No payments today"
        assert transfers(world) == []


def test_a_recipient_gone_in_between_is_told_by_vendor() -> None:
    """A recipient deactivated after it was frozen holds this payment with vendor and bank; the others go on."""
    world = World(small_day(3))
    world.poll()
    step_until(world, lambda: any(p.status is Status.RECIPIENT_READY for p in world.payments().values()))
    (gone,) = [p for p in world.payments().values() if p.status is Status.RECIPIENT_READY]
    recipient = Case.open(world.deps, gone.id).attempt.recipient_id
    people_in_wise(world, "deactivate_recipient", recipient=recipient)
    world.run(HOUR)

    after = world.payments()
    payment = after.pop(gone.id)
    assert held_for(payment) == "recipient_changed"
    assert f"vendor {gone.vendor_id}, bank 'MAIN': recipient {recipient} is gone from Wise" in detail(payment)
    assert {payment.status for payment in after.values()} == {Status.POSTED}


def test_a_recipient_tidied_away_is_made_anew() -> None:
    """A recipient deactivated in Wise since the last payment is noticed: the next one goes to one made anew."""
    day = day_of("EUR", invoices=2)
    later = day.invoices[1]
    world = World(day)
    people_in_epicor(world, "set_hold", later, invoice_num=later.invoice_num)
    world.poll()
    world.run(HOUR)
    (first,) = transfers(world)
    people_in_wise(world, "deactivate_recipient", recipient=first.recipient.id)
    people_in_epicor(world, "clear_hold", later, invoice_num=later.invoice_num)
    world.poll()
    world.run(HOUR)

    second = transfers(world)[1]
    assert {payment.status for payment in world.payments().values()} == {Status.POSTED}
    assert second.recipient.id != first.recipient.id
    assert second.recipient.details == first.recipient.details
