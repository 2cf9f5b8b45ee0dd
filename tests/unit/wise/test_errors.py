"""What an answer of Wise means for the request: the retry classes that keep money safe."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from kinetic_wise.transport import (
    AccessRefused,
    Answer,
    Call,
    Effect,
    Exchange,
    NotArrived,
    Refused,
    RemoteError,
    TokenRejected,
    Unclear,
)
from kinetic_wise.wise.errors import ApprovalNeeded, judge, problems, speaks_of_state
from tests.unit.wise.scripted import errors

WRITE = Call("POST", "/2026Q3/transfers", Effect.WRITE)
FUND = Call("POST", "/2026Q3/profiles/1/transfers/2/payments", Effect.WRITE)
QUOTE = Call("POST", "/2026Q3/profiles/1/quotes", Effect.READ)
RECIPIENT = Call("POST", "/2026Q3/accounts", Effect.WRITE)
READ_ONE = Call("GET", "/2026Q3/transfers/2147719999", Effect.READ)
READ_ALL = Call("GET", "/2026Q3/profiles/1/balances", Effect.READ)
DELETE = Call("DELETE", "/2026Q3/profiles/1/subscriptions/x", Effect.WRITE)


def answer(status: int, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    text = body if isinstance(body, str) else simplejson.dumps(body)
    try:
        data = simplejson.loads(text, use_decimal=True)
    except ValueError:
        data = None
    exchange = Exchange("wise", "POST", "http://wise.test", datetime(2026, 11, 21, tzinfo=UTC), 0.1, status, "", text)
    return Answer(status, headers or {}, text, data, exchange)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"error": "invalid_token", "error_description": "expired"}, "invalid_token", "expired"),
        (errors({"code": "NOT_VALID", "message": "Bad code", "path": "sortCode"}), "NOT_VALID", "(sortCode): Bad code"),
        (errors({"code": "NOT_VALID", "message": "Bad", "field": "IBAN"}), "NOT_VALID", "(IBAN)"),
        (
            {"timestamp": None, "status": "400", "error": "Bad Request", "message": "No", "path": None},
            "Bad Request",
            "No",
        ),
        ({"type": "BALANCE", "status": "REJECTED", "errorCode": "invalid.request"}, "invalid.request", ""),
        (
            {"type": "about:blank", "title": "Unsupported Media Type", "status": 415, "detail": "no json"},
            "Unsupported",
            "no",
        ),
        ("invalid.request", "invalid.request", ""),
        ("You may not do this", "", "You may not do this"),
    ],
)
def test_all_error_families_are_read(body: Any, code: str, words: str) -> None:
    """Whichever of the five families an answer is of, or plain text, its code and its words are found."""
    error = judge(QUOTE, answer(400, body))

    assert isinstance(error, Refused)
    assert error.code.startswith(code)
    assert words in str(error)


def test_every_element_is_told_and_the_first_gives_the_code() -> None:
    """A clerk sees all that is wrong, not only the first element."""
    body = errors(
        {"code": "NOT_VALID", "message": "Too long", "path": "accountHolderName", "arguments": None},
        {"code": "MISSING", "message": "Needed", "path": "address.city"},
        "something else",
    )

    error = judge(RECIPIENT, answer(422, body))

    assert isinstance(error, Refused)
    assert error.code == "NOT_VALID"
    assert "NOT_VALID (accountHolderName): Too long; MISSING (address.city): Needed; something else" in str(error)


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 302])
def test_a_write_without_a_clear_end_is_unclear(status: int) -> None:
    """Time-outs, conflicts, server errors and redirects of a write prove nothing, whatever their body says."""
    error = judge(WRITE, answer(status, errors({"code": "NOT_VALID", "message": "bad"})))

    assert type(error) is Unclear


@pytest.mark.parametrize(
    "code",
    [
        "error.quote.not.found",
        "payment.exists",
        "transfer.invalid-state",
        "transfer.not-found",
        "already_used",
        "QUOTE_ALREADY_USED",
        "quoteNotFound",
        "validation.failure.group.incompatible.state",
        "wrong_status",
        "unexpected.error",
        "UNEXPECTED_ERROR",
        "duplicate.request",
    ],
)
def test_codes_of_state_are_unclear(code: str) -> None:
    """A code that speaks of existing, used, state or not-found may mean that an earlier try worked (rule 4)."""
    assert speaks_of_state(code)
    assert type(judge(WRITE, answer(422, errors({"code": code, "message": ""})))) is Unclear
    assert type(judge(FUND, answer(422, {"status": "REJECTED", "errorCode": code}))) is Unclear
    assert type(judge(FUND, answer(422, code))) is Unclear


@pytest.mark.parametrize(
    "code", ["NOT_VALID", "MISSING", "INVALID_RECIPIENT", "UNEXPECTED", "balance.insufficient-funds"]
)
def test_codes_of_refusal_are_refusals(code: str) -> None:
    """A reason that is about the request itself is a final answer."""
    assert type(judge(WRITE, answer(422, errors({"code": code, "message": "no"})))) is Refused


def test_words_of_state_are_unclear_for_transfers_and_not_for_recipients() -> None:
    """A transfer said to exist already may be ours; a recipient's "state" or "not found" is only about a field."""
    body = errors({"code": "ERROR", "message": "This customerTransactionId was already used"})
    assert type(judge(WRITE, answer(422, body))) is Unclear

    field = errors({"code": "NOT_VALID", "message": "Bank not found", "path": "swiftCode"})
    assert type(judge(RECIPIENT, answer(422, field))) is Refused


