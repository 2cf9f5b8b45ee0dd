"""What a payment may cost: limits of fee and rate. Above them a person looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kinetic_wise.payments.systems import Quote

_SHOWN = Decimal("0.01")


@dataclass(frozen=True)
class PriceLimits:
    """Fee in per cent of what is converted and as an amount by paying currency; rate in per cent below mid-market."""

    fee_percent: Decimal | None = None
    fees: Mapping[str, Decimal] = field(default_factory=dict)
    rate_percent: Decimal | None = None


def fee_objection(quote: Quote, limits: PriceLimits) -> str:
    """How the fee is over its limit, with both figures; "" when it is not."""
    paying, most = quote.source_currency, limits.fees.get(quote.source_currency)
    if most is not None and quote.fee > most:
        return f"the fee is {quote.fee} {paying}, above the limit of {most} {paying}"
    converted = quote.source_amount - quote.fee
    if limits.fee_percent is None or quote.fee * 100 <= limits.fee_percent * converted:
        return ""
    share = f"{_percent(quote.fee, converted)} % of {converted} {paying}" if converted > 0 else "all that is paid"
    return f"the fee is {quote.fee} {paying}, {share}, above the limit of {limits.fee_percent} %"


def rate_objection(quote: Quote, mid_market: Decimal, limits: PriceLimits) -> str:
    """How the quote's rate is worse than Wise's mid-market rate allows, with both figures; "" when it is not."""
    if limits.rate_percent is None or (mid_market - quote.rate) * 100 <= limits.rate_percent * mid_market:
        return ""
    pair, below = f"{quote.source_currency}-{quote.target_currency}", _percent(mid_market - quote.rate, mid_market)
    return (
        f"the rate {pair} is {quote.rate}, {below} % below the mid-market rate {mid_market}; "
        f"the limit is {limits.rate_percent} %"
    )


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return (part * 100 / whole).quantize(_SHOWN)
