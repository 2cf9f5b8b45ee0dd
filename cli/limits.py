"""`limits show|set`: how much may be paid, in one payment and in one day (UTC), by the currency of the invoice."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from cli.problem import Problem
from cli.shell import Json, cells, say, say_json, screen, shell, table
from kinetic_wise.payments.money import Money

app = typer.Typer(
    help="The most that may be paid, by the currency of the invoice, whatever balance pays.", no_args_is_help=True
)
_NONE = "none"
Limits = Annotated[list[str], typer.Option(metavar="CURRENCY=AMOUNT", help="EUR=10000.00; EUR=none takes it away.")]


@app.command()
def show(context: typer.Context, json: Json = False) -> None:
    """The limits, and what the fundings of today count, by the currency of the invoices: no line, no limit."""
    here = shell(context)
    seen, day = here.connector.state.switch.read(), f"{here.now():%Y-%m-%d}"
    caps = {"payment": dict(seen.caps.payment), "day": dict(seen.caps.day)}
    currencies = sorted({*caps["payment"], *caps["day"]} | {name.rpartition("/")[2] for name in seen.counts})
    today = {currency: seen.counted(day, currency) for currency in currencies}
    if json:
        say_json({kind: {one: str(sums[one]) for one in sums} for kind, sums in {**caps, "today": today}.items()})
        return
    if not currencies:
        say("There are no limits, in any currency.")
        return
    shown = table("Currency", "A payment", "A day", "Today so far", right=("A payment", "A day", "Today so far"))
    for one in currencies:
        amounts = (caps["payment"].get(one), caps["day"].get(one), today[one])
        shown.add_row(*cells(one, *(_NONE if amount is None else Money(amount, one) for amount in amounts)))
    screen().print(shown)
    open_ = [one for one in currencies if one not in caps["payment"] and one not in caps["day"]]
    if open_:
        say(f"Invoices in {', '.join(open_)} have no limit, whatever balance pays them.", "yellow")
    say("Invoices in a currency that is not listed have no limit.")


@app.command("set")
def set_(context: typer.Context, payment: Limits = [], day: Limits = [], json: Json = False) -> None:  # noqa: B006
    """Set limits; those of other currencies stay. A payment above one is held, its transfer cancelled.

    A limit counts what invoices in its currency ask for, whatever balance pays; a currency without one has no limit.
    """
    connector = shell(context).connector
    if not payment and not day:
        raise Problem("no limit is named", "--payment EUR=10000.00, --day EUR=50000.00, or both")
    seen = connector.state.switch.read()
    caps = {"payment": _changed(seen.caps.payment, payment), "day": _changed(seen.caps.day, day)}
    answer = connector.order("set_caps", **caps, revision=seen.revision)
    if json:
        say_json(answer)
    else:
        say("Set: `kinetic-wise limits show` shows all of them.")


def _changed(now: Any, wanted: list[str]) -> dict[str, str]:
    caps = {currency: str(amount) for currency, amount in now.items()}
    for text in wanted:
        currency, _, amount = text.partition("=")
        if amount == _NONE:
            caps.pop(currency, None)
        else:
            caps[currency] = _amount(text, amount)
    return caps


def _amount(text: str, amount: str) -> str:
    try:
        return str(Decimal(amount))
    except InvalidOperation:
        raise Problem(f"{text!r} is no limit", "write EUR=10000.00, or EUR=none") from None
