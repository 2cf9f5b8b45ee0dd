"""The currencies of the simulated Wise: decimals, and a fixed table of rates."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

# Wise's own list, not ISO's (wise-api.md section 11).
WHOLE_UNIT = frozenset("BIF CLP DJF GNF HUF IDR ISK JPY KES KMF KRW NPR PYG RWF UGX VND VUV XAF XOF XPF".split())
RETIRED = frozenset({"HRK"})
# Paid out only: nothing can be sent from these, so their pairs are "route not supported".
TARGET_ONLY = frozenset(
    "ARS BDT BRL CLP CNY COP CRC EGP FJD KES KRW LKR MAD MZN NAD NGN NPR PEN RUB TZS UGX UYU".split()
)

# Code: (units for one GBP, symbol, name). EUR and USD are the recorded rates of section 4.2.
_TABLE: dict[str, tuple[str, str, str]] = {
    "AED": ("4.56280", "د.إ", "United Arab Emirates dirham"),
    "ARS": ("1281.40", "$", "Argentine peso"),
    "AUD": ("1.99830", "A$", "Australian dollar"),
    "BDT": ("149.860", "৳", "Bangladeshi taka"),
    "BGN": ("2.35700", "лв", "Bulgarian lev"),
    "BRL": ("7.58210", "R$", "Brazilian real"),
    "CAD": ("1.79350", "C$", "Canadian dollar"),
    "CHF": ("1.12940", "Fr", "Swiss franc"),
    "CLP": ("1241.20", "$", "Chilean peso"),
    "CNY": ("9.10620", "¥", "Chinese yuan"),
    "COP": ("5391.10", "$", "Colombian peso"),
    "CRC": ("629.800", "₡", "Costa Rican colón"),
    "CZK": ("30.2410", "Kč", "Czech koruna"),
    "DKK": ("8.98920", "kr", "Danish krone"),
    "EGP": ("62.7730", "£", "Egyptian pound"),
    "EUR": ("1.20512", "€", "Euro"),
    "FJD": ("2.88410", "$", "Fijian dollar"),
    "GBP": ("1", "£", "British pound"),
    "GEL": ("3.49870", "₾", "Georgian lari"),
    "HKD": ("9.66840", "HK$", "Hong Kong dollar"),
    "HUF": ("496.120", "Ft", "Hungarian forint"),
    "IDR": ("20114.0", "Rp", "Indonesian rupiah"),
    "ILS": ("4.53290", "₪", "Israeli shekel"),
    "INR": ("106.570", "₹", "Indian rupee"),
    "JPY": ("195.820", "¥", "Japanese yen"),
    "KES": ("160.660", "KSh", "Kenyan shilling"),
    "KRW": ("1818.90", "₩", "South Korean won"),
    "LKR": ("365.430", "Rs", "Sri Lankan rupee"),
    "MAD": ("12.5260", "DH", "Moroccan dirham"),
    "MXN": ("25.6910", "$", "Mexican peso"),
    "MYR": ("5.59140", "RM", "Malaysian ringgit"),
    "MZN": ("79.3900", "MT", "Mozambican metical"),
    "NAD": ("23.3510", "N$", "Namibian dollar"),
    "NGN": ("1918.30", "₦", "Nigerian naira"),
    "NOK": ("14.1320", "kr", "Norwegian krone"),
    "NPR": ("170.510", "₨", "Nepalese rupee"),
    "NZD": ("2.21920", "NZ$", "New Zealand dollar"),
    "PEN": ("4.66380", "S/", "Peruvian sol"),
    "PHP": ("72.5640", "₱", "Philippine peso"),
    "PKR": ("346.010", "₨", "Pakistani rupee"),
    "PLN": ("5.14370", "zł", "Polish złoty"),
    "RON": ("5.99460", "L", "Romanian leu"),
    "RUB": ("128.070", "₽", "Russian rouble"),
    "SEK": ("13.8480", "kr", "Swedish krona"),
    "SGD": ("1.69760", "S$", "Singapore dollar"),
    "THB": ("42.8820", "฿", "Thai baht"),
    "TRY": ("43.9710", "₺", "Turkish lira"),
    "TZS": ("3124.00", "TSh", "Tanzanian shilling"),
    "UAH": ("52.3710", "₴", "Ukrainian hryvnia"),
    "UGX": ("4582.00", "USh", "Ugandan shilling"),
    "USD": ("1.24232", "$", "United States dollar"),
    "UYU": ("54.2290", "$", "Uruguayan peso"),
    "VND": ("31515.0", "₫", "Vietnamese dong"),
    "ZAR": ("23.3510", "R", "South African rand"),
}
_SIX_DIGITS = Context(prec=6, rounding=ROUND_HALF_UP)
# What a conversion costs or gains once the guaranteed rate is gone: live differs on purpose.
_LIVE_DRIFT = Decimal("0.9871")

CODES = tuple(_TABLE)


def per_pound(currency: str) -> Decimal:
    """Units of the currency for one GBP."""
    return Decimal(_TABLE[currency][0])


def symbol(currency: str) -> str:
    """The sign printed before an amount."""
    return _TABLE[currency][1]


def name(currency: str) -> str:
    """The currency's English name."""
    return _TABLE[currency][2]


def round_money(amount: Decimal, currency: str) -> Decimal:
    """The amount with the decimals Wise keeps for the currency, half up."""
    unit = Decimal(1) if currency in WHOLE_UNIT else Decimal("0.01")
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


def rate(source: str, target: str) -> Decimal:
    """Target units for one source unit: six significant digits, 1 within a currency."""
    if source == target:
        return Decimal("1.0")
    return _plain(_SIX_DIGITS.divide(per_pound(target), per_pound(source)))


def live_rate(source: str, target: str) -> Decimal:
    """The rate of a transfer funded after its rate expired: deliberately another one."""
    return rate(source, target) if source == target else _plain(_SIX_DIGITS.multiply(rate(source, target), _LIVE_DRIFT))


def _plain(value: Decimal) -> Decimal:
    return Decimal(format(value, "f"))  # never an exponent in JSON
