"""Companies and vendors of the hand-written sample day."""

from __future__ import annotations

from simulators.sample.checksums import iban, polish_account, routing_number
from simulators.sample.model import Company, Vendor, VendorBank

NO_CURRENCY = "XXX"  # ISO 4217's code for none: the site's own BON has no ISO code

COMPANIES = (
    Company("EPIC01", "Epic Pumps Europe GmbH", "EUR", {NO_CURRENCY: "BON"}),
    Company("EPIC02", "Epic Pumps UK Ltd", "GBP", {"EUR": "EURO", "GBP": "STG", "USD": "US$", "INR": "RS"}),
)


def _iban(bank_id: str, name: str, bank_name: str, country: str, bban: str, swift: str) -> VendorBank:
    return VendorBank(bank_id, name, bank_name, country, iban=iban(country, bban), swift=swift)


def _bank(
    bank_id: str, name: str, bank_name: str, country: str, account: str, local_bic: str, branch: str
) -> VendorBank:
    return VendorBank(
        bank_id, name, bank_name, country, account_number=account, local_bic=local_bic, branch_code=branch
    )


_NORD_MAIN = _iban("MAIN", "Nordlicht Maschinenbau GmbH", "Commerzbank", "DE", "200400600526015800", "COBADEFFXXX")
_NORD_FACTOR = _iban("FACTOR", "Nordlicht Factoring GmbH", "Deutsche Bank", "DE", "200700000123456700", "DEUTDEHHXXX")
_THAMES_GBP = _bank("GBP", "Thames Fasteners Ltd", "Barclays", "GB", "55779911", "", "20-00-00")
_THAMES_EURO = _iban("EURO", "Thames Fasteners Ltd", "Barclays", "GB", "BARC20000055779922", "BARCGB22XXX")
_PACIFIC = _bank("MAIN", "Pacific Tooling Inc", "Chase", "US", "483920175", routing_number("02100002"), "")
_PACIFIC_PAYROLL = _bank(
    "PAYROLL", "Pacific Tooling Payables Inc", "Bank of America", "US", "004411882207", routing_number("02600959"), ""
)
_FORMOSA = VendorBank(
    "MAIN", "Formosa Precision Co Ltd", "Bank of Taiwan", "TW", swift="BKTWTWTP", account_number="004001123456"
)
_BHARAT = _bank("MAIN", "Bharat Forgings Pvt Ltd", "HDFC Bank", "IN", "50200012345678", "HDFC0000240", "")

