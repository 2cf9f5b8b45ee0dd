"""The recipient types of wise-api.md section 5.4, as rows; the order within a currency is Wise's preference."""

from __future__ import annotations

from dataclasses import replace

from simulators.wise import banks, checks
from simulators.wise.recipient_types import FULL_ADDRESS, Choices, Field, RecipientType

_SAVINGS: Choices = (("CHECKING", "Checking"), ("SAVINGS", "Savings"))
_BIC = Field("BIC", "Bank code (BIC / SWIFT)", 8, 11, r"^[A-Za-z]{6}[A-Za-z\d]{2}([A-Za-z\d]{3})?$", required=False)
_US_FIELDS = (
    Field(
        "abartn", "Routing number", 9, 9, r"^\d{9}$", "020123456", check=checks.is_routing_number, validator="abartn"
    ),
    Field("accountNumber", "Account number", 4, 17, r"^\d{4,17}$", "12345678"),
    Field("accountType", "Account type", kind="radio", choices=_SAVINGS),
)


def _account(
    low: int | None, high: int | None, pattern: str | None = None, example: str = "", compact: str = ""
) -> Field:
    return Field("accountNumber", "Account number", low, high, pattern, example, compact=compact)


def _bank(choices: Choices, key: str = "bankCode", *, refreshes: bool = False) -> Field:
    return Field(key, "Bank name", kind="select", choices=choices, refreshes=refreshes)


def _iban(low: int, high: int, pattern: str | None, example: str) -> Field:
    return Field("IBAN", "IBAN", low, high, pattern, example, check=checks.is_iban, compact=" -_")


