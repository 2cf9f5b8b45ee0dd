"""Filters are written once, as OData text (epicor-kinetic-api.md 3.2), and said in other dialects from that.

GetRows wants its clauses SQL-like: other comparison signs, dates and GUIDs quoted (3.4). A BAQ has other column names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kinetic_wise.epicor.errors import ConfigurationMissing

_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_DATE = r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?"
_TOKEN = re.compile(
    rf"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<guid>{_GUID}(?!\w))|(?P<date>{_DATE})|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign>[(),]))"
)
_MIDNIGHT = re.compile(r"T00:00(?::00(?:\.0+)?)?$")
_COMPARISONS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_PATTERNS = {"startswith": "{}%", "endswith": "%{}", "contains": "%{}%"}
_PLAIN = frozenset({"and", "or", "not", "true", "false"})
_UNSAYABLE = frozenset({"null", "add", "sub", "mul", "div", "mod"})
_WILD = re.compile(r"[%_\[\]*?\\]")  # what LIKE may take for a pattern; how it is escaped there nobody documents


@dataclass(frozen=True)
class Token:
    """A piece of a filter; its kind is text, guid, date, number, word or sign."""

    kind: str
    text: str


Filter = tuple[Token, ...]


def parse(text: str) -> Filter:
    """The pieces of a filter. Raises ConfigurationMissing for what is no OData."""
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise ConfigurationMissing(
                f"`eligible_filter` is no OData filter from {text[position : position + 40]!r} on"
            )
        tokens.append(Token(match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tuple(tokens)


def columns(tokens: Filter) -> set[str]:
    """The columns that a filter names."""
    words = {token.text for token in tokens if token.kind == "word"}
    return words - _PLAIN - _UNSAYABLE - set(_COMPARISONS) - set(_PATTERNS)


def conjuncts(tokens: Filter) -> list[Filter]:
    """The conditions that must all hold."""
    depth = 0
    parts: list[list[Token]] = [[]] if tokens else []
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if depth == 0 and token == Token("word", "or"):
            return [tokens]
        if depth == 0 and token == Token("word", "and"):
            parts.append([])
        else:
            parts[-1].append(token)
    return [tuple(part) for part in parts]


def as_odata(tokens: Filter, rename: Callable[[str], str]) -> str:
    """A filter over columns of other names."""
    named = columns(tokens)
    return _joined([rename(token.text) if token.text in named else token.text for token in tokens])


def as_clause(tokens: Filter) -> str:
    """A filter as a whereClause of GetRows. Raises ConfigurationMissing for what cannot be said there."""
    said, rest = [], list(tokens)
    while rest:
        token = rest.pop(0)
        said.append(_like(token.text, rest) if token.text in _PATTERNS else _in_clause(token))
    return _joined(said)


def _in_clause(token: Token) -> str:
    if token.kind == "date":
        return f"'{_MIDNIGHT.sub('', token.text.removesuffix('Z'))}'"
    if token.kind == "guid":
        return f"'{token.text}'"
    if token.kind == "word" and token.text in _UNSAYABLE:
        raise ConfigurationMissing(f"GetRows knows no {token.text!r}: leave it out of `eligible_filter`")
    return _COMPARISONS.get(token.text, token.text) if token.kind == "word" else token.text


def _like(function: str, rest: list[Token]) -> str:
    """`startswith(Column,'text')` and its like. Takes the call's pieces out of the rest."""
    call, rest[:] = rest[:5], rest[5:]
    if [token.kind for token in call] != ["sign", "word", "sign", "text", "sign"] or _WILD.search(call[3].text):
        raise ConfigurationMissing(f"GetRows cannot say this {function}(): it takes a column and a text without %")
    return f"{call[1].text} LIKE '{_PATTERNS[function].format(call[3].text[1:-1])}'"


def _joined(pieces: list[str]) -> str:
    """Pieces with a space between them, but none inside brackets, around commas, or after a function's name."""
    text, before = "", "("
    for piece in pieces:
        tight = before in ("(", ",") or piece in (")", ",") or (piece == "(" and before in _PATTERNS)
        text += piece if tight else f" {piece}"
        before = piece
    return text
