"""Conditions on rows: the tree that both query dialects are parsed into, checked and made a function."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from simulators.epicor.errors import BadQuery, EpicorError, broken, unknown_column
from simulators.epicor.schema import Row, Table

Evaluate = Callable[[Row], Any]


@dataclass(frozen=True)
class Column:
    """A column by name."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A constant; its kind is one letter as in `columns`, or n for null."""

    value: Any
    kind: str


@dataclass(frozen=True)
class Call:
    """An operator or function with its operands."""

    name: str
    operands: tuple[Node, ...]


Node = Column | Literal | Call

_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "mod": operator.mod,
}
_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_NAMES = {"s": "Edm.String", "b": "Edm.Boolean", "d": "Edm.Decimal", "t": "Edm.DateTimeOffset", "g": "Edm.Guid"}


def evaluator(node: Node, table: Table) -> Evaluate:
    """A function that evaluates the condition on a row. Raises EpicorError or BadQuery when it cannot be."""
    _check(node, table)
    return _compile(node, table)


def conjuncts(node: Node) -> list[Node]:
    """The conditions that must all hold."""
    if isinstance(node, Call) and node.name == "and":
        return [part for operand in node.operands for part in conjuncts(operand)]
    return [node]


def renamed(node: Node, names: Mapping[str, str], table: str) -> Node:
    """The condition over other column names. Raises EpicorError (400) for a column that has none."""
    if isinstance(node, Column):
        return Column(own_name(node.name, names, table))
    if isinstance(node, Call):
        return Call(node.name, tuple(renamed(operand, names, table) for operand in node.operands))
    return node


def own_name(column: str, names: Mapping[str, str], table: str) -> str:
    """The table's own name of a column. Raises EpicorError (400) for a column that has none."""
    if column not in names:
        raise unknown_column(column, table)
    return names[column]


def date_text(text: str) -> str:
    """A moment as rows hold it: UTC without zone, so that text order is time order. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _check(node: Node, table: Table) -> str:
    """The kind of a node, after checking it and its operands."""
    if isinstance(node, Literal):
        return node.kind
    if isinstance(node, Column):
        kind = table.kind(node.name)
        if node.name in table.joined:
            raise broken()  # transaction tables cannot be filtered by joined columns (3.5)
        return "d" if kind == "i" else kind
    kinds = [_check(operand, table) for operand in node.operands]
    if node.name in _COMPARISONS or node.name in _ARITHMETIC:
        _agree(node.name, kinds)
    return kinds[0] if node.name in _ARITHMETIC else "b"


def _agree(name: str, kinds: list[str]) -> None:
    left, right = kinds
    if left != right and "n" not in kinds:
        raise EpicorError(
            400,
            "Microsoft.OData.ODataException",
            f"A binary operator with incompatible types was detected. Found operand types '{_NAMES[left]}' and "
            f"'{_NAMES[right]}' for operator kind '{name}'.",
        )


def _compile(node: Node, table: Table) -> Evaluate:
    if isinstance(node, Literal):
        return _constant(node.value)
    if isinstance(node, Column):
        return _column(node.name, table.defaults[node.name])
    parts = [_compile(operand, table) for operand in node.operands]
    if node.name in ("not", "and", "or"):
        return _logic(node.name, parts)
    if node.name == "like":
        return _like(parts)
    if node.name in _COMPARISONS:
        return _comparison(node.name, parts)
    return _pair(_TEXT.get(node.name) or _ARITHMETIC[node.name], parts)


def _logic(name: str, parts: list[Evaluate]) -> Evaluate:
    if name == "not":
        return lambda row: not parts[0](row)
    left, right = parts
    if name == "and":
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)


def _constant(value: Any) -> Evaluate:
    return lambda _: value


def _column(name: str, default: Any) -> Evaluate:
    return lambda row: row.get(name, default)


def _pair(apply: Callable[[Any, Any], Any], parts: list[Evaluate]) -> Evaluate:
    left, right = parts
    return lambda row: apply(left(row), right(row))


def _comparison(name: str, parts: list[Evaluate]) -> Evaluate:
    compare = _COMPARISONS[name]
    if name in ("eq", "ne"):
        return _pair(compare, parts)
    left, right = parts

    def ordered(row: Row) -> bool:
        first, second = left(row), right(row)
        return first is not None and second is not None and bool(compare(first, second))

    return ordered


def _like(parts: list[Evaluate]) -> Evaluate:
    pattern = parts[1]({})
    matcher = re.compile(".*".join(re.escape(piece) for piece in str(pattern).split("%")), re.DOTALL)
    return lambda row: matcher.fullmatch(parts[0](row)) is not None


def number(text: str) -> Literal:
    """A numeric literal."""
    return Literal(Decimal(text) if "." in text else int(text), "d")


def moment(text: str) -> Literal:
    """A date literal. Raises BadQuery."""
    try:
        return Literal(date_text(text), "t")
    except ValueError:
        raise BadQuery(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.") from None
