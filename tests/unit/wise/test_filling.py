"""Recipient details: Wise's forms filled from Epicor's columns, without guessing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from kinetic_wise.payments.systems import Vendor, VendorBank
from kinetic_wise.wise import DetailsMissing, RecipientDetails
from kinetic_wise.wise.columns import ANY, DEFAULT_COLUMNS, Payee, PayeeRules, Source, Table
from kinetic_wise.wise.details import fill_details
from kinetic_wise.wise.forms import Form, read_forms

ADDRESS = {"country": "US", "city": "Oakland", "firstLine": "1200 Harbor Boulevard", "postCode": "94607", "state": "CA"}
NAME_PATTERN = r"""^[0-9A-Za-zÀ-ÖØ-öø-ÿ-_()'*,.%#^@&{}~<>+$"\[\]\\ ]+$"""


def field(key: str, pattern: str | None = None, *, choices: Any = "", refreshes: bool = False, **more: Any) -> Any:
    allowed = [{"key": k, "name": n} for k, n in choices.items()] if isinstance(choices, dict) else choices or None
    return {
        "key": key,
        "name": f"Label of {key}",
        "type": "text" if choices == "" else "select",
        "refreshRequirementsOnChange": refreshes,
        "required": True,
        "validationRegexp": pattern,
        "valuesAllowed": allowed,
        **more,
    }


LEGAL = field("legalType", choices={"PRIVATE": "Person", "BUSINESS": "Business"}, refreshes=True)
NAME = field("accountHolderName", NAME_PATTERN, minLength=2, maxLength=140)
EMAIL = field("email", required=False)
WHERE = [
    field("address.country", choices={"US": "United States", "DE": "Germany"}, refreshes=True),
    field("address.city", "^.{1,255}$"),
    field("address.firstLine", "^.{1,255}$"),
    field("address.postCode", "^.{1,32}$"),
]
TYPE = field("accountType", choices={"CHECKING": "Checking", "SAVINGS": "Savings"})

IBAN = ("iban", [LEGAL, NAME, EMAIL, field("IBAN", "^[a-zA-Z]{2}[a-zA-Z0-9 ]{12,40}$"), field("BIC", required=False)])
SORT_CODE = (
    "sort_code",
    [LEGAL, NAME, field("sortCode", r"^\d{2}-?\d{2}-?\d{2}$"), field("accountNumber", "[0-9]{8}")],
)
ABA = ("aba", [LEGAL, NAME, field("abartn", r"^\d{9}$"), field("accountNumber", r"^\d{4,17}$"), TYPE, *WHERE])
BIC_PATTERN = "^[a-zA-Z]{6}(([a-zA-Z0-9]{2})|([a-zA-Z0-9]{5}))$"
SWIFT = ("swift_code", [LEGAL, NAME, field("swiftCode", BIC_PATTERN), field("accountNumber", r"^[a-zA-Z0-9\s]{4,34}$")])
MAIL_ONLY = ("email", [NAME, field("email")])


def forms(*types: tuple[str, list[Any]]) -> list[Form]:
    """Forms as Wise answers them; two fields of a type share a group, as `czech` does."""
    return read_forms(
        [{"type": key, "title": key, "fields": [{"name": key, "group": fields}]} for key, fields in types]
    )


def payee(**columns: str) -> Payee:
    return payee_at(ADDRESS, **columns)


def payee_at(address: Mapping[str, str], **columns: str) -> Payee:
    columns = {"NameOnAccount": "Pacific Tooling Inc", **columns}
    bank = VendorBank(bank_id="MAIN", columns=columns)
    vendor = Vendor(
        company="EPIC01",
        vendor_num=105,
        vendor_id="PACTOOL",
        name="Pacific Tooling",
        legal_name="Pacific Tooling Incorporated",
        address=dict(address),
        banks=(bank,),
    )
    return Payee(vendor, bank)


def fill(offered: list[Form], who: Payee, table: Table = DEFAULT_COLUMNS, currency: str = "USD") -> RecipientDetails:
    """Fill without a form that changes."""
    return fill_details(offered, who, currency, PayeeRules(table), lambda details: offered)


def test_an_iban_is_found_in_either_column() -> None:
    """Sites keep IBANs in IBANCode or in BankAcctNumber, with or without spaces."""
    for columns in ({"IBANCode": "DE89 3704 0044 0532 0130 00"}, {"BankAcctNumber": "de89370400440532013000"}):
        details = fill(forms(IBAN), payee(**columns), currency="EUR")

        assert details.values == {"legalType": "BUSINESS", "IBAN": "DE89370400440532013000"}
        assert details.identifying == {"IBAN"}


def test_the_body_nests_dotted_keys_and_lifts_the_name() -> None:
    """A recipient is sent as Wise wants it: name on top, addresses nested, the profile named."""
    body = fill(forms(ABA), payee(ClearSystemIDCode="021000021", BankAcctNumber="483920175")).body(30000001)

    assert body == {
        "currency": "USD",
        "type": "aba",
        "profile": 30000001,
        "accountHolderName": "Pacific Tooling Inc",
        "ownedByCustomer": False,
        "details": {
            "legalType": "BUSINESS",
            "abartn": "021000021",
            "accountNumber": "483920175",
            "accountType": "CHECKING",
            "address": {
                "country": "US",
                "city": "Oakland",
                "firstLine": "1200 Harbor Boulevard",
                "postCode": "94607",
            },
        },
    }


def test_the_first_type_that_the_bank_row_can_fill_is_taken() -> None:
    """Wise's order decides among the types whose account the row names; e-mail is never one of them."""
    offered = forms(MAIL_ONLY, ABA, SWIFT, SORT_CODE)

    assert fill(offered, payee(LocalBIC="021000021", BankAcctNumber="483920175", SwiftNum="CHASUS33")).type == "aba"
    assert fill(offered, payee(BankAcctNumber="004001123456", SwiftNum="BKTWTWTP")).type == "swift_code"
    assert fill(offered, payee(BankAcctNumber="55779911", BankBranchCode="20-00-00")).values["sortCode"] == "200000"


def test_a_missing_address_does_not_lead_to_another_type() -> None:
    """What the clerk can add is asked for; the payment does not silently go another way."""
    who = payee_at({"country": "US"}, LocalBIC="021000021", BankAcctNumber="483920175", SwiftNum="CHASUS33")

    with pytest.raises(DetailsMissing) as caught:
        fill(forms(ABA, SWIFT), who)

    assert caught.value.column == "Vendor.City"
    assert str(caught.value) == (
        "vendor PACTOOL 'Pacific Tooling', bank 'MAIN': Label of address.city is missing (Vendor.City): fill it in"
    )


def test_the_nearest_type_explains_what_is_missing() -> None:
    """When no type fits, the one that came closest says what to fix, with the account number masked."""
    with pytest.raises(DetailsMissing) as caught:
        fill(forms(IBAN, SORT_CODE), payee(BankBranchCode="20-00-00", BankAcctNumber="5577 9911 22"))

    assert caught.value.column == "VendBank.BankAcctNumber"
    assert "***1122" in str(caught.value)
    assert "5577" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "column", "problem"),
    [
        ({}, "VendBank.IBANCode", "is missing"),
        ({"IBANCode": "DE89370400440532013001"}, "VendBank.IBANCode", "is not a valid IBAN"),
        ({"BankAcctNumber": "532013000"}, "VendBank.BankAcctNumber", "does not have the form"),
    ],
)
def test_a_bad_iban_is_named_with_its_column(columns: dict[str, str], column: str, problem: str) -> None:
    """Check digits are checked before Wise is asked, and the clerk is told where to look."""
    with pytest.raises(DetailsMissing) as caught:
        fill(forms(IBAN), payee(**columns))

    assert caught.value.column == column
    assert problem in caught.value.problem


