"""Further recipient types of wise-api.md section 5.4: Asia, the Americas, Africa and the rest of Europe."""

from __future__ import annotations

from simulators.wise import banks, checks
from simulators.wise.recipient_types import FULL_ADDRESS, Choices, Field, RecipientType

PRIVATE, BUSINESS = ("PRIVATE",), ("BUSINESS",)
_CYRILLIC = r"^[а-яА-ЯёЁ' \-]+$"
_PAYGATE_EMAIL = r"^[^\s]+@[^\s]+\.[^\s]{2,}$"
_SAVINGS: Choices = (("CHECKING", "Checking"), ("SAVINGS", "Savings"))


def _text(
    key: str,
    low: int | None = None,
    high: int | None = None,
    pattern: str | None = None,
    example: str = "",
    *,
    required: bool = True,
) -> Field:
    return Field(key, _LABELS.get(key, key), low, high, pattern, example, required=required)


def _account(low: int | None = None, high: int | None = None, pattern: str | None = None, example: str = "") -> Field:
    return _text("accountNumber", low, high, pattern, example)


def _select(key: str, choices: Choices, *, kind: str = "select", refreshes: bool = False) -> Field:
    return Field(key, _LABELS.get(key, key), kind=kind, choices=choices, refreshes=refreshes)


def _codes(text: str) -> Choices:
    return tuple((key, key.replace("_", " ").capitalize()) for key in text.split())


def _branches(choices: Choices, *, required: bool = True) -> Field:
    opened = {code: (("001", "Head Office"), ("002", "City Branch")) for code, _ in choices}
    return Field("branchCode", "Branch", kind="select", branches=opened, required=required)


def _iban(low: int, high: int | None, pattern: str | None, example: str) -> Field:
    return Field("IBAN", "IBAN", low, high, pattern, example, check=checks.is_iban, compact=" -_")


_LABELS = {
    "accountNumber": "Account number", "bankCode": "Bank name", "swiftCode": "Bank name", "accountType": "Account type",
    "phoneNumber": "Phone number", "dateOfBirth": "Date of birth", "idDocumentType": "Document type",
    "idDocumentNumber": "Document number", "rut": "RUT", "cpf": "CPF", "cnpj": "CNPJ", "taxId": "Tax ID",
    "nationality": "Nationality", "job": "Occupation", "familyName": "Family name", "givenName": "Given name",
    "patronymicName": "Patronymic name", "russiaRegion": "Region",
}  # fmt: skip
_BIRTHDAY = Field("dateOfBirth", "Date of birth", pattern=r"^\d{4}\-\d{2}\-\d{2}$", kind="date")
_OPTIONAL_BIRTHDAY = Field("dateOfBirth", "Date of birth", pattern=_BIRTHDAY.pattern, kind="date", required=False)
_PHONE = _text("phoneNumber", 7, 20, None, "+51 987654321")
_BRANCH_OF_BRAZIL = Field("branchCode", "Branch", 4, 6, r"^[\d\-]{3,5}[\dxX]$", "1234", validator="brazil-branch-code")
_BRAZILIAN = (
    _select("bankCode", banks.BRAZIL), _BRANCH_OF_BRAZIL, _account(2, 21, None, "12345678-9"),
    _select("accountType", _SAVINGS, kind="radio"),
)  # fmt: skip
_BANGLADESH, _SRI_LANKA = _codes("020 010"), _codes("7463 7472")
_NAMIBIA, _URUGUAY = _codes("BWLINA FIRNNA NEDSNA SBNMNA"), _codes("308 153")
_TWO_ANSWERS: Choices = (("true", "Yes"), ("false", "No"))

