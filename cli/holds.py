"""`holds list|show|approve|release|reject`: what stands still, why, and a person's word on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

import typer

from cli import payment as payment_commands
from cli.finding import find
from cli.payment import Invoice, Why, tell_end
from cli.problem import Problem
from cli.shell import Json, Shell, cells, many, say, say_json, screen, shell, table
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Hold, Payment
from kinetic_wise.payments.money import Money
from kinetic_wise.reasons import reason, reasons
from kinetic_wise.words import words_of

Held = tuple[Payment, Hold]
app = typer.Typer(help="Payments that a rule has stopped.", no_args_is_help=True)
app.command("show")(payment_commands.show)

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
Reason = Annotated[str, typer.Option("--reason", help="Only this reason, a code such as bank_details_new.")]
OlderThan = Annotated[str, typer.Option(metavar="AGE", help="Only what is held for longer: 30m, 12h or 3d.")]
Vendor = Annotated[str, typer.Option(help="Only vendors whose number, id or name has this in it.")]
Code = Annotated[str, typer.Option(help="Approve without being asked, if the details still have this code.")]


@app.command("list")
def list_(
    context: typer.Context, code: Reason = "", older_than: OlderThan = "", vendor: Vendor = "", json: Json = False
) -> None:
    """What is held, the oldest first."""
    here = shell(context)
    if code and code not in reasons():
        raise Problem(f"there is no reason {code!r}", "docs/holds.md lists them")
    least = _age(older_than)
    wanted = (one for one in _held(here) if _is_wanted(here, one, code, least, vendor))
    held = sorted(wanted, key=lambda one: one[1].since)
    if json:
        say_json([_as_dict(here, *one) for one in held])
    else:
        _show(here, held)


@app.command()
def release(context: typer.Context, invoice: Invoice, why: Why, json: Json = False) -> None:
    """Have a held payment looked at again: it goes on if nothing stands in the way any more, else it is held again."""
    connector = shell(context).connector
    answer = connector.order("release", payment=find(connector, invoice).id, why=why)
    if json:
        say_json(answer)
    else:
        say(f"Payment {answer['payment']} is released and looked at again; it is {answer['status']} now.")


@app.command()
def reject(context: typer.Context, invoice: Invoice, why: Why, json: Json = False) -> None:
    """End a held payment without paying: its transfer is cancelled first, then its draft in Epicor is deleted."""
    connector = shell(context).connector
    tell_end(connector.order("reject", payment=find(connector, invoice).id, why=why), json=json)


@app.command()
def approve(context: typer.Context, invoice: Invoice, why: Why, code: Code = "", json: Json = False) -> None:
    """Approve a vendor's new bank details. Two people do, each having compared them; then the payment goes on."""
    connector = shell(context).connector
    payment = find(connector, invoice)
    if not code:
        code = _compared(connector.order("bank_details", payment=payment.id), in_json=json)
    answer = connector.order("approve_bank", payment=payment.id, code=code, why=why)
    if json:
        say_json(answer)
        return
    by = " and ".join(answer["approved_by"])
    if answer["approved"]:
        released = many(len(answer["released"]), "payment")
        say(f"The details of bank {answer['bank']} are approved by {by}; released: {released}.")
    else:
        say(f"Approved by {by}. Another person has to approve the same details, code {answer['code']}.")


def _compared(details: dict[str, Any], *, in_json: bool) -> str:
    """Show old and new and have the person compare; answers the code of what was shown. Raises Problem."""
    if in_json:
        raise Problem("--json asks nothing", f"look at the details, then add --code {details['code']}")
    shown = table("Column", "Approved", "Now in Epicor", "")
    for column in {**details["old"], **details["new"]}:
        old, new = details["old"].get(column, ""), details["new"].get(column, "")
        shown.add_row(*cells(column, old, new, "" if old == new else "changed" if old else "new"))
    screen().print(shown)
    by = ", ".join(details["approved_by"]) or "nobody"
    say(f"Bank {details['bank']}, code {details['code']}. Approved so far by {by}.")
    if not typer.confirm("Has the vendor confirmed these, on a number that you knew before?"):
        raise Problem("nothing was approved", "reject the payment if the details are wrong")
    return str(details["code"])


# --- listing ------------------------------------------------------------------------------------------------------


def _held(here: Shell) -> Iterator[Held]:
    reading = here.connector.reading
    for payment in reading.payments(one.payment_id for one in reading.in_status(Status.HELD)):
        if payment.status is Status.HELD and payment.hold is not None:
            yield payment, payment.hold


def _is_wanted(here: Shell, held: Held, code: str, least: timedelta, vendor: str) -> bool:
    payment, hold = held
    names = (str(payment.invoice.vendor_num), payment.vendor_id.casefold(), payment.vendor_name.casefold())
    return (
        (not code or hold.reason == code)
        and here.age(hold.since) >= least
        and (not vendor or any(vendor.casefold() in name for name in names))
    )


def _age(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if not text:
        return timedelta()
    if unit not in _UNITS or not number.isdecimal():
        raise Problem(f"{text!r} is no age", "write 30m, 12h or 3d")
    return timedelta(**{_UNITS[unit]: int(number)})


def _show(here: Shell, held: list[Held]) -> None:
    if not held:
        say("Nothing is held.")
        return
    shown = table("Invoice", "Vendor", "Amount", "For", "Reason", "Meaning", right=("Amount", "For"))
    for one, hold in held:
        name, amount = one.vendor_name or str(one.invoice.vendor_num), Money(one.amount, one.currency)
        age, meaning = words_of(here.age(hold.since)), reason(hold.reason).meaning
        shown.add_row(*cells(one.invoice.invoice_num, name, amount, age, hold.reason, meaning))
    screen().print(shown)
    say(f"{len(held)} held. What to do about one: kinetic-wise holds show INVOICE")


def _as_dict(here: Shell, payment: Payment, hold: Hold) -> dict[str, Any]:
    return {
        "payment": payment.id,
        "invoice": payment.invoice.invoice_num,
        "vendor_num": payment.invoice.vendor_num,
        "vendor": payment.vendor_name,
        "amount": payment.amount,
        "currency": payment.currency,
        "reason": hold.reason,
        "detail": hold.detail,
        "since": hold.since.isoformat(),
        "age_seconds": int(here.age(hold.since).total_seconds()),
    }
