"""The dashboard's widget on a day's ledger: the board, one payment's story, and hostile names that stay names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kinetic_wise.flows import overview
from kinetic_wise.flows.board import Books, read_board
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.widget.page import answer
from tests.support.dynamodb import FIRST
from tests.support.world import World
from tests.unit.widget.parsing import Page
from tests.unit.widget.test_html import HOSTILE

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:kinetic-wise-DashboardWidget"
SAFE = {
    "style", "main", "h1", "h2", "p", "form", "div", "label", "input", "a", "cwdb-action", "ul", "ol", "li", "strong",
    "span", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi", "dl", "dt", "dd", "time", "code",
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    """A day worked off, the balances topped up in the middle."""
    world = World()
    world.poll()
    world.run(3600)
    world.top_up()
    world.run(7200)
    return world


def _books(world: World) -> Books:
    client = world.database.client
    trail = Trail(client, FIRST.payments, FIRST.audit, FIRST.connector)
    return Books(Reading(client, FIRST.payments), trail, world.deps.state)


def _shown(world: World, **event: Any) -> Page:
    page = Page(answer(event, _books(world), ARN, world.now()))
    assert page.names <= SAFE
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    return page


def _held(world: World) -> Payment:
    return next(p for p in world.payments().values() if p.status is Status.HELD and "missing" in (p.hold or p).reason)


def test_describe_says_what_the_widget_is(world: World) -> None:
    """CloudWatch's describe event is answered with Markdown that names the parameters, and nothing is read for it."""
    told = answer({"describe": True}, None, ARN, world.now())  # type: ignore[arg-type]
    assert told.startswith("## ")
    assert "`payment`" in told


def test_the_board_counts_what_the_ledger_holds(world: World) -> None:
    """Each status with payments has its row, each payment that waits for a person its own with the remedy."""
    page = _shown(world, widgetContext={"theme": "dark"})
    payments = world.payments().values()
    board = read_board(_books(world), world.now())
    assert sum(row.count for row in board.rows) == len(payments)
    assert {p.id for p in board.waiting} >= {p.id for p in payments if p.status in (Status.HELD, Status.FAILED)}
    assert "no usable bank row, or a field Wise needs is missing" in page.text
    assert "Wise balances against what falls due" in page.text
    assert page.attributes("main")[0]["class"] == "kw kw-dark"


def test_stop_switch_and_unbound_ledger_are_told(world: World) -> None:
    """Whoever looks at the board sees that nothing is funded, and how that is undone."""
    world.deps.state.switch.stop()
    assert "The stop switch is on" in _shown(world).text
    world.deps.state.switch.resume()
    assert "The stop switch is on" not in _shown(world).text


def test_one_payments_story(world: World) -> None:
    """By invoice number or id: how it stands, why, what to do, and each step in plain words, without any exchange."""
    held = _held(world)
    for event in ({"payment": held.id}, {"invoice": held.invoice.invoice_num}):
        page = _shown(world, **event)
        assert held.hold is not None
        assert held.hold.reason in page.text
        assert "What to do" in page.text
        assert "Claimed: " in page.text
    paid = next(p for p in world.payments().values() if p.status is Status.POSTED)
    story = _shown(world, payment=paid.id).text
    assert "Funded: the money left our balance." in story
    assert "http" not in story


def test_an_invoice_is_found_from_the_form(world: World) -> None:
    """What a clerk types comes in the widget's context; an unknown number is told as such, not as an error."""
    typed = _held(world).invoice.invoice_num
    form = {"forms": {"all": {"invoice": f" {typed} "}}}
    assert f"Invoice {typed}" in _shown(world, view="search", widgetContext=form).text
    assert "No payment of invoice" in _shown(world, invoice="no such <number>").text
    assert "As of" in _shown(world, view="board", widgetContext=form).text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_vendor_names_are_only_text(world: World, name: str) -> None:
    """A vendor's name, or the words of a hold, make no element, close none and run nothing, wherever shown."""
    before = _held(world)
    hold = before.hold.model_copy(update={"detail": name}) if before.hold else None
    after = before.model_copy(update={"vendor_name": name, "hold": hold})
    world.deps.ledger.write(before, after, [], [], [])
    for event in ({}, {"payment": before.id}):
        assert name[:1] in _shown(world, **event).text


def test_a_long_ledger_is_shown_in_part(world: World) -> None:
    """History does not grow into the board: what is at rest for more than 30 days is not counted any more."""
    later = world.now() + timedelta(days=31)
    board = read_board(_books(world), later)
    rows = {row.status: row.count for row in board.rows}
    assert rows[Status.POSTED] == rows[Status.FAILED] == 0
    assert rows[Status.HELD] > 0


def test_many_that_wait_are_counted_and_the_longest_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many wait, the board keeps the longest waiting of each status and says how many it does not show."""
    monkeypatch.setattr(overview, "SHOWN", 2)
    board = read_board(_books(world), world.now())
    held = sorted((p for p in world.payments().values() if p.status is Status.HELD), key=overview.since_when)
    shown = [payment for payment in board.waiting if payment.status is Status.HELD]
    assert len(held) > 5
    assert [overview.since_when(one) for one in shown] == [overview.since_when(one) for one in held[:2]]
    assert board.unshown >= len(held) - 2
