"""A day of any number of invoices, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from simulators.sample.checksums import iban, polish_account, routing_number
from simulators.sample.hand_written_vendors import COMPANIES
from simulators.sample.model import Day, Invoice, Vendor, VendorBank

_MakeBank = Callable[[random.Random, str], VendorBank]
_INVOICES_A_VENDOR = 8
_NOT_PAYABLE_PERCENT = 6  # shared by hold, debit memo and missing bank
_SITES = {
    # country: currency, street, city, ZIP, state, legal form
    "DE": ("EUR", "Industriestrasse", "Stuttgart", "70565", "", "GmbH"),
    "NL": ("EUR", "Havenweg", "Rotterdam", "3011 AA", "", "B.V."),
    "GB": ("GBP", "Mill Lane", "Sheffield", "S1 2HE", "", "Ltd"),
    "US": ("USD", "Commerce Street", "Dallas", "75201", "TX", "Inc"),
    "AU": ("AUD", "Collins Street", "Melbourne", "3000", "VIC", "Pty Ltd"),
    "CA": ("CAD", "King Street", "Hamilton", "L8P 1A1", "ON", "Inc"),
    "IN": ("INR", "Station Road", "Chennai", "600001", "", "Pvt Ltd"),
    "JP": ("JPY", "Chuo", "Osaka", "540-0001", "", "KK"),
    "PL": ("PLN", "ul. Fabryczna", "Wroclaw", "50-001", "", "Sp. z o.o."),
    "CH": ("CHF", "Werkstrasse", "Winterthur", "8400", "", "AG"),
}
_WEIGHTS = (24, 12, 16, 14, 6, 6, 6, 4, 6, 6)
_PRICES = {"INR": 90, "JPY": 160, "PLN": 4}  # about what a euro costs, where it is far from one
_NAMES = ("Adler", "Birke", "Carbon", "Delta", "Eiche", "Falcon", "Granit", "Helix", "Iris", "Jupiter", "Kiesel", "Lux")
_TRADES = ("Castings", "Tools", "Valves", "Bearings", "Seals", "Motors", "Sensors", "Cables")


def generated_day(invoices: int, seed: int) -> Day:
    """A day of `invoices` invoices over about an eighth as many vendors."""
    dice = random.Random(f"{seed}/{invoices}")
    vendors = [_vendor(dice, number) for number in range(1, max(1, invoices // _INVOICES_A_VENDOR) + 1)]
    strangers = [_without_bank(dice, len(vendors) + number) for number in range(1, 3)]
    drawn = tuple(_invoice(dice, vendors, strangers, number) for number in range(1, invoices + 1))
    return Day(COMPANIES, tuple(vendors + strangers), drawn, _balances(drawn))


def _balances(invoices: tuple[Invoice, ...]) -> dict[str, Decimal]:
    """More than enough, whatever the rates are."""
    enough = sum((abs(invoice.amount) for invoice in invoices), Decimal(100_000)).quantize(Decimal("0.01"))
    return dict.fromkeys(("EUR", "GBP", "USD", "AUD"), enough)


def _vendor(dice: random.Random, number: int) -> Vendor:
    country = dice.choices(list(_SITES), _WEIGHTS)[0]
    currency, street, city, code, state, form = _SITES[country]
    name = f"{dice.choice(_NAMES)} {dice.choice(_TRADES)} {number}"
    holder = f"カ）テスト{number}" if country == "JP" else f"{name} {form}"
    company = COMPANIES[0].company if dice.random() < 0.7 else COMPANIES[1].company
    return Vendor(
        company,
        1000 + number,
        f"V{number:05d}",
        name,
        f"{street} {dice.randint(1, 200)}",
        city,
        code,
        country,
        currency,
        (_BANKS[country](dice, holder),),
        state,
        f"{name} {form}",
        "MAIN",
    )


def _without_bank(dice: random.Random, number: int) -> Vendor:
    vendor = _vendor(dice, number)
    return replace(vendor, company=COMPANIES[number % 2].company, banks=(), primary_bank_id="")


def _invoice(dice: random.Random, vendors: list[Vendor], strangers: list[Vendor], number: int) -> Invoice:
    vendor = dice.choice(vendors)
    invoice = Invoice(
        vendor.company,
        vendor.vendor_num,
        f"R{number:06d}",
        vendor.currency,
        _amount(dice, vendor.currency),
        "paid",
        None,
        "an ordinary invoice",
        due_in_days=-dice.randint(0, 14),
    )
    if dice.random() * 100 >= _NOT_PAYABLE_PERCENT:
        return invoice
    return dice.choice((_on_hold, _debit_memo, _bankless(dice.choice(strangers))))(invoice)


def _amount(dice: random.Random, currency: str) -> Decimal:
    cents = dice.randint(2_500, 900_000) * _PRICES.get(currency, 1)
    return Decimal(cents // 100) if currency == "JPY" else Decimal(cents).scaleb(-2)


def _on_hold(invoice: Invoice) -> Invoice:
    return replace(
        invoice, pay_hold=True, expect_outcome="not_eligible", expect_reason="on_payment_hold", case="on payment hold"
    )


def _debit_memo(invoice: Invoice) -> Invoice:
    return replace(
        invoice,
        debit_memo=True,
        amount=-invoice.amount,
        expect_outcome="not_eligible",
        expect_reason="debit_memo",
        case="a debit memo",
    )


def _bankless(vendor: Vendor) -> Callable[[Invoice], Invoice]:
    def change(invoice: Invoice) -> Invoice:
        return replace(
            invoice,
            company=vendor.company,
            vendor_num=vendor.vendor_num,
            currency="EUR",
            amount=Decimal(f"{invoice.amount % 5000 + 1:.2f}"),
            expect_outcome="held",
            expect_reason="bank_details_missing",
            case="the vendor has no bank row",
        )

    return change


def _digits(dice: random.Random, length: int) -> str:
    return "".join(dice.choices("0123456789", k=length))


def _european(country: str, prefix: str, length: int, bank: str, bic: str) -> _MakeBank:
    def make(dice: random.Random, holder: str) -> VendorBank:
        return VendorBank("MAIN", holder, bank, country, iban(country, prefix + _digits(dice, length)), bic)

    return make


def _domestic(country: str, length: int, bank: str, local_bic: str = "", branch_code: str = "") -> _MakeBank:
    def make(dice: random.Random, holder: str) -> VendorBank:
        account = f"{dice.randint(1, 9)}{_digits(dice, length - 1)}"
        return VendorBank(
            "MAIN", holder, bank, country, account_number=account, local_bic=local_bic, branch_code=branch_code
        )

    return make


def _polish(dice: random.Random, holder: str) -> VendorBank:
    account = polish_account(f"10202892{_digits(dice, 16)}")
    return VendorBank("MAIN", holder, "PKO BP", "PL", account_number=account)


_BANKS: dict[str, _MakeBank] = {
    "DE": _european("DE", "50040000", 10, "Commerzbank", "COBADEFFXXX"),
    "NL": _european("NL", "ABNA", 10, "ABN AMRO", "ABNANL2AXXX"),
    "GB": _domestic("GB", 8, "Barclays", branch_code="20-00-00"),
    "US": _domestic("US", 10, "Chase", routing_number("02100002")),
    "AU": _domestic("AU", 8, "Commonwealth Bank", branch_code="062-000"),
    "CA": _domestic("CA", 7, "TD Canada Trust", "004", "10202"),
    "IN": _domestic("IN", 14, "HDFC Bank", "HDFC0000240"),
    "JP": _domestic("JP", 7, "Sumitomo Mitsui", "0009", "218"),
    "PL": _polish,
    "CH": _european("CH", "00762", 12, "UBS", "UBSWCHZHXXX"),
}