def test_a_mistyped_iban_takes_no_other_way() -> None:
    """An IBAN with wrong check digits stops the payment, although SWIFT's form would accept any letters and digits."""
    for columns in ({"IBANCode": "DE89370400440532013001"}, {"BankAcctNumber": "DE89 3704 0044 0532 0130 01"}):
        with pytest.raises(DetailsMissing, match=r"\*\*\*3001' is not a valid IBAN"):
            fill(forms(IBAN, SWIFT), payee(**columns, SwiftNum="COBADEFFXXX"), currency="EUR")


def test_where_money_goes_comes_from_the_bank_row_alone() -> None:
    """No column of the vendor identifies an account, whatever the table says: only bank rows are approved (rule 14)."""
    interac = ("interac", [field("interacAccount", ".+@.+")])
    table = {ANY: {"interacAccount": (Source("Vendor.EMailAddress"), Source("PayID"))}}
    who = payee(PayID="pay@maple.example")
    vendor = who.vendor.model_copy(update={"email": "thief@example.org"})

    assert fill(forms(interac), Payee(vendor, who.bank), table).values == {"interacAccount": "pay@maple.example"}
    with pytest.raises(DetailsMissing):
        fill(forms(interac), Payee(vendor, payee().bank), table)


def test_between_two_different_values_nothing_is_guessed() -> None:
    """Two routing numbers that both check out are a person's business."""
    who = payee(ClearSystemIDCode="021000021", DFIIdentification="026009593", BankAcctNumber="483920175")

    with pytest.raises(DetailsMissing) as caught:
        fill(forms(ABA), who)

    assert caught.value.column == "VendBank.ClearSystemIDCode and VendBank.DFIIdentification"


