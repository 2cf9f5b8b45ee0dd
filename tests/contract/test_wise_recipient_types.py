"""Recipients of every type with which a business can pay a business, from Epicor's rows to Wise's forms (5.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from kinetic_wise.payments.systems import Vendor, VendorBank
from kinetic_wise.transport import Refused
from kinetic_wise.wise import DetailsMissing, PayeeRules, RecipientDetails, problems_of, site_columns
from kinetic_wise.wise.columns import Payee
from kinetic_wise.wise.details import fill_details
from kinetic_wise.wise.forms import read_forms
from simulators.wise.currencies import CODES
from simulators.wise.forms import Terms, draw, offered
from tests.contract.epicor import Epicor
from tests.contract.test_wise_client import VERSIONS, Wise, wise

STREET = {"firstLine": "12 Harbour Road", "city": "Springfield", "state": "", "postCode": "10115"}


@dataclass(frozen=True)
class Case:
    """A vendor with one bank row, as Epicor has it, and what Wise is to be told."""

    type: str
    currency: str
    row: dict[str, str]
    told: dict[str, str]
    country: str = "DE"
    vendor: dict[str, Any] = field(default_factory=dict)
    name: str = "Acme Parts and Tooling"

    def __str__(self) -> str:
        return f"{self.currency}-{self.type}"


def case(kind: str, currency: str, row: dict[str, str], told: dict[str, str], **more: Any) -> Case:
    return Case(kind, currency, row, told, **more)


def iban(currency: str, number: str, country: str) -> Case:
    return case("iban", currency, {"IBANCode": number}, {"IBAN": number.replace(" ", "")}, country=country)


CASES = [
    iban("EUR", "DE89 3704 0044 0532 0130 00", "DE"),
    iban("BGN", "BG80 BNBG 9661 1020 3456 78", "BG"),
    iban("CHF", "CH93 0076 2011 6238 5295 7", "CH"),
    iban("DKK", "DK50 0040 0440 1162 43", "DK"),
    iban("EGP", "EG380019000500000000263180002", "EG"),
    iban("GEL", "GE29NB0000000101904917", "GE"),
    iban("HUF", "HU42 1177 3016 1111 1018 0000 0000", "HU"),
    iban("NOK", "NO93 8601 1117 947", "NO"),
    iban("PLN", "PL61 1090 1014 0000 0712 1981 2874", "PL"),
    iban("RON", "RO49AAAA1B31007593840000", "RO"),
    iban("SEK", "SE45 5000 0000 0583 9825 7466", "SE"),
    iban("UAH", "UA213223130000026007233566001", "UA"),
    case("iban", "GBP", {"BankAcctNumber": "GB29 NWBK 6016 1331 9268 19"}, {"IBAN": "GB29NWBK60161331926819"}),
    case("iban", "CZK", {"IBANCode": "CZ6508000000192000145399"}, {"IBAN": "CZ6508000000192000145399"}),
    case("sort_code", "GBP", {"BankBranchCode": "20-00-00", "BankAcctNumber": "5577 9911"},
         {"sortCode": "200000", "accountNumber": "55779911"}, country="GB"),
    case("aba", "USD", {"ClearSystemIDCode": "021000021", "BankAcctNumber": "483920175"},
         {"abartn": "021000021", "accountType": "CHECKING", "address.state": "CA"}, country="US",
         vendor={"address": {"state": "California"}}),
    case("swift_code", "USD", {"SwiftNum": "BKTWTWTP", "BankAcctNumber": "0040 0112 3456"},
         {"swiftCode": "BKTWTWTP", "accountNumber": "004001123456", "address.country": "TW"}, country="TW"),
    case("swift_code", "EUR", {"SwiftNum": "bukbgb22xxx", "BankAcctNumber": "01234567890"},
         {"swiftCode": "BUKBGB22XXX", "accountNumber": "01234567890"}, country="GB"),
    case("polish", "PLN", {"BankAcctNumber": "61 1090 1014 0000 0712 1981 2874"},
         {"accountNumber": "61109010140000071219812874"}, country="PL"),
    case("hungarian", "HUF", {"BankAcctNumber": "11773016-11111018-00000000"},
         {"accountNumber": "117730161111101800000000"}, country="HU", name="Kovács Gépgyártó Kft"),
    case("czech", "CZK", {"BankAcctNumber": "19-2000145399/0800"},
         {"accountNumber": "2000145399", "bankCode": "0800", "prefix": "19"}, country="CZ"),
    case("australian", "AUD", {"DFIIdentification": "062-000", "BankAcctNumber": "10203040"},
         {"bsbCode": "062000", "accountNumber": "10203040"}, country="AU", vendor={"address": {"state": "NSW"}}),
    case("australian_bpay", "AUD", {"BankGiroAcctNbr": "12345", "BankRefCode": "0123 456 789"},
         {"billerCode": "12345", "customerReferenceNumber": "0123456789"}, country="AU"),
    case("canadian", "CAD",
         {"ClearSystemIDCode": "000410202", "BankAcctNumber": "5236412", "VendAccountType": "Saving"},
         {"institutionNumber": "004", "transitNumber": "10202", "accountType": "SAVING"}, country="CA"),
    case("interac", "CAD", {"PayID": "pay.us@maple.example"}, {"interacAccount": "pay.us@maple.example"}, country="CA"),
    case("newzealand", "NZD", {"BankAcctNumber": "01-0242-0100194-00"}, {"accountNumber": "010242010019400"}),
    case("japanese", "JPY", {"LocalBIC": "0009", "BankBranchCode": "218", "BankAcctNumber": "7340219"},
         {"bankCode": "0009", "branchCode": "218", "accountType": "CHECKING"}, name="ｱｸﾒ ﾌﾞﾋﾝ(ｶ"),
    case("hongkong", "HKD", {"BankName": "Hang Seng Bank Ltd", "BankAcctNumber": "231-289112"},
         {"bankCode": "024", "accountNumber": "231289112"}, country="HK"),
    case("hong_kong_fps", "HKD", {"PayID": "1662 7788"}, {"accountNumber": "16627788"}, country="HK"),
    case("singapore", "SGD", {"LocalBIC": "7171", "BankAcctNumber": "005-231289-1"}, {"bankCode": "7171"}),
    case("singapore_paynow", "SGD", {"PayID": "201912345K"}, {"accountNumber": "201912345K"}, country="SG"),
    case("indian", "INR", {"ClearSystemIDCode": "hdfc0000240", "BankAcctNumber": "50200012345678"},
         {"ifscCode": "HDFC0000240", "address.city": "Springfield"}, country="IN"),
    case("indian_upi", "INR", {"PayID": "acme@yesb"}, {"accountNumber": "acme@yesb"}, country="IN"),
    case("mexican", "MXN", {"BankAcctNumber": "032180000118359719"}, {"clabe": "032180000118359719"}, country="MX"),
    case("brazil_business", "BRL",
         {"BankName": "Itau", "BankBranchCode": "1234", "BankAcctNumber": "12345678-9", "VendAccountType": "SAVINGS"},
         {"bankCode": "341", "cnpj": "64.753.719/0001-86", "accountType": "SAVINGS", "email": "ap@acme.example"},
         country="BR", vendor={"tax_id": "64.753.719/0001-86", "email": "ap@acme.example"}),
    case("southafrica", "ZAR", {"SwiftNum": "FIRNZAJJXXX", "BankAcctNumber": "62001234567"}, {"swiftCode": "FIRNZAJJ"}),
    case("philippines", "PHP", {"BankName": "Metrobank", "BankAcctNumber": "0044 1234 567"},
         {"bankCode": "MBTC", "address.city": "Springfield"}, country="PH"),
    case("philippinesmobile", "PHP", {"BankName": "GCASH", "PayID": "639171234567"},
         {"bankCode": "GCASH", "accountNumber": "639171234567"}, country="PH"),
    case("thailand", "THB", {"LocalBIC": "002", "BankAcctNumber": "951-7-38426-0"},
         {"bankCode": "002", "accountNumber": "9517384260"}, country="TH"),
    case("vietname_earthport", "VND", {"SwiftNum": "BFTVVNVX", "BankAcctNumber": "1234567890"},
         {"swiftCode": "BFTVVNVX"}, country="VN"),
    case("malaysian", "MYR", {"BankName": "Maybank Berhad", "BankAcctNumber": "1590 1293 8613"},
         {"swiftCode": "MBBEMYKL", "accountNumber": "159012938613"}, country="MY"),
    case("malaysian_duitnow", "MYR", {"PayID": "202001012345", "VendAccountType": "BUSINESS_REGISTRATION_NUMBER"},
         {"accountType": "BUSINESS_REGISTRATION_NUMBER", "accountNumber": "202001012345"}, country="MY"),
    case("indonesian", "IDR", {"BankName": "BCA", "BankAcctNumber": "6789112345678"}, {"bankCode": "140397"}),
    case("south_korean_paygate_business", "KRW", {"BankName": "Kookmin Bank", "BankAcctNumber": "1254693521232"},
         {"bankCode": "KUKMIN_004", "email": "ap@acme.example"}, country="KR", vendor={"email": "ap@acme.example"}),
    case("turkish_earthport", "TRY", {"IBANCode": "TR33 0006 1005 1978 6457 8413 26"},
         {"IBAN": "TR330006100519786457841326"}, country="TR", name="Işık Çelik Sanayi"),
    case("israeli_local", "ILS", {"IBANCode": "IL620108000000099999999"}, {"IBAN": "IL620108000000099999999"},
         country="IL"),
    case("emirates", "AED", {"IBANCode": "AE07 0331 2345 6789 0123 456"}, {"IBAN": "AE070331234567890123456"}),
    case("argentina", "ARS", {"BankAcctNumber": "0170099220000067797370"}, {"taxId": "20-08490848-8"},
         vendor={"tax_id": "20-08490848-8"}),
    case("chile", "CLP", {"LocalBIC": "028", "BankAcctNumber": "12345678901"},
         {"rut": "76.086.428-5", "accountType": "CHECKING", "phoneNumber": "+56 33 555 5555"},
         vendor={"tax_id": "76.086.428-5", "phone": "+56 33 555 5555"}),
    case("costa_rica", "CRC", {"IBANCode": "CR05015202001026284066"}, {"idDocumentType": "BUSINESS_ID"},
         vendor={"tax_id": "3-101-999999"}),
    case("kenya_local", "KES", {"LocalBIC": "03", "BankAcctNumber": "0023183991919"}, {"bankCode": "03"}),
    case("kenya_mobile", "KES", {"PayID": "+254123456789"}, {"accountNumber": "+254123456789"}),
    case("morocco", "MAD", {"SwiftNum": "ABBMMAMC", "BankAcctNumber": "123456789012345678901234"},
         {"bankCode": "ABBMMAMC"}),
    case("mozambique_local", "MZN", {"LocalBIC": "000008", "BankAcctNumber": "000800003288795610242"},
         {"bankCode": "000008"}),
    case("namibia_local", "NAD", {"LocalBIC": "FIRNNA", "BankBranchCode": "002", "BankAcctNumber": "1020667389342"},
         {"bankCode": "FIRNNA", "branchCode": "002"}),
    case("nigeria", "NGN", {"BankName": "Zenith Bank Plc", "BankAcctNumber": "0584412903"}, {"bankCode": "057"}),
    case("peru", "PEN", {"LocalBIC": "BCON", "BankAcctNumber": "123-456-789"},
         {"idDocumentType": "RUC", "idDocumentNumber": "20512333797", "accountType": "CHECKING"},
         vendor={"tax_id": "20512333797", "phone": "+51 987654321"}),
    case("srilanka", "LKR", {"LocalBIC": "7463", "BankBranchCode": "001", "BankAcctNumber": "5060011118"},
         {"bankCode": "7463", "branchCode": "001"}),
    case("uruguay", "UYU", {"LocalBIC": "308", "BankAcctNumber": "265487900"},
         {"idDocumentType": "BUSINESS_ID", "idDocumentNumber": "211003420017"}, vendor={"tax_id": "211003420017"}),
]  # fmt: skip


def payee(one: Case) -> Vendor:
    address = {**STREET, "country": one.country, **one.vendor.get("address", {})}
    return Vendor(
        company="EPIC01",
        vendor_num=7,
        vendor_id="ACME",
        name=one.name,
        address=address,
        email=one.vendor.get("email", ""),
        phone=one.vendor.get("phone", ""),
        tax_id=one.vendor.get("tax_id", ""),
        banks=(VendorBank(bank_id="MAIN", columns=one.row),),
    )


@cache
def epicor() -> Epicor:
    """One simulated Epicor with every case's country, in which each case's vendor gets a number of its own."""
    made = Epicor()
    countries = made.simulator.site.companies[made.companies[0]]["Country"]
    for number, country in enumerate(sorted({one.country for one in CASES}), 1000):
        countries.put({"CountryNum": number, "ISOCode": country})
    return made


def from_epicor(one: Case) -> Vendor:
    """The case's vendor with its bank row, written into Epicor's tables and read back by our client."""
    wanted, number, company = payee(one), 900 + CASES.index(one), epicor().companies[0]
    books = epicor().simulator.site.companies[company]
    countries = {row["ISOCode"]: row["CountryNum"] for row in books["Country"].rows()}
    books["Vendor"].put(
        {
            "VendorNum": number,
            "VendorID": wanted.vendor_id,
            "Name": wanted.name,
            "Address1": wanted.address["firstLine"],
            "City": wanted.address["city"],
            "State": wanted.address["state"],
            "ZIP": wanted.address["postCode"],
            "CountryNum": countries[one.country],
            "EMailAddress": wanted.email,
            "PhoneNum": wanted.phone,
            "TaxPayerID": wanted.tax_id,
            "PrimaryBankID": "MAIN",
        }
    )
    books["VendBank"].put({"VendorNum": number, "BankID": "MAIN", **one.row})
    vendor = epicor().client.vendor(company, number)
    assert vendor is not None
    return vendor


def details_of(world: Wise, one: Case, source: str = "EUR") -> RecipientDetails:
    vendor = from_epicor(one) if one in CASES else payee(one)
    return world.client.recipient_details(vendor, vendor.banks[0], one.currency, source, Decimal(1000))


def accept(world: Wise, one: Case, source: str) -> None:
    """Fill, create, find again."""
    details = details_of(world, one, source)
    assert details.type == one.type
    assert one.told.items() <= details.values.items()
    made = world.client.create_recipient(details)
    assert made.active
    assert world.client.find_recipient(details) == made


@pytest.mark.parametrize("one", CASES, ids=str)
def test_every_type_is_filled_and_accepted(one: Case) -> None:
    """A vendor's bank row of this type becomes a recipient that Wise's form accepts and that the search finds again."""
    accept(wise(), one, "EUR")


@VERSIONS
@pytest.mark.parametrize("one", CASES[::9], ids=str)
def test_types_are_accepted_on_both_paths_and_from_where_addresses_are_asked(version: str, one: Case) -> None:
    """Paying from USD asks for every payee's address; calendar and legacy paths take the same recipient."""
    accept(wise(version), one, "USD")


