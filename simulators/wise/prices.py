"""What a quote costs: the options with their two fee levels (wise-api.md section 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from simulators.wise.books import Option
from simulators.wise.currencies import per_pound, round_money

# At 1000 GBP these give the recorded 3.69 from the balance and 3.88 by bank transfer.
_VARIABLE = Decimal("0.00336")
_FIXED_IN_POUNDS = {"BALANCE": Decimal("0.33"), "BANK_TRANSFER": Decimal("0.52"), "SWIFT": Decimal("2.15")}
_SURCHARGE_IN_POUNDS = {"SWIFT": Decimal("3.20"), "SWIFT_OUR": Decimal("14.20"), "INTERAC": Decimal("0.40")}
_NO_ROUTE = ("error.payInmethod.disabled", "This payment method is not available for this quote.")


@dataclass(frozen=True)
class Route:
    """The fixed part of a price: who pays what where. One of the two amounts is given."""

    source: str
    target: str
    rate: Decimal
    pay_out: str
    source_amount: Decimal | None
    target_amount: Decimal | None


def fee(route: Route, pay_in: str) -> Decimal:
    """The fee in the source currency for one way of paying in."""
    base = route.source_amount if route.source_amount is not None else _target(route) / route.rate
    pounds = _FIXED_IN_POUNDS[pay_in] + _SURCHARGE_IN_POUNDS.get(route.pay_out, Decimal(0))
    return round_money(base * _VARIABLE + pounds * per_pound(route.source), route.source)


def option(route: Route, pay_in: str, disabled: tuple[str, str] | None = None) -> Option:
    """One payment option; `disabled` is code and message."""
    cost = fee(route, pay_in)
    source, target = amounts(route, cost)
    return Option(pay_in, route.pay_out, source, target, cost, *(disabled or (None, None)))


def amounts(route: Route, cost: Decimal) -> tuple[Decimal, Decimal]:
    """Source amount (fee included) and target amount. Recorded arithmetic: section 4.2."""
    if route.source_amount is not None:
        return route.source_amount, round_money(max(route.source_amount - cost, Decimal(0)) * route.rate, route.target)
    target = _target(route)
    return round_money(target / route.rate + cost, route.source), target


def options(route: Route, balance_refusal: tuple[str, str] | None) -> dict[str, Option]:
    """All options by pay-in; the SWIFT pay-in is never open to us."""
    return {
        "BANK_TRANSFER": option(route, "BANK_TRANSFER"),
        "BALANCE": option(route, "BALANCE", balance_refusal),
        "SWIFT": option(route, "SWIFT", _NO_ROUTE),
    }


def _target(route: Route) -> Decimal:
    if route.target_amount is None:
        raise ValueError("a route needs one of the two amounts")
    return route.target_amount