_FIRST_COMPANY = (
    Vendor("EPIC01", 101, "NORD01", "Nordlicht Maschinenbau", "Hafenstrasse 12", "Hamburg", "20457", "DE", "EUR",
           (_NORD_MAIN, _NORD_FACTOR), legal_name="Nordlicht Maschinenbau GmbH", primary_bank_id="MAIN"),
    Vendor("EPIC01", 102, "GALVA1", "Galvano Lyon", "18 Rue de la Villette", "Lyon", "69003", "FR", "EUR",
           (_iban("BNP", "Galvano Lyon SAS", "BNP Paribas", "FR", "30006000011234567890189", "BNPAFRPPXXX"),),
           legal_name="Galvano Lyon SAS", primary_bank_id="BNP"),
    Vendor("EPIC01", 103, "TULIP1", "Tulip Components", "Keizersgracht 241", "Amsterdam", "1016 EA", "NL", "EUR",
           (_iban("ABN", "Tulip Components B.V.", "ABN AMRO", "NL", "ABNA0417164300", "ABNANL2AXXX"),
            _iban("OLD", "Tulip Components B.V.", "ING Bank", "NL", "INGB0001234567", "INGBNL2AXXX")),
           legal_name="Tulip Components B.V.", primary_bank_id="ABN"),
    Vendor("EPIC01", 104, "THAMES", "Thames Fasteners", "41 Wharf Road", "London", "N1 7GS", "GB", "GBP",
           (_THAMES_GBP, _THAMES_EURO), legal_name="Thames Fasteners Ltd", primary_bank_id="GBP"),
    Vendor("EPIC01", 105, "PACTOOL", "Pacific Tooling", "1200 Harbor Boulevard", "Oakland", "94607", "US", "USD",
           (_PACIFIC, _PACIFIC_PAYROLL), "CA", "Pacific Tooling Inc", "MAIN", one_check=True),
    Vendor("EPIC01", 106, "FORMOSA", "Formosa Precision", "8 Zhongshan Road", "Taichung", "40045", "TW", "USD",
           (_FORMOSA,), legal_name="Formosa Precision Co Ltd", primary_bank_id="MAIN"),
    Vendor("EPIC01", 107, "OZPUMP", "Oz Pump Parts", "77 George Street", "Sydney", "2000", "AU", "AUD",
           (_bank("MAIN", "Oz Pump Parts Pty Ltd", "Commonwealth Bank", "AU", "10203040", "", "062-000"),),
           "NSW", "Oz Pump Parts Pty Ltd", "MAIN"),
    Vendor("EPIC01", 108, "MAPLE", "Maple Castings", "300 Front Street West", "Toronto", "M5V 0E9", "CA", "CAD",
           (_bank("MAIN", "Maple Castings Inc", "TD Canada Trust", "CA", "5236412", "004", "10202"),),
           "ON", "Maple Castings Inc", "MAIN"),
    Vendor("EPIC01", 109, "BHARAT", "Bharat Forgings", "14 MIDC Road", "Pune", "411018", "IN", "INR",
           (_BHARAT,), legal_name="Bharat Forgings Pvt Ltd", primary_bank_id="MAIN"),
    Vendor("EPIC01", 110, "SEIMIT", "Shinjuku Seimitsu", "2-8-1 Nishishinjuku", "Tokyo", "163-8001", "JP", "JPY",
           (_bank("MAIN", "カ）シンジユクセイミツ", "Sumitomo Mitsui", "JP", "7340219", "0009", "218"),),
           legal_name="Shinjuku Seimitsu KK", primary_bank_id="MAIN"),
    Vendor("EPIC01", 111, "ALPENF", "Alpenfeder", "Bahnhofstrasse 3", "Chur", "7000", "CH", "CHF",
           (_iban("UBS", "Alpenfeder AG", "UBS", "CH", "00762011623852957", "UBSWCHZHXXX"),),
           legal_name="Alpenfeder AG", primary_bank_id="UBS"),
    Vendor("EPIC01", 112, "WISLA", "Wisla Hydraulika", "ul. Nadbrzezna 5", "Krakow", "31-069", "PL", "PLN",
           (_bank("PKO", "Wisla Hydraulika Sp. z o.o.", "PKO BP", "PL",
                  polish_account("102028920000500204561234"), "", ""),),
           legal_name="Wisla Hydraulika Sp. z o.o.", primary_bank_id="PKO"),
    Vendor("EPIC01", 113, "SCHRAU", "Schraubenwerk Süd", "Industriezeile 40", "Linz", "4020", "AT", "EUR",
           (_iban("MAIN", "Schraubenwerk Süd GmbH", "Erste Bank", "AT", "2011182212192300", "GIBAATWWXXX"),),
           legal_name="Schraubenwerk Süd GmbH", primary_bank_id="MAIN"),
    Vendor("EPIC01", 114, "MILANO", "Officine Milano", "Via Tortona 27", "Milano", "20144", "IT", "EUR",
           (_iban("MAIN", "Officine Milano S.r.l.", "Intesa", "IT", "X0542811101000000123456", "BCITITMMXXX"),),
           legal_name="Officine Milano S.r.l.", primary_bank_id="MAIN"),
    Vendor("EPIC01", 115, "BEZIER", "Atelier Béziers", "5 Avenue Clemenceau", "Béziers", "34500", "FR", "EUR",
           (_iban("MAIN", "Atelier Béziers SARL", "Crédit Agricole", "FR", "20041010050500013M02606", "AGRIFRPPXXX"),),
           legal_name="Atelier Béziers SARL", primary_bank_id="MAIN"),
    Vendor("EPIC01", 116, "ZUEOPT", "Zürichsee Optik", "Seestrasse 88", "Meilen", "8706", "CH", "CHF",
           (_iban("MAIN", "Zürichsee Optik AG", "Zürcher Kantonalbank", "CH", "00700110004567891", "ZKBKCHZZ80A"),),
           legal_name="Zürichsee Optik AG", primary_bank_id="MAIN"),
    Vendor("EPIC01", 117, "VERLOR", "Verloren Logistiek", "Waalhaven 9", "Rotterdam", "3089 JJ", "NL", "EUR",
           (_iban("MAIN", "Verloren Logistiek B.V.", "Rabobank", "NL", "RABO0123456789", "RABONL2UXXX"),),
           legal_name="Verloren Logistiek B.V.", primary_bank_id="MAIN"),
    Vendor("EPIC01", 118, "KELLER", "Keller & Co.", "Lange Gasse 2", "Ulm", "89073", "DE", "EUR",
           legal_name="Keller & Co. KG"),
    Vendor("EPIC01", 119, "HOLDCO", "Holtmann Werkzeuge", "Am Ring 6", "Bremen", "28195", "DE", "EUR",
           (_iban("MAIN", "Holtmann Werkzeuge GmbH", "Sparkasse Bremen", "DE", "290501010012345678", "SBREDE22XXX"),),
           legal_name="Holtmann Werkzeuge GmbH", primary_bank_id="MAIN", pay_hold=True),
)  # fmt: skip

_SECOND_COMPANY = (
    Vendor("EPIC02", 7, "NORD01", "Nordlicht Maschinenbau", "Hafenstrasse 12", "Hamburg", "20457", "DE", "EUR",
           (_NORD_MAIN,), legal_name="Nordlicht Maschinenbau GmbH", primary_bank_id="MAIN"),
    Vendor("EPIC02", 12, "THAMES", "Thames Fasteners", "41 Wharf Road", "London", "N1 7GS", "GB", "GBP",
           (_THAMES_GBP, _THAMES_EURO), legal_name="Thames Fasteners Ltd", primary_bank_id="GBP"),
    Vendor("EPIC02", 15, "PACTOOL", "Pacific Tooling", "1200 Harbor Boulevard", "Oakland", "94607", "US", "USD",
           (_PACIFIC,), "CA", "Pacific Tooling Inc", "MAIN"),
    Vendor("EPIC02", 21, "FORMOSA", "Formosa Precision", "8 Zhongshan Road", "Taichung", "40045", "TW", "USD",
           (_FORMOSA,), legal_name="Formosa Precision Co Ltd", primary_bank_id="MAIN"),
    Vendor("EPIC02", 24, "LEEDS1", "Leeds Springs", "9 Canal Street", "Leeds", "LS11 5PS", "GB", "GBP",
           (_bank("MAIN", "Leeds Springs Ltd", "Monzo", "GB", "70872490", "", "04-00-04"),),
           legal_name="Leeds Springs Ltd", primary_bank_id="MAIN"),
    Vendor("EPIC02", 31, "BHARAT", "Bharat Forgings", "14 MIDC Road", "Pune", "411018", "IN", "INR",
           (_BHARAT,), legal_name="Bharat Forgings Pvt Ltd", primary_bank_id="MAIN"),
)  # fmt: skip

VENDORS = _FIRST_COMPANY + _SECOND_COMPANY