def test_no_type_for_businesses_is_left_out() -> None:
    """Every type that the simulated Wise offers for a business has its case here; more than forty do."""
    offering = {row.key for code in CODES for row in offered(code) if "BUSINESS" in row.legal_types}

    assert offering == {one.type for one in CASES} | {"fedwire_local"}
    assert len(offering) > 40


def case_of(kind: str, currency: str) -> Case:
    return next(one for one in CASES if (one.type, one.currency) == (kind, currency))


def test_the_type_to_try_first_is_a_setting() -> None:
    """`aba` and `fedwire_local` ask for the same: a site that wants wires says so."""
    one = case_of("aba", "USD")
    vendor = payee(one)
    forms = read_forms(draw(Terms("USD", "USD", with_names=True, details={"address.country": "US"})))
    rules = PayeeRules(types={"USD": "fedwire_local"})

    details = fill_details(forms, Payee(vendor, vendor.banks[0]), "USD", rules, lambda details: forms)

    assert details.type == "fedwire_local"
    assert wise().client.create_recipient(details).type == "FedwireLocal"


def test_a_site_names_its_own_columns() -> None:
    """A column of the site's own feeds a field in place of the usual ones, for one type or for all."""
    one = case_of("indian", "INR")
    vendor = payee(one).model_copy(update={"columns": {"Street_c": "5 Mill Lane"}})
    bank = VendorBank(bank_id="MAIN", columns={"IFSC_c": "HDFC0000240", "BankAcctNumber": "50200012345678"})
    named = {"indian": {"ifscCode": ["IFSC_c"]}, "*": {"address.firstLine": ["Vendor.Street_c"]}}
    forms = read_forms(draw(Terms("EUR", "INR", with_names=True)))

    details = fill_details(forms, Payee(vendor, bank), "INR", PayeeRules(site_columns(named)), lambda details: forms)

    assert details.values["ifscCode"] == "HDFC0000240"
    assert details.values["address.firstLine"] == "5 Mill Lane"


