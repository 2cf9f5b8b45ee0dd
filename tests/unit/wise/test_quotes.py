"""Quotes: what a payment costs, and whether it can be made."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.payments.systems import Quote
from kinetic_wise.transport import Refused, Unclear
from tests.unit.wise.scripted import PROFILE, Reply, client_of, errors

OPEN_AND_FILL = "Open a multi currency account and add funds to instantly pay for your transfers."


def option(pay_in: str, source: str, total: str, **more: Any) -> dict[str, Any]:
    return {
        "disabled": False,
        "payIn": pay_in,
        "payOut": "BANK_TRANSFER",
        "sourceAmount": Decimal(source),
        "targetAmount": Decimal("1200.00"),
        "fee": {"total": Decimal("1.00")},
        "price": {"total": {"value": {"amount": Decimal(total), "currency": "GBP"}}},
        **more,
    }


def data(**more: Any) -> dict[str, Any]:
    return {
        "id": "7d1c2a52-0b0e-4a55-9a39-3f0c6a1f9d10",
        "sourceCurrency": "GBP",
        "targetCurrency": "EUR",
        "targetAmount": Decimal("1200.00"),
        "payOut": "BANK_TRANSFER",
        "rate": Decimal("1.20512"),
        "expirationTime": "2026-01-04T10:43:57Z",
        "rateExpirationTime": "2026-01-06T23:59:59Z",
        "targetAmountAllowed": True,
        "targetAccount": 700100200,
        "paymentOptions": [
            option("BANK_TRANSFER", "1000.10", "4.10"),
            option("BALANCE", "1.00", "1.00", payOut="SWIFT"),
            option("BALANCE", "999.44", "3.69"),
        ],
        "notices": [{"text": "max 3 open", "type": "WARNING"}],
        **more,
    }


def quoted(**more: Any) -> Quote:
    return client_of(Reply(data(**more)))[0].create_quote("GBP", "EUR", Decimal("1200.00"), 700100200)


def with_balance(**more: Any) -> Quote:
    return quoted(paymentOptions=[option("BALANCE", "999.44", "3.69", **more)])


def test_the_balance_option_gives_price_and_fee() -> None:
    """Cost and fee are those of paying from the balance, the way the quote pays out; clocks are UTC."""
    quote = quoted()

    assert quote.payable
    assert (quote.source_amount, quote.fee, quote.target_amount) == (
        Decimal("999.44"),
        Decimal("3.69"),
        Decimal("1200.00"),
    )
    assert quote.expires_at == datetime(2026, 1, 4, 10, 43, 57, tzinfo=UTC)
    assert quote.rate_expires_at == datetime(2026, 1, 6, 23, 59, 59, tzinfo=UTC)
    assert quote.recipient_id == 700100200


def test_the_exact_amount_is_asked_for_with_the_recipient() -> None:
    """The vendor gets the invoice's amount: a target quote for this recipient, digit for digit."""
    client, wise = client_of(Reply(data()))

    client.create_quote("GBP", "EUR", Decimal("1200.10"), 700100200)

    assert wise.body() == {
        "sourceCurrency": "GBP",
        "targetCurrency": "EUR",
        "targetAmount": Decimal("1200.10"),
        "targetAccount": 700100200,
    }
    assert "1200.10" in str(wise.asked[0].body)


@pytest.mark.parametrize(
    "message", [OPEN_AND_FILL, "Not enough money", "Open a balance in this currency to pay with it."]
)
def test_an_empty_balance_is_no_obstacle_to_a_quote(message: str) -> None:
    """An option closed for want of money or of a balance waits for a top-up."""
    reason = {"code": "error.payInmethod.disabled", "message": message}

    quote = with_balance(disabled=True, disabledReason=reason)

    assert quote.payable
    assert quote.disabled == ""


def test_a_closed_option_is_an_obstacle() -> None:
    """The same code with another reason, or with none, is told in Wise's words; without the option nothing is paid."""
    text = "Sorry, using a multi currency account is currently not available in your country."
    quote = with_balance(disabled=True, disabledReason={"code": "error.payInmethod.disabled", "message": text})

    assert text in quote.disabled
    assert "no reason given" in with_balance(disabled=True).disabled
    assert with_balance(disabled=False).disabled == ""
    assert not quoted(paymentOptions=[option("BANK_TRANSFER", "1", "1")]).payable
    assert not quoted(paymentOptions=None).payable


def test_a_blocked_quote_must_not_be_used() -> None:
    """A BLOCKED notice stops the payment with Wise's own words."""
    quote = quoted(notices=[{"text": "Not today", "type": "BLOCKED"}])

    assert not quote.payable
    assert "Not today" in quote.problem


def test_an_amount_that_is_not_promised_stops_the_payment() -> None:
    """A floating rate delivers no exact amount, and a quote for another recipient is not ours."""
    assert not quoted(targetAmountAllowed=False).payable
    assert not quoted(targetAccount=1).payable


def test_a_lower_amount_is_seen() -> None:
    """What the option delivers is told, so that a difference to the invoice is noticed."""
    assert with_balance(targetAmount=Decimal("1199.99")).target_amount == Decimal("1199.99")


def test_a_quote_without_a_rate_end_has_none() -> None:
    """No date is invented where Wise names none."""
    assert quoted(rateExpirationTime=None).rate_expires_at is None


@pytest.mark.parametrize("broken", [{"rate": None}, {"expirationTime": None}, {"rate": "x"}, {"id": None, "rate": []}])
def test_a_broken_quote_is_unclear(broken: dict[str, Any]) -> None:
    """A quote that cannot be read backs no transfer."""
    with pytest.raises(Unclear):
        quoted(**broken)


def test_a_quote_is_simply_asked_again() -> None:
    """It moves no money: after a server error the same question is repeated; a refusal is final."""
    client, wise = client_of(Reply("", 502), Reply(data()))
    assert client.create_quote("GBP", "EUR", Decimal(1), 700100200).payable
    assert len(wise.asked) == 2

    client, wise = client_of(Reply(errors({"code": "error.route.not.supported", "message": "no"}), 422))
    with pytest.raises(Refused) as caught:
        client.create_quote("CNY", "EUR", Decimal(1), 1)
    assert caught.value.code == "error.route.not.supported"
    assert len(wise.asked) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_where_the_payee_cannot_be_checked_the_recipient_tells(status: int) -> None:
    """A check that Wise does not offer us stops no payment, and what the recipient itself shows still counts."""
    outcome = {"type": "NAME_MATCHING", "outcome": "FAILURE", "requiresCustomerAcceptance": True, "message": "No match"}
    shown = {
        "id": 7, "profileId": PROFILE, "name": {"fullName": "Acme"}, "currency": "EUR", "type": "Iban",
        "active": True, "hash": "h", "confirmations": {"acceptedOutcomes": None, "outcomes": [outcome]},
    }  # fmt: skip
    client, _ = client_of(Reply({"status": status, "error": "Forbidden"}, status), Reply(shown))

    assert client.payee_problem(7, "q") == "NAME_MATCHING FAILURE: No match"
