"""What every company of the site has: currencies, countries, payment methods, bank accounts (section 9, 7.5)."""

from __future__ import annotations

from decimal import Decimal

from simulators.epicor.session import Books
from simulators.epicor.store import CompanyStore
from simulators.sample.model import Company

WISE_METHOD = 7
WISE_FEE = "WISEFEE"
_TIME_ZONE = "UTC"
_FIRST_OPEN_DAY = "2020-01-01T00:00:00"
_CURRENCIES = (
    # ISO, number, name, decimals, what one is worth in euros
    ("EUR", 978, "Euro", 2, "1"),
    ("GBP", 826, "Pound sterling", 2, "1.1624"),
    ("USD", 840, "US dollar", 2, "0.9217"),
    ("AUD", 36, "Australian dollar", 2, "0.6034"),
    ("CAD", 124, "Canadian dollar", 2, "0.6712"),
    ("CHF", 756, "Swiss franc", 2, "1.0455"),
    ("INR", 356, "Indian rupee", 2, "0.0109"),
    ("JPY", 392, "Yen", 0, "0.0061"),
    ("PLN", 985, "Zloty", 2, "0.2341"),
    ("SEK", 752, "Swedish krona", 2, "0.0874"),
    ("NZD", 554, "New Zealand dollar", 2, "0.5533"),
    ("SGD", 702, "Singapore dollar", 2, "0.6911"),
    ("MXN", 484, "Mexican peso", 2, "0.0498"),
    ("KWD", 414, "Kuwaiti dinar", 3, "2.9981"),
)
_COUNTRIES = (
    "US United States;DE Germany;FR France;NL Netherlands;GB United Kingdom;AT Austria;IT Italy;CH Switzerland;"
    "PL Poland;ES Spain;BE Belgium;SE Sweden;IE Ireland;TW Taiwan;AU Australia;CA Canada;IN India;JP Japan;"
    "NZ New Zealand;SG Singapore;MX Mexico;DK Denmark;NO Norway;CZ Czechia;KW Kuwait"
)
COUNTRY_NUMBERS = {entry[:2]: number for number, entry in enumerate(_COUNTRIES.split(";"), start=1)}
COUNTRY_NAMES = {entry[:2]: entry[3:] for entry in _COUNTRIES.split(";")}
_OWN_BALANCES = ("EUR", "GBP", "USD", "AUD")


def set_up(site: Books, company: Company) -> None:
    """Write the company's set-up tables and its exchange rates."""
    books = site.companies[company.company]
    _currencies(site, books, company)
    for code, number in COUNTRY_NUMBERS.items():
        books["Country"].put({"CountryNum": number, "ISOCode": code, "Description": COUNTRY_NAMES[code]})
    _methods(books)
    _bank_accounts(books, company)
    books["BankFee"].put({"BankFeeID": WISE_FEE, "Description": "Fees of Wise"})
    books["Company"].put({"Company1": company.company, "Name": company.name, "TimeZoneID": _TIME_ZONE, "IsLive": True})
    books["EADComp"].put({"DefineBy": "D", "EarliestApplyDate": _FIRST_OPEN_DAY})
    books["EADType"].put({"EADType1": "AP", "DefineBy": "D", "EarliestApplyDate": _FIRST_OPEN_DAY})


def _currencies(site: Books, books: CompanyStore, company: Company) -> None:
    worth = {iso: Decimal(euros) for iso, _, _, _, euros in _CURRENCIES}
    for iso, number, name, decimals, _ in _CURRENCIES:
        code = company.code(iso)
        rate = (worth[iso] / worth[company.base_currency]).quantize(Decimal("0.00000001"))
        site.rates[company.company, code] = rate
        books["Currency"].put(
            {
                "CurrencyCode": code,
                "CurrencyID": iso,
                "ISOCurrCode": iso,
                "ISONumber": number,
                "CountryName": name,
                "DecimalsGeneral": decimals,
                "DecimalsPrice": decimals,
                "DecimalsCost": decimals,
                "BaseCurr": iso == company.base_currency,
            }
        )
    books["Currency"].put({"CurrencyCode": "BON", "CurrencyID": "BON", "CountryName": "Bonus"})
    books["Currency"].put({"CurrencyCode": "PTS", "CurrencyID": "PTS", "CountryName": "Points", "Inactive": True})


def _methods(books: CompanyStore) -> None:
    for number, name, kind, source, inactive in (
        (1, "Check", 2, 0, False),
        (2, "Bank transfer", 0, 0, False),
        (3, "SEPA credit transfer", 1, 0, False),
        (WISE_METHOD, "Wise", 0, 0, False),
        (8, "Wise (until 2024)", 1, 0, True),
        (9, "Wise receipts", 0, 1, False),
    ):
        books["PayMethod"].put({"PMUID": number, "Name": name, "Type": kind, "PMSource": source, "Inactive": inactive})


def _bank_accounts(books: CompanyStore, company: Company) -> None:
    base = company.code(company.base_currency)
    books["BankAcct"].put(
        {"BankAcctID": "HOUSE", "Description": "House bank", "BankName": "First House Bank", "CurrencyCode": base}
    )
    for iso in _OWN_BALANCES:
        books["BankAcct"].put(
            {
                "BankAcctID": f"WISE{iso}",
                "Description": f"Wise {iso} balance",
                "BankName": "Wise",
                "CurrencyCode": company.code(iso),
            }
        )
    closed = {"BankAcctID": "WISEOLD", "Description": "Wise, closed", "BankName": "Wise", "Closed": True}
    books["BankAcct"].put({**closed, "CurrencyCode": base})