@pytest.mark.parametrize("body", ["", "<html>Bad Request</html>", "{}", "[]"])
def test_a_4xx_without_a_reason_is_unclear_for_a_write(body: str) -> None:
    """Only a refusal with a reason is final: an edge's bare 400 is none."""
    assert type(judge(WRITE, answer(400, body))) is Unclear
    assert type(judge(READ_ONE, answer(400, body))) is Refused


def test_reads_are_refused_where_writes_are_unclear() -> None:
    """Quotes and forms move nothing, so a not-found there is a plain refusal."""
    assert type(judge(QUOTE, answer(422, errors({"code": "error.quote.not.found", "message": ""})))) is Refused


def test_too_many_requests_did_not_arrive_and_say_when_to_come_back() -> None:
    """A 429 is sent again after Retry-After."""
    error = judge(WRITE, answer(429, "", {"Retry-After": "7"}))

    assert isinstance(error, NotArrived)
    assert error.retry_after == 7.0
    unreadable = judge(WRITE, answer(429, "", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}))
    assert isinstance(unreadable, NotArrived)
    assert unreadable.retry_after is None


def test_strong_authentication_is_not_a_refusal() -> None:
    """A 403 with a one-time token waits for a person; a 403 about one resource is a refusal; others concern rights."""
    forbidden = {"error": "forbidden"}
    assert type(judge(FUND, answer(403, forbidden, {"x-2fa-approval-result": "REJECTED"}))) is ApprovalNeeded
    assert type(judge(FUND, answer(403, forbidden, {"x-2fa-approval": "0b9c"}))) is ApprovalNeeded
    assert type(judge(READ_ONE, answer(403, errors({"code": "forbidden.error", "message": "Forbidden"})))) is Refused
    assert type(judge(FUND, answer(403, {"errorCode": "balance.unauthorised.missing-security-role"}))) is Refused
    for call in (WRITE, FUND, READ_ALL, QUOTE):
        assert type(judge(call, answer(403, {"status": 403, "error": "Forbidden"}))) is AccessRefused


def test_a_refused_token_is_told_apart() -> None:
    """A 401 leads to one renewal and is no answer to the request."""
    assert type(judge(WRITE, answer(401, {"error": "invalid_token"}))) is TokenRejected


def test_success_needs_a_readable_body() -> None:
    """A 2xx without JSON is broken, except where a deletion has nothing to say."""
    assert judge(WRITE, answer(201, {"id": 1})) is None
    assert type(judge(WRITE, answer(200, '{"id": 21477'))) is Unclear
    assert type(judge(WRITE, answer(200, ""))) is Unclear
    assert judge(DELETE, answer(204, "")) is None


def test_errors_inside_a_2xx_are_errors() -> None:
    """A 200 with an errors body is no success: unclear for a write, refused for a read."""
    body = errors({"code": "NOT_VALID", "message": "wrong"})
    assert type(judge(WRITE, answer(200, body))) is Unclear
    assert type(judge(QUOTE, answer(200, body))) is Refused


def test_a_rejected_funding_in_a_2xx_is_left_to_the_funding() -> None:
    """REJECTED may come with 201: its status decides, not the judge."""
    assert judge(FUND, answer(201, {"status": "REJECTED", "errorCode": "balance.insufficient-funds"})) is None


def test_an_error_shows_no_account_number() -> None:
    """What Wise repeats of our input is masked in the error's text, which goes to logs and holds."""
    body = errors(
        {"code": "NOT_VALID", "message": "DE89 3704 0044 0532 0130 00 and 55779911 are wrong", "path": "IBAN"}
    )

    told = str(judge(RECIPIENT, answer(422, body)))

    assert "0532" not in told
    assert "55779911" not in told
    assert "***3000" in told


@given(st.integers(300, 599), st.text(max_size=60), st.sampled_from([WRITE, FUND, READ_ONE, QUOTE, DELETE]))
def test_no_answer_but_a_success_passes(status: int, text: str, call: Call) -> None:
    """Whatever comes with another status than 2xx is an error, and judging it never fails."""
    assert isinstance(judge(call, answer(status, text)), RemoteError)


_KEYS = st.sampled_from(["errors", "error", "code", "message", "path", "errorCode", "title"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner),
    max_leaves=8,
)


@given(_JSON)
def test_any_json_can_be_asked_for_problems(data: Any) -> None:
    """Bodies of no known family are read without failing."""
    assert all(isinstance(str(problem), str) for problem in problems(answer(400, data)))
