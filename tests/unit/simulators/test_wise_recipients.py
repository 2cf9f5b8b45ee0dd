"""Recipients and forms of the simulated Wise."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.sample_day import make_day
from simulators.wise import checks, currencies, forms
from simulators.wise.recipient_types import FULL_ADDRESS
from tests.unit.simulators.wise_desk import GERMAN_IBAN, LYON, Desk

ADDRESS = {"country": "DE", "city": "Ulm", "firstLine": "Lange Gasse 2", "postCode": "89073"}
COMPANY = {"legalType": "BUSINESS"}


def body(currency: str, kind: str, name: str = "Acme Parts Ltd", **details: Any) -> dict[str, Any]:
    return {"currency": currency, "type": kind, "accountHolderName": name, "details": {**COMPANY, **details}}


GOOD = [
    body("GBP", "sort_code", sortCode="20-00-00", accountNumber="55779911"),
    body("EUR", "iban", IBAN="DE89 3704 0044 0532 0130 00", BIC="COBADEFFXXX"),
    body("USD", "aba", abartn="021000021", accountNumber="12345678", accountType="CHECKING", address=ADDRESS),
    body("USD", "fedwire_local", abartn="021000021", accountNumber="1234", accountType="SAVINGS", address=ADDRESS),
    body("USD", "swift_code", swiftCode="BKTWTWTP", accountNumber="004001123456", address=ADDRESS),
    body("EUR", "swift_code", swiftCode="BUKBGB22", accountNumber="01234567890"),
    body("AUD", "australian", bsbCode="062-000", accountNumber="10203040"),
    body(
        "CAD", "canadian", institutionNumber="004", transitNumber="10202", accountNumber="5236412", accountType="SAVING"
    ),
    body("INR", "indian", ifscCode="HDFC0000240", accountNumber="50200012345678", address=ADDRESS),
    body("JPY", "japanese", "ｱｸﾒ", bankCode="0009", branchCode="218", accountType="CURRENT", accountNumber="7340219"),
    body("NZD", "newzealand", accountNumber="01-0001-0123456-00"),
    body("SGD", "singapore", bankCode="7171", accountNumber="0052312891"),
    body("HKD", "hongkong", bankCode="004", accountNumber="231289112"),
    body("MXN", "mexican", clabe="032180000118359719"),
    body("PLN", "polish", accountNumber="12345678901234567890123456"),
    body("ZAR", "southafrica", swiftCode="ABSAZAJJ", accountNumber="00052312891"),
    {"currency": "EUR", "type": "email", "accountHolderName": "Jo Doe", "details": {"email": "jo@example.com"}},
]

BAD = [
    (body("EUR", "iban", IBAN="DE12345678901234567890"), ("NOT_VALID", "IBAN")),
    (body("EUR", "iban", IBAN="DE8937040044053201300"), ("NOT_VALID", "IBAN")),
    (body("EUR", "iban"), ("MISSING", "IBAN")),
    (body("EUR", "iban", iban=GERMAN_IBAN), ("MISSING", "IBAN")),
    (body("USD", "aba", abartn="020123456", accountNumber="12345678", accountType="CHECKING", address=ADDRESS),
     ("NOT_VALID", "abartn")),
    (body("USD", "aba", abartn="021000021", accountNumber="12345678", accountType="CHECKING"),
     ("MISSING", "address.firstLine")),
    (body("USD", "aba", abartn="021000021", accountNumber="1234", accountType="CHECKING",
          address={**ADDRESS, "country": "US"}), ("MISSING", "address.state")),
    (body("INR", "indian", ifscCode="HDFC0000240", accountNumber="50200012345678",
          address={**ADDRESS, "firstLine": "P.O. Box 12"}), ("NOT_VALID", "address.firstLine")),
    (body("CAD", "canadian", institutionNumber="004", transitNumber="10202", accountNumber="5236412",
          accountType="SAVINGS"), ("NOT_VALID", "accountType")),
    (body("CAD", "canadian", institutionNumber="0041", transitNumber="10202", accountNumber="5236412",
          accountType="SAVING"), ("TOO_BIG", "institutionNumber")),
    (body("GBP", "sort_code", sortCode="20-00-00", accountNumber="5577991a"), ("NOT_VALID", "accountNumber")),
    (body("JPY", "japanese", "ｱｸﾒ", bankCode="0009", branchCode="999", accountType="CURRENT", accountNumber="7340219"),
     ("NOT_VALID", "branchCode")),
    (body("MXN", "mexican", clabe="032180000118359718"), ("NOT_VALID", "clabe")),
    (body("EUR", "iban", "Müller; Söhne", IBAN=GERMAN_IBAN), ("NOT_VALID", "accountHolderName")),
    (body("EUR", "iban", legalType="PRIVATE", name="Cher", IBAN=GERMAN_IBAN), ("NOT_VALID", "accountHolderName")),
    (body("PKR", "iban", IBAN=GERMAN_IBAN), ("NOT_VALID", "legalType")),
    (body("EUR", "sort_code", sortCode="200000", accountNumber="55779911"), ("NOT_VALID", "type")),
]  # fmt: skip


@pytest.mark.parametrize("sent", GOOD, ids=lambda sent: f"{sent['currency']}-{sent['type']}")
def test_valid_details_are_accepted(sent: dict[str, Any]) -> None:
    """A recipient of each type is created from good data and shown with a PascalCase type."""
    desk = Desk()
    reply = desk.post("/accounts", {"profile": desk.profile, **sent})
    assert reply.status == 200
    assert reply.json["type"] == "".join(part.capitalize() for part in sent["type"].split("_"))
    assert reply.json["profileId"] == desk.profile


@pytest.mark.parametrize(("sent", "problem"), BAD)
def test_bad_details_are_named_by_path(sent: dict[str, Any], problem: tuple[str, str]) -> None:
    """What is wrong is named by code and path: 400 on calendar paths, 422 on legacy ones."""
    desk = Desk()
    reply = desk.post("/accounts", sent)
    assert reply.status == 400
    assert problem in reply.codes
    assert desk.post("/accounts", sent, version="/v1").status == 422


def test_hashes_tell_what_changed() -> None:
    """The hash covers the e-mail, the loose hash only the bank coordinates, whatever blanks were typed."""
    desk = Desk()
    plain = desk.post("/accounts", LYON).json
    spaced = desk.post("/accounts", {**LYON, "details": {**COMPANY, "IBAN": "DE89 3704 0044 0532 0130 00"}}).json
    mailed = desk.post("/accounts", {**LYON, "email": "ap@example.com"}).json
    assert plain["hash"] == spaced["hash"] != mailed["hash"]
    assert plain["details"]["hashedByLooseHashAlgorithm"] == mailed["details"]["hashedByLooseHashAlgorithm"]
    assert "email" not in plain
    assert mailed["email"] == "ap@example.com"


def test_legacy_create_answers_the_old_object() -> None:
    """The v1 object keeps snake_case and shows the IBAN under both spellings."""
    reply = Desk().post("/accounts", LYON, version="/v1").json
    assert reply["type"] == "iban"
    assert reply["details"]["IBAN"] == reply["details"]["iban"] == GERMAN_IBAN
    assert reply["business"] is None  # no profile was named, so it is the personal one's


def test_lists_page_by_seek_position() -> None:
    """A list has at most 20 entries, goes on after a seek position, and ends without a next one."""
    desk = Desk()
    created = [desk.recipient() for _ in range(23)]
    first = desk.get(f"/accounts?profileId={desk.profile}&size=50").json
    rest = desk.get(f"/accounts?profileId={desk.profile}&seekPosition={first['seekPositionForNext']}").json
    assert [one["id"] for one in first["content"] + rest["content"]] == created
    assert (first["size"], rest["size"]) == (20, 3)
    assert "seekPositionForCurrent" not in first
    assert "seekPositionForNext" not in rest
    assert desk.get("/accounts").json["content"] == []  # the personal profile


def test_deactivation_is_final() -> None:
    """A deleted recipient stays readable but inactive; deleting it again is a 403, and no quote takes it."""
    desk = Desk()
    recipient = desk.recipient()
    assert desk.call("DELETE", f"/accounts/{recipient}").json["active"] is False
    assert desk.call("DELETE", f"/accounts/{recipient}").status == 403
    assert desk.get(f"/accounts/{recipient}").json["active"] is False
    quote = {"sourceCurrency": "EUR", "targetCurrency": "EUR", "targetAmount": 1, "targetAccount": recipient}
    refused = desk.post(f"/profiles/{desk.profile}/quotes", quote)
    assert "couldn't find an account with that ID" in refused.json["errors"][0]["message"]
    assert refused.json["errors"][0]["arguments"] == [str(recipient)]


def test_unknown_recipient_is_missing() -> None:
    """A recipient that is not ours is RECIPIENT_MISSING."""
    assert Desk().get("/accounts/1").codes == [("RECIPIENT_MISSING", "id")]


def field(form: list[dict[str, Any]], kind: str, key: str) -> dict[str, Any]:
    row = next(row for row in form if row["type"] == kind)
    return next(item for fields in row["fields"] for item in fields["group"] if item["key"] == key)


def keys(form: list[dict[str, Any]], kind: str) -> list[str]:
    row = next(row for row in form if row["type"] == kind)
    return [item["key"] for fields in row["fields"] for item in fields["group"]]


def test_form_depends_on_the_minor_version() -> None:
    """Name and e-mail are asked only with Accept-Minor-Version 1; asynchronous checks only on legacy paths."""
    desk = Desk()
    quote = desk.quote(target="GBP", source="EUR")
    path = f"/quotes/{quote['id']}/account-requirements"
    assert keys(desk.get(path).json, "sort_code") == ["legalType", "sortCode", "accountNumber"]
    form = desk.get(path, Accept_Minor_Version="1").json
    assert keys(form, "sort_code")[:3] == ["legalType", "accountHolderName", "email"]
    assert field(form, "sort_code", "sortCode")["validationAsync"] is None
    old = desk.get(path, version="/v1").json
    assert field(old, "sort_code", "sortCode")["validationAsync"]["url"].endswith("/sort-code")


def test_refresh_opens_dependent_fields() -> None:
    """Branches appear once a bank is chosen, a state once the country has states."""
    desk = Desk()
    path = "/account-requirements?source=EUR&target={}&sourceAmount=100"
    before = desk.get(path.format("JPY")).json
    chosen = {"type": "japanese", "details": {"bankCode": "0009"}}
    after = desk.post(path.format("JPY"), chosen).json
    assert field(before, "japanese", "branchCode")["valuesAllowed"] is None
    assert {"key": "218", "name": "Shinjuku"} in field(after, "japanese", "branchCode")["valuesAllowed"]
    american = desk.post(path.format("USD"), {"type": "aba", "details": {"address": {"country": "US"}}}).json
    assert "address.state" in keys(american, "aba")
    assert "address.state" not in keys(desk.get(path.format("USD")).json, "aba")


def test_email_type_is_offered_last() -> None:
    """The types come in Wise's order of preference, e-mail at the end."""
    form = Desk().get("/account-requirements?source=GBP&target=EUR&sourceAmount=100").json
    assert [row["type"] for row in form] == ["iban", "swift_code", "email"]


