"""The page about the command line: each command is one, and the system's chains are those that the code writes."""

from __future__ import annotations

import re

import pytest

from tests.support.commands import is_command
from tests.unit.template.source import ROOT

PAGE = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"(?:^\$ |`)kinetic-wise ([a-z][^`\n]*)", PAGE, re.MULTILINE)))
LAYER = ROOT / "layers/kinetic_wise/kinetic_wise"


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_one(line: str) -> None:
    """Each `kinetic-wise …` of the page is a command with those options."""
    assert is_command(line)


def test_every_source_of_system_events_is_named() -> None:
    """Whoever asks what happened on a day finds the names of all chains that belong to no payment."""
    code = "".join(path.read_text(encoding="utf-8") for path in LAYER.rglob("*.py"))
    written = set(re.findall(r'\.note\(\s*"(\w+)"', code)) | set(re.findall(r'^_SOURCE = "(\w+)"', code, re.MULTILINE))
    told = PAGE.split("their sources are ")[1].split(".")[0]
    assert len(written) >= 10
    assert set(re.findall(r"`(\w+)`", told)) == written
