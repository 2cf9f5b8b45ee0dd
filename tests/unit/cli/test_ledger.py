"""`ledger adopt` tells a person what it found, and what is left to do in Epicor."""

from __future__ import annotations

from typing import Any

import pytest

from cli.ledger import tell

_LINE = "EPIC01/WQXPBHD3: empty payment 5001 begun for EPIC01:117:VL-6620:1 (held), left for it to complete"


def _answer(**found: Any) -> dict[str, Any]:
    return {"first": False, "set_back": False, "transfers": 7, "approved": [], "recovered": [], "left": [], **found}


def test_what_is_left_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line that adopt leaves for a person stands under the sentence that says what to do with it."""
    tell(_answer(recovered=["EPIC01:117:KC-1:1: taken up as posted"], left=[_LINE]))
    told = capsys.readouterr().out.splitlines()
    assert told[:3] == [
        "Bound again; no bank row was approved by this.",
        "Transfers matched at Wise: 7.",
        "  EPIC01:117:KC-1:1: taken up as posted",
    ]
    assert told[3].startswith("Left in Epicor. Look at each in Payment Entry, delete what nobody completes")
    assert told[4:] == [f"  {_LINE}"]


def test_nothing_left_is_not_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing is left the output ends with what was matched."""
    tell(_answer(first=True, approved=["EPIC01/117/MAIN"]))
    assert capsys.readouterr().out.splitlines() == [
        "Bound for the first time; 1 bank rows are approved as they stand.",
        "Transfers matched at Wise: 7.",
    ]


def test_a_ledger_that_was_set_back_says_that_payments_are_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    """The last line says why nothing is paid, and by which command it goes on once the orders are given again."""
    tell(_answer(set_back=True))
    last = capsys.readouterr().out.splitlines()[-1]
    assert "The ledger was set back, so payments are stopped" in last
    assert "`kinetic-wise resume`" in last
