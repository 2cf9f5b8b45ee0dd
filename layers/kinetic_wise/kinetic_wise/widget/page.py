"""What a CloudWatch dashboard calls: from its event to HTML, or to the words that describe the widget."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kinetic_wise.flows.board import Books, find_payments, read_board, read_story
from kinetic_wise.widget.board import board_html
from kinetic_wise.widget.html import Markup, tag
from kinetic_wise.widget.links import Links
from kinetic_wise.widget.story import choice_html, story_html
from kinetic_wise.widget.style import STYLE

_LONGEST = 200
DESCRIPTION = """## Payments of Kinetic-Wise

The board of all payments: what needs a person, what waits for money, balances against what falls due. It reads the
ledger and changes nothing.

| Parameter | |
|---|---|
| `payment` | a payment's id: its story instead of the board |
| `invoice` | an invoice number: the story of its payment |
"""


def answer(event: Mapping[str, Any], books: Books, endpoint: str, now: datetime) -> str:
    """HTML, or for `{"describe": true}` Markdown. `endpoint` is the function's own ARN."""
    if event.get("describe"):
        return DESCRIPTION
    context = event.get("widgetContext") or {}
    style = "kw kw-dark" if context.get("theme") == "dark" else "kw"
    body = _body(event, context, books, Links(endpoint), now)
    # The style sheet is ours and holds no text of others: nothing in it is escaped.
    return tag("style", Markup(STYLE)) + tag("main", body, class_=style, lang="en")


def _body(event: Mapping[str, Any], context: Mapping[str, Any], books: Books, links: Links, now: datetime) -> Markup:
    asked = _asked(event, context)
    if not asked:
        return board_html(read_board(books, now), links)
    found = find_payments(books, asked)
    story = read_story(books, found[0], now) if len(found) == 1 else None
    return story_html(story, links) if story else choice_html(asked, found, links)


def _asked(event: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """The payment or invoice that a viewer wants to see; empty for the board."""
    if event.get("view") == "board":
        return ""
    forms = (context.get("forms") or {}).get("all") or {}
    typed = forms.get("invoice") if event.get("view") == "search" else ""
    return str(event.get("payment") or typed or event.get("invoice") or "").strip()[:_LONGEST]