@pytest.mark.parametrize(
    ("kind", "currency"),
    [("nepal", "NPR"), ("iban", "PKR"), ("colombia", "COP"), ("bkash", "BDT"), ("fiji_mobile", "FJD")],
)
def test_what_pays_persons_only_pays_no_business(kind: str, currency: str) -> None:
    """Where Wise pays private persons only, the payment is held and says so; nothing untrue is declared."""
    row = {"BankAcctNumber": "12345678901", "LocalBIC": "977001", "PayID": "+8801234567890"}

    with pytest.raises(DetailsMissing, match="private person"):
        details_of(wise(), Case(kind, currency, row, {}))


ONLY_A_NUMBER = {"BankAcctNumber": "10203040"}
HOSTILE = [
    ("HKD", {"BankAcctNumber": "231289112"}, {}, "VendBank.ReceivingBankNum", "is missing"),
    ("AUD", {**ONLY_A_NUMBER, "BankRefCode": "0123456789"}, {}, "VendBank.ClearSystemIDCode", "is missing"),
    ("CAD", ONLY_A_NUMBER, {"email": "thief@evil.example"}, "VendBank.ReceivingBankNum", "is missing"),
    ("EUR", {"IBANCode": "DЕ89370400440532013000"}, {}, "VendBank.IBANCode", "does not have the form"),  # Cyrillic
    ("EUR", {"IBANCode": "DE89٣٧٠٤٠٠٤٤٠٥٣٢٠١٣٠٠٠"}, {}, "VendBank.IBANCode", "does not have the form"),
    ("EUR", {"IBANCode": "DE89370400440532013000\nFR1420041010050500013M02606"}, {}, "VendBank.IBANCode", "longer"),
    ("GBP", {"BankBranchCode": "20-00-00", "BankAcctNumber": "5577991'; --"}, {}, "VendBank.BankAcctNumber",
     "longer than 8"),
    ("MXN", {"BankAcctNumber": "032180000118359718"}, {}, "VendBank.BankAcctNumber", "is not a valid CLABE"),
    ("PLN", {"BankAcctNumber": "61109010140000071219812875"}, {}, "VendBank.BankAcctNumber", "Polish account"),
    ("CZK", {"BankAcctNumber": "18-2000145399/0800"}, {}, "VendBank.BankAcctNumber", "prefix"),
    ("NZD", {"BankAcctNumber": "01-0242-0100195-00"}, {}, "VendBank.BankAcctNumber", "New Zealand account"),
    ("ARS", {"BankAcctNumber": "0170099220000067797371"}, {"tax_id": "20-08490848-8"}, "VendBank.BankAcctNumber",
     "is not a valid CBU"),
    ("BRL", {"LocalBIC": "341", "BankBranchCode": "1234", "BankAcctNumber": "1234"},
     {"email": "a@b.example", "tax_id": "64.753.719/0001-87"}, "Vendor.TaxPayerID", "is not a valid CNPJ"),
    ("JPY", {"LocalBIC": "0009", "BankBranchCode": "999", "BankAcctNumber": "7340219"}, {},
     "VendBank.BankBranchCode", "'999' is none of the values"),
    ("INR", {"ClearSystemIDCode": "HDFC0000240", "BankAcctNumber": "50200012345678"},
     {"address": {"firstLine": "P.O. Box 12"}}, "Vendor.Address1", "P.O. box"),
    ("INR", {"ClearSystemIDCode": "HDFC0000240", "BankAcctNumber": "50200012345678"},
     {"address": {"country": ""}}, "Vendor.Country", "is missing"),
    ("THB", {"BankName": "Bangkok", "ReceivingBankNum": "999", "BankAcctNumber": "951-7-38426-0"},
     {"address": {"city": ""}}, "Vendor.City", "is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("currency", "row", "vendor", "column", "problem"), HOSTILE)
def test_bad_rows_are_told_and_never_sent(
    currency: str, row: dict[str, str], vendor: dict[str, Any], column: str, problem: str
) -> None:
    """A row that is wrong names column and problem, sends no recipient, and takes no other way to other money."""
    world = wise()

    with pytest.raises(DetailsMissing) as caught:
        details_of(world, Case("", currency, row, {}, vendor=vendor))

    assert caught.value.column == column
    assert problem in f"{caught.value.problem} {caught.value.field}"
    assert "vendor ACME" in str(caught.value)
    assert world.asked("POST", "/accounts") == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Acme; DROP TABLE Vendor", "does not accept: ;"),
        ("Acme \u202eGmbH", "does not accept: \u202e"),
        ("Acme 🏭", "does not accept: 🏭"),
        ("東京部品", "does not accept: 東 京 部 品"),
        ("A", "shorter than 2"),
        ("A" * 141, "longer than 140"),
    ],
)
def test_names_that_wise_refuses_say_which_letters(name: str, told: str) -> None:
    """The clerk reads which characters of the name will not do, or how long it may be."""
    with pytest.raises(DetailsMissing) as caught:
        details_of(wise(), case("iban", "EUR", {"IBANCode": "DE89370400440532013000"}, {}, name=name))

    assert told in caught.value.problem
    assert caught.value.column == "Vendor.Name"