def test_form_and_check_agree() -> None:
    """What a form requires of a type is what creating a recipient misses when nothing is filled in."""
    desk = Desk()
    for currency in ("GBP", "USD", "INR", "JPY", "CAD", "CZK", "ZAR"):
        form = desk.get(f"/account-requirements?source=GBP&target={currency}", Accept_Minor_Version="1").json
        for row in (row for row in form if row["type"] != "email"):
            asked = {item["key"] for fields in row["fields"] for item in fields["group"] if item["required"]}
            refused = desk.post("/accounts", {"currency": currency, "type": row["type"], "details": {}})
            assert {path for _, path in refused.codes} == asked, row["type"]


def test_sender_in_dollars_needs_addresses() -> None:
    """When dollars are sent abroad the form asks an address of types that otherwise have none."""
    assert forms.sender_needs_address("USD", "EUR")
    assert not forms.sender_needs_address("USD", "USD")
    form = Desk().get("/account-requirements?source=USD&target=EUR").json
    assert {f"address.{part}" for part in FULL_ADDRESS} <= set(keys(form, "iban"))


@pytest.mark.parametrize("line", ["P.O. Box 7", "po box 12", "Postfach 100", "Post Office Box 3"])
def test_post_boxes_are_recognised(line: str) -> None:
    """A post box is no street, in its usual spellings."""
    assert checks.is_po_box(line)
    assert not checks.is_po_box("12 Postal Lane")


