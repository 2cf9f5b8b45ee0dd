"""Transfers and money of the simulated Wise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from simulators.wise.world import Settings
from tests.unit.simulators.wise_desk import GERMAN_IBAN, LYON, Desk, Manner, SmallDay

DAY = 24 * 3600


def create(desk: Desk, **change: Any) -> Any:
    recipient = desk.recipient()
    body = {
        "targetAccount": recipient,
        "quoteUuid": desk.quote(recipient)["id"],
        "customerTransactionId": desk.next_key(),
    }
    return desk.post("/transfers", {**body, **change})


def test_same_key_gives_the_same_transfer() -> None:
    """A repeated customerTransactionId answers the first transfer, even with another quote, in any letter case."""
    desk = Desk()
    key = desk.next_key()
    first = create(desk, customerTransactionId=key).json
    again = create(desk, customerTransactionId=key.upper()).json
    assert again == first
    assert len(desk.wise.state()["transfers"]) == 1


def test_quote_backs_one_transfer() -> None:
    """A quote used, expired or unknown is one and the same refusal."""
    desk = Desk()
    used, late = desk.quote()["id"], desk.quote()["id"]
    assert create(desk, quoteUuid=used).status == 200
    assert create(desk, quoteUuid=used).codes == [("error.quote.not.found", "quoteUuid")]
    desk.wait(1800)
    assert create(desk, quoteUuid=late).codes == [("error.quote.not.found", "quoteUuid")]
    assert create(desk, quoteUuid="7d1c2a52-0b0e-4a55-9a39-3f0c6a1f9d10").json["errors"][0]["arguments"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"customerTransactionId": "42"}, "customerTransactionId"),
        ({"customerTransactionId": None}, "customerTransactionId"),
        ({"details": {"reference": "INV_42"}}, "paymentReference"),
        ({"details": {"reference": "x" * 36}}, "paymentReference"),
        ({"targetAccount": 1}, "targetAccount"),
    ],
)
def test_bad_transfers_are_named(change: dict[str, Any], path: str) -> None:
    """A key that is no UUID, a reference with other characters or too long, a foreign recipient: 422 by path."""
    reply = create(Desk(), **change)
    assert reply.status == 422
    assert reply.codes[0][1] == path


def test_transfer_looks_like_wise() -> None:
    """Ids are near 2^31, `created` has no zone, the reference is never absent, the price is the bank transfer's."""
    desk = Desk()
    transfer = create(desk).json
    assert transfer["id"] >= 2_147_719_000
    assert transfer["created"] == "2026-09-01 12:00:00"
    assert transfer["details"] == {"reference": ""}
    assert transfer["business"] == desk.profile
    assert transfer["status"] == "incoming_payment_waiting"


def test_missing_address_shows_at_the_transfer() -> None:
    """A recipient without an address can be created, but no dollars sent abroad to it."""
    desk = Desk()
    recipient = desk.recipient()
    quote = desk.quote(recipient, source="USD")
    body = {"targetAccount": recipient, "quoteUuid": quote["id"], "customerTransactionId": desk.next_key()}
    assert desk.post("/transfers", body).codes == [("INVALID_RECIPIENT", "targetAccount")]


def test_funding_takes_amount_and_fee_once() -> None:
    """Funding debits the option's source amount once, changes both values, and the rest happens by itself."""
    desk = Desk()
    recipient = desk.recipient()
    quote = desk.quote(recipient, source="GBP", sourceAmount=1000)
    waiting = desk.transfer(recipient, quote)
    reply = desk.fund(waiting["id"])
    assert (reply.status, reply.json["status"]) == (201, "COMPLETED")
    funded = desk.get(f"/transfers/{waiting['id']}").json
    assert (waiting["sourceValue"], waiting["targetValue"]) == (Decimal("996.12"), Decimal("1200.44"))
    assert (funded["sourceValue"], funded["targetValue"]) == (Decimal("996.31"), Decimal("1200.67"))
    assert desk.balance("GBP") == Decimal("4000.00")
    assert funded["sourceAccount"]
    assert desk.get(f"/transfers/{waiting['id']}/payments").json[0]["amount"] == 1000
    assert desk.get(f"/profiles/{desk.profile}/quotes/{quote['id']}").json["status"] == "FUNDED"
    states = []
    for _ in range(3):
        states.append(desk.status(waiting["id"]))
        desk.time = desk.time.replace(second=desk.time.second + 5)
    assert states == ["processing", "funds_converted", "outgoing_payment_sent"]


