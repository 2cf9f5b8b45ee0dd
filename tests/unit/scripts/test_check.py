"""`make check`: all tools run, one failing is enough."""

from __future__ import annotations

import sys

import pytest

from scripts import check
from scripts.check import Step


def step(name: str, code: str, remedy: str = "") -> Step:
    """A step that runs a line of Python."""
    return Step(name, [sys.executable, "-I", "-S", "-c", code], remedy)


def test_all_steps_run_and_one_failing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first failing tool does not hide what the next ones have to say."""
    found = [step("first", "print('line 7 is long'); exit(1)", "shorten it"), step("second", "pass")]
    monkeypatch.setattr(check, "steps", lambda: found)

    code = check.main()

    told = capsys.readouterr().out
    assert code == 1
    assert "FAIL  first" in told
    assert "line 7 is long" in told
    assert "shorten it" in told
    assert "ok    second" in told
    assert told.endswith("make check: first failed\n")


def test_passing_steps_keep_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A tool that has nothing to complain about costs one line on the screen."""
    monkeypatch.setattr(check, "steps", lambda: [step("lint", "print('all is well')")])

    assert check.main() == 0
    assert "all is well" not in capsys.readouterr().out


def test_tools_have_no_way_to_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No check can ask AWS anything, whoever is logged in on this machine."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "something")

    names = {name for name in check.environment() if name.startswith("AWS_")}

    assert names == {"AWS_EC2_METADATA_DISABLED", "AWS_DEFAULT_REGION"}


def test_every_kind_of_file_has_its_tool() -> None:
    """Types, lint, form, locks and secrets are looked at in every run."""
    names = {found.name for found in check.steps()}

    assert {"mypy", "ruff check", "ruff format", "locks"} <= names
