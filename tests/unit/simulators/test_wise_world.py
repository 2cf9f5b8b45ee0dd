"""What the sandbox cannot show, and the simulated Wise does (wise-api.md section 10.3)."""

from __future__ import annotations

from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from werkzeug.datastructures import Headers

from simulators.common.http import Request
from simulators.common.simulator import Answer
from simulators.wise.funding import FUNDING_CODES
from tests.unit.simulators.wise_desk import GERMAN_IBAN, NOON, Desk

DAY = 24 * 3600


def strike(desk: Desk, fault: str, **more: Any) -> None:
    faults = [{"match": {"method": "POST", "path": "/payments$"}, "fault": fault, **more}]
    assert desk.call("POST", "/faults", faults, version="/_sim").status == 200


def fund_raw(desk: Desk, transfer: int) -> Answer:
    headers = Headers({"Authorization": f"Bearer {desk.token}", "Content-Type": "application/json"})
    path = f"/2026Q3/profiles/{desk.profile}/transfers/{transfer}/payments"
    return desk.wise.handle(Request("POST", path, headers=headers, body=b'{"type": "BALANCE"}'))


def test_a_rollback_is_told_and_the_transfer_goes_on() -> None:
    """A transfer that was converted may step back to processing; events tell it, and it is sent in the end."""
    desk = Desk()
    desk.subscribe()
    transfer = desk.funded()
    desk.wait(7)
    assert desk.people(act="move", transfer=transfer, status="processing").json == {"status": "processing"}
    desk.wait(40)
    assert desk.receiver.states[-4:] == ["funds_converted", "processing", "funds_converted", "outgoing_payment_sent"]


@pytest.mark.parametrize("status", ["charged_back", "unknown", "waiting_recipient_input_to_proceed", "on_the_moon"])
def test_a_transfer_may_come_into_any_status(status: str) -> None:
    """The rare statuses of 6.4, and one that nobody has seen, are shown by GET and told by an event."""
    desk = Desk()
    desk.subscribe()
    transfer = desk.funded()
    desk.people(act="move", transfer=transfer, status=status)
    desk.wait(30)
    assert desk.status(transfer) == status
    assert desk.receiver.states[-1] == status


@pytest.mark.parametrize("status", ["processing", "outgoing_payment_sent", "cancelled", "funds_refunded"])
def test_what_took_no_money_is_not_moved_as_if_it_had(status: str) -> None:
    """A waiting transfer is funded and cancelled by acts of their own; nothing shows money that never moved."""
    desk = Desk()
    transfer = desk.transfer()["id"]
    assert desk.people(act="move", transfer=transfer, status=status).status == 400
    assert desk.status(transfer) == "incoming_payment_waiting"


def test_an_active_case_holds_a_transfer_up() -> None:
    """With a case open the transfer stands, shows active issues and cannot be cancelled; settled, it goes on."""
    desk = Desk()
    desk.subscribe("transfers#active-cases")
    transfer = desk.funded()
    desk.people(act="raise_case", transfer=transfer, case="deposit_amount_less_invoice")
    desk.wait(3 * DAY)
    shown = desk.get(f"/transfers/{transfer}").json
    assert (shown["status"], shown["hasActiveIssues"]) == ("processing", True)
    assert desk.call("PUT", f"/transfers/{transfer}/cancel").status == 409
    desk.people(act="settle_cases", transfer=transfer)
    desk.wait(30)
    assert desk.status(transfer) == "outgoing_payment_sent"
    told = [post.event["data"]["active_cases"] for post in desk.receiver.events]
    assert told == [["deposit_amount_less_invoice"], []]


def test_an_unverified_business_stands_still() -> None:
    """Its transfers stay in processing and simulation calls say wrong_status, until it is verified."""
    desk = Desk()
    desk.people(act="profile", verified=False)
    transfer = desk.funded()
    desk.wait(DAY)
    assert desk.status(transfer) == "processing"
    assert desk.get(f"/simulation/transfers/{transfer}/funds_converted").codes[0][0] == "wrong_status"
    assert desk.post(f"/simulation/profiles/{desk.profile}/verifications", {}).status == 200
    desk.wait(30)
    assert desk.status(transfer) == "outgoing_payment_sent"


