"""`shadow`: what a stack that only shadows (setting `shadow`) would have paid and held. Looks only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import typer

from cli.shell import Json, Shell, cells, say, say_json, screen, shell, table
from kinetic_wise.flows.overview import why
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.money import Money
from kinetic_wise.words import at


def shadow(context: typer.Context, json: Json = False) -> None:
    """What would have been paid and what is held, by a stack with the setting `shadow`: it writes to neither system."""
    here = shell(context)
    would, held = list(_would(here)), list(_in(here, Status.HELD))
    if json:
        say_json(
            {
                "would_pay": [_as_dict(payment) for payment in would],
                "held": [{**_as_dict(payment), "reason": why(payment)[0]} for payment in held],
            }
        )
        return
    if not would:
        say("Nothing was found to pay: is the setting `shadow` on, and is something due (`kinetic-wise preview`)?")
    else:
        _show(would)
    say(f"{len(would)} would have been paid, {len(held)} held: `kinetic-wise holds list`.")


def _would(here: Shell) -> Iterator[Payment]:
    return (payment for payment in _in(here, Status.QUEUED) if payment.shadowed_at is not None)


def _in(here: Shell, status: Status) -> Iterator[Payment]:
    reading = here.connector.reading
    found = reading.payments(row.payment_id for row in reading.in_status(status))
    return (payment for payment in found if payment.status is status)


def _show(would: list[Payment]) -> None:
    shown = table("Invoice", "Vendor", "Amount", "Looked at, UTC", right=("Amount",))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for payment in would:
        money = Money(payment.amount, payment.currency)
        moment = at(payment.shadowed_at) if payment.shadowed_at else ""
        shown.add_row(*cells(payment.invoice.invoice_num, payment.vendor_name, money, moment))
        sums[payment.currency] += payment.amount
    screen().print(shown)
    say(", ".join(str(Money(amount, currency)) for currency, amount in sorted(sums.items())))


def _as_dict(payment: Payment) -> dict[str, object]:
    return {
        "payment": payment.id,
        "invoice": payment.invoice.invoice_num,
        "vendor": payment.vendor_name,
        "amount": str(payment.amount),
        "currency": payment.currency,
        "shadowed_at": payment.shadowed_at.isoformat() if payment.shadowed_at else "",
    }