_ASIA = (
    RecipientType("chinese_alipay", "Alipay", ("CNY",), (_account(6, 254),), PRIVATE, pay_out="ALIPAY"),
    RecipientType("chinese_wechatpay", "WeChat Pay", ("CNY",),
                  (_account(8, 17, r"^\+?([0-9]{1,3})-([0-9]{4,13})$", "+86-12345678901"),), PRIVATE),
    RecipientType("hong_kong_fps", "FPS", ("HKD",), (_account(6, 34),), name_low=3, name_high=35),
    RecipientType("singapore_paynow", "PayNow", ("SGD",), (_account(8, 14, None, "+6587654321"),)),
    RecipientType("philippines", "Local bank account", ("PHP",),
                  (_select("bankCode", banks.PHILIPPINES), _account(7, 20, r"^\d{7,20}$", "0044123")),
                  address=("city",)),
    RecipientType("philippinesmobile", "Mobile wallet", ("PHP",),
                  (_select("bankCode", _codes("PAYMAYA GCASH")), _account(example="639171234567")), address=("city",)),
    RecipientType("thailand", "Local bank account", ("THB",),
                  (_select("bankCode", banks.THAILAND),
                   _account(5, 17, r"^((H?\d{2})|\d{3})-?\d{1}-?\d{5}-?\d{1,7}", "951-7-38426-0")),
                  address=FULL_ADDRESS),
    RecipientType("vietname_earthport", "Local bank account", ("VND",),
                  (_select("swiftCode", banks.VIETNAM), _account(1, 34, "^[0-9a-zA-Z]{1,35}$", "1234567890")),
                  name_high=255),
    RecipientType("malaysian", "Local bank account", ("MYR",),
                  (_select("swiftCode", banks.MALAYSIA), _account(6, 20, r"^\d{6,20}$", "159012938613")),
                  name_low=3, name_high=50),
    RecipientType("malaysian_duitnow", "DuitNow", ("MYR",),
                  (_select("accountType",
                  _codes("ARMY_OR_POLICE_NUMBER BUSINESS_REGISTRATION_NUMBER MOBILE_NUMBER NRIC")),
                   _account(9, 16, None, "+601122223333"))),
    RecipientType("indonesian", "Local bank account", ("IDR",),
                  (_select("bankCode", banks.INDONESIA), _account(7, 18, r"^\d{7,18}$", "6789112345678"))),
    RecipientType("south_korean_paygate", "Local bank account", ("KRW",),
                  (_BIRTHDAY, _select("bankCode", banks.SOUTH_KOREA), _account(10, 16, None, "1254693521232"),
                   _text("phoneNumber", 10, 16, None, "01012345678", required=False)),
                  PRIVATE, email_required=True, email_pattern=_PAYGATE_EMAIL, email_refreshes=True),
    RecipientType("south_korean_paygate_business", "Local bank account", ("KRW",),
                  (_select("bankCode", banks.SOUTH_KOREA), _account(10, 16, None, "1254693521232")),
                  BUSINESS, email_required=True, email_pattern=_PAYGATE_EMAIL, email_refreshes=True),
    RecipientType("israeli_local", "Local bank account", ("ILS",),
                  (_iban(23, 28, r"^IL\d{2}([-_\s]?\d{4}){4}[-_\s]?\d{3}$", "IL620108000000099999999"),),
                  name_low=4, name_high=100, address=FULL_ADDRESS, account_field="IBAN"),
    RecipientType("emirates", "Local bank account", ("AED",),
                  (_iban(20, 28, r"^AE\d{21}$", "AE070331234567890123456"),), account_field="IBAN"),
    RecipientType("bangladesh", "Local bank account", ("BDT",),
                  (_select("bankCode", _BANGLADESH, refreshes=True), _branches(_BANGLADESH),
                   _account(1, 17, None, "5060011118")), PRIVATE),
    RecipientType("bkash", "bKash", ("BDT",), (_account(None, None, r"^\+?880\d{10}$", "880XXXXXXXXXX"),), PRIVATE),
    RecipientType("nepal", "Local bank account", ("NPR",),
                  (_select("bankCode", _codes("977001 977029")), _account(9, 20, "^[0-9a-zA-Z]+$", "123456789")),
                  PRIVATE),
    RecipientType("srilanka", "Local bank account", ("LKR",),
                  (_select("bankCode", _SRI_LANKA, refreshes=True), _branches(_SRI_LANKA),
                   _account(6, 16, "[0-9]{6,16}", "5060011118"))),
    RecipientType("fiji_mobile", "Mobile wallet", ("FJD",), (_account(example="6793312000"),), PRIVATE),
)  # fmt: skip