def test_sample_day_has_true_numbers() -> None:
    """The IBANs and routing numbers of the sample day have the check digits that the forms ask for."""
    for vendor in make_day().vendors:
        for bank in vendor.banks:
            assert not bank.iban or checks.is_iban(bank.iban), bank
            assert vendor.country != "US" or checks.is_routing_number(bank.local_bic), bank


def test_sixty_types_have_forms() -> None:
    """All 60 recorded types are offered, and every currency with a type has one beside e-mail."""
    types = {row.key for currency in currencies.CODES for row in forms.offered(currency)}
    assert len(types) == 60
    assert all(len(forms.offered(currency)) >= 2 for currency in currencies.CODES)


def example(item: dict[str, Any], chosen: dict[str, str]) -> str:
    if item["valuesAllowed"]:
        return str(item["valuesAllowed"][0]["key"])
    return GOOD_VALUES.get(item["key"], "") or item["example"] or chosen.get(item["key"], "Ulm")


GOOD_VALUES = {
    "abartn": "021000021",
    "email": "ap@example.com",
    "dateOfBirth": "1980-01-01",
    "phoneNumber": "+491701234567",
    "interacAccount": "ap@example.com",
    "businessNumber": "123456789",
}
SPECIAL = {
    ("morocco", "accountNumber"): "1" * 24,
    ("newzealand", "accountNumber"): "01-0001-0123456-00",
    ("chinese_alipay", "accountNumber"): "jo@example.com",
    ("hong_kong_fps", "accountNumber"): "123456",
    ("bkash", "accountNumber"): "8801234567890",
    ("costa_rica", "IBAN"): "CR05015202001026284066",
    ("iban", "IBAN"): GERMAN_IBAN,
}