TYPES: tuple[RecipientType, ...] = (
    RecipientType(
        "sort_code",
        "Local bank account",
        ("GBP",),
        (
            Field(
                "sortCode",
                "UK sort code",
                6,
                8,
                r"^\d{2}-?\d{2}-?\d{2}$",
                "40-30-20",
                compact="-",
                validator="sort-code",
            ),
            _account(8, 8, "[0-9]{8}", "12345678"),
        ),
        bank_field="sortCode",
    ),
    RecipientType("aba", "ACH", ("USD",), _US_FIELDS, address=FULL_ADDRESS, bank_field="abartn"),
    RecipientType("fedwire_local", "Wire", ("USD",), _US_FIELDS, address=FULL_ADDRESS, bank_field="abartn"),
    RecipientType(
        "polish",
        "Local bank account",
        ("PLN",),
        (_BIC, _account(26, 26, "^[0-9]{26}$", "12345678901234567890123456")),
        name_high=255,
    ),
    RecipientType(
        "hungarian",
        "Local bank account",
        ("HUF",),
        (_account(16, 24, r"^[1-9][0-9]{7}-?([0-9]{8})?-?[0-9]{8}$", "120000071234567800000008", "-"),),
        name_pattern=r"""^[0-9A-Za-zÀ-ÖØ-öø-ÿ-_()őŐűŰ'*,.%#^@&{}~<>+$"\[\]\\ ]+$""",
    ),
    RecipientType(
        "czech",
        "Local bank account",
        ("CZK",),
        (
            Field("prefix", "Prefix", None, 6, r"^\d{0,6}$", "000000", required=False, group="Account number"),
            Field("accountNumber", "Account number", 10, 10, r"^\d{10}$", "5060011118", group="Account number"),
            Field("bankCode", "Bank code", 4, 4, r"^\d{4}$", "5500", group="Account number"),
        ),
        bank_field="bankCode",
    ),
    RecipientType(
        "iban",
        "Inside Europe",
        tuple("EUR BGN CHF CZK DKK EGP GBP GEL HUF NOK PLN RON SEK PKR UAH".split()),
        (replace(_iban(14, 42, r"^[a-zA-Z]{2}[a-zA-Z0-9 ]{12,40}$", "DE12345678901234567890"), refreshes=True), _BIC),
        account_field="IBAN",
        bank_field="BIC",
    ),
    RecipientType(
        "swift_code",
        "Outside Europe",
        ("EUR", "USD"),
        (
            Field(
                "swiftCode", "SWIFT / BIC code", 8, 11, r"^[a-zA-Z]{6}(([a-zA-Z0-9]{2})|([a-zA-Z0-9]{5}))$", "BUKBGB22"
            ),
            _account(4, 34, r"^[a-zA-Z0-9\s]{4,34}$", "01234567890", " "),
        ),
        pay_out="SWIFT",
        bank_field="swiftCode",
    ),
    RecipientType(
        "australian",
        "Local bank account",
        ("AUD",),
        (
            Field("bsbCode", "BSB code", 6, 7, r"^\d{3}\-?\d{3}$", "802985", compact="-", validator="bsb-code"),
            _account(4, 28, r"^\d{4,9}$", "123456789"),
            Field("businessNumber", "Business number", 9, 14, r"^\d{9,14}$", required=False, legal_type="BUSINESS"),
        ),
        name_low=3,
        name_high=35,
        bank_field="bsbCode",
    ),
    RecipientType(
        "australian_bpay",
        "BPAY",
        ("AUD",),
        (
            Field("billerCode", "Biller code", 3, 10, r"^[0-9]{3,10}$", "12345"),
            Field("customerReferenceNumber", "Reference", 2, 20, r"^(\s*(?:\d\s*){2,20})$", "0123456789"),
        ),
        legal_types=("BUSINESS",),
        account_field="customerReferenceNumber",
        bank_field="billerCode",
    ),
    RecipientType(
        "canadian",
        "Local bank account",
        ("CAD",),
        (
            Field(
                "institutionNumber",
                "Institution number",
                3,
                3,
                r"\d{3}",
                "006",
                validator="canadian-institution-number",
            ),
            Field("transitNumber", "Transit number", 5, 5, r"\d{5}", "04841"),
            _account(7, 12, r"\d{7,12}", "1234567"),
            Field(
                "accountType", "Account type", kind="radio", choices=(("CHECKING", "Checking"), ("SAVING", "Saving"))
            ),
        ),
        name_low=3,
        name_high=80,
        bank_field="institutionNumber",
    ),
    RecipientType(
        "interac",
        "Interac",
        ("CAD",),
        (
            Field(
                "interacAccount",
                "Interac e-mail",
                6,
                50,
                r"^(([A-Za-z0-9_\-\.\+])*[A-Za-z0-9_]\@(?!.*?\.\.|\s|\.)[^@]([A-Za-z0-9\-\.])+\.([A-Za-z]{2,63}))$",
            ),
        ),
        pay_out="INTERAC",
        account_field="interacAccount",
    ),
    RecipientType(
        "newzealand",
        "Local bank account",
        ("NZD",),
        (_account(15, 22, r"^\d{2}([- ])?\d{4}\1?\d{7}\1?\d{2,3}$", "00-0000-0000000-00", "- "),),
        name_low=3,
        name_high=35,
    ),
    RecipientType(
        "japanese",
        "Local bank account",
        ("JPY",),
        (
            replace(_bank(banks.JAPAN, refreshes=True), low=4, high=4),
            Field("branchCode", "Branch name", 3, 3, kind="select", branches=banks.JAPANESE_BRANCHES),
            Field("accountType", "Account type", kind="select", choices=(("CURRENT", "Current"), *_SAVINGS)),
            _account(2, 7, r"^\d{2,7}$", "1234567"),
        ),
        name_pattern=r"^[ -~゠-ヿ　-〿¥￥！-ﾟ゙-゜]+$",
        bank_field="bankCode",
    ),
    RecipientType(
        "hongkong",
        "Local bank account",
        ("HKD",),
        (_bank(banks.HONG_KONG), _account(6, 15, r"^\d{6,15}$", "231289112")),
        name_low=3,
        bank_field="bankCode",
    ),
    RecipientType(
        "singapore",
        "Local bank account",
        ("SGD",),
        (_bank(banks.SINGAPORE), _account(None, 25, r"^[\d -]+$", "0052312891", " -")),
        name_low=3,
        name_high=35,
        bank_field="bankCode",
    ),
    RecipientType(
        "indian",
        "Local bank account",
        ("INR",),
        (
            Field(
                "ifscCode", "IFSC code", 11, 11, r"^[A-Za-z]{4}0[A-Za-z0-9]{6}$", "YESB0236041", validator="ifsc-code"
            ),
            _account(5, 20, r"^[a-zA-Z0-9]{5,20}$", "678911234567891"),
        ),
        address=FULL_ADDRESS,
        bank_field="ifscCode",
    ),
    RecipientType(
        "indian_upi",
        "UPI",
        ("INR",),
        (_account(5, 255, None, "wise@yesb"),),
        address=FULL_ADDRESS,
    ),
    RecipientType(
        "mexican",
        "Local bank account",
        ("MXN",),
        (
            Field(
                "clabe",
                "CLABE",
                18,
                18,
                r"^\d{5}\s?\d{8}\s?\d{5}$",
                "032180000118359719",
                check=checks.is_clabe,
                compact=" ",
            ),
            Field("identificationNumber", "Identification number", required=False),
        ),
        name_high=40,
        account_field="clabe",
    ),
    RecipientType(
        "southafrica",
        "Local bank account",
        ("ZAR",),
        (
            _bank(banks.SOUTH_AFRICA, "swiftCode"),
            _account(7, 11, r"^\d{7,11}$", "00052312891"),
            Field("phoneNumber", "Phone number", 7, 20, None, "+27111234567", required=False),
        ),
        name_high=35,
        bank_field="swiftCode",
    ),
)
