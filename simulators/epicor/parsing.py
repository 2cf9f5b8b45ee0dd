"""Parses conditions: OData's `$filter` (3.2) and the SQL-like `whereClause` (3.4) into one kind of tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from simulators.epicor.errors import BadQuery
from simulators.epicor.expressions import Call, Column, Literal, Node, moment, number
from simulators.epicor.schema import Table

_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_DATE = r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?"
_TOKEN = re.compile(
    rf"\s*(?:(?P<guid>{_GUID})|(?P<date>{_DATE})|(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><>|<=|>=|[=<>(),]))"
)
_FUNCTIONS = ("contains", "startswith", "endswith")
_CONSTANTS = {"true": Literal(True, "b"), "false": Literal(False, "b"), "null": Literal(None, "n")}
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"eq", "ne", "gt", "ge", "lt", "le", "like"}),
    frozenset({"add", "sub"}),
    frozenset({"mul", "div", "mod"}),
)
_ODATA = {name: name for level in _LEVELS for name in level if name != "like"} | {"not": "not"}
_SQL = {
    "and": "and", "or": "or", "not": "not", "like": "like",
    "=": "eq", "<>": "ne", ">": "gt", ">=": "ge", "<": "lt", "<=": "le",
}  # fmt: skip


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise BadQuery(f"Syntax error at position {position} in '{text}'.")
        tokens.append(_Token(match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, text: str, tokens: list[_Token], operators: Mapping[str, str]) -> None:
        self._text = text
        self._operators = operators
        self._tokens = tokens
        self._next = 0

    def parse(self) -> Node:
        node = self._binary(0)
        if self._next < len(self._tokens):
            raise self._unexpected()
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while (name := self._operator()) in _LEVELS[level]:
            self._next += 1
            node = Call(name, (node, self._binary(level + 1)))
        return node

    def _unary(self) -> Node:
        if self._operator() == "not":
            self._next += 1
            return Call("not", (self._binary(2),))
        return self._primary()

    def _primary(self) -> Node:
        token = self._take()
        if token.text == "(":
            node = self._binary(0)
            self._expect(")")
            return node
        if token.kind == "text":
            return Literal(token.text[1:-1].replace("''", "'"), "s")
        if token.kind == "number":
            return number(token.text)
        if token.kind == "date":
            return moment(token.text)
        if token.kind == "guid":
            return Literal(token.text.lower(), "g")
        if token.kind == "word":
            return self._word(token.text)
        self._next -= 1
        raise self._unexpected()

    def _word(self, word: str) -> Node:
        if word in _FUNCTIONS and self._peek() == "(":
            self._expect("(")
            first = self._binary(0)
            self._expect(",")
            second = self._binary(0)
            self._expect(")")
            return Call(word, (first, second))
        return _CONSTANTS.get(word.lower()) or Column(word)

    def _operator(self) -> str:
        text = self._peek()
        return self._operators.get(text if self._operators is _ODATA else text.lower(), "")

    def _peek(self) -> str:
        return self._tokens[self._next].text if self._next < len(self._tokens) else ""

    def _take(self) -> _Token:
        if self._next >= len(self._tokens):
            raise BadQuery(f"Expression expected at the end of '{self._text}'.")
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, sign: str) -> None:
        if self._take().text != sign:
            self._next -= 1
            raise self._unexpected()

    def _unexpected(self) -> BadQuery:
        return BadQuery(f"Syntax error: unexpected '{self._peek()}' in '{self._text}'.")


@lru_cache(maxsize=2048)
def parse_filter(text: str) -> Node:
    """The tree of a `$filter`. Raises BadQuery."""
    return _Parser(text, _tokens(text), _ODATA).parse()


def parse_clause(text: str, table: Table) -> tuple[Node | None, list[tuple[str, bool]]]:
    """The tree of a `whereClause` (None without a condition) and its `BY` order as (column, descending)."""
    tokens = _tokens(text)
    sorting = [place for place, token in enumerate(tokens) if token.kind == "word" and token.text.upper() == "BY"]
    end = sorting[0] if sorting else len(tokens)
    node = _Parser(text, tokens[:end], _SQL).parse() if end else None
    return (_dated(node, table) if node else None), _order(tokens[end + 1 :])


def _order(tokens: list[_Token]) -> list[tuple[str, bool]]:
    order: list[tuple[str, bool]] = []
    for token in tokens:
        if token.text.upper() == "DESCENDING" and order:
            order[-1] = (order[-1][0], True)
        elif token.text not in (",", "BY"):
            order.append((token.text, False))
    return order


def _dated(node: Node, table: Table) -> Node:
    """In SQL dates and GUIDs are quoted: beside such a column a text is one."""
    if not isinstance(node, Call):
        return node
    operands = tuple(_dated(operand, table) for operand in node.operands)
    kinds = {table.kind(operand.name) for operand in operands if isinstance(operand, Column)}
    if kinds & {"t", "g"}:
        operands = tuple(_read_as(operand, kinds) for operand in operands)
    return Call(node.name, operands)


def _read_as(operand: Node, kinds: set[str]) -> Node:
    if not isinstance(operand, Literal) or operand.kind != "s":
        return operand
    return moment(operand.value) if "t" in kinds else Literal(operand.value.lower(), "g")
