"""The local page: the widget's HTML with plain links, for this machine only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from kinetic_wise.widget.html import name_of, tag
from kinetic_wise.widget.links import Links
from local.page import BoardPage, as_page, event_of
from tests.unit.widget.parsing import Page
from tests.unit.widget.test_html import HOSTILE

LINKS = Links("arn:aws:lambda:eu-central-1:1:function:widget")


class Widget:
    """Keeps its events and answers a link; breaks when asked for `broken`."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any], /) -> str:
        self.events.append(event)
        if event.get("payment") == "broken":
            raise RuntimeError("no <ledger>")
        return tag("main", LINKS.to("4711", payment="EPIC01:118:47&11:1"))


@pytest.fixture
def widget() -> Widget:
    """A deployed widget."""
    return Widget()


@pytest.fixture
def page(widget: Widget) -> Iterator[BoardPage]:
    """A page that is served."""
    served = BoardPage(widget)
    served.start()
    yield served
    served.stop()


def test_links_lead_to_what_cloudwatch_would_call(page: BoardPage, widget: Widget) -> None:
    """A click shows the same story as in CloudWatch: the parameters of the action are the event."""
    text = requests.get(page.url, timeout=5).text
    shown = Page(text[text.index("<main>") : text.index("</body>")])
    (link,) = shown.attributes("a")
    assert requests.get(page.url.rstrip("/") + str(link["href"]), timeout=5).ok
    assert [event.get("payment") for event in widget.events] == [None, "EPIC01:118:47&11:1"]


def test_the_page_runs_nothing_and_is_for_this_machine(page: BoardPage) -> None:
    """No script may run whatever the HTML says, and the page answers to its own address only."""
    answer = requests.get(page.url, timeout=5)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.url.startswith("http://127.0.0.1:")
    assert requests.get(page.url, headers={"Host": "evil.example"}, timeout=5).status_code == 403
    assert requests.get(page.url + "etc/passwd", timeout=5).status_code == 404


def test_a_widget_that_fails_is_told(page: BoardPage) -> None:
    """Its error is shown as text, and the page goes on."""
    answer = requests.get(page.url, params={"payment": "broken"}, timeout=5)
    assert answer.status_code == 502
    assert "no &lt;ledger&gt;" in answer.text
    assert requests.get(page.url, timeout=5).ok


def test_the_form_sends_what_was_typed() -> None:
    """The search's action is a button of its form."""
    assert '<button class="btn">Show</button>' in as_page(LINKS.to("Show", "btn", view="search"))


def test_only_what_the_widget_knows_is_asked() -> None:
    """Nothing of an address but the widget's own parameters gets into its event."""
    assert set(event_of({"invoice": "1", "describe": "true", "widgetContext": "x"})) == {"invoice", "widgetContext"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names_on_the_page(name: str) -> None:
    """Making links of actions opens no way in for what a name holds."""
    shown = as_page(tag("main", name, LINKS.to(name_of(name), payment=name)))
    body = shown[shown.index("<main>") : shown.index("</body>")]
    assert Page(body).names == {"main", "a", "bdi"}
