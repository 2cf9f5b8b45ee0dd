"""Each code that Wise is known to answer with, and what it means for us (wise-api.md 1.4 and 6.5)."""

from __future__ import annotations

from typing import Any

import pytest

from kinetic_wise.transport import AccessRefused, Refused, RemoteError, TokenRejected, Unclear
from kinetic_wise.wise import FundingStatus
from kinetic_wise.wise.account_rules import account_rule
from kinetic_wise.wise.errors import judge
from kinetic_wise.wise.funding import refused
from tests.unit.wise.scripted import Reply, client_of, errors
from tests.unit.wise.test_errors import FUND, QUOTE, READ_ALL, READ_ONE, RECIPIENT, WRITE, answer

CANNOT_ACCEPT = "We cannot currently accept payments to this recipient"
VANISHED = "Sorry, we couldn't find an account with that ID"
APPROVALS = "Quote cannot be accepted by the user: missing approval"


@pytest.mark.parametrize(
    ("call", "status", "code", "message", "kind"),
    [
        (QUOTE, 400, "CurrencyCode", "", Refused),
        (QUOTE, 400, "CurrencyDeprecated", "", Refused),
        (QUOTE, 422, "error.route.not.supported", "", Refused),
        (QUOTE, 400, "error.greaterThanZero", "", Refused),
        (QUOTE, 400, "error.quote.amount.onlySingle", "", Refused),
        (QUOTE, 422, "NOT_VALID", VANISHED, Refused),
        (RECIPIENT, 422, "NOT_VALID", "Please enter a valid IBAN", Refused),
        (RECIPIENT, 400, "MISSING", "", Refused),
        (RECIPIENT, 422, "TOO_SMALL", "", Refused),
        (RECIPIENT, 422, "UNEXPECTED", "", Refused),
        (READ_ONE, 404, "RECIPIENT_MISSING", "", Refused),
        (READ_ONE, 403, "forbidden.error", "Forbidden", Refused),
        (WRITE, 422, "INVALID_RECIPIENT", "", Refused),
        (WRITE, 422, "error.quote.not.found", "", Unclear),
        (WRITE, 422, "NOT_VALID", "Please enter a valid payment reference", Refused),
        (WRITE, 422, "ERROR", APPROVALS, Refused),
        (WRITE, 422, "ERROR", CANNOT_ACCEPT, Refused),
        (WRITE, 409, "transfer.cancellation.not.allowed", "", Unclear),
        (WRITE, 500, "internal.server.error", "", Unclear),
        (WRITE, 500, "system_error", "", Unclear),
        (WRITE, 422, "UNEXPECTED_ERROR", "", Unclear),
        (READ_ALL, 400, "NOT_VALID", "Inconsistent pagination", Refused),
    ],
)
def test_every_known_code_has_its_class(
    call: Any, status: int, code: str, message: str, kind: type[RemoteError]
) -> None:
    """A refusal is one only where the request provably had no effect; what speaks of state has to be looked at."""
    assert type(judge(call, answer(status, errors({"code": code, "message": message})))) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": "invalid_token"}, TokenRejected),
        (401, {"error": "missing_token"}, TokenRejected),
        (401, {"error": "unauthorized"}, TokenRejected),
        (403, {"timestamp": "x", "status": 403, "error": "Forbidden", "path": None}, AccessRefused),
    ],
)
def test_credentials_and_rights_stop_everything(status: int, body: Any, kind: type[RemoteError]) -> None:
    """An answer about token or rights is none about the payment."""
    assert type(judge(WRITE, answer(status, body))) is kind


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (422, "balance.insufficient-funds", FundingStatus.NO_MONEY),
        (422, "balance.payment-option-unavailable", FundingStatus.NO_MONEY),
        (422, "transfer.insufficient_funds", FundingStatus.NO_MONEY),
        (422, "balance.no-balance-for-currency", FundingStatus.REFUSED),
        (422, "balance.currency-unsupported", FundingStatus.REFUSED),
        (422, "balance.account-not-found", Unclear),
        (422, "balance.account-inactive", FundingStatus.REFUSED),
        (403, "balance.unauthorised.missing-security-role", FundingStatus.REFUSED),
        (422, "payment.option-unavailable", FundingStatus.REFUSED),
        (409, "payment.exists", Unclear),
        (422, "transfer.invalid-state", Unclear),
        (404, "transfer.not-found", Unclear),
        (403, "transfer.not-accessible-for-user", FundingStatus.REFUSED),
        (404, "payment.not-found", Unclear),
        (400, "invalid.request", FundingStatus.REFUSED),
        (500, "unexpected.error", Unclear),
        (422, "trustedprefundbulk.payment-option-unavailable", FundingStatus.REFUSED),
    ],
)
@pytest.mark.parametrize("as_text", [False, True], ids=["json", "text"])
def test_every_funding_code_has_its_class(status: int, code: str, meaning: Any, as_text: bool) -> None:
    """No money, refused, or unclear: the same whether Wise answers in JSON or in plain text."""
    body: Any = code if as_text else {"type": "BALANCE", "status": "REJECTED", "errorCode": code, "errorMessage": None}
    if as_text and status == 403:
        return  # plain text without JSON names no resource: that is about rights
    error = judge(FUND, answer(status, body))

    assert error is not None
    assert error.code == code
    if meaning is Unclear:
        assert type(error) is Unclear
    else:
        assert type(error) is Refused
        assert refused(error.code).status is meaning


def test_the_account_rule_is_known_by_its_text() -> None:
    """A Payment Approvals rule of the account is told apart from other refusals, with who can change it."""
    client, _ = client_of(Reply(errors({"code": "ERROR", "message": APPROVALS}), 422))

    with pytest.raises(Refused) as caught:
        client.create_transfer("k", 1, "q", "x")

    assert "administrator" in account_rule(caught.value)
    assert account_rule(Refused("Wise answered 422: INVALID_RECIPIENT")) == ""