def fill(desk: Desk, path: str, kind: str, business: str) -> dict[str, Any]:
    """Fill a form as a client does: required fields, asked again after each field that refreshes."""
    filled: dict[str, str] = {"legalType": business} if kind != "email" else {}
    for _ in range(3):
        form = desk.post(path, {"type": kind, "details": filled}, Accept_Minor_Version="1").json
        row = next(row for row in form if row["type"] == kind)
        for item in (item for fields in row["fields"] for item in fields["group"] if item["required"]):
            russian = {"familyName": "Иванов", "givenName": "Иван", "patronymicName": "Иванович"}
            is_closed = item["type"] in ("select", "radio") and item["valuesAllowed"] is None
            if item["key"] not in filled and item["key"] != "accountHolderName" and not is_closed:
                filled[item["key"]] = SPECIAL.get((kind, item["key"]), "") or example(item, russian)
    return filled


@pytest.mark.parametrize("currency", currencies.CODES)
def test_filled_forms_are_accepted(currency: str) -> None:
    """For each type of each currency a form filled by what it says, refreshed as it asks, makes a recipient."""
    desk = Desk()
    path = f"/account-requirements?source=GBP&target={currency}&sourceAmount=100"
    for row in forms.offered(currency):
        legal_type = "BUSINESS" if "BUSINESS" in row.legal_types else "PRIVATE"
        name = {"japanese": "ｱｸﾒ", "russiarapida": "Иван Иванов"}.get(row.key, "Jo Sample")
        filled = fill(desk, path, row.key, legal_type)
        nested: dict[str, Any] = {key: value for key, value in filled.items() if not key.startswith("address.")}
        nested["address"] = {key[8:]: value for key, value in filled.items() if key.startswith("address.")}
        body = {"currency": currency, "type": row.key, "accountHolderName": name, "details": nested}
        reply = desk.post("/accounts", body)
        assert reply.status == 200, (row.key, reply.json)
