"""The client of Wise: what it asks, and what it makes of the answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import requests

from kinetic_wise.transport import AccessRefused, NotArrived, Refused, RemoteError, Unclear
from kinetic_wise.wise import Funding, FundingStatus, RecipientDetails
from tests.unit.wise.scripted import PROFILE, Reply, client_of, errors

KEY = str(UUID(int=7))
QUOTE_ID = "7d1c2a52-0b0e-4a55-9a39-3f0c6a1f9d10"
TRANSFER = {
    "id": 2147719999,
    "targetAccount": 700100200,
    "quoteUuid": QUOTE_ID,
    "status": "incoming_payment_waiting",
    "rate": Decimal("1.20512"),
    "created": "2026-01-05 11:31:08",
    "business": PROFILE,
    "sourceCurrency": "GBP",
    "sourceValue": Decimal("996.12"),
    "targetCurrency": "EUR",
    "targetValue": Decimal("1200.44"),
    "customerTransactionId": KEY,
    "hasActiveIssues": False,
    "someNewField": {"x": 1},
}


def recipient(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "profileId": PROFILE,
        "name": {"fullName": "Max Mustermann"},
        "currency": "EUR",
        "type": "Iban",
        "active": True,
        "details": {"iban": "DE75512108001245126199"},
        "commonFieldMap": {"accountNumberField": "iban", "bankCodeField": "bic", "bicField": "bic"},
        "hash": f"hash-{number}",
        **more,
    }


def details(**values: str) -> RecipientDetails:
    values = values or {"IBAN": "DE75 5121 0800 1245 1261 99"}
    return RecipientDetails("iban", "EUR", "max  mustermann", {"legalType": "BUSINESS", **values}, frozenset(values))


@pytest.mark.parametrize(
    ("version", "lines"),
    [
        (
            "2026Q3",
            [
                f"GET /2026Q3/profiles/{PROFILE}/balances",
                "GET /2026Q3/transfers/5",
                "GET /2026Q3/accounts/6",
                f"POST /2026Q3/profiles/{PROFILE}/transfers/5/payments",
                "PUT /2026Q3/transfers/5/cancel",
                f"GET /2026Q3/profiles/{PROFILE}/subscriptions",
                f"GET /2026Q3/profiles/{PROFILE}",
            ],
        ),
        (
            "",
            [
                f"GET /v4/profiles/{PROFILE}/balances",
                "GET /v1/transfers/5",
                "GET /v2/accounts/6",
                f"POST /v3/profiles/{PROFILE}/transfers/5/payments",
                "PUT /v1/transfers/5/cancel",
                f"GET /v3/profiles/{PROFILE}/subscriptions",
                f"GET /v2/profiles/{PROFILE}",
            ],
        ),
    ],
)
def test_paths_follow_the_version(version: str, lines: list[str]) -> None:
    """One setting chooses between the calendar paths and each endpoint's legacy version (appendix A)."""
    client, wise = client_of(Reply([]), version=version)
    calls = [
        client.balances,
        lambda: client.transfer(5),
        lambda: client.recipient(6),
        lambda: client.fund(5),
        lambda: client.cancel(5),
        client.subscriptions,
        client.profile_details,
    ]
    for call in calls:
        try:
            call()
        except Unclear:
            continue  # an empty list is no transfer

    assert wise.lines() == lines


def test_balances_are_the_available_amounts() -> None:
    """Balances come by currency, exactly, STANDARD ones only."""
    data = [
        {"id": 200001, "currency": "GBP", "type": "STANDARD", "amount": {"value": Decimal("10.10"), "currency": "GBP"}}
    ]
    client, wise = client_of(Reply(data))

    balances = client.balances()

    assert (balances["GBP"].id, balances["GBP"].amount) == (200001, Decimal("10.10"))
    assert wise.query() == {"types": "STANDARD"}


def test_a_transfer_is_read_exactly() -> None:
    """64-bit ids, exact amounts, key, profile and a UTC time; unknown fields are ignored."""
    client, _ = client_of(Reply(TRANSFER))

    transfer = client.transfer(2147719999)

    assert transfer is not None
    assert transfer.id == 2147719999
    assert (transfer.key, transfer.profile, transfer.recipient_id) == (KEY, PROFILE, 700100200)
    assert (transfer.source_amount, transfer.target_amount) == (Decimal("996.12"), Decimal("1200.44"))
    assert transfer.created == datetime(2026, 1, 5, 11, 31, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "reply",
    [Reply(errors({"code": "forbidden.error", "message": "Forbidden"}), 403), Reply({"error": "Not Found"}, 404)],
)
def test_an_unknown_transfer_is_none(reply: Reply) -> None:
    """Wise answers 403 or 404 for a transfer that it does not know for us."""
    assert client_of(reply)[0].transfer(1) is None


