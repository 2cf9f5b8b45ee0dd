"""`payment show`, `payment retry`, `payment cancel` and `payment refund`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from cli.finding import find
from cli.problem import Problem
from cli.shell import Json, Shell, cells, many, say, say_json, screen, shell, table
from kinetic_wise.flows.approving import AWAITED
from kinetic_wise.flows.overview import since_when, why
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment
from kinetic_wise.payments.money import Money
from kinetic_wise.payments.systems import Transfer
from kinetic_wise.reasons import reason, what_to_do
from kinetic_wise.words import at, meaning_of, words_of

app = typer.Typer(help="One payment.", no_args_is_help=True)
Invoice = Annotated[str, typer.Argument(metavar="INVOICE", help="An invoice number, or a payment's id.")]
Why = Annotated[str, typer.Option(prompt="Why (it stands in the audit trail)", help="In your own words.")]

Amount = Annotated[str, typer.Option(metavar="CURRENCY=AMOUNT", help="What came back, as Wise shows it: EUR=980.00.")]


@app.command()
def show(context: typer.Context, invoice: Invoice, json: Json = False) -> None:
    """Was this paid? If not: why, since when, and what to do."""
    here = shell(context)
    payment = find(here.connector, invoice)
    attempts = list(here.connector.reading.attempts(payment.id))
    if json:
        say_json(_as_dict(payment, attempts))
        return
    lines = (*_lines(here, payment), *_intent_lines(payment, attempts))
    for label, text in (*lines, *_order_lines(payment, attempts), *wise_lines(attempts)):
        say(f"{label:<12}{text}")
    if attempts:
        _show_attempts(attempts)
    say(f"The whole story: kinetic-wise audit show {shlex.quote(payment.id)}")


@app.command()
def retry(context: typer.Context, invoice: Invoice, json: Json = False) -> None:
    """Pay again what ended unpaid: looked at afresh, under a new draft and attempt."""
    connector = shell(context).connector
    payment = find(connector, invoice)
    answer = connector.order("retry", payment=payment.id)
    if json:
        say_json(answer)
    else:
        say(f"Payment {answer['payment']} begins again, as {answer['status']}.")


@app.command()
def cancel(context: typer.Context, invoice: Invoice, why: Why, json: Json = False) -> None:
    """End a payment that has not been funded: its transfer is cancelled first, then its draft in Epicor is deleted."""
    connector = shell(context).connector
    tell_end(connector.order("cancel", payment=find(connector, invoice).id, why=why), json=json)


@app.command()
def refund(context: typer.Context, invoice: Invoice, amount: Amount, json: Json = False) -> None:
    """Tell how much of a payment's money came back, where neither an event nor a statement of Wise tells it."""
    connector = shell(context).connector
    currency, told = _amount(amount)
    answer = connector.order("refund_amount", payment=find(connector, invoice).id, amount=told, currency=currency)
    if json:
        say_json(answer)
    else:
        money = Money(Decimal(told), currency)
        say(f"Taken: {money} came back of payment {answer['payment']}; Epicor follows by itself.")


def _amount(text: str) -> tuple[str, str]:
    """The currency and the amount, as text. Raises Problem."""
    currency, _, amount = text.partition("=")
    try:
        return currency, str(Decimal(amount))
    except InvalidOperation:
        raise Problem(f"{text!r} is no amount", "write EUR=980.00") from None


def tell_end(answer: dict[str, Any], *, json: bool) -> None:
    """Say how far the end of a payment is."""
    if json:
        say_json(answer)
    elif answer["under_way"]:
        say(f"Payment {answer['payment']} is being ended; nothing of it is funded any more. Look again in a minute.")
    elif answer["status"] == "held":
        say(f"Payment {answer['payment']} is held, {answer['reason']}: {answer['detail']}", "yellow")
    else:
        say(f"Payment {answer['payment']} is {answer['status']}.")


def _lines(here: Shell, payment: Payment) -> Iterator[tuple[str, str]]:
    key = payment.invoice
    yield "Invoice", f"{key.invoice_num} of vendor {payment.vendor_name or key.vendor_num}, company {key.company}"
    yield "Payment", payment.id
    yield "Amount", str(Money(payment.amount, payment.currency))
    yield "Status", f"{payment.status}: {meaning_of(payment.status, was_paid=payment.was_paid)}"
    yield from _why_lines(payment)
    since = since_when(payment)
    yield "Since", f"{at(since)} UTC, {words_of(here.age(since))} ago"
    if payment.status is Status.QUEUED:
        yield from _when_lines(here, payment)
    standing = here.connector.histories.standing(payment.id)
    if standing is not None:
        kind = standing.kind.replace("_", " ")
        yield "Reconciled", f"{kind}, {standing.first} to {standing.last}, on {at(standing.at)}"
    if payment.draft is not None:
        state = "posted" if payment.draft.posted else "not posted"
        yield "In Epicor", f"group {payment.draft.group_id}, payment {payment.draft.head_num}, {state}"


