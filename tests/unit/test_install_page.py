"""The installation page says what works: commands, parameters, outputs, settings and links are there."""

from __future__ import annotations

import json
import re
import shlex

import pytest
import typer

from cli.main import app
from kinetic_wise import settings
from tests.unit.template.source import ROOT, template

PAGE = (ROOT / "docs/install.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"(?:^|`)kinetic-wise ([^`\n#]+)", PAGE, re.MULTILINE)))


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_one(line: str) -> None:
    """Each `kinetic-wise …` of the page is a command with those options."""
    command = typer.main.get_command(app)
    words = shlex.split(line)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    assert command is not typer.main.get_command(app), line
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known, line


def test_parameters_and_outputs_are_the_templates() -> None:
    """What is overridden is a parameter and fits its pattern; what is asked of the stack is one of its outputs."""
    for name, value in re.findall(r"[ '](\w+)=([^\s']+)", " ".join(re.findall(r"--parameter-overrides (.+)", PAGE))):
        parameter = template()["Parameters"][name]
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), value), name
        assert value in parameter.get("AllowedValues", [value]), name
    asked = set(re.findall(r"\$\(out (\w+)\)", PAGE)) | set(
        re.findall(r"`(\w+(?:FunctionName|DashboardName|GroupName))`", PAGE)
    )
    assert len(asked) >= 6
    assert asked <= set(template()["Outputs"])


def test_settings_of_the_page_are_accepted() -> None:
    """The example's settings are settings."""
    (shown,) = re.findall(r"'Settings=(\{.*\})'", PAGE)
    assert settings.read(shown).funding_currency == json.loads(shown)["funding_currency"]
    assert "named_roles" in settings.Settings.model_fields


def test_links_lead_somewhere() -> None:
    """Each page that is linked to is there, with the heading that is meant."""
    for name, heading in re.findall(r"\]\(([\w-]+\.md)(?:#([\w-]+))?\)", PAGE):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        headings = [
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in text.splitlines()
            if line[:1] == "#"
        ]
        assert not heading or heading in headings, f"{name}#{heading}"