def test_second_funding_moves_nothing() -> None:
    """Funding again is refused: a payment exists while it is processed, afterwards the state is wrong."""
    desk = Desk()
    transfer = desk.funded()
    balance = desk.balance("EUR")
    early = desk.fund(transfer)
    desk.wait(20)
    late = desk.fund(transfer)
    assert (early.status, early.json["errorCode"]) == (409, "payment.exists")
    assert (late.status, late.json["errorCode"]) == (422, "transfer.invalid-state")
    assert early.response.headers["Content-Type"] == "text/plain"
    assert desk.balance("EUR") == balance
    assert desk.wise.state()["transfers"][0]["funded_count"] == 1


@pytest.mark.parametrize(
    ("source", "balance", "status", "code"),
    [
        ("AUD", "0.00", 422, "balance.payment-option-unavailable"),
        ("AUD", "50.00", 201, "balance.insufficient-funds"),
        ("CHF", "0.00", 422, "balance.no-balance-for-currency"),
    ],
)
def test_lack_of_money_is_rejected(source: str, balance: str, status: int, code: str) -> None:
    """An empty balance is a 422, one that is too low a rejection inside a 201; the transfer keeps waiting."""
    desk = Desk(SmallDay(balances={"AUD": Decimal(balance)}))
    address = {"country": "FR", "city": "Lyon", "firstLine": "1 Rue", "postCode": "69001"}
    details = {"legalType": "BUSINESS", "IBAN": GERMAN_IBAN, "address": address}
    recipient = desk.recipient({**LYON, "details": details})
    transfer = desk.transfer(recipient, desk.quote(recipient, source=source))
    reply = desk.fund(transfer["id"])
    assert (reply.status, reply.json["status"], reply.json["errorCode"]) == (status, "REJECTED", code)
    assert desk.status(transfer["id"]) == "incoming_payment_waiting"
    assert desk.get(f"/transfers/{transfer['id']}/payments").json == []


def test_unknown_ids_look_as_recorded() -> None:
    """Funding an unknown transfer says transfer.invalid-state as plain text; reading it is forbidden.error."""
    desk = Desk()
    reply = desk.fund(1)
    assert (reply.status, reply.response.body) == (422, b"transfer.invalid-state")
    assert desk.get("/transfers/1").status == 403
    assert desk.get("/transfers/1").codes[0][0] == "forbidden.error"


def test_other_funding_refusals() -> None:
    """A wrong profile, type or balance is refused before money moves."""
    desk = Desk()
    transfer = desk.transfer()["id"]
    personal = desk.post(f"/profiles/30000001/transfers/{transfer}/payments", {"type": "BALANCE"})
    path = f"/profiles/{desk.profile}/transfers/{transfer}/payments"
    assert (personal.status, personal.json["errorCode"]) == (404, "transfer.not-found")
    assert desk.post(path, {"type": "CARD"}).json["errorCode"] == "invalid.request"
    assert desk.post(path, {"type": "BALANCE", "balanceId": 1}).json["errorCode"] == "balance.account-not-found"
    assert (
        desk.post(path, {"type": "BALANCE", "balanceId": 200_002}).json["errorCode"] == "balance.currency-unsupported"
    )
    assert desk.balance("EUR") == 10_000


def test_top_up_makes_funding_possible() -> None:
    """Money added by the simulation call funds the same transfer."""
    desk = Desk(SmallDay(balances={"EUR": Decimal("1.00")}))
    transfer = desk.transfer()["id"]
    assert desk.fund(transfer).json["status"] == "REJECTED"
    body = {"profileId": desk.profile, "balanceId": 200_001, "currency": "EUR", "amount": 500}
    assert desk.post("/simulation/balance/topup", body).json["balancesAfter"][0]["value"] == 501
    assert desk.fund(transfer).json["status"] == "COMPLETED"


def test_late_funding_is_repriced_silently() -> None:
    """Funding after the rate expired shows rate and target value 0, then the live rate: another amount arrives."""
    desk = Desk(SmallDay(behaviours={"Galvano Lyon SAS": Manner(rate_seconds=300)}))
    recipient = desk.recipient()
    transfer = desk.transfer(recipient, desk.quote(recipient, source="GBP"))
    desk.wait(301)
    assert desk.fund(transfer["id"]).json["status"] == "COMPLETED"
    funded = desk.get(f"/transfers/{transfer['id']}").json
    assert (funded["rate"], funded["targetValue"]) == (0, 0)
    desk.wait(20)
    sent = desk.get(f"/transfers/{transfer['id']}").json
    assert sent["status"] == "outgoing_payment_sent"
    assert sent["rate"] not in (0, transfer["rate"])
    assert 0 < sent["targetValue"] != transfer["targetValue"]


