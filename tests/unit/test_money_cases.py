"""Every case that money rules must survive has a test that names it, and a line in `docs/reliability.md`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "reliability.md"
CASES = frozenset(range(1, 43))


def _tests() -> Iterator[tuple[str, set[int]]]:
    """Each test function that pytest collects, with the cases that its name and its promise name."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = ast.get_docstring(node) or ""
                names = [*re.findall(r"_h(\d\d)_", node.name), *re.findall(r"\bH(\d{1,2})\b", text)]
                yield node.name, {int(name) for name in names}


def test_every_case_is_named_by_a_test() -> None:
    """None of the 42 cases goes untested."""
    named = set().union(*(cases for _, cases in _tests()))
    assert named >= CASES, sorted(CASES - named)


def test_every_case_stands_in_the_page_with_a_test_that_names_it() -> None:
    """The page lists each case once, and the test that it refers to exists and is about that case."""
    rows = re.findall(r"^\| H(\d+) \|.*\| `(test_\w+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(case) for case, _ in rows] == sorted(CASES)
    by_name = {name: cases for name, cases in _tests() if cases}
    wrong = [(case, name) for case, name in rows if int(case) not in by_name.get(name, set())]
    assert wrong == []
