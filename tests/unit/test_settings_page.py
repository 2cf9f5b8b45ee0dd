"""The page of all settings has all of them, with their defaults, and each link of it leads somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kinetic_wise.settings import PARAMETERS, Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "settings.md").read_text(encoding="utf-8")
_ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
_DEFAULTS = json.loads(Settings().model_dump_json())


def _cells(row: list[str]) -> list[tuple[str, str]]:
    """Name and default of each setting in a row; an empty default is none of the row's."""
    names = re.findall(r"`([a-z_]+)`", row[0])
    defaults = re.findall(r"`([^`]+)`", row[1]) if len(row) == 3 else []
    return list(zip(names, defaults or [""] * len(names), strict=True))


def test_every_setting_is_told_once() -> None:
    """Nothing that can be set is without its line, and no line speaks of a setting that is gone."""
    told = [name for row in _ROWS for name, _ in _cells(row)]
    assert sorted(told) == sorted(Settings.model_fields)


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0])
def test_defaults_are_the_codes(row: list[str]) -> None:
    """Each default is told as it would be written in the JSON object; what is empty by default shows nothing."""
    for name, told in _cells(row):
        default = _DEFAULTS[name]
        assert (json.loads(told) == default) if told else default in ("", None, [], {}), name


def test_parameters_stand_beside_their_settings() -> None:
    """A setting that is a parameter of the template says so: `Settings` may not name it."""
    assert dict(re.findall(r"`([a-z_]+)` \(`(\w+)`\)", PAGE)) == PARAMETERS


def test_links_lead_somewhere() -> None:
    """Each page that is linked to is there, with the heading that is meant."""
    for name, heading in re.findall(r"\]\(([\w-]+\.md)(?:#([\w-]+))?\)", PAGE):
        lines = (DOCS / name).read_text(encoding="utf-8").splitlines()
        headings = [re.sub(r"[^\w -]", "", x.lstrip("# ").lower()).replace(" ", "-") for x in lines if x[:1] == "#"]
        assert not heading or heading in headings, f"{name}#{heading}"
