"""One payment's story as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kinetic_wise.flows.board import Story
from kinetic_wise.flows.overview import since_when, why
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt
from kinetic_wise.payments.money import Money
from kinetic_wise.reasons import reason, what_to_do
from kinetic_wise.widget.board import search_form
from kinetic_wise.widget.html import Child, Markup, join, name_of, prose, table, tag
from kinetic_wise.widget.links import Links
from kinetic_wise.words import at, meaning_of, sentence, words_of


def story_html(story: Story, links: Links) -> Markup:
    """How a payment stands and what happened to it."""
    payment = story.payment
    return join(
        links.to("All payments", "btn", view="board"),
        tag("h1", "Invoice ", name_of(payment.invoice.invoice_num)),
        tag("dl", *(join(tag("dt", label), tag("dd", value)) for label, value in _lines(story))),
        _attempts(story.attempts),
        tag("h2", "What happened"),
        _earlier(story),
        tag("ol", *(_entry(entry["at"], entry["kind"], entry["data"]) for entry in story.entries), class_="story"),
    )


def choice_html(asked: str, found: list[str], links: Links) -> Markup:
    """Several payments, or none, have the number that was asked for."""
    back = links.to("All payments", "btn", view="board")
    if not found:
        told = "Check the number. If it is right, Epicor does not offer the invoice for payment yet."
        return join(back, tag("h1", "No payment of invoice ", name_of(asked)), tag("p", told), search_form(links))
    items = (tag("li", links.to(name_of(payment_id), payment=payment_id)) for payment_id in found)
    return join(back, tag("h1", f"{len(found)} payments of invoice ", name_of(asked)), tag("ul", *items))


def _lines(story: Story) -> Iterator[tuple[str, Child]]:
    payment, key = story.payment, story.payment.invoice
    yield "Vendor", join(name_of(payment.vendor_name or str(key.vendor_num)), f" (company {key.company})")
    yield "Amount", str(Money(payment.amount, payment.currency))
    meaning = meaning_of(payment.status, was_paid=payment.was_paid)
    yield "Status", join(tag("strong", payment.status.replace("_", " ")), f": {meaning}")
    yield from _why(story)
    since = since_when(payment)
    yield "Since", f"{at(since)} UTC, for {words_of(story.at - since)}"
    if payment.not_before is not None and payment.status is Status.QUEUED:
        yield "Not before", f"{at(payment.not_before)} UTC"
    if payment.draft is not None:
        state = "posted" if payment.draft.posted else "not posted"
        yield "In Epicor", f"group {payment.draft.group_id}, payment {payment.draft.head_num}, {state}"
    yield "Payment", name_of(payment.id)


def _why(story: Story) -> Iterator[tuple[str, Child]]:
    code, detail = why(story.payment)
    if code:
        yield "Reason", prose(f"{code}: {reason(code).meaning}")
    if detail:
        yield "Detail", detail
    if remedy := what_to_do(story.payment.status, code):
        yield "What to do", prose(remedy)


def _attempts(attempts: tuple[Attempt, ...]) -> Markup:
    if not attempts:
        return join()
    head = ("Attempt", "Transfer", "At Wise", "Rate", "Left the balance", "Fee", "Ended because")
    rows = [_attempt_row(attempt) for attempt in attempts]
    return tag("div", table("Attempts", head, rows, right=("Left the balance", "Fee")), class_="scroll", tabindex="0")


def _attempt_row(attempt: Attempt) -> tuple[Child, ...]:
    transfer = attempt.transfer
    seen = (transfer.id, transfer.status.replace("_", " "), str(transfer.rate)) if transfer else ("none yet", "", "")
    money = ("" if amount is None or transfer is None else str(Money(amount, transfer.source_currency))
             for amount in (attempt.debited, attempt.fee))  # fmt: skip
    return (attempt.number, *seen, *money, attempt.dead)


def _earlier(story: Story) -> Markup:
    told = f"{story.earlier} earlier entries: `kinetic-wise audit show` has all of them, with the evidence."
    return tag("p", prose(told), class_="dim") if story.earlier else join()


def _entry(moment: str, kind: str, data: dict[str, object]) -> Markup:
    return tag(
        "li", tag("time", at(datetime.fromisoformat(moment)), datetime=moment), tag("span", sentence(kind, data))
    )
