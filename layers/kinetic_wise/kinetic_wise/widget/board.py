"""The payments board as HTML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from kinetic_wise.flows.board import FOR_PEOPLE, Board
from kinetic_wise.flows.overview import StatusRow, since_when, why
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.money import Money
from kinetic_wise.reasons import reason, what_to_do
from kinetic_wise.widget.html import Child, Markup, join, name_of, prose, table, tag
from kinetic_wise.widget.links import Links
from kinetic_wise.words import at, meaning_of, words_of

_WAITS_FOR_MONEY = (Status.AWAITING_FUNDS,)
_DONE = (Status.POSTED,)
_ENDED = (Status.CLOSED, Status.REJECTED)
_ON_THE_WAY = tuple(s for s in Status if s not in (*FOR_PEOPLE, *_WAITS_FOR_MONEY, *_DONE, *_ENDED))
_TILES = (
    ("Need a person", FOR_PEOPLE, True),
    ("Wait for money", _WAITS_FOR_MONEY, True),
    ("On the way", _ON_THE_WAY, False),
    ("Paid in 30 days", _DONE, False),
)
_CURRENCIES = 5
_DOCTOR = "it stands still though nothing holds it; mostly Epicor or Wise does not answer: `kinetic-wise doctor`"


def board_html(board: Board, links: Links) -> Markup:
    """The whole board."""
    return join(
        tag("h1", "Payments"),
        tag("p", f"As of {at(board.at)} UTC", class_="dim"),
        _notes(board),
        search_form(links),
        tag("ul", *(_tile(board, label, statuses, alert=alert) for label, statuses, alert in _TILES), class_="tiles"),
        _waiting(board, links),
        _balances(board),
        _standings(board),
    )


def search_form(links: Links) -> Markup:
    """Asks for an invoice number."""
    field = Markup('<input id="kw-invoice" name="invoice" maxlength="100" autocomplete="off">')
    label = tag("label", "Invoice number", for_="kw-invoice")
    return tag("form", tag("div", label, field), links.to("Show its story", "btn", view="search"))


def amounts_text(amounts: Mapping[str, Decimal]) -> str:
    """Amounts by currency in one line, the first few."""
    told = [str(Money(amount, currency)) for currency, amount in sorted(amounts.items())]
    more = len(told) - _CURRENCIES
    return ", ".join(told[:_CURRENCIES]) + (f" and {more} currencies more" if more > 0 else "")


def _notes(board: Board) -> Markup:
    told = []
    if not board.bound:
        unbound = "The ledger is bound to nothing yet, or was restored, so nothing is paid"
        told.append(f"{unbound}: order `kinetic-wise ledger adopt`.")
    if board.stopped:
        told.append("The stop switch is on, so nothing is funded: `kinetic-wise resume` switches it off.")
    return join(*(tag("p", prose(text), class_="note", role="status") for text in told))


def _tile(board: Board, label: str, statuses: tuple[Status, ...], *, alert: bool) -> Markup:
    """Those that stand still need a person, whatever their status."""
    rows = [row for row in board.rows if (statuses is FOR_PEOPLE if row.is_stuck else row.status in statuses)]
    count, amounts = sum(row.count for row in rows), defaultdict[str, Decimal](Decimal)
    for row in rows:
        for currency, amount in row.amounts.items():
            amounts[currency] += amount
    style = {"class_": "alert"} if alert and count else {}
    return tag(
        "li", label, tag("strong", count), tag("span", amounts_text(amounts) or "nothing", class_="dim"), **style
    )


def _waiting(board: Board, links: Links) -> Markup:
    if not board.waiting:
        return tag("p", "Nothing waits for a person.")
    head = ("Invoice", "Vendor", "Amount", "Why", "What to do", "For")
    rows = [_waiting_row(board, payment, links) for payment in board.waiting]
    shown = _scrolling(table("What needs a person", head, rows, right=("Amount", "For")))
    if not board.unshown:
        return shown
    return join(
        shown, tag("p", prose(f"And {board.unshown} more: `kinetic-wise status` counts all of them."), class_="dim")
    )


def _waiting_row(board: Board, payment: Payment, links: Links) -> tuple[Child, ...]:
    code, detail = why(payment)
    told = reason(code).meaning if code else meaning_of(payment.status)
    remedy = what_to_do(payment.status, code) if payment.status in FOR_PEOPLE else _DOCTOR
    return (
        links.to(name_of(payment.invoice.invoice_num), payment=payment.id),
        name_of(payment.vendor_name or f"vendor {payment.invoice.vendor_num}"),
        str(Money(payment.amount, payment.currency)),
        join(
            tag("strong", payment.status.replace("_", " ")),
            ": ",
            prose(told),
            tag("p", detail, class_="dim") if detail else "",
        ),
        prose(remedy),
        words_of(board.at - since_when(payment)),
    )


def _balances(board: Board) -> Markup:
    if not board.forecast or board.forecast_at is None:
        return tag("p", "Balances against what falls due: no forecast yet.", class_="dim")
    caption = f"Wise balances against what falls due, at {at(board.forecast_at)} UTC"
    head = ("Currency", "Balance", "Falls due", "Left", "Short from")
    rows: list[tuple[Child, ...]] = []
    for one in board.forecast:
        balance, due = Decimal(one["balance"]), sum((Decimal(day["amount"]) for day in one["days"]), Decimal(0))
        told = [str(Money(amount, one["currency"])) for amount in (balance, due, balance - due)]
        rows.append((one["currency"], *told, one["short_on"] or "enough"))
    return _scrolling(table(caption, head, rows, right=("Balance", "Falls due", "Left")))


def _standings(board: Board) -> Markup:
    rows = [_standing_row(board, row) for row in board.rows if row.count]
    if not rows:
        return tag("p", "The ledger holds no payments yet.")
    head = ("Status", "Payments", "Amount", "Oldest", "Meaning")
    caption = "All payments; those at rest of the last 30 days"
    return _scrolling(table(caption, head, rows, right=("Payments", "Oldest")))


def _standing_row(board: Board, row: StatusRow) -> tuple[Child, ...]:
    oldest = words_of(board.at - row.oldest) if row.oldest else ""
    meaning = meaning_of(row.status, was_paid=row.was_paid) + ("; stands still" if row.is_stuck else "")
    return row.status.replace("_", " "), row.count, amounts_text(row.amounts), oldest, meaning


def _scrolling(shown: Markup) -> Markup:
    """Wide tables scroll by themselves, also by keyboard."""
    return tag("div", shown, class_="scroll", tabindex="0")
