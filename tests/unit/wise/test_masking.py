"""No secret, name or account number leaves in an exchange."""

from __future__ import annotations

import simplejson
from hypothesis import given
from hypothesis import strategies as st

from kinetic_wise.payments.account_numbers import last_four
from kinetic_wise.wise.masking import mask, mask_text

RECIPIENT = {
    "id": 700615291,
    "name": {"fullName": "Max Mustermann", "givenName": None},
    "currency": "EUR",
    "type": "Iban",
    "active": True,
    "email": "max@example.com",
    "details": {"iban": "DE75512108001245126199", "bic": "COBADEFFXXX", "hashedByLooseHashAlgorithm": "a078da65"},
    "accountSummary": "DE75 5121 0800 1245 1261 99",
    "longAccountSummary": "EUR account ending in 6199",
    "displayFields": [{"key": "details/iban", "label": "IBAN", "value": "DE75 5121 0800 1245 1261 99"}],
    "hash": "dde6303665df4d85",
}


def test_a_recipient_keeps_what_tells_it_apart_and_nothing_more() -> None:
    """Of a nested answer stay ids, currency, type, bank and the last four characters of the account."""
    masked = simplejson.loads(mask(simplejson.dumps({"content": [RECIPIENT]})))["content"][0]

    assert masked["id"] == 700615291
    assert masked["name"]["fullName"] == "***"
    assert masked["email"] == "***"
    assert masked["details"]["iban"] == "***6199"
    assert masked["details"]["bic"] == "COBADEFFXXX"
    assert masked["accountSummary"] == masked["displayFields"][0]["value"] == "***6199"
    assert masked["hash"] == "dde6303665df4d85"


def test_details_of_a_type_nobody_foresaw_are_masked() -> None:
    """Inside a recipient's details everything is an account identifier unless it is known to be none."""
    address = {"firstLine": "1 High Street", "country": "GB"}
    details = {"legalType": "BUSINESS", "newField": "998877665544", "address": address}
    body = {"accountHolderName": "A B", "details": details}

    masked = simplejson.loads(mask(simplejson.dumps(body)))

    assert masked["accountHolderName"] == "***"
    assert masked["details"]["legalType"] == "BUSINESS"
    assert masked["details"]["newField"] == "***5544"
    assert "High" not in simplejson.dumps(masked)
    assert masked["details"]["address"]["country"] == "GB"


def test_a_transfer_stays_readable() -> None:
    """Ids, amounts, key, status, reference and rate of a transfer are evidence and stay exactly."""
    text = '{"id": 2147719999, "status": "processing", "rate": 1.20512, "sourceValue": 996.10, "created": "2026-01-05 11:31:08", "customerTransactionId": "3b8f6f8e-5c43-4b5e-9d9c-8f7f0b6f2a11", "details": {"reference": "INV 20260042"}}'  # noqa: E501

    assert simplejson.loads(mask(text), use_decimal=True) == simplejson.loads(text, use_decimal=True)
    assert "996.10" in mask(text)


def test_tokens_never_stay() -> None:
    """Neither a token's answer nor the form that asks for it keeps a secret, not even its end."""
    answer = mask('{"access_token": "abcdefgh12345678", "refresh_token": "zzzzyyyyxxxx", "expires_in": 43199}')
    form = mask("grant_type=refresh_token&refresh_token=zzzz%2Fyyyyxxxx&client_secret=s3cr3t")

    assert "5678" not in answer
    assert "xxxx" not in answer
    assert "43199" in answer
    assert "xxxx" not in form
    assert "s3cr3t" not in form
    assert "grant_type=" in form


def test_a_body_that_broke_off_is_masked_too() -> None:
    """Half an answer is no JSON, but its names and numbers are as personal."""
    whole = simplejson.dumps({"content": [RECIPIENT]})

    for end in range(len(whole)):
        masked = mask(whole[:end])
        assert "Muster" not in masked
        assert "51210800" not in masked
        assert "5121 0800" not in masked


def test_plain_text_and_html_are_masked() -> None:
    """Text that is no JSON keeps its words and ids, but no IBAN and no long number."""
    assert mask("transfer.invalid-state") == "transfer.invalid-state"
    told = mask_text(
        "quote 7d1c2a52-0b0e-4a55-9a39-3f0c6a1f9d10 for GB29NWBK60161331926819 on 2026-01-05 to 55 77 99 11"
    )
    assert told == "quote 7d1c2a52-0b0e-4a55-9a39-3f0c6a1f9d10 for ***6819 on 2026-01-05 to ***9911"


def test_messages_inside_json_are_masked() -> None:
    """An error that repeats our input repeats no account number."""
    body = '{"errors": [{"code": "NOT_VALID", "message": "12345678 is wrong", "arguments": ["12345678", null]}]}'

    assert "12345678" not in mask(body)
    assert "NOT_VALID" in mask(body)


def test_short_identifiers_are_hidden_whole() -> None:
    """Four of seven digits would tell too much."""
    assert last_four("1234567") == "***"
    assert last_four("12-34-5678") == "***5678"


@given(
    st.text(alphabet="0123456789", min_size=8, max_size=34), st.sampled_from(["accountNumber", "iban", "clabe", "IBAN"])
)
def test_no_account_number_survives(number: str, key: str) -> None:
    """However it is wrapped, a full account number is not in what is kept."""
    for body in (
        simplejson.dumps({"details": {key: number}}),
        simplejson.dumps([{"a": {"b": {key: int(number)}}}]),
        simplejson.dumps({"details": {key: number}})[:-3],
        f"{key}={number}&type=x",
        f"the number {number} is wrong",
    ):
        assert number not in mask(body)