def test_what_does_not_check_out_is_no_rival() -> None:
    """A number without the ABA check digit, or the same number twice, leaves one value."""
    who = payee(
        ClearSystemIDCode="123456789", DFIIdentification="026009593", LocalBIC="0260-0959-3", BankAcctNumber="4839"
    )

    assert fill(forms(ABA), who).values["abartn"] == "026009593"


def test_an_iban_and_its_own_account_number_agree() -> None:
    """A row with the IBAN and the national number inside it names one account, another number names two."""
    row = {"SwiftNum": "COBADEFFXXX", "IBANCode": "DE89370400440532013000"}

    assert fill(forms(SWIFT), payee(**row, BankAcctNumber="0532013000")).values["accountNumber"] == row["IBANCode"]
    with pytest.raises(DetailsMissing):
        fill(forms(SWIFT), payee(**row, BankAcctNumber="0532013999"))


def test_a_payee_has_one_name() -> None:
    """The name on the account counts, fitting or not; without it the legal name, then the trading name."""
    iban = {"IBANCode": "DE89370400440532013000"}

    assert fill(forms(IBAN), payee(**iban)).name == "Pacific Tooling Inc"
    assert fill(forms(IBAN), payee(**iban, NameOnAccount="")).name == "Pacific Tooling Incorporated"
    with pytest.raises(DetailsMissing) as caught:
        fill(forms(IBAN), payee(**iban, NameOnAccount="東京 Tooling"))
    assert caught.value.column == "VendBank.NameOnAccount"


def test_savings_only_when_the_row_says_so() -> None:
    """The account type is checking unless Epicor says savings; where checking is called current, current."""
    current = field("accountType", choices={"CURRENT": "Current", "SAVING": "Saving"})
    other = ("x", [field("accountNumber", r"\d{5}"), current])
    row = {"BankAcctNumber": "12345"}

    assert fill(forms(other), payee(**row)).values["accountType"] == "CURRENT"
    assert fill(forms(other), payee(**row, VendAccountType="Savings account")).values["accountType"] == "SAVING"
    assert fill(forms(other), payee(**row, VendAccountType="current")).values["accountType"] == "CURRENT"


def test_a_bank_is_chosen_by_code_or_else_by_name() -> None:
    """A select takes the option whose key is in Epicor, else the one bank of that name, never one of several."""
    banks = {"0005": "MUFG Bank", "0009": "Sumitomo Mitsui Banking Corporation", "0010": "Resona Bank", "9": "Bank"}
    japan = ("japanese", [field("bankCode", choices=banks), field("accountNumber", r"^\d{2,7}$")])

    def bank_code(**columns: str) -> str:
        return fill(forms(japan), payee(BankAcctNumber="7340219", **columns)).values["bankCode"]

    assert bank_code(LocalBIC="0009", BankName="MUFG Bank") == "0009"
    assert bank_code(BankName="mufg bank") == "0005"
    assert bank_code(BankName="Sumitomo-Mitsui Banking Corp.") == "0009"
    assert bank_code(BankName="Sumitomo Mitsui") == "0009"
    for unknown in ("", "Mizuho", "Bank of", "Bank", "Mitsui"):
        with pytest.raises(DetailsMissing):
            bank_code(BankName=unknown)


def test_a_bic_select_ignores_the_branch_of_the_bic() -> None:
    """`ABSAZAJJXXX` in Epicor is the option `ABSAZAJJ`."""
    form = ("southafrica", [field("swiftCode", choices={"ABSAZAJJ": "Absa", "FIRNZAJJ": "FNB"})])

    assert fill(forms(form), payee(SwiftNum="ABSAZAJJXXX")).values["swiftCode"] == "ABSAZAJJ"