_AMERICAS = (
    RecipientType("brazil", "Local bank account", ("BRL",), (*_BRAZILIAN, _text("cpf", example="123.456.789-12")),
                  PRIVATE),
    RecipientType("brazil_business", "Local bank account", ("BRL",),
                  (*_BRAZILIAN, _text("cnpj", example="64.753.719/0001-86")), BUSINESS, email_required=True),
    RecipientType("argentina", "Local bank account", ("ARS",),
                  (_account(None, None, r"^\d{3}\ ?\d{4}\ ?\d\ ?\d{13}\ ?\d$", "0170099220000067797370"),
                   _text("taxId", None, None, r"^\d{2}\-?\d{8}\-?\d$", "20084908488"))),
    RecipientType("chile", "Local bank account", ("CLP",),
                  (_select("bankCode", _codes("028 055")), _account(4, 20, "^[0-9]{4,20}$", "12345678901234567890"),
                   _text("rut", 8, 12, r"^[0-9Kk\.\-]{8,12}$", "760864285"),
                   _select("accountType", (*_SAVINGS, ("CUENTA_VISTA", "Cuenta vista"))), _PHONE)),
    RecipientType("colombia", "Local bank account", ("COP",),
                  (_select("bankCode", _codes("COLOCOBM"), refreshes=True), _account(4, 20, None, "00012345678"),
                   _select("accountType", (("CURRENT", "Current"), ("SAVINGS", "Savings")), kind="radio"), _PHONE),
                  PRIVATE, address=FULL_ADDRESS, address_optional=True),
    RecipientType("costa_rica", "Local bank account", ("CRC",),
                  (_iban(22, 22, None, "CR95015114920010169410"),
                   _select("idDocumentType", _codes("NATIONAL_ID_CARD FOREIGN_ID BUSINESS_ID")),
                   _text("idDocumentNumber", example="901270245")), account_field="IBAN"),
    RecipientType("peru", "Local bank account", ("PEN",),
                  (_OPTIONAL_BIRTHDAY, _select("bankCode", _codes("BCON BDCM")),
                   _account(None, 22, "^[0-9-]{1,22}$", "12345678901234567890"), _select("accountType", _SAVINGS),
                   _select("idDocumentType", _codes("DNI RUC C_EXT PASSP")),
                   _text("idDocumentNumber", 7, 14, None, "09740475"), _PHONE,
                   _text("nationality", 3, 3, None, "are", required=False), _text("job", 3, 22, required=False)),
                  address=FULL_ADDRESS),
    RecipientType("uruguay", "Local bank account", ("UYU",),
                  (_select("accountType", _SAVINGS), _account(None, 20, None, "265487900"),
                   _select("idDocumentType", _codes("NATIONAL_ID BUSINESS_ID")), _text("idDocumentNumber"),
                   _select("bankCode", _URUGUAY, refreshes=True), _branches(_URUGUAY, required=False))),
)  # fmt: skip

_AFRICA = (
    RecipientType("kenya_local", "Local bank account", ("KES",),
                  (_select("bankCode", _codes("03 35")), _account(8, 20, r"^\d{8,20}$", "0023183991919"))),
    RecipientType("kenya_mobile", "Mobile wallet", ("KES",), (_account(example="+254123456789"),)),
    RecipientType("morocco", "Local bank account", ("MAD",),
                  (_select("bankCode", _codes("ABBMMAMC ARABMAMC")), _account(24, 24, r"^\d{24}$"))),
    RecipientType("mozambique_local", "Local bank account", ("MZN",),
                  (_select("bankCode", _codes("000013 000008")), _account(21, 29, r"^\d{21}$",
                  "000800003288795610242"))),
    RecipientType("namibia_local", "Local bank account", ("NAD",),
                  (_select("bankCode", _NAMIBIA, refreshes=True), _branches(_NAMIBIA),
                   _account(8, 20, r"^\d{8,20}$", "1020667389342"))),
    RecipientType("nigeria", "Local bank account", ("NGN",),
                  (_select("bankCode", banks.NIGERIA), _account(None, None, r"^\d{10}$", "0584412903"))),
    RecipientType("tanzania_local", "Local bank account", ("TZS",),
                  (_select("bankCode", _codes("020 733")), _account(None, None, r"^\d{8,20}$", "0023183991919")),
                  PRIVATE),
    RecipientType("uganda_local", "Local bank account", ("UGX",),
                  (_select("bankCode", _codes("010 130")), _account(None, None, r"^\d{8,20}$", "1223183991919")),
                  PRIVATE),
)  # fmt: skip

_FURTHER_EUROPE = (
    RecipientType("turkish_earthport", "Local bank account", ("TRY",), (_iban(2, None, None,
                  "TR330006100519786457841326"),),
                  name_pattern=r"^[A-Za-z0-9âçğıİîöşüûÂÇĞIİÎÖŞÜÛ0-9-_()'*,. ]+$", account_field="IBAN"),
    RecipientType("privatbank", "PrivatBank", ("UAH",),
                  (_text("phoneNumber", 9, 20, r"^((\+)|(00))?[0-9]{9,15}$"), _account(4, 4, r"^\d{4}$", "1234")),
                  PRIVATE, address=FULL_ADDRESS),
    RecipientType("russiarapida", "Local bank account", ("RUB",),
                  (_text("familyName", 1, 30, _CYRILLIC), _text("givenName", 1, 30, _CYRILLIC),
                   _text("patronymicName", 1, 30, _CYRILLIC),
                   Field("cannotHavePatronymicName", "No patronymic name", kind="radio", choices=_TWO_ANSWERS,
                         required=False, refreshes=True),
                   _select("russiaRegion", _codes("OTHER ADYGEA")), _text("bankCode", 9, 9, r"^04\d{7}$", "041234567"),
                   _account(20, 20, r"^(40|42){1}\d{18}$", "40820810999999999999")),
                  PRIVATE, name_pattern=_CYRILLIC, name_required=False, address=FULL_ADDRESS),
)  # fmt: skip

WORLD_TYPES = _ASIA + _AMERICAS + _AFRICA + _FURTHER_EUROPE
