"""HTML that cannot be broken out of: every text is escaped, and only `tag` makes markup."""

from __future__ import annotations

import unicodedata
from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | int
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_JOINERS = "\u200c\u200d"  # letters of some scripts, and some emoji, are joined by them


def tag(name: str, *children: Child, **attributes: str) -> Markup:
    """An element. Attributes, and children that are no Markup, are escaped; `class_` is told as `class`."""
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(harmless(v))}"' for key, v in attributes.items())
    return Markup(f"<{name}{told}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """One after the other."""
    return Markup("".join(one if isinstance(one, Markup) else escape(harmless(str(one))) for one in children))


def name_of(text: str) -> Markup:
    """Somebody's name, which may read from right to left: set apart, it turns nothing else around."""
    return tag("bdi", text)


def prose(text: str) -> Markup:
    """Words in which what stands between back ticks is code."""
    return join(*(tag("code", part) if number % 2 else part for number, part in enumerate(text.split("`"))))


def harmless(text: str) -> str:
    """Without characters that show nothing, or turn around what is shown; line ends become spaces."""
    return "".join(_shown(one) for one in text)


def _shown(one: str) -> str:
    if one in "\r\n\t":
        return " "
    return "" if unicodedata.category(one) in _UNSEEN and one not in _JOINERS else one


def table(caption: str, head: tuple[str, ...], rows: list[tuple[Child, ...]], right: tuple[str, ...] = ()) -> Markup:
    """A table with a caption; columns named in `right` hold figures, the first cell of a row names it."""
    sides = ["r" if column in right else "l" for column in head]
    heads = join(*(tag("th", column, scope="col", class_=side) for column, side in zip(head, sides, strict=True)))
    body = join(*(_row(row, sides) for row in rows))
    return tag("table", tag("caption", caption), tag("thead", tag("tr", heads)), tag("tbody", body))


def _row(row: tuple[Child, ...], sides: list[str]) -> Markup:
    first = tag("th", row[0], scope="row", class_=sides[0])
    return tag("tr", first, *(tag("td", one, class_=side) for one, side in zip(row[1:], sides[1:], strict=True)))