def test_cancel_until_converted() -> None:
    """Cancelling works while waiting and while processing, then the money comes back; after conversion it is a 409."""
    desk = Desk()
    waiting, funded, late = desk.transfer()["id"], desk.funded(), desk.funded()
    before = desk.balance("EUR")
    assert desk.call("PUT", f"/transfers/{waiting}/cancel").json["status"] == "cancelled"
    assert desk.call("PUT", f"/transfers/{funded}/cancel").json["status"] == "cancelled"
    desk.wait(6)
    assert desk.balance("EUR") > before
    assert [desk.status(funded), desk.status(late)] == ["cancelled", "funds_converted"]
    refused = desk.call("PUT", f"/transfers/{late}/cancel")
    assert (refused.status, refused.codes[0][0]) == (409, "transfer.cancellation.not.allowed")


def test_wise_cancels_and_refunds() -> None:
    """A behaviour makes Wise cancel after processing; the full amount is back and the transfer funds_refunded."""
    desk = Desk(SmallDay(behaviours={"Galvano Lyon SAS": Manner(cancel_after_funding=True)}))
    transfer = desk.funded()
    desk.wait(5)
    assert desk.status(transfer) == "cancelled"
    desk.wait(5)
    assert desk.status(transfer) == "funds_refunded"
    assert desk.balance("EUR") == 10_000
    book = desk.wise.state()["transfers"][0]
    assert book["debited_amount"] == book["refunded_amount"] != "0"


def test_unfunded_transfer_dies_after_fourteen_days() -> None:
    """An unfunded transfer is cancelled by Wise 14 days after its creation, not before."""
    desk = Desk()
    transfer = desk.transfer()["id"]
    desk.wait(14 * DAY - 1)
    assert desk.status(transfer) == "incoming_payment_waiting"
    desk.wait(2)
    assert desk.status(transfer) == "cancelled"


def test_simulated_bounce_returns_the_money() -> None:
    """The simulation calls work in their order only; a bounced transfer refunds what was taken, SWIFT keeps a part."""
    desk = Desk()
    transfer = desk.funded()
    assert desk.get(f"/simulation/transfers/{transfer}/bounced_back").codes[0][0] == "wrong_status"
    for status in ("processing", "funds_converted", "outgoing_payment_sent", "bounced_back"):
        assert desk.get(f"/simulation/transfers/{transfer}/{status}").json["status"] == status
    path = f"/simulation/transfers/{transfer}/payout-failure"
    assert desk.post(path, {"failure_reason_code": "NONSENSE"}).codes[0][0] == "invalid_failure_reason_code"
    assert desk.post(path, {"failure_reason_code": "ACCOUNT_CLOSED"}).status == 200
    assert (
        desk.get(f"/simulation/transfers/{transfer}/funds_refunded", version="/v1").json["status"] == "funds_refunded"
    )
    desk.wait(60)
    assert desk.status(transfer) == "funds_refunded"
    assert desk.balance("EUR") == 10_000


def test_swift_refund_is_short() -> None:
    """Of a returned SWIFT payment the banks keep 5 to 15 per cent."""
    desk = Desk()
    details = {"legalType": "BUSINESS", "swiftCode": "BUKBGB22", "accountNumber": "01234567890"}
    recipient = desk.recipient({**LYON, "type": "swift_code", "details": details})
    transfer = desk.transfer(recipient)["id"]
    desk.fund(transfer)
    for status in ("funds_converted", "outgoing_payment_sent", "bounced_back", "funds_refunded"):
        desk.get(f"/simulation/transfers/{transfer}/{status}")
    book = desk.wise.state()["transfers"][0]
    kept = 1 - Decimal(book["refunded_amount"]) / Decimal(book["debited_amount"])
    assert Decimal("0.049") < kept < Decimal("0.151")


def test_list_of_transfers() -> None:
    """Lists default to the personal profile, ascend by id, filter, and insist on limit and offset."""
    desk = Desk()
    ids = [desk.transfer()["id"] for _ in range(5)]
    desk.call("PUT", f"/transfers/{ids[1]}/cancel")
    path = f"/transfers?profile={desk.profile}"
    assert desk.get("/transfers").json == []
    assert [one["id"] for one in desk.get(path).json] == ids
    assert [one["id"] for one in desk.get(path + "&limit=2&offset=2").json] == ids[2:4]
    assert [one["id"] for one in desk.get(path + "&status=cancelled,processing").json] == [ids[1]]
    assert desk.get(path + "&createdDateStart=2026-09-02").json == []
    assert len(desk.get(path + "&createdDateStart=2026-09-01&createdDateEnd=2026-09-01").json) == 5
    assert len(desk.get(path + "&createdDateEnd=2026-09-01T12:00:00Z&sourceCurrency=EUR").json) == 5
    assert desk.get(path + "&limit=2&offset=1").status == desk.get(path + "&limit=101").status == 400


