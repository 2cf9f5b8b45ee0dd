"""Who may import whom (docs/architecture.md). Read from the source, imports inside functions included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "layers" / "kinetic_wise" / "kinetic_wise"

# What each room of the package may import from it; a single module is a room too.
SMALL = {"findings", "metrics", "transport", "authentication", "tokens", "oauth"}
ROOMS: dict[str, set[str]] = {
    "payments": set(),
    "findings": {"payments"},
    "metrics": set(),
    "reasons": {"payments"},
    "words": {"payments"},
    "emf": {"metrics"},
    "transport": set(),
    "authentication": {"transport"},
    "tokens": {"transport"},
    "oauth": {"tokens", "transport"},
    "settings": {"payments"},
    "aws": {"payments"},
    "calendars": set(),
    "spreadsheet": set(),
    "callers": set(),
    "epicor": {"payments"} | SMALL,
    "wise": {"payments"} | SMALL,
    "ledger": {"payments"} | SMALL,
    "flows": {"epicor", "wise", "ledger", "payments", "settings", "calendars", "spreadsheet"} | SMALL,
    "widget": {"flows", "payments", "reasons", "words"},
    "credentials": {"epicor", "wise"} | SMALL,
    "wiring": {"credentials", "flows", "epicor", "wise", "ledger", "payments", "settings", "aws", "emf"} | SMALL,
}
HTTP = {"requests", "urllib3", "http", "socket"}
AWS = {"boto3", "botocore", "aws_lambda_powertools"}


def modules(folder: Path) -> list[Path]:
    """The Python files under a folder of the checkout."""
    return sorted(folder.rglob("*.py"))


def package_of(path: Path) -> tuple[str, ...]:
    """The package that a file stands in, as Python names it."""
    base = PACKAGE.parent if path.is_relative_to(PACKAGE) else ROOT
    return path.relative_to(base).parts[:-1]


def imports(path: Path) -> Iterator[str]:
    """The full names of what a file imports."""
    return imported_names(path.read_text(encoding="utf-8"), package_of(path))


def imported_names(source: str, package: tuple[str, ...]) -> Iterator[str]:
    """Full names, also from relative imports; `from a import b` gives `a.b`, a module or a name in one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room(name: str) -> str | None:
    """The room of our package that a full name belongs to; None for everything else."""
    parts = name.split(".")
    return parts[1] if parts[0] == "kinetic_wise" and len(parts) > 1 else None


def room_of(path: Path) -> str:
    """The room that a file of our package stands in."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def offences(files: list[Path], forbidden: set[str]) -> list[str]:
    """Each import of a forbidden top-level package, told with its file."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imports(path)
        if name.split(".")[0] in forbidden
    ]


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_room_imports_only_what_lies_below_it(name: str) -> None:
    """Arrows point one way: a room imports only from below; clients know neither each other nor the ledger."""
    found = [
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in modules(PACKAGE)
        if room_of(path) == name
        for imported in imports(path)
        if room(imported) not in {None, name, *ROOMS[name]}
    ]

    assert found == []


def test_every_room_has_its_place() -> None:
    """A new room of the package says what it may import before it is used."""
    assert {room_of(path) for path in modules(PACKAGE)} - {"__init__"} <= set(ROOMS)


def test_core_is_pure() -> None:
    """The core decides about money without AWS and without HTTP."""
    assert offences(modules(PACKAGE / "payments"), AWS | HTTP) == []


def test_clients_know_nothing_of_aws() -> None:
    """The clients of Epicor and Wise run wherever HTTP does."""
    assert offences([*modules(PACKAGE / "epicor"), *modules(PACKAGE / "wise")], AWS) == []


def test_flows_reach_outside_through_clients_and_ledger_only() -> None:
    """A use case calls clients and ledger; it sends no request and opens no table by itself."""
    assert offences(modules(PACKAGE / "flows"), AWS | HTTP) == []


def test_simulators_and_connector_never_meet() -> None:
    """What stands in for the two systems shares no line with what is tried against it."""
    assert offences(modules(ROOT / "simulators"), {"kinetic_wise", "functions", "cli", "local", "tests"}) == []
    assert offences(modules(PACKAGE), {"simulators"}) == []


def test_what_is_deployed_needs_nothing_local() -> None:
    """The layer and the functions run where only the layer and the functions are."""
    files = [*modules(PACKAGE), *modules(ROOT / "functions")]

    assert offences(files, {"simulators", "cli", "local", "scripts", "tests"}) == []


def test_imports_are_found_wherever_they_stand() -> None:
    """The rule cannot be gone around by importing late, relatively, or a module through its package."""
    source = "from kinetic_wise import ledger\nfrom ..wise import client\ndef f():\n    import boto3.session\n"

    names = list(imported_names(source, ("kinetic_wise", "payments")))

    assert names == ["kinetic_wise.ledger", "kinetic_wise.wise.client", "boto3.session"]
