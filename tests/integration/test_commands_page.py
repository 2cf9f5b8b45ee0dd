"""The samples on the page about the command line are what the commands print."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.faults.days import day_of
from tests.integration.test_command_line import Desk
from tests.support.world import START, World
from tests.unit.template.source import ROOT

PAGE = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
BEFORE = ("preview --days 7",)
AFTER = ("status", "payment show KC-2026-14", "holds list --older-than 1h")


def _sample(command: str) -> str:
    (found,) = re.findall(rf"^\$ kinetic-wise {re.escape(command)}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def _lines(text: str) -> list[str]:
    """Without the blanks that fill a table up."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """What each command prints, before the first poll or hours after it: two invoices are paid and one is held."""
    desk = Desk(World(day_of("4500018", "TF-20931", "KC-2026-14")))
    told = {command: desk.run(*command.split()).output for command in BEFORE}
    desk.world.poll()
    desk.world.run(900)
    desk.world.time = START + timedelta(hours=2, minutes=30)
    return told | {command: desk.run(*command.split()).output for command in AFTER}


@pytest.mark.parametrize("command", [*BEFORE, *AFTER])
def test_a_sample_is_what_is_printed(command: str, printed: dict[str, str]) -> None:
    """Who compares the page with a screen finds every line of it, word for word."""
    assert _lines(_sample(command)) == _lines(printed[command])
