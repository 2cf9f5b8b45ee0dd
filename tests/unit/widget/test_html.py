"""HTML that cannot be broken out of."""

from __future__ import annotations

import pytest

from kinetic_wise.widget.html import Markup, join, name_of, table, tag
from kinetic_wise.widget.links import Links
from tests.unit.widget.parsing import Page

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE payments; --",
    "</bdi></td></table><h1>All paid</h1>",
    "<cwdb-action action='call' endpoint='arn:x'>{}</cwdb-action>",
    "&lt;b&gt; already escaped &amp; more",
    "</style><style>*{display:none}",
    "a\u202egnp.exe\u2066\u0000\u0007b",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_text(name: str) -> None:
    """As child, attribute, cell or link label: no element, no attribute, no entity of its own comes of it."""
    links = Links("arn:aws:lambda:eu-central-1:1:function:widget")
    shown = join(
        tag("p", name, title=name), table("c", ("A",), [(name_of(name),)]), links.to(name_of(name), payment=name)
    )
    page = Page(shown)
    assert page.names == {"p", "table", "caption", "thead", "tbody", "tr", "th", "bdi", "a", "cwdb-action"}
    visible = "".join(one for one in name if one not in "\u202e\u2066\u0000\u0007")
    assert page.text.count(visible) >= 3
    assert [set(attributes) for attributes in page.attributes("p")] == [{"title"}]


def test_what_turns_text_around_is_left_out() -> None:
    """Direction overrides and control characters vanish, line ends become spaces, joiners of scripts stay."""
    assert join("a\u202eb\u2066c\x00d") == "abcd"
    assert join("a\r\nb\tc") == "a  b c"
    assert join("\u06a9\u200c\u0647") == "\u06a9\u200c\u0647"


def test_only_markup_is_markup() -> None:
    """A plain string is escaped wherever it comes from; what `tag` made is not escaped twice."""
    assert join("<b>") == "&lt;b&gt;"
    assert tag("p", tag("b", "x & y")) == "<p><b>x &amp; y</b></p>"
    assert isinstance(join("a", 1), Markup)


def test_tables_can_be_read_aloud() -> None:
    """A table has a caption, its columns and rows have headings that say for what they stand."""
    page = Page(table("Paid", ("Currency", "Amount"), [("EUR", "1.00")], right=("Amount",)))
    assert "caption" in page.names
    assert [attributes["scope"] for attributes in page.attributes("th")] == ["col", "col", "row"]