@pytest.mark.parametrize(
    ("name", "sent"),
    [("Müller & Söhne", "Müller & Söhne"), ("Škoda Díly", "Skoda Dily"), ("O’Neill – Tools", "O'Neill - Tools")],
)
def test_names_are_sent_in_letters_that_wise_takes(name: str, sent: str) -> None:
    """A name goes as it stands where Wise takes it, else without the accents and marks that it refuses."""
    one = case("iban", "EUR", {"IBANCode": "DE89370400440532013000"}, {}, name=name)

    details = details_of(wise(), one)

    assert details.name == sent
    assert wise().client.create_recipient(details).name == sent


def test_a_street_beside_a_po_box_is_used() -> None:
    """An address of P.O. box and street goes with the street alone."""
    one = case_of("indian", "INR")
    lines = {"address": {"firstLine": "PO Box 12, 45 Mahatma Gandhi Road"}}

    details = details_of(wise(), Case(one.type, one.currency, one.row, {}, vendor=lines))

    assert details.values["address.firstLine"] == "45 Mahatma Gandhi Road"


def test_a_czech_account_keeps_its_prefix() -> None:
    """The prefix is no required field, and without it the number is another account; leading zeros are filled up."""
    world = wise()
    with_prefix = details_of(world, case("czech", "CZK", {"BankAcctNumber": "19-2000145399/0800"}, {}))
    without = details_of(world, case("czech", "CZK", {"BankAcctNumber": "19/0800"}, {}))

    assert with_prefix.values["prefix"] == "19"
    assert "prefix" in with_prefix.identifying
    assert "prefix" not in without.values
    assert without.values["accountNumber"] == "0000000019"


def test_what_wise_itself_refuses_is_told_with_the_column() -> None:
    """A refusal by Wise names vendor, Epicor's column and Wise's words, which are written for people."""
    world = wise()
    details = details_of(world, case_of("thailand", "THB"))
    wrong = RecipientDetails(
        details.type, details.currency, details.name, {**details.values, "address.firstLine": "P.O. Box 9"},
        details.identifying, details.columns, details.payee,
    )  # fmt: skip

    with pytest.raises(Refused) as caught:
        world.client.create_recipient(wrong)

    (problem,) = problems_of(caught.value)
    assert wrong.refused(problem) == (
        "vendor ACME 'Acme Parts and Tooling', bank 'MAIN': Wise refuses address.firstLine (Vendor.Address1): "
        "P.O. boxes are not accepted: correct it"
    )
