"""What a transfer must say: reference limits and purposes (wise-api.md section 6.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulators.wise.books import Quote
from simulators.wise.errors import Problem
from simulators.wise.forms import drawn
from simulators.wise.recipient_types import Choices, Field

REFERENCE_PATTERN = "[a-zA-Z0-9- ]*"
_REFERENCE_LIMITS = {
    "GBP": 18, "USD": 10, "EUR": 35, "AUD": 18, "NZD": 12, "CAD": 50, "INR": 16, "PLN": 35, "CHF": 50, "DKK": 35,
    "NOK": 35, "SEK": 12, "CZK": 25, "HUF": 35, "RON": 30, "BGN": 35, "GEL": 35, "MXN": 100, "HKD": 50, "SGD": 25,
    "THB": 50, "KRW": 35, "IDR": 35, "MYR": 35, "PHP": 35, "NGN": 14, "ZAR": 18, "AED": 35, "LKR": 35, "MAD": 50,
    "COP": 0,
}  # fmt: skip
_OTHER_LIMIT = 35
_PURPOSE = "verification.transfers.purpose."
_PURPOSES: Choices = (
    (_PURPOSE + "pay.bills", "Paying for goods or services"),
    (_PURPOSE + "purchase.property", "Buying property abroad"),
    (_PURPOSE + "mortgage", "Paying a mortgage"),
    (_PURPOSE + "pay.tuition", "Paying tuition fees"),
    (_PURPOSE + "send.to.family", "Sending money to family"),
    (_PURPOSE + "living.expenses", "General monthly living expenses"),
    (_PURPOSE + "other", "Other"),
)
_SUB_PURPOSES: Choices = tuple(
    (key, key.replace("_", " ").capitalize())
    for key in (
        "INTERPRETATION_SERVICE TRANSLATION_SERVICE HUMAN_RESOURCE_SERVICE ESTATE_AGENCY_SERVICE "
        "SOFTWARE_DEVELOPMENT_SERVICE WEB_DESIGN_OR_DEVELOPMENT_SERVICE DRAFTING_LEGAL_SERVICE "
        "LEGAL_RELATED_CERTIFICATION_SERVICE ACCOUNTING_SERVICE TAX_SERVICE ARCHITECTURAL_DECORATION_DESIGN_SERVICE "
        "ADVERTISING_SERVICE MARKET_RESEARCH_SERVICE EXHIBITION_BOOTH_SERVICE"
    ).split()
)
_FUNDS = "verification.source.of.funds."
_SOURCES: Choices = tuple(
    (_FUNDS + key, key.capitalize()) for key in "salary investment inheritance loan other".split()
)
_ASK_PURPOSE = frozenset({"THB", "INR", "CNY", "KRW", "MYR"})
ASK_NATURE = frozenset({"BRL", "NPR"})
_NATURES: Choices = tuple(
    (key, key.replace("_", " ").capitalize())
    for key in (
        "CHARITABLE_DONATIONS MOVING_MONEY_BETWEEN_OWN_ACCOUNTS INTERNATIONAL_TRAVEL "
        "BUY_OR_SELL_COMPUTER_AND_INFORMATION_SERVICE BUY_OR_SELL_OTHER_SERVICE BUY_OR_SELL_MERCHANDISE OTHER"
    ).split()
)
_ASK_SOURCE_ABOVE = Decimal(80_000)  # USD


def reference_limit(currency: str) -> int:
    """Characters of a reference that the payee's bank shows."""
    return _REFERENCE_LIMITS.get(currency, _OTHER_LIMIT)


def draw(quote: Quote, details: Mapping[str, str]) -> list[dict[str, Any]]:
    """The form of a transfer on this quote, given what is filled in."""
    fields = fields_of(quote, details)
    return [
        {
            "type": "transfer",
            "fields": [{"name": item.label, "group": [drawn(item, details)]} for item in fields],
        }
    ]


def fields_of(quote: Quote, details: Mapping[str, str]) -> list[Field]:
    """Reference, purpose, source of funds: what the route asks."""
    limit = reference_limit(quote.target_currency)
    fields = [Field("reference", "Transfer reference", 0, limit, REFERENCE_PATTERN, required=False)]
    fields += _purpose_fields(quote.target_currency, details.get("transferPurpose"))
    if quote.target_currency in ASK_NATURE:
        fields.append(Field("transferNature", "Nature of the transfer", kind="select", choices=_NATURES))
    amount = quote.target_amount or quote.source_amount or Decimal(0)
    if quote.target_currency == "USD" and amount > _ASK_SOURCE_ABOVE:
        fields.append(Field("sourceOfFunds", "Source of funds", kind="select", choices=_SOURCES))
    return fields


def _purpose_fields(currency: str, purpose: str | None) -> list[Field]:
    if currency not in _ASK_PURPOSE:
        return []
    fields = [Field("transferPurpose", "Purpose of the transfer", kind="select", choices=_PURPOSES, refreshes=True)]
    if currency == "INR" and purpose == _PURPOSE + "pay.bills":
        fields.append(Field("transferPurposeInvoiceNumber", "Invoice number", 1, 35))
    if currency == "CNY" and purpose:
        fields.append(Field("transferPurposeSubTransferPurpose", "Service", kind="select", choices=_SUB_PURPOSES))
    return fields


def problems(quote: Quote, details: Mapping[str, str]) -> list[Problem]:
    """What Wise objects to in a transfer's details when it is created.

    A purpose that the form asks for may be missing: no source tells of a refusal here (a blocked transfer comes later).
    """
    found: list[Problem] = []
    for item in fields_of(quote, details):
        value = details.get(item.key, "")
        if item.key == "reference":
            found += _reference_problems(value, item)
        elif value and item.problem(value, details):
            found.append(Problem("NOT_VALID", f"Please choose a valid {item.label}", item.key, (value,)))
    return found


def _reference_problems(value: str, item: Field) -> list[Problem]:
    if len(value) <= (item.high or 0) and re.fullmatch(REFERENCE_PATTERN, value):
        return []
    arguments = ("parameter_invalid_format", REFERENCE_PATTERN, item.high)
    return [Problem("NOT_VALID", "Please enter a valid payment reference", "paymentReference", arguments)]