def test_a_profile_may_be_hidden_or_closed() -> None:
    """The business's state is what Wise's staff make of it; there is no other."""
    desk = Desk()
    desk.people(act="profile", state="DEACTIVATED")
    assert desk.get(f"/profiles/{desk.profile}").json["currentState"] == "DEACTIVATED"
    assert desk.people(act="profile", state="SLEEPY").status == 400


@pytest.mark.parametrize("code", sorted(FUNDING_CODES))
def test_every_refusal_of_the_funding_service_can_be_had(code: str) -> None:
    """Each remaining row of 6.5 comes with its status once asked for, moves no money, and is over after one call."""
    desk = Desk()
    transfer = desk.transfer()["id"]
    desk.people(act="refuse_fundings", codes=[code])
    refused = desk.fund(transfer)
    assert (refused.status, refused.json["errorCode"]) == (FUNDING_CODES[code], code)
    assert desk.balance("EUR") == 10_000
    assert desk.fund(transfer).json["status"] == "COMPLETED"


def test_a_payout_may_fail_without_a_change_of_state() -> None:
    """A payee who did not fill a mandate is told by an event alone; the transfer stays as it is."""
    desk = Desk()
    desk.subscribe("transfers#payout-failure")
    transfer = desk.funded()
    desk.wait(30)
    desk.people(act="fail_payout", transfer=transfer, code="MANDATE_NOT_FILLED_IN")
    desk.wait(1)
    assert desk.receiver.events[-1].event["data"]["failure_reason_code"] == "MANDATE_NOT_FILLED_IN"
    assert desk.status(transfer) == "outgoing_payment_sent"


def test_a_late_bounce_may_come_back_short() -> None:
    """Forty days after "sent" the payout bounces; what the banks kept is missing in balance and event."""
    desk = Desk()
    desk.subscribe("transfers#refund")
    transfer = desk.funded()
    desk.wait(40 * DAY)
    desk.people(act="bounce", transfer=transfer)
    desk.people(act="give_back", transfer=transfer, kept="12.50")
    desk.wait(1)
    taken = desk.get(f"/transfers/{transfer}/payments").json[0]["amount"]
    assert desk.receiver.events[-1].event["data"]["resource"]["refund_amount"] == float(taken) - 12.5
    assert desk.balance("EUR") == Decimal("9987.50")


def test_a_burst_of_429_names_its_limit() -> None:
    """Too many calls are a 429 with Retry-After and who limits, and nothing took effect."""
    desk = Desk()
    transfer = desk.transfer()["id"]
    strike(desk, "status", status=429, times=3)
    for _ in range(3):
        refused = desk.fund(transfer)
        assert refused.status == 429
        assert refused.response.headers["Retry-After"] == "1"
        assert refused.response.headers["X-Rate-Limited-By"] == "wise-public-api"
    assert desk.fund(transfer).json["status"] == "COMPLETED"


def test_the_edge_answers_in_html() -> None:
    """A 502 is a page of HTML, not JSON, and nothing took effect."""
    desk = Desk()
    transfer = desk.transfer()["id"]
    strike(desk, "status", status=502)
    page = desk.fund(transfer)
    assert (page.status, page.response.headers["Content-Type"]) == (502, "text/html")
    assert page.response.body.startswith(b"<html>")
    assert desk.status(transfer) == "incoming_payment_waiting"


def test_an_answer_may_be_lost_after_its_effect() -> None:
    """The connection closes, or half of the answer comes, or it comes too late: the money has left each time."""
    for fault in ({"fault": "lost"}, {"fault": "truncated"}, {"fault": "delay", "seconds": 40}):
        desk = Desk()
        transfer = desk.transfer()["id"]
        strike(desk, **fault)
        answer = fund_raw(desk, transfer)
        assert answer.response is None or answer.truncated or answer.delay_seconds == 40
        assert desk.status(transfer) == "processing"


