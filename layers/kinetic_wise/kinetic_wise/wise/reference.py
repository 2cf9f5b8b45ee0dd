"""The payee reference: cleaned to what every route accepts and cut to the currency's length (wise-api.md 6.2)."""

from __future__ import annotations

import re

from kinetic_wise.payments.money import Money
from kinetic_wise.wise.letters import plain

# Characters that reach the payee, by currency of the payment. COP carries none.
_LIMITS = {
    **dict.fromkeys(("EUR", "PLN", "DKK", "NOK", "HUF", "BGN", "GEL", "KRW", "IDR", "MYR", "PHP", "AED", "LKR"), 35),
    **dict.fromkeys(("GBP", "AUD", "ZAR"), 18),
    **dict.fromkeys(("CAD", "CHF", "HKD", "THB", "MAD"), 50),
    **dict.fromkeys(("NZD", "SEK"), 12),
    **dict.fromkeys(("CZK", "SGD"), 25),
    "USD": 10,
    "INR": 16,
    "RON": 30,
    "MXN": 100,
    "NGN": 14,
    "COP": 0,
}
_SHORTEST = 10  # where no limit is published


def reference_for(currency: str, text: str) -> str:
    """The payee reference made of `text`: `[a-zA-Z0-9- ]` only, at most as long as the currency allows."""
    clean = " ".join(re.sub(r"[^a-zA-Z0-9-]+", " ", plain(text)).split())
    return clean[: _LIMITS.get(currency, _SHORTEST)].strip()


def remittance_text(invoice_num: str, amount: Money, reference: str) -> str:
    """What the vendor may be told: the invoice's whole number, and what the statement shows of it."""
    shown = f"your statement shows {reference!r}" if reference else "your statement shows no reference"
    return f"Invoice {invoice_num}: {amount}; {shown}"