def test_receipt_comes_with_the_payout() -> None:
    """The PDF receipt exists only after the transfer was sent; the delivery estimate always."""
    desk = Desk()
    transfer = desk.funded()
    assert desk.get(f"/transfers/{transfer}/receipt.pdf").status == 404
    desk.wait(20)
    assert desk.get(f"/transfers/{transfer}/receipt.pdf").response.body.startswith(b"%PDF-1.4")
    assert desk.get(f"/delivery-estimates/{transfer}").json["estimatedDeliveryDate"].endswith("+0000")


def test_sca_region_asks_a_person() -> None:
    """In an SCA region funding is a 403 with a one-time token that passes once, after approval, for this call only."""
    desk = Desk(settings=Settings(sca_region=True))
    transfer, other = desk.transfer()["id"], desk.transfer()["id"]
    refused = desk.fund(transfer)
    token = refused.response.headers["x-2fa-approval"]
    assert (refused.status, refused.response.headers["x-2fa-approval-result"]) == (403, "REJECTED")
    assert desk.fund(transfer, x_2fa_approval=token).status == 403  # nobody has approved it
    shown = desk.get("/one-time-token/status", One_Time_Token=token).json["oneTimeTokenProperties"]
    assert (shown["oneTimeToken"], shown["validity"]) == (token, 3600)
    assert desk.people(act="approve", token=token).status == 200
    assert desk.fund(other, x_2fa_approval=token).status == 403
    passed = desk.fund(transfer, x_2fa_approval=token)
    assert (passed.status, passed.response.headers["x-2fa-approval-result"]) == (201, "APPROVED")
    assert desk.fund(transfer, x_2fa_approval=token).status == 403


def test_people_act_in_wise() -> None:
    """A person can fund or cancel a transfer and deactivate a recipient; what Wise would refuse is said."""
    desk = Desk(settings=Settings(sca_region=True))
    first, second = desk.transfer()["id"], desk.transfer()["id"]
    assert desk.people(act="fund", transfer=first).json == {"status": "processing"}
    assert desk.people(act="cancel", transfer=second).json == {"status": "cancelled"}
    assert desk.people(act="fund", transfer=second).json == {"error": "transfer.invalid-state"}
    recipient = desk.recipient()
    desk.people(act="deactivate_recipient", recipient=recipient)
    assert desk.get(f"/accounts/{recipient}").json["active"] is False
    assert desk.people(act="dance").status == 400


def test_transfer_form_asks_a_purpose() -> None:
    """The transfer's form has the currency's reference limit, and for rupees a purpose that asks for the invoice."""
    desk = Desk()

    def form(target: str, **details: str) -> dict[str, Any]:
        body = {"quoteUuid": desk.quote(target=target)["id"], "details": details}
        fields = desk.post("/transfer-requirements", body).json[0]["fields"]
        return {item["key"]: item for row in fields for item in row["group"]}

    assert form("USD")["reference"]["maxLength"] == 10
    assert set(form("EUR")) == {"reference"}
    assert form("INR")["transferPurpose"]["required"] is True
    assert "transferPurposeInvoiceNumber" in form("INR", transferPurpose="verification.transfers.purpose.pay.bills")


def test_a_person_repeats_a_transfer() -> None:
    """The same amount to the same recipient under a key of its own, not funded yet; the first one stays as it is."""
    desk = Desk()
    first = create(desk).json
    second = desk.people(act="repeat", transfer=first["id"]).json["transfer"]
    made, again = (transfer for transfer in desk.wise.state()["transfers"])
    assert (made["id"], again["id"]) == (first["id"], second)
    same = ("recipient", "target_currency", "target_amount", "source_currency", "status", "funded_count")
    assert {name: made[name] for name in same} == {name: again[name] for name in same}
    assert made["customerTransactionId"] != again["customerTransactionId"]


def test_what_wise_would_not_let_a_person_make_is_not_repeated() -> None:
    """A currency that is paused, or a transfer that is not there: 400 with the reason."""
    desk = Desk()
    first = create(desk).json
    desk.people(act="announce", currency="EUR", type="BLOCKED", text="paused")
    assert desk.people(act="repeat", transfer=first["id"]).status == 400
    assert desk.people(act="repeat", transfer=1).status == 400