def test_every_answer_has_the_servers_time() -> None:
    """The Date header is the simulated Wise's own clock, so that a client can compare its own."""
    desk = Desk()
    desk.call("POST", "/clock", {"advance_seconds": 600}, version="/_sim")
    shown = parsedate_to_datetime(desk.get("/profiles").response.headers["Date"])
    assert (shown - NOON.replace(microsecond=0)).total_seconds() == 600


def test_ids_pass_int32_and_stay_exact() -> None:
    """Transfers are numbered towards 2^31 and beyond; numbers in answers are whole, never rounded."""
    desk = Desk()
    ids = [desk.transfer()["id"] for _ in range(2)]
    assert ids[1] == ids[0] + 1
    assert all(isinstance(one, int) and one > 2_147_000_000 for one in ids)


def test_all_five_families_of_errors_come_up() -> None:
    """OAuth, validation, framework, funding and problem details each have their own shape (1.4)."""
    desk = Desk()
    transfer = desk.funded()
    assert set(desk.get("/me", Authorization="").json) == {"error", "error_description"}
    assert set(desk.get("/transfers/1").json) == {"timestamp", "errors"}
    assert set(desk.get("/nowhere").json) == {"timestamp", "status", "error", "message", "path"}
    assert set(desk.fund(transfer).json) == {"type", "status", "errorCode", "errorMessage"}
    unsaid = desk.call("POST", f"/profiles/{desk.profile}/quotes", {}, Content_Type="text/plain")
    assert (unsaid.status, set(unsaid.json)) == (415, {"type", "title", "status", "detail", "instance"})


def test_fields_that_wise_does_not_know_are_ignored() -> None:
    """A body with fields of tomorrow is taken as if they were not there (1.2)."""
    desk = Desk()
    quote = desk.quote(desk.recipient(), targetAmount=100, mood="hopeful")
    assert quote["id"]
    assert "mood" not in quote


def test_notices_come_with_quotes_and_a_block_makes_no_transfer() -> None:
    """A notice stands on every quote to its currency; behind a BLOCKED one no transfer is made (4.3)."""
    desk = Desk()
    desk.people(act="announce", currency="EUR", type="BLOCKED", text="We cannot pay there")
    recipient = desk.recipient()
    quote = desk.quote(recipient)
    assert [notice["type"] for notice in quote["notices"]] == ["BLOCKED"]
    body = {"targetAccount": recipient, "quoteUuid": quote["id"], "customerTransactionId": desk.next_key()}
    assert desk.post("/transfers", body).status == 422


def test_the_payees_bank_may_know_another_name() -> None:
    """The check of account and name shows on the recipient and stops a transfer until a person accepts it (5.5)."""
    desk = Desk()
    recipient = desk.recipient()
    desk.people(act="hold_account", account=GERMAN_IBAN, name="Somebody Else GmbH")
    outcomes = desk.get(f"/accounts/{recipient}").json["confirmations"]["outcomes"]
    assert any(outcome["requiresCustomerAcceptance"] for outcome in outcomes)
    body = {"targetAccount": recipient, "quoteUuid": desk.quote(recipient)["id"], "customerTransactionId": ""}
    refused = desk.post("/transfers", {**body, "customerTransactionId": desk.next_key()})
    assert refused.codes == [("INVALID_RECIPIENT", "targetAccount")]
    desk.people(act="accept_payee", recipient=recipient)
    assert desk.post("/transfers", {**body, "customerTransactionId": desk.next_key()}).status == 200


def test_the_time_scale_shortens_wises_own_delays() -> None:
    """At a tenth of the time a funded transfer is sent within a second; fourteen days stay fourteen days."""
    desk = Desk(time_scale=0.1)
    transfer, waiting = desk.funded(), desk.transfer()["id"]
    desk.wait(1.2)
    assert desk.status(transfer) == "outgoing_payment_sent"
    desk.wait(13 * DAY)
    assert desk.status(waiting) == "incoming_payment_waiting"
