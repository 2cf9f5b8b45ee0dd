"""`preview`: what would be paid in the coming days and what would be held. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import typer

from cli.progress import counting
from cli.shell import Json, Shell, cells, say, say_json, screen, shell, table
from kinetic_wise.flows.overview import why
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.money import Money
from kinetic_wise.reasons import reason

_AT_ONCE = 8  # invoices an order; an order has half a minute
Days = Annotated[int, typer.Option(min=0, max=365, help="How far ahead to look.")]


def preview(context: typer.Context, days: Days = 7, json: Json = False) -> None:
    """What would be paid in the coming days, and what would be held and why. Reads only, pays nothing.

    Wise's price and its check of the payee are known only when a payment is made.
    """
    here = shell(context)
    with counting("invoices", quiet=json) as count:
        lines: list[dict[str, Any]] = []
        for part in here.connector.parts("preview", invoices=_AT_ONCE, days=days):
            lines += part["lines"]
            count(len(lines))
    lines += _held(here, {line["payment"] for line in lines})
    if json:
        say_json({"days": days, "payments": lines})
    else:
        _tell(lines, days)


def _held(here: Shell, listed: set[str]) -> Iterator[dict[str, Any]]:
    """What is held with its invoice reserved: Epicor does not show it as open any more."""
    reading = here.connector.reading
    for payment in reading.payments(one.payment_id for one in reading.in_status(Status.HELD)):
        if payment.id not in listed and payment.status is Status.HELD:
            code, detail = why(payment)
            yield {
                "payment": payment.id,
                "invoice": payment.invoice.invoice_num,
                "company": payment.invoice.company,
                "vendor": payment.vendor_name or str(payment.invoice.vendor_num),
                "amount": str(payment.amount),
                "currency": payment.currency,
                "day": "",
                "would": "stand",
                "status": payment.status.value,
                "reason": code,
                "detail": detail,
            }


def _tell(lines: list[dict[str, Any]], days: int) -> None:
    paid = sorted((line for line in lines if line["would"] == "pay"), key=lambda line: (line["day"], line["payment"]))
    held = [line for line in lines if line["would"] == "hold" or line["status"] == "held"]
    _tell_paid(paid, days)
    if held:
        say("\nHeld:", "bold")
        shown = table("Invoice", "Vendor", "Amount", "", "Reason", "Meaning", right=("Amount",))
        for line in held:
            since = "now" if line["status"] == "held" else "would be"
            row = (line["invoice"], line["vendor"], _money(line), since, line["reason"], reason(line["reason"]).meaning)
            shown.add_row(*cells(*row))
        screen().print(shown)
    later = sum(line["would"] == "wait" for line in lines)
    others = sum(line["would"] == "stand" and line["status"] != "held" for line in lines)
    say(f"{len(paid)} to be paid, {len(held)} held, {later} later, {others} ended or under way.")


def _tell_paid(paid: list[dict[str, Any]], days: int) -> None:
    if not paid:
        say(f"Nothing is to be paid in the next {days} days.")
        return
    shown = table("Day", "Invoice", "Vendor", "Amount", right=("Amount",))
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in paid:
        shown.add_row(*cells(line["day"], line["invoice"], line["vendor"], _money(line)))
        sums[line["day"], line["currency"]] += Decimal(line["amount"])
    screen().print(shown)
    for (day, currency), amount in sums.items():
        say(f"{day}  {Money(amount, currency)}")


def _money(line: dict[str, Any]) -> Money:
    return Money(Decimal(line["amount"]), line["currency"])