def _intent_lines(payment: Payment, attempts: list[Attempt]) -> Iterator[tuple[str, str]]:
    """What is not known yet, and by what to find it in both systems, whether or not they answered."""
    intent = payment.intent
    if intent is None:
        return
    looked = at(intent.looked_at) if intent.looked_at else "not yet"
    yield "Unclear", f"{intent.action}, sent {many(intent.tries, 'time')}, last looked at: {looked}"
    if attempts:
        yield (
            "To look for",
            f"in Wise, customerTransactionId {attempts[-1].key}, reference {attempts[-1].terms.reference}",
        )
    if payment.reservation:
        yield "To look for", f"in Epicor, GroupID {payment.group_id}"


def _when_lines(here: Shell, payment: Payment) -> Iterator[tuple[str, str]]:
    """When what waits for its day is paid, and by which date it has to be."""
    due = f", due {payment.due}" if payment.due else ""
    if payment.not_before is not None and payment.not_before > here.now():
        yield "Paid from", f"{at(payment.not_before)} UTC on{due}; the settings pay_… say when (docs/pay-dates.md)"
    elif payment.shadowed_at is not None:
        yield "Shadow", f"would have been paid on {at(payment.shadowed_at)} UTC{due}; this stack only looks on"


def _order_lines(payment: Payment, attempts: list[Attempt]) -> Iterator[tuple[str, str]]:
    """What a person does about its last transfer: approve it with the others of its batch, or tell what came back."""
    last = attempts[-1] if attempts else None
    if payment.status is Status.REFUND_UNKNOWN and last is not None and last.transfer is not None and not last.refund:
        told = f"{last.transfer.source_currency}=AMOUNT"
        yield "Then", f"kinetic-wise payment refund {shlex.quote(payment.id)} --amount {told}"
    if payment.status is Status.AWAITING_APPROVAL and last is not None and last.batch is not None:
        until = f", until {at(last.approve_by)} UTC" if last.approve_by else ""
        yield "Approve", f"in Wise, batch {last.batch.group}, once for all in it{until}"


def wise_lines(attempts: list[Attempt]) -> Iterator[tuple[str, str]]:
    """What Wise asks for before the last transfer goes on, and why it could not be paid out."""
    last = attempts[-1] if attempts else None
    if last is not None and last.cases_since is not None:
        asked = ", ".join(last.cases) or "something"
        yield "Wise asks", f"for {asked} since {at(last.cases_since)} UTC: answer in Wise within two working days"
    if last is not None and last.failure:
        yield "Not paid out", f"Wise says {last.failure}"


def _why_lines(payment: Payment) -> Iterator[tuple[str, str]]:
    code, detail = why(payment)
    if code:
        yield "Reason", f"{code}: {reason(code).meaning}"
    if detail:
        yield "Detail", detail
    if remedy := what_to_do(payment.status, code):
        yield "What to do", remedy
    if payment.status is Status.HELD:
        yield from _next_lines(code, shlex.quote(payment.id))


def _next_lines(code: str, payment_id: str) -> Iterator[tuple[str, str]]:
    """The commands that a held payment goes on, or ends, with."""
    if code in AWAITED:
        yield "Then", f"kinetic-wise holds approve {payment_id}   (two people, each)"
    elif code != "second_identity":
        yield "Then", f"kinetic-wise holds release {payment_id}"
    yield "Or", f"kinetic-wise holds reject {payment_id}"


def _show_attempts(attempts: list[Attempt]) -> None:
    shown = table("Attempt", "Transfer", "At Wise", "Rate", "Debited", "Fee", "Ended because", right=("Debited", "Fee"))
    for one in attempts:
        transfer = one.transfer
        seen = (transfer.id, transfer.status, transfer.rate) if transfer else ("none yet", "", "")
        money = (_cost(transfer, one.debited), _cost(transfer, one.fee))
        shown.add_row(*cells(one.number, *seen, *money, one.dead))
    screen().print(shown)


def _cost(transfer: Transfer | None, amount: Decimal | None) -> str:
    """What left the balance for a transfer, in the balance's currency."""
    return str(Money(amount, transfer.source_currency)) if transfer and amount is not None else ""


def _as_dict(payment: Payment, attempts: list[Attempt]) -> dict[str, Any]:
    code, detail = why(payment)
    row = reason(code) if code else None
    return {
        **payment.model_dump(mode="json"),
        "meaning": meaning_of(payment.status, was_paid=payment.was_paid),
        "what_to_do": what_to_do(payment.status, code),
        "why": {"code": code, "meaning": row.meaning, "detail": detail, "remedy": row.remedy} if row else None,
        "group_id": payment.group_id if payment.reservation else "",
        "attempts": [attempt.model_dump(mode="json") for attempt in attempts],
    }
