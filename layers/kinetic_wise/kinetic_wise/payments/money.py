"""Money: a Decimal and its currency, together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

# Whole units only when sending with Wise, whatever ISO 4217 says (wise-api.md section 11, `supportsDecimals=false`).
WHOLE_UNIT_CURRENCIES = frozenset(
    "BIF CLP DJF GNF HUF IDR ISK JPY KES KMF KRW NPR PYG RWF UGX VND VUV XAF XOF XPF".split()
)
NO_CURRENCY = "XXX"  # ISO 4217's code for none: Epicor has no ISO code for the currency
_DECIMALS = 2
_ISO_CODE = re.compile("[A-Z]{3}")


@dataclass(frozen=True, order=False)
class Money:
    """An amount in major units of an ISO 4217 currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        amount: object = self.amount
        if not isinstance(amount, Decimal) or not amount.is_finite():
            raise TypeError("amount must be a finite Decimal")
        if not _ISO_CODE.fullmatch(self.currency):
            raise ValueError(f"currency must be a three-letter ISO 4217 code, not {self.currency!r}")

    @property
    def is_exact(self) -> bool:
        """Whether Wise can deliver exactly this amount: no more decimals than the currency has there."""
        return self.amount == self.amount.quantize(Decimal(1).scaleb(-decimals(self.currency)))

    def __str__(self) -> str:
        return f"{self.amount:,.{max(decimals(self.currency), _shown_decimals(self.amount))}f} {self.currency}"


def decimals(currency: str) -> int:
    """How many decimals Wise sends in this currency."""
    return 0 if currency in WHOLE_UNIT_CURRENCIES else _DECIMALS


def _shown_decimals(amount: Decimal) -> int:
    return max(0, -int(amount.normalize().as_tuple().exponent))
