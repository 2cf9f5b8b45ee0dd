"""The quote as Wise writes it (wise-api.md section 4.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.wise import currencies
from simulators.wise.books import Option, Quote
from simulators.wise.times import iso_seconds
from simulators.wise.world import USER

_PRODUCTS = {"BALANCE": "BALANCE", "BANK_TRANSFER": "CHEAP", "SWIFT": "SWIFT"}


def quote_view(quote: Quote, now: datetime) -> dict[str, Any]:
    """The quote with its options; the amount that was not given is absent."""
    view: dict[str, Any] = {
        "id": quote.id,
        "sourceCurrency": quote.source_currency,
        "targetCurrency": quote.target_currency,
        "sourceAmount": quote.source_amount,
        "targetAmount": quote.target_amount,
        "payOut": quote.pay_out,
        "preferredPayIn": quote.preferred_pay_in,
        "rate": quote.rate,
        "rateType": "FIXED",
        "rateTimestamp": iso_seconds(quote.created),
        "createdTime": iso_seconds(quote.created),
        "expirationTime": iso_seconds(quote.expires),
        "rateExpirationTime": iso_seconds(quote.rate_expires),
        "user": USER,
        "profile": quote.profile.id if quote.profile else None,
        "type": "REGULAR",
        "status": quote.status_at(now),
        "funding": "POST",
        "providedAmountType": "SOURCE" if quote.source_amount is not None else "TARGET",
        "guaranteedTargetAmountAllowed": False,
        "targetAmountAllowed": True,
        "guaranteedTargetAmount": False,
        "targetAccount": quote.target_account,
        "payInCountry": quote.profile.country if quote.profile else None,
        "paymentMetadata": quote.payment_metadata,
        "transferFlowConfig": {"highAmount": {"showFeePercentage": False, "overLimitThroughCs": False}},
        "paymentOptions": [_option_view(quote, option) for option in quote.options.values()],
    }
    present = {key: value for key, value in view.items() if value is not None}
    return {**present, "pricingConfiguration": None}


def _option_view(quote: Quote, option: Option) -> dict[str, Any]:
    currency = quote.source_currency
    zero = currencies.round_money(Decimal(0), currency)
    disabled: dict[str, Any] | None = None
    if option.disabled_code:
        disabled = {"code": option.disabled_code, "message": option.disabled_message, "arguments": []}
    return {
        "disabled": option.disabled_code is not None,
        **({"disabledReason": disabled} if disabled else {}),
        "estimatedDelivery": iso_seconds(quote.created + timedelta(days=1)),
        "formattedEstimatedDelivery": f"by {quote.created + timedelta(days=1):%B %d}",
        "estimatedDeliveryDelays": [],
        "allowedProfileTypes": ["PERSONAL", "BUSINESS"],
        "payInProduct": _PRODUCTS[option.pay_in],
        "feePercentage": (option.fee / option.source_amount).quantize(Decimal("0.0001")) if option.source_amount else 0,
        "fee": {"transferwise": option.fee, "payIn": zero, "discount": zero, "total": option.fee, "priceSetId": 134},
        "price": _price_view(option.fee, currency, zero),
        "sourceAmount": option.source_amount,
        "targetAmount": option.target_amount,
        "sourceCurrency": quote.source_currency,
        "targetCurrency": quote.target_currency,
        "payIn": option.pay_in,
        "payOut": option.pay_out,
    }


def _price_view(fee: Decimal, currency: str, zero: Decimal) -> dict[str, Any]:
    def value(amount: Decimal) -> dict[str, Any]:
        return {"amount": amount, "currency": currency, "label": f"{amount} {currency}"}

    return {
        "priceSetId": 134,
        "total": {"type": "TOTAL", "label": "Total fees", "value": value(fee)},
        "items": [
            {"type": "FEE", "label": "fee", "value": value(zero)},
            {"type": "TRANSFERWISE", "label": "Our fee", "value": value(fee)},
        ],
    }
