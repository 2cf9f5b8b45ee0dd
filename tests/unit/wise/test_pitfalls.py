"""What goes wrong in practice with Wise (wise-api.md 12): each pitfall is handled, and shown by a test."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.wise.scripted import PROFILE, Reply, client_of

ROOT = Path(__file__).resolve().parents[3]
PITFALLS = 37
BEYOND_53_BITS = 2**53 + 1


def rows() -> dict[int, list[str]]:
    """The table's rows by number: pitfall, handling, tests."""
    text = (ROOT / "docs/wise.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (\d+) \|(.*)\|$", text, re.MULTILINE)
    return {int(number): [cell.strip() for cell in cells.split("|")] for number, cells in found}


def named_tests() -> set[str]:
    """The names of all tests there are."""
    files = (ROOT / "tests").rglob("test_*.py")
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in files)
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_pitfall_has_its_row() -> None:
    """All 37 stand in the table, each with what we do about it."""
    assert sorted(rows()) == list(range(1, PITFALLS + 1))
    assert all(len(cells) == 3 and all(cells) for cells in rows().values())


def test_every_named_test_exists() -> None:
    """A row is shown by tests that there are, or says that it is open."""
    tests = named_tests()

    for number, (_, handling, shown) in rows().items():
        names = re.findall(r"`(test_\w+)`", shown)
        assert names or handling.startswith("**open**"), number
        assert set(names) <= tests, (number, set(names) - tests)


def test_ids_beyond_53_bits_stay_exact() -> None:
    """Transfer and recipient ids are 64-bit numbers, read digit for digit (22)."""
    text = (
        f'{{"id": {BEYOND_53_BITS}, "targetAccount": {BEYOND_53_BITS + 2}, "status": "processing", '
        '"sourceCurrency": "EUR", "targetCurrency": "EUR", "sourceValue": 1.10, "targetValue": 1.10, "rate": 1.0}'
    )

    transfer = client_of(Reply(text=text))[0].transfer(BEYOND_53_BITS)

    assert transfer is not None
    assert (transfer.id, transfer.recipient_id) == (BEYOND_53_BITS, BEYOND_53_BITS + 2)
    assert transfer.target_amount == Decimal("1.10")


def test_every_list_names_our_profile() -> None:
    """Lists default to the personal profile, so each names ours, in the path or in the query (16)."""
    client, wise = client_of(Reply([]))

    client.balances()
    client.subscriptions()
    list(client.transfers(datetime(2026, 11, 1, tzinfo=UTC)))

    assert all(str(PROFILE) in str(request.url) for request in wise.asked)
    assert len(wise.asked) == 3


@pytest.mark.parametrize("details", [{}, {"pixKey": "x"}, {"accountNumber": None, "address": None}])
def test_details_are_an_open_map(details: dict[str, str | None]) -> None:
    """No field of a recipient's details is taken for granted, whatever its type (20)."""
    data = {
        "id": 7, "profileId": PROFILE, "name": {"fullName": "Acme"}, "currency": "BRL", "type": "BrazilPix",
        "active": True, "hash": "h", "details": details, "commonFieldMap": {"accountNumberField": "accountNumber"},
    }  # fmt: skip

    recipient = client_of(Reply(data))[0].recipient(7)

    assert recipient is not None
    assert recipient.account_number == ""