def test_a_transfer_that_could_not_be_asked_for_is_not_none() -> None:
    """Missing rights, an outage or a broken answer never look like an absent transfer."""
    replies = [
        Reply({"status": 403, "error": "Forbidden"}, 403),
        Reply("", 500),
        Reply(text='{"id": 5'),
        Reply({"id": 5}),
    ]
    for reply in [*replies, Reply({"error": "invalid_token"}, 401)]:
        with pytest.raises(RemoteError):
            client_of(reply)[0].transfer(5)


def test_creating_a_transfer_sends_key_quote_recipient_and_reference() -> None:
    """The body carries the key we stored, and what comes back is read as it is."""
    client, wise = client_of(Reply(TRANSFER))

    transfer = client.create_transfer(KEY, 700100200, QUOTE_ID, "INV 42")

    assert wise.body() == {
        "targetAccount": 700100200,
        "quoteUuid": QUOTE_ID,
        "customerTransactionId": KEY,
        "details": {"reference": "INV 42"},
    }
    assert transfer.quote_id == QUOTE_ID


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(error=requests.ReadTimeout()), Unclear),
        (Reply(error=requests.ConnectionError("reset")), Unclear),
        (Reply(text='{"id": 21477'), Unclear),
        (Reply({"id": 1}), Unclear),
        (Reply(errors({"code": "error.quote.not.found", "message": "", "arguments": [QUOTE_ID]}), 422), Unclear),
        (Reply("", 502), Unclear),
        (Reply("", 429), NotArrived),
        (Reply(errors({"code": "INVALID_RECIPIENT", "message": "address needed"}), 422), Refused),
        (Reply({"status": 403, "error": "Forbidden", "message": "kind not enabled"}, 403), AccessRefused),
    ],
)
def test_creating_a_transfer_knows_what_it_does_not_know(reply: Reply, error: type[RemoteError]) -> None:
    """Only the expected success and a refusal with a reason are final (rule 4)."""
    with pytest.raises(error) as caught:
        client_of(reply)[0].create_transfer(KEY, 1, QUOTE_ID, "")

    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("reply", "funding"),
    [
        (Reply({"type": "BALANCE", "status": "COMPLETED", "errorCode": None}, 201), Funding(FundingStatus.FUNDED)),
        (Reply({"type": "BALANCE", "status": "COMPLETED"}, 200), Funding(FundingStatus.FUNDED)),
        (Reply({"type": "BALANCE", "status": "CREATED", "errorCode": None}, 201), Funding(FundingStatus.PENDING)),
        (
            Reply({"status": "REJECTED", "errorCode": "balance.insufficient-funds"}, 201),
            Funding(FundingStatus.NO_MONEY, "balance.insufficient-funds"),
        ),
        (
            Reply({"status": "REJECTED", "errorCode": "balance.payment-option-unavailable"}, 422),
            Funding(FundingStatus.NO_MONEY, "balance.payment-option-unavailable"),
        ),
        (
            Reply({"error": "forbidden"}, 403, {"x-2fa-approval-result": "REJECTED", "x-2fa-approval": "ott"}),
            Funding(FundingStatus.NEEDS_APPROVAL, "forbidden"),
        ),
        (
            Reply({"status": "REJECTED", "errorCode": "balance.account-inactive"}, 422),
            Funding(FundingStatus.REFUSED, "balance.account-inactive"),
        ),
        (
            Reply({"status": "REJECTED", "errorCode": "balance.unauthorised.missing-security-role"}, 403),
            Funding(FundingStatus.REFUSED, "balance.unauthorised.missing-security-role"),
        ),
        (
            Reply(text="payment.option-unavailable", status=422),
            Funding(FundingStatus.REFUSED, "payment.option-unavailable"),
        ),
    ],
)
def test_a_funding_is_decided_by_its_status(reply: Reply, funding: Funding) -> None:
    """Of our call's answers only COMPLETED means funded, whatever the HTTP status (rule 11)."""
    client, wise = client_of(reply)

    assert client.fund(5) == funding
    assert wise.body() == {"type": "BALANCE"}
    assert len(wise.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"status": "REJECTED", "errorCode": "payment.exists"}, 409),
        Reply({"status": "REJECTED", "errorCode": "payment.exists"}, 201),
        Reply({"status": "REJECTED", "errorCode": "unexpected.error"}, 201),
        Reply({"status": "REJECTED", "errorCode": "transfer.invalid-state"}, 422),
        Reply(text="transfer.invalid-state", status=422),
        Reply({"status": "REJECTED", "errorCode": "transfer.not-found"}, 404),
        Reply({"status": "REJECTED", "errorCode": "unexpected.error"}, 500),
        Reply({"status": "SOMETHING_NEW"}, 201),
        Reply({"errorCode": None}, 201),
        Reply([], 201),
        Reply(text="COMPLETED", status=201),
        Reply(text='{"status": "COMPLETED"', status=201),
        Reply(text="<html>", status=502),
        Reply(status=408),
        Reply(error=requests.ReadTimeout()),
        Reply(error=requests.exceptions.ChunkedEncodingError()),
    ],
)
def test_an_unclear_funding_is_never_repeated_nor_concluded(reply: Reply) -> None:
    """Answers that prove nothing raise Unclear after a single request."""
    client, wise = client_of(reply)

    with pytest.raises(Unclear):
        client.fund(5)
    assert len(wise.asked) == 1


