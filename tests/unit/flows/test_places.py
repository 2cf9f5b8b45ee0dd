"""Epicor bears three calls at a time: every flow reaches it through one of the places."""

from __future__ import annotations

import ast
from pathlib import Path

FLOWS = Path(__file__).parents[3] / "layers/kinetic_wise/kinetic_wise/flows"
HOLDERS = {"deps"}  # names under which flows hold Deps: `deps.epicor`, `case.deps.epicor`


def _outside(source: str) -> list[int]:
    """Lines that reach for the client without a place."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr == "epicor" and _holder(node.value) in HOLDERS
    ]


def _holder(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_flows_reach_epicor_through_a_place() -> None:
    """No flow uses the client of Epicor but inside `epicor_place`, so token renewals happen there as well."""
    found = {path.name: _outside(path.read_text(encoding="utf-8")) for path in FLOWS.glob("*.py")}
    assert len(found) > 10
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_call_outside_a_place_would_be_found() -> None:
    """The rule sees the client wherever a flow holds its tools."""
    assert _outside("def f(case, deps):\n    deps.epicor.post()\n    case.deps.epicor.draft()\n") == [2, 3]
    assert _outside("with deps.epicor_place() as epicor:\n    epicor.draft()\n") == []
