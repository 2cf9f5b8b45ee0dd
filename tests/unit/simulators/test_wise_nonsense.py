"""What no client should send must not bring the simulated Wise down."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.simulators.wise_desk import GERMAN_IBAN, Desk

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(["EUR", "JPY", "iban", "²", "1e999", "NaN", "", "x" * 300, GERMAN_IBAN, "BALANCE", "STANDARD"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(
        st.sampled_from(["IBAN", "legalType", "address", "url", "version", "reference"]), st.text(max_size=5)
    ),
)
KEYS = (
    "sourceCurrency targetCurrency sourceAmount targetAmount targetAccount payOut currency type profile details "
    "accountHolderName email quoteUuid customerTransactionId balanceId name trigger_on delivery profileId amount "
    "paymentMetadata failure_reason_code"
).split()
PATHS = (
    "/profiles/30000002/quotes",
    "/accounts",
    "/transfers",
    "/transfer-requirements",
    "/account-requirements?source=EUR&target=JPY",
    "/profiles/30000002/transfers/{transfer}/payments",
    "/profiles/30000002/subscriptions",
    "/profiles/30000002/balances",
    "/simulation/balance/topup",
    "/simulation/transfers/{transfer}/payout-failure",
)
DESK = Desk()
TRANSFER = DESK.transfer()["id"]
GOOD: dict[str, Any] = {"sourceCurrency": "EUR", "targetCurrency": "EUR", "currency": "EUR", "type": "iban"}


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(PATHS), body=st.dictionaries(st.sampled_from(KEYS), VALUES), helped=st.booleans())
def test_nonsense_is_refused_not_crashed(path: str, body: dict[str, Any], *, helped: bool) -> None:
    """Whatever JSON object is posted anywhere, the answer is a success or a refusal, never a failure inside."""
    sent = {**GOOD, **body} if helped else body
    reply = DESK.post(path.format(transfer=TRANSFER), sent, X_idempotence_uuid="a")
    assert reply.status < 500