def test_a_cancel_refused_by_state_is_unclear() -> None:
    """A 409 on cancel says that somebody must look."""
    with pytest.raises(Unclear):
        client_of(Reply(errors({"code": "transfer.cancellation.not.allowed", "message": ""}), 409))[0].cancel(5)


def test_all_pages_of_transfers_are_listed() -> None:
    """Pages of 100 at offsets that are multiples of it, our profile named, each transfer once."""
    first = [{**TRANSFER, "id": number} for number in range(1, 101)]
    second = [{**TRANSFER, "id": number} for number in range(100, 131)]
    client, wise = client_of(Reply(first), Reply(second))
    since = datetime(2026, 1, 5, 2, tzinfo=timezone(timedelta(hours=2)))

    found = list(client.transfers(since))

    assert [transfer.id for transfer in found] == list(range(1, 131))
    assert wise.query(0) == {
        "profile": str(PROFILE),
        "createdDateStart": "2026-01-05T00:00:00Z",
        "limit": "100",
        "offset": "0",
    }
    assert wise.query(1)["offset"] == "100"
    assert len(wise.asked) == 2


def test_a_full_last_page_is_followed_by_one_more() -> None:
    """Exactly 100 transfers may not be all of them."""
    client, wise = client_of(Reply([{**TRANSFER, "id": number} for number in range(100)]), Reply([]))

    assert len(list(client.transfers(datetime(2026, 1, 1, tzinfo=UTC)))) == 100
    assert len(wise.asked) == 2


def test_payments_into_a_transfer() -> None:
    """Completed payments prove that money left; an empty list that none did."""
    paid = [{"id": 1, "method": "BALANCE", "amount": Decimal("1000.00"), "currency": "GBP", "timeCreated": "x"}]

    (payment,) = client_of(Reply(paid))[0].payments(5)

    assert (payment.amount, payment.currency) == (Decimal("1000.00"), "GBP")
    assert client_of(Reply([]))[0].payments(5) == ()
    with pytest.raises(Unclear):
        client_of(Reply({}))[0].payments(5)


def test_a_recipient_is_found_on_any_page() -> None:
    """Type, account and name must agree; spelling, case and spaces do not matter; the oldest is taken."""
    others = [
        recipient(1, type="Email", details={}, commonFieldMap={}),
        recipient(2, details={"iban": "DE89370400440532013000"}),
        recipient(3, name={"fullName": "Erika Mustermann"}),
        recipient(4, active=False),
        recipient(5, profileId=PROFILE - 1),
        recipient(6, type="SwiftCode"),
        recipient(7, details={}),
    ]
    client, wise = client_of(
        Reply({"content": others, "seekPositionForNext": 7}), Reply({"content": [recipient(9), recipient(8)]})
    )

    found = client.find_recipient(details())

    assert found is not None
    assert (found.id, found.hash, found.account_number) == (8, "hash-8", "DE75512108001245126199")
    assert wise.query(0)["profileId"] == str(PROFILE)
    assert wise.query(0)["currency"] == "EUR"
    assert "seekPosition" not in wise.query(0)
    assert wise.query(1)["seekPosition"] == "7"


