"""Quotes of the simulated Wise: arithmetic, options, clocks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.wise import currencies, prices
from simulators.wise.prices import Route
from tests.unit.simulators.wise_desk import LYON, Desk, Manner, SmallDay


def option(quote: dict[str, Any], pay_in: str = "BALANCE") -> dict[str, Any]:
    return next(one for one in quote["paymentOptions"] if one["payIn"] == pay_in)


def test_recorded_source_quote() -> None:
    """1000 GBP give 1200.67 EUR from the balance at a fee of 3.69, and 1200.44 by bank transfer at 3.88."""
    quote = Desk().quote(source="GBP", target="EUR", sourceAmount=1000)
    shown = [
        (option(quote, kind)["fee"]["total"], option(quote, kind)["targetAmount"])
        for kind in ("BALANCE", "BANK_TRANSFER")
    ]
    assert shown == [(Decimal("3.69"), Decimal("1200.67")), (Decimal("3.88"), Decimal("1200.44"))]


def test_recorded_target_quote() -> None:
    """110 USD at 1.24232 with a fee of 1.23 cost 89.77 GBP."""
    route = Route("GBP", "USD", Decimal("1.24232"), "BANK_TRANSFER", None, Decimal(110))
    assert prices.amounts(route, Decimal("1.23")) == (Decimal("89.77"), Decimal(110))


@given(
    amount=st.decimals(min_value=1, max_value=1_000_000, places=2),
    pair=st.tuples(st.sampled_from(currencies.CODES), st.sampled_from(currencies.CODES)),
)
def test_target_is_delivered_exactly(amount: Decimal, pair: tuple[str, str]) -> None:
    """A target quote delivers the amount asked for in every currency, and its cost covers fee and conversion."""
    source, target = pair
    wanted = currencies.round_money(amount, target)
    if wanted == 0:
        return
    route = Route(source, target, currencies.rate(source, target), "BANK_TRANSFER", None, wanted)
    option = prices.option(route, "BALANCE")
    assert option.target_amount == wanted
    assert option.source_amount == currencies.round_money(wanted / route.rate + option.fee, source)
    assert option.fee < prices.option(route, "BANK_TRANSFER").fee or source in currencies.WHOLE_UNIT


def test_only_the_given_amount_is_shown() -> None:
    """The amount that was not given is absent, not null; no recipient, no targetAccount."""
    desk = Desk()
    by_target, by_source = desk.quote(targetAmount=5), desk.quote(sourceAmount=5)
    assert "sourceAmount" not in by_target
    assert "targetAmount" not in by_source
    assert "targetAccount" not in by_target
    assert "targetAccount" in desk.quote(desk.recipient())


def test_whole_unit_currencies_have_no_decimals() -> None:
    """Yen amounts are whole, those rounded half up that were not."""
    quote = Desk().quote(source="EUR", target="JPY", targetAmount=1000.5)
    assert str(quote["targetAmount"]) == str(option(quote)["targetAmount"]) == "1001"


def test_same_currency_has_rate_one() -> None:
    """A quote within a currency has rate 1 and still a fee."""
    quote = Desk().quote(targetAmount=100)
    assert quote["rate"] == 1
    assert option(quote)["sourceAmount"] == Decimal(100) + option(quote)["fee"]["total"]


def test_balance_option_is_closed_without_a_balance() -> None:
    """Without a balance in the source currency the BALANCE option is disabled, the others are not."""
    quote = Desk().quote(source="CHF", target="EUR")
    assert option(quote)["disabledReason"]["code"] == "error.payInmethod.disabled"
    assert option(quote, "BANK_TRANSFER")["disabled"] is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sourceCurrency": "XXX", "targetCurrency": "EUR", "targetAmount": 1}, "CurrencyCode"),
        ({"sourceCurrency": "HRK", "targetCurrency": "EUR", "targetAmount": 1}, "CurrencyDeprecated"),
        ({"sourceCurrency": "CNY", "targetCurrency": "EUR", "targetAmount": 1}, "error.route.not.supported"),
        ({"sourceCurrency": "EUR", "targetCurrency": "EUR", "targetAmount": 0}, "error.greaterThanZero"),
        ({"sourceCurrency": "EUR", "targetCurrency": "EUR", "targetAmount": -1}, "error.greaterThanZero"),
        (
            {"sourceCurrency": "EUR", "targetCurrency": "EUR", "targetAmount": 1, "sourceAmount": 1},
            "error.quote.amount.onlySingle",
        ),
    ],
)
def test_bad_quotes_are_named(body: dict[str, Any], code: str) -> None:
    """What is wrong with a quote is said with Wise's codes."""
    desk = Desk()
    assert desk.post(f"/profiles/{desk.profile}/quotes", body).codes[0][0] == code


def test_quote_lives_thirty_minutes() -> None:
    """A quote is PENDING for 30 minutes, then EXPIRED and readable for 48 hours, then gone."""
    desk = Desk()
    path = f"/profiles/{desk.profile}/quotes/{desk.quote()['id']}"
    assert desk.get(path).json["status"] == "PENDING"
    desk.wait(30 * 60)
    assert desk.get(path).json["status"] == "EXPIRED"
    desk.wait(48 * 3600)
    assert desk.get(path).codes == [("error.quote.not.found", "quoteUuid")]


def test_recipient_decides_the_route() -> None:
    """A SWIFT recipient makes the quote a SWIFT one with its higher fee; patching it in does the same, rate kept."""
    desk = Desk()
    swift = desk.recipient(
        {
            "currency": "EUR",
            "type": "swift_code",
            "accountHolderName": "Acme Ltd",
            "details": {"legalType": "BUSINESS", "swiftCode": "BUKBGB22", "accountNumber": "01234567890"},
        }
    )
    plain, direct = desk.quote(), desk.quote(swift)
    path = f"/profiles/{desk.profile}/quotes/{plain['id']}"
    patched = desk.call("PATCH", path, {"targetAccount": swift}, Content_Type="application/merge-patch+json").json
    assert (plain["payOut"], direct["payOut"], patched["payOut"]) == ("BANK_TRANSFER", "SWIFT", "SWIFT")
    assert option(plain)["fee"]["total"] < option(direct)["fee"]["total"] == option(patched)["fee"]["total"]
    assert patched["expirationTime"] == plain["expirationTime"]


def test_short_rate_is_the_first_quote_only() -> None:
    """A behaviour shortens the rate of the first quote to that holder; the next one is held as usual."""
    desk = Desk(SmallDay(behaviours={"Galvano Lyon SAS": Manner(rate_seconds=300)}))
    recipient = desk.recipient(LYON)
    first, second = desk.quote(recipient), desk.quote(recipient)
    assert first["rateExpirationTime"] == "2026-09-01T12:05:00Z"
    assert second["rateExpirationTime"] == "2026-09-03T23:59:59Z"


def test_illustrative_quote_backs_nothing() -> None:
    """A quote without a profile has BALANCE disabled and cannot become a transfer."""
    desk = Desk()
    quote = desk.post("/quotes", {"sourceCurrency": "EUR", "targetCurrency": "EUR", "targetAmount": 1}).json
    body = {"targetAccount": desk.recipient(), "quoteUuid": quote["id"], "customerTransactionId": desk.next_key()}
    assert "profile" not in quote
    assert option(quote)["disabled"] is True
    assert desk.post("/transfers", body).codes == [("error.quote.not.found", "quoteUuid")]
