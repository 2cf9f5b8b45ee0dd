"""Reads HTML as strictly as a test needs: elements closed in order, what stands in them, their attributes."""

from __future__ import annotations

from html.parser import HTMLParser

_EMPTY = frozenset({"input"})


class Page(HTMLParser):
    """What a page holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], "left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends: the one that began last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def names(self) -> set[str]:
        """The elements there are."""
        return {name for name, _ in self.elements}

    @property
    def text(self) -> str:
        """All text."""
        return "".join(self.words)

    def attributes(self, element: str) -> list[dict[str, str | None]]:
        """The attributes of each element of a name."""
        return [attributes for name, attributes in self.elements if name == element]