def test_the_bank_code_must_agree_too() -> None:
    """The same account number at another bank is another account."""
    held = recipient(1, type="SortCode", details={"sortCode": "231470", "accountNumber": "55779911"}, currency="GBP")
    for sort_code, number in (("20-00-00", None), ("23-14-70", 1)):
        values = {"sortCode": sort_code, "accountNumber": "55779911"}
        wanted = RecipientDetails("sort_code", "GBP", "Max Mustermann", values, frozenset(values))

        found = client_of(Reply({"content": [held]}))[0].find_recipient(wanted)

        assert (found.id if found else None) == number


def test_an_endless_list_of_recipients_ends() -> None:
    """A list that points to itself is not followed for ever."""
    client, wise = client_of(Reply({"content": [recipient(1, active=False)], "seekPositionForNext": 1}))

    assert client.find_recipient(details()) is None
    assert len(wise.asked) == 2


def test_a_recipient_that_is_gone_or_not_ours_is_none() -> None:
    """Missing, forbidden or on another profile: not a recipient of ours; an outage is no answer."""
    for reply in (
        Reply(errors({"code": "RECIPIENT_MISSING", "message": ""}), 404),
        Reply(errors({"code": "RECIPIENT_MISSING", "message": ""}), 400),
        Reply({"error": "Forbidden"}, 403),
        Reply(recipient(1, profileId=PROFILE - 1)),
    ):
        assert client_of(reply)[0].recipient(1) is None
    with pytest.raises(Unclear):
        client_of(Reply("", 503))[0].recipient(1)


def test_a_new_recipient_is_read_with_its_hash() -> None:
    """The legacy answer has no hash, so the recipient is read once more; the newer one is taken as it is."""
    legacy = {"id": 8, "accountHolderName": "Max Mustermann", "currency": "EUR", "type": "iban", "active": True}
    client, wise = client_of(Reply(legacy), Reply(recipient(8)), version="")
    assert client.create_recipient(details()).hash == "hash-8"
    assert wise.lines() == ["POST /v1/accounts", "GET /v2/accounts/8"]

    client, wise = client_of(Reply(recipient(8)))
    assert client.create_recipient(details()).hash == "hash-8"
    assert wise.body()["profile"] == PROFILE
    assert len(wise.asked) == 1


def test_an_unclear_recipient_is_not_made_twice_by_itself() -> None:
    """A lost answer to a creation is for the caller to resolve by searching."""
    client, wise = client_of(Reply(error=requests.ReadTimeout()))

    with pytest.raises(Unclear):
        client.create_recipient(details())
    assert len(wise.asked) == 1


def test_subscriptions_are_made_listed_and_removed() -> None:
    """One subscription an event type; removing one that is gone is no error."""
    made = {
        "id": "s1",
        "name": "kinetic-wise L1",
        "trigger_on": "transfers#refund",
        "delivery": {"version": "4.0.0", "url": "https://erp.example.com/hook"},
        "scope": {"domain": "profile", "id": PROFILE},
    }
    client, wise = client_of(Reply(made), Reply([made]), Reply(text="", status=204), Reply({"error": "Not Found"}, 404))

    subscription = client.subscribe("kinetic-wise L1", "transfers#refund", "4.0.0", "https://erp.example.com/hook")

    assert wise.body() == {key: made[key] for key in ("name", "trigger_on", "delivery")}
    assert client.subscriptions() == [subscription]
    client.unsubscribe("s1")
    client.unsubscribe("s1")
    assert wise.lines()[-1] == f"DELETE /2026Q3/profiles/{PROFILE}/subscriptions/s1"


def test_a_subscription_that_cannot_be_removed_is_told() -> None:
    """A server error is no removal."""
    with pytest.raises(Unclear):
        client_of(Reply("", 500))[0].unsubscribe("s1")


def test_a_profile_is_named() -> None:
    """Type, state, name and country of a business profile."""
    data = {
        "id": PROFILE,
        "type": "business",
        "currentState": "VISIBLE",
        "businessName": "Epic Pumps",
        "address": {"countryIso2Code": "GB"},
    }

    profile = client_of(Reply(data))[0].profile_details()

    assert (profile.type, profile.state, profile.name, profile.country) == ("BUSINESS", "VISIBLE", "Epic Pumps", "GB")