def test_one_column_can_hold_two_fields() -> None:
    """A Canadian routing number in either of its spellings gives institution and transit."""
    canada = ("canadian", [field("institutionNumber", r"\d{3}"), field("transitNumber", r"\d{5}")])

    for columns in (
        {"ClearSystemIDCode": "000410202"},
        {"BankBranchCode": "10202-004"},
        {"LocalBIC": "004", "BankBranchCode": "10202"},
    ):
        assert fill(forms(canada), payee(**columns)).values == {"institutionNumber": "004", "transitNumber": "10202"}


def test_a_po_box_is_refused_before_wise_refuses_it() -> None:
    """Wise pays to no P.O. box: the clerk is told."""
    who = payee_at({**ADDRESS, "firstLine": "P.O. Box 17"}, LocalBIC="021000021", BankAcctNumber="483920175")

    with pytest.raises(DetailsMissing, match=r"P\.O\. box"):
        fill(forms(ABA), who)


def test_private_types_are_passed_over() -> None:
    """A type for private persons only is no way to pay a business."""
    private = ("brazil", [field("legalType", choices={"PRIVATE": "Person"}), field("accountNumber", r"\d+")])

    assert fill(forms(private, SWIFT), payee(SwiftNum="BKTWTWTP", BankAcctNumber="12345")).type == "swift_code"
    with pytest.raises(DetailsMissing, match="private person"):
        fill(forms(private), payee(BankAcctNumber="12345"))
    with pytest.raises(DetailsMissing, match="not offered by Wise"):
        fill(forms(MAIL_ONLY), payee())


def test_a_field_that_no_column_feeds_is_named() -> None:
    """What Wise asks and the table does not know leads to the settings, not to a guess; a site's table helps."""
    form = ("x", [field("mysteryCode", r"\d{4}")])

    with pytest.raises(DetailsMissing, match="mysteryCode"):
        fill(forms(form), payee())
    table = {ANY: {"mysteryCode": (Source("BankRefCode"),)}}
    assert fill(forms(form), payee(BankRefCode="1234"), table).values == {"mysteryCode": "1234"}


def test_the_form_is_asked_again_while_its_own_fields_change() -> None:
    """Country brings the state, bank brings its branches: filled in turn, each change asked once."""
    bank = field("bankCode", choices={"0009": "SMBC"}, refreshes=True)
    branch_later, branch = field("branchCode", choices=None), field("branchCode", choices={"218": "Shinjuku"})
    country = field("address.country", choices={"US": "United States"}, refreshes=True)
    state = field("address.state", choices={"CA": "California"})
    asked: list[dict[str, str]] = []

    def refresh(details: RecipientDetails) -> list[Form]:
        asked.append(dict(details.values))
        return forms(("japanese", [bank, branch, country, state]))

    who = payee(LocalBIC="0009", BankBranchCode="218")
    details = fill_details(forms(("japanese", [bank, branch_later, country])), who, "JPY", PayeeRules(), refresh)

    assert details.values == {"bankCode": "0009", "branchCode": "218", "address.country": "US", "address.state": "CA"}
    assert asked == [{"bankCode": "0009", "address.country": "US"}]


def test_a_type_that_vanishes_on_refresh_is_told() -> None:
    """A type that Wise withdraws while the form is filled leads to a hold, not to a crash."""
    with pytest.raises(DetailsMissing, match="not offered"):
        fill_details(forms(IBAN), payee(IBANCode="DE89370400440532013000"), "EUR", PayeeRules(), lambda details: [])


def test_details_do_not_show_the_account_when_printed() -> None:
    """Printed or logged, details show type and currency and nothing of the account."""
    printed = repr(fill(forms(IBAN), payee(IBANCode="DE89370400440532013000")))

    assert "iban" in printed
    assert "3000" not in printed
    assert "Pacific" not in printed


def test_a_pattern_that_python_cannot_read_is_left_to_wise() -> None:
    """An unknown regular expression stops no payment; lengths still count."""
    (form,) = forms(("x", [field("taxId", r"^\p{L}+$", minLength=3, maxLength=5)]))

    assert form.fields[0].problem("abcd") == ""
    assert "shorter" in form.fields[0].problem("ab")
    assert "longer" in form.fields[0].problem("abcdef")
