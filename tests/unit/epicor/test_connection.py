"""Headers, renewal, error bodies and what is kept of an exchange (sections 1.3, 2, 4)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import pytest
import simplejson

from kinetic_wise.epicor import BasicAuth, EpicorClient, EpicorOptions
from kinetic_wise.epicor.masking import mask, mask_text
from kinetic_wise.payments.systems import InvoiceKey
from kinetic_wise.transport import AccessRefused, NotArrived, Refused, RemoteError, Unclear
from tests.unit.epicor.fake import FakeEpicor, Said, business_error
from tests.unit.epicor.rows import COMPANY, ROW_ID

KEY = InvoiceKey(company=COMPANY, vendor_num=214, invoice_num="7/24 A", sys_row_id=ROW_ID)


@dataclass
class Renewable:
    """A token that can be renewed, as many times as there are tokens."""

    tokens: list[str]
    user: str = "kwise"
    renewed: int = field(default=0)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[self.renewed]}"}

    def renew(self) -> bool:
        self.renewed += 1
        return self.renewed < len(self.tokens)


@pytest.fixture
def epicor() -> FakeEpicor:
    """An Epicor with one invoice."""
    return FakeEpicor()


def test_each_call_shows_key_and_user(epicor: FakeEpicor) -> None:
    """The key goes in its header, never into the address; the user as UTF-8 Basic."""
    epicor.client().invoice(KEY)

    headers = epicor.requests[0].headers
    assert headers["X-API-Key"] == "key-1"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"kwise:s3cret"
    assert headers["Accept"] == "application/json"
    assert "key-1" not in str(epicor.requests[0].url)


def test_methods_say_that_they_send_json(epicor: FakeEpicor) -> None:
    """A method without Content-Type fails obscurely at Epicor."""
    epicor.client().check_rights(COMPANY)

    assert epicor.requests[0].headers["Content-Type"] == "application/json"


def test_licence_and_call_settings_go_along(epicor: FakeEpicor) -> None:
    """A site may have us claim a licence type of our own and set a plant or language."""
    options = EpicorOptions(license_id="00000003-9439", call_settings={"Language": "enu"})

    EpicorClient(epicor.transport(), options=options).invoice(KEY)

    assert simplejson.loads(epicor.requests[0].headers["License"]) == {"ClaimedLicense": "00000003-9439"}
    assert simplejson.loads(epicor.requests[0].headers["CallSettings"]) == {"Language": "enu"}


def test_wrong_password_is_tried_once(epicor: FakeEpicor) -> None:
    """Basic credentials cannot be renewed: a second try only risks a lock-out (pitfall 40)."""
    epicor.faults["APInvoices"] = [Said(401, text="")]

    with pytest.raises(AccessRefused):
        epicor.client().invoice(KEY)

    assert len(epicor.calls) == 1


def test_token_is_renewed_once(epicor: FakeEpicor) -> None:
    """After a 401 the token is renewed and the call sent again."""
    epicor.faults["APInvoices"] = [Said(401, text="")]
    auth = Renewable(["old", "new"])

    found = EpicorClient(epicor.transport(auth), options=EpicorOptions()).invoice(KEY)

    assert found is not None
    assert epicor.requests[1].headers["Authorization"] == "Bearer new"


def test_second_401_stops(epicor: FakeEpicor) -> None:
    """Some servers say 401 where rights are missing: one renewal, then a person (2.3)."""
    epicor.faults["APInvoices"] = [Said(401, text=""), Said(401, text="")]
    auth = Renewable(["old", "new", "newer"])

    with pytest.raises(AccessRefused):
        EpicorClient(epicor.transport(auth), options=EpicorOptions()).invoice(KEY)

    assert (len(epicor.calls), auth.renewed) == (2, 1)


@pytest.mark.parametrize(
    ("said", "kind", "code", "text"),
    [
        (
            business_error("No rights", "Epicor.UnauthorizedAccessException", 403),
            AccessRefused,
            "UnauthorizedAccessException",
            "No rights",
        ),
        (
            business_error("No such row", "Ice.RecordNotFoundException", 404),
            Refused,
            "RecordNotFoundException",
            "No such",
        ),
        (business_error("Exists", "Ice.DuplicateRecordException", 409), Unclear, "DuplicateRecordException", "Exists"),
        (Said(408, text=""), Unclear, "", "408"),
        (Said(500, text="sorry"), Unclear, "", "sorry"),
        (Said(302, text=""), Unclear, "", "302"),
        (Said(410, {"ErrorMessage": "gone", "ErrorType": "InvalidSessionException"}), NotArrived, "session", "gone"),
        (Said(429, {}, headers={"Retry-After": "7"}), NotArrived, "throttled", "429"),
        (business_error("Maximum users for licence exceeded", "Ice.Other"), NotArrived, "licence", "Maximum"),
        (Said(400, {"error": {"code": "", "message": "bad literal"}}), Refused, "ODataException", "bad literal"),
        (Said(400, {"error": {"message": {"lang": "en", "value": "v3"}}}), Refused, "ODataException", "v3"),
        (
            Said(400, text="<E xmlns='x'><ErrorMessage>A &amp; B</ErrorMessage><ErrorType>I.X</ErrorType></E>"),
            Refused,
            "X",
            "A & B",
        ),
        (Said(400, text="<html>proxy</html>"), Unclear, "", "proxy"),
        (Said(200, text="<html>login</html>"), Unclear, "", "JSON"),
        (Said(200, data=[]), Unclear, "", "JSON"),
        (
            Said(
                200, {"returnObj": {"BOUpdError": [{"ErrorText": "Bad row"}]}, "parameters": {"errorsOccurred": True}}
            ),
            Refused,
            "errorsOccurred",
            "Bad row",
        ),
    ],
)
def test_answers_to_a_write_are_judged(
    epicor: FakeEpicor, said: Said, kind: type[RemoteError], code: str, text: str
) -> None:
    """Each shape of 4.1 and each line of 4.2 becomes the retry class that money needs; the text is kept."""
    epicor.faults["DoIt"] = [said] * 3
    service = epicor.client()._service

    with pytest.raises(kind, match=text) as caught:
        service.change(COMPANY, "Erp.BO.AnySvc/DoIt", {})

    assert caught.value.code == code
    assert len(epicor.calls) == (3 if kind is NotArrived and code != "licence" else 1)


def test_details_add_what_the_message_leaves_out(epicor: FakeEpicor) -> None:
    """Several rules may speak at once: each text is told once."""
    data = {
        "ErrorMessage": "First.",
        "ErrorType": "Ice.BLException",
        "ErrorDetails": [{"Message": "First."}, {"Message": "Second."}, None],
    }
    epicor.faults["APInvoices"] = [Said(400, data)]

    with pytest.raises(Refused, match=r"APInvoiceSvc/APInvoices: First\.; Second\."):
        epicor.client().invoice(KEY)


def test_exchange_keeps_no_full_account(epicor: FakeEpicor) -> None:
    """What is recorded of a vendor read shows of each account its last four characters only (rule 17)."""
    epicor.tables["VendBanks"][0]["BankAcctNumber"] = "0532013000"

    epicor.client().vendor(COMPANY, 214)

    kept = "".join(exchange.request + exchange.response + exchange.url for exchange in epicor.exchanges)
    assert "DE89370400440532013000" not in kept
    assert "0532013000" not in kept
    assert "***3000" in kept
    assert "Nordwind GmbH" in kept


@pytest.mark.parametrize(
    "column",
    [
        "BankAcctNumber",
        "IBANCode",
        "VendorBankAcctNumber",
        "VendorBankIBANCode",
        "VendBankBankAcctNumber",
        "CorrespAccount",
        "BankGiroAcctNbr",
        "PayID",
        "CHQRIBAN",
    ],
)
def test_account_columns_are_masked_by_name(column: str) -> None:
    """Every column that holds an account number is masked, also in an answer that broke off."""
    whole = simplejson.dumps({"ds": {"CheckHed": [{column: "12 3456-7890"}]}})

    assert simplejson.loads(mask(whole)) == {"ds": {"CheckHed": [{column: "***7890"}]}}
    assert "3456" not in mask(whole[:-9])


def test_what_is_needed_to_understand_stays() -> None:
    """Ids, amounts, dates, check numbers and references are no secrets; amounts stay exact."""
    text = (
        '{"SysRowID": "0a1b2c3d-0000-4000-8000-000000000001", "BankAcctID": "WISE", "CheckNum": 70005012, '
        '"DocTranAmt": 1200.10, "CheckDate": "2026-11-23T00:00:00", "XRefCheckNum": "LEDGER01-1"}'
    )

    assert mask(text) == text


def test_secrets_are_hidden_whole() -> None:
    """Of a password or token nothing is shown."""
    body = simplejson.dumps(dict.fromkeys(("password", "AccessToken", "api_key"), "abcdefghij"))

    assert set(simplejson.loads(mask(body)).values()) == {"***"}
    assert mask("") == ""


def test_texts_are_masked_by_looks() -> None:
    """Messages that quote an account show its end only; a correlation id and a date stay whole."""
    text = "Account 12345678 of DE89 3704 0044 0532 0130 00, see 0a1b2c3d-0000-4000-8000-000000000001 of 2026-11-23"

    assert mask_text(text) == ("Account ***5678 of ***3000, see 0a1b2c3d-0000-4000-8000-000000000001 of 2026-11-23")


def test_error_texts_hold_no_account(epicor: FakeEpicor) -> None:
    """An error's own text goes into holds and logs: it is masked too."""
    epicor.faults["APInvoices"] = [business_error("IBAN DE89370400440532013000 is wrong")]

    with pytest.raises(Refused) as caught:
        epicor.client().invoice(KEY)

    assert "***3000" in str(caught.value)
    assert "DE8937" not in str(caught.value)


def test_credentials_do_not_print() -> None:
    """Neither password nor key stands in what a debugger or log would print."""
    assert "s3cret" not in repr(BasicAuth("kwise", "s3cret"))
    assert "key-1" not in repr(FakeEpicor().transport())
