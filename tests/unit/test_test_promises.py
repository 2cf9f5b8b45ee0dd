"""Reading the tests from top to bottom is reading the specification."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SHORTEST = 15  # characters; below that it is a title


def promises(path: Path) -> Iterator[tuple[str, str]]:
    """Each test function or method of a file: where it stands, and its docstring's first paragraph."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield f"{path.relative_to(TESTS)}::{node.name}", (ast.get_docstring(node) or "").split("\n\n")[0]


def is_sentence(text: str) -> bool:
    """Whether a docstring says something and ends."""
    return len(text) >= SHORTEST and " " in text and text.endswith((".", "!", "?"))


def test_every_test_states_its_promise() -> None:
    """Each test has a docstring that is a sentence: the promise that it keeps."""
    files = sorted(TESTS.rglob("test_*.py"))

    silent = [where for path in files for where, text in promises(path) if not is_sentence(text)]

    assert files
    assert silent == []


def test_title_is_no_promise() -> None:
    """A missing docstring, a word or a phrase without an end does not pass for a sentence."""
    assert not any(is_sentence(text) for text in ["", "Claim.", "Claims an invoice once"])
    assert is_sentence("An invoice is claimed once.")
