"""The installation page says what works: commands, parameters, outputs, settings and links are there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import pytest

from kinetic_wise import settings
from tests.support.commands import is_command
from tests.unit.template.source import ROOT, template

PAGE = (ROOT / "docs/install.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"(?:^|`)kinetic-wise ([^`\n]+)", PAGE, re.MULTILINE)))
SAM_PYTHON = ROOT / ".local/venvs/sam/bin/python"
_PARSED_BY_SAM = (
    "import json, sys; from samcli.cli.types import CfnParameterOverridesType as Type; "
    "print(json.dumps(Type().convert(tuple(sys.argv[1:]), None, None)))"
)


def _overrides(command: str) -> dict[str, str]:
    """What `sam build` or `sam deploy` makes of the parameters that the page gives it, typed into a shell."""
    (line,) = re.findall(rf"^sam {command} .+$", PAGE.replace("\\\n", ""), re.MULTILINE)
    words = shlex.split(line)
    given = words[words.index("--parameter-overrides") + 1 :]
    if SAM_PYTHON.exists():
        run = [str(SAM_PYTHON), "-c", _PARSED_BY_SAM, *given]
        parsed: dict[str, str] = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
        return parsed
    return dict(word.split("=", 1) for word in shlex.split(" ".join(given)))  # its rule: quotes once more


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_one(line: str) -> None:
    """Each `kinetic-wise …` of the page is a command with those options."""
    assert is_command(line)


@pytest.mark.parametrize("command", ["build", "deploy"])
def test_parameters_are_the_templates(command: str) -> None:
    """What is overridden is a parameter and fits its pattern."""
    for name, value in _overrides(command).items():
        parameter = template()["Parameters"][name]
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), value), name
        assert value in parameter.get("AllowedValues", [value]), name


def test_build_and_deploy_are_given_one_runtime() -> None:
    """Layer and functions are built for what they are deployed on; nothing waits for a due date in the first hour."""
    built, deployed = _overrides("build"), _overrides("deploy")
    assert built.items() <= deployed.items()
    assert "PayWhen" not in deployed


def test_outputs_are_the_templates() -> None:
    """What is asked of the stack is one of its outputs."""
    asked = set(re.findall(r"\$\(out (\w+)\)", PAGE)) | set(
        re.findall(r"`(\w+(?:FunctionName|DashboardName|GroupName|BucketName))`", PAGE)
    )
    assert len(asked) >= 6
    assert asked <= set(template()["Outputs"])


def test_settings_of_the_page_are_accepted() -> None:
    """The example's settings arrive whole, through the shell and through SAM, and are settings."""
    assert settings.read(_overrides("deploy")["Settings"]).funding_currency == "EUR"
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
