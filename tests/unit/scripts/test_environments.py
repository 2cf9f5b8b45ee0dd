"""Set-up: complete or not there, never half believed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts import environments
from scripts.environments import Environment, SetupFailed


class Commands:
    """Stands in for `environments.run`: remembers commands; makes a folder as `venv` does; fails where told."""

    def __init__(self, failing: str = "no command at all") -> None:
        self.failing = failing
        self.ran: list[str] = []

    def __call__(self, command: list[str], failure: str, environment: Mapping[str, str] | None = None) -> str:
        text = " ".join(command)
        self.ran.append(text)
        if self.failing in text:
            raise SetupFailed(failure)
        if "-m venv" in text:
            Path(command[-1]).mkdir(parents=True)
        return ""

    def count(self, part: str) -> int:
        """How many commands held this text."""
        return sum(part in text for text in self.ran)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands that all succeed."""
    fake = Commands()
    monkeypatch.setattr(environments, "run", fake)
    return fake


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment of a checkout in a temporary folder, not made yet."""
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    lock = tmp_path / "some.txt"
    lock.write_text("six==1.17.0 --hash=sha256:00\n")
    return Environment(tmp_path / "venvs" / "some", lock)


def test_complete_environment_costs_nothing(environment: Environment, commands: Commands) -> None:
    """A second set-up runs no command."""
    environments.bring_up(environment)
    commands.ran.clear()

    environments.bring_up(environment)

    assert commands.ran == []


def test_failed_set_up_is_not_believed_complete(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment whose packages did not arrive is made again from nothing next time."""
    monkeypatch.setattr(environments, "run", Commands(failing="uv pip sync"))
    with pytest.raises(SetupFailed):
        environments.bring_up(environment)
    again = Commands()
    monkeypatch.setattr(environments, "run", again)

    environments.bring_up(environment)

    assert again.count("-m venv") == 1
    assert environments.read_stamp(environment) == environments.wanted_stamp(environment)


def test_changed_lock_puts_packages_in_step(environment: Environment, commands: Commands) -> None:
    """Another lock is installed into the environment that is there."""
    environments.bring_up(environment)
    commands.ran.clear()
    environment.lock.write_text("six==1.18.0 --hash=sha256:01\n")

    environments.bring_up(environment)

    assert (commands.count("-m venv"), commands.count("uv pip sync")) == (0, 1)


@pytest.mark.parametrize("name", ["python", "root"])
def test_other_interpreter_or_place_starts_afresh(environment: Environment, commands: Commands, name: str) -> None:
    """An environment made by another Python, or before the checkout was moved, is not patched up."""
    environments.bring_up(environment)
    stamp = environment.folder / environments.STAMP
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), name: "other"}))
    commands.ran.clear()

    environments.bring_up(environment)

    assert commands.count("-m venv") == 1


@pytest.mark.parametrize("text", ["", "[]", "{", '{"lock": "of another day"}'])
def test_damaged_stamp_counts_as_none(environment: Environment, commands: Commands, text: str) -> None:
    """Whatever stands in a damaged stamp, the environment is made again."""
    environment.folder.mkdir(parents=True)
    (environment.folder / environments.STAMP).write_text(text)

    environments.bring_up(environment)

    assert commands.count("-m venv") == 1


def test_packages_come_by_hash_and_as_wheels(environment: Environment, commands: Commands) -> None:
    """Nothing is installed that the lock does not name by hash, and nothing is built on the way."""
    environments.bring_up(environment)

    (sync,) = [text for text in commands.ran if "uv pip sync" in text]
    assert "--require-hashes --only-binary :all:" in sync


def test_uv_hears_what_pip_is_told() -> None:
    """A mirror configured for pip serves uv as well, and the environment wins over the file."""
    listing = (
        ":env:.index-url='https://env.example/simple'\n"
        "global.extra-index-url='https://a.example/simple\\nhttps://b.example/simple'\n"
        "global.index-url='https://file.example/simple'\n"
        "global.timeout='60'\n"
    )

    assert environments.translated(listing) == {
        "UV_DEFAULT_INDEX": "https://env.example/simple",
        "UV_INDEX": "https://a.example/simple https://b.example/simple",
    }


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("Error: ensurepip is not available", "python3-venv"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("error: Hash mismatch for `six==1.17.0`", "registry serves other files"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "registry serves other files"),
        ("tcp connect error: Connection refused", "reach a Python package registry"),
    ],
)
def test_each_failure_names_its_remedy(output: str, word: str) -> None:
    """What went wrong decides what the message says to do."""
    assert word in environments.remedy(output)


def test_failure_shows_what_the_command_said() -> None:
    """The command's last lines stand in the message, so that nobody has to run it by hand."""
    command = [sys.executable, "-c", "import sys; sys.exit('tcp connect error')"]

    with pytest.raises(SetupFailed, match=r"(?s)cannot install uv.*tcp connect error.*registry"):
        environments.run(command, "cannot install uv")


def checkout(folder: Path) -> Path:
    """A checkout whose set-up only tells which Python it was handed to."""
    (folder / "scripts").mkdir()
    (folder / "scripts" / "setup").write_bytes((environments.ROOT / "scripts" / "setup").read_bytes())
    (folder / "scripts" / "environments.py").write_text("import sys; print('with', sys.executable)")
    return folder / "scripts" / "setup"


def run_setup(script: Path, path: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a set-up script by the shell, as make does, seeing only these programs."""
    return subprocess.run(
        ["/bin/sh", str(script)], env={"PATH": path, **variables}, capture_output=True, text=True, check=False
    )


def program(folder: Path, name: str, text: str) -> None:
    """Put a program into a folder."""
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_python_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    """A `python3` that is a failing shim, or too old, does not stop a machine that has a good one as well."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "python3", "echo 'shim: no such version' >&2; exit 127")
    program(programs, "python3.14", "exit 1")
    program(programs, "python3.12", f'exec "{sys.executable}" "$@"')
    program(programs, "dirname", 'exec /usr/bin/dirname "$@"')

    done = run_setup(checkout(tmp_path), str(programs))

    assert (done.returncode, done.stderr) == (0, "")
    assert "with" in done.stdout


def test_machine_without_a_python_is_told_what_to_do(tmp_path: Path) -> None:
    """Without a suitable Python there is one clear message with the remedy, and exit code 1."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "dirname", 'exec /usr/bin/dirname "$@"')

    done = run_setup(checkout(tmp_path), str(programs))

    assert done.returncode == 1
    assert "No Python 3.11 or newer" in done.stderr
    assert "PYTHON=" in done.stderr


def test_named_python_is_the_only_candidate(tmp_path: Path) -> None:
    """A PYTHON= that is unsuitable is said, not quietly replaced."""
    done = run_setup(checkout(tmp_path), "/usr/bin:/bin", PYTHON="/no/such/python")

    assert done.returncode == 1
    assert "PYTHON=/no/such/python" in done.stderr


def test_titles_are_seen_from_the_checkout(environment: Environment) -> None:
    """Messages name folders as the user sees them."""
    assert environment.title == "venvs/some"


def test_command_runs_from_anywhere(environment: Environment, tmp_path: Path) -> None:
    """`kinetic-wise` is the checkout's command line wherever it is called, also beside a folder of the same name."""
    programs = environment.folder / "bin"
    programs.mkdir(parents=True)
    program(programs, "python", f'exec "{sys.executable}" "$@"')
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "__main__.py").write_text("print('somebody else')")
    environments.make_command(environment)

    done = subprocess.run(
        [str(programs / "kinetic-wise"), "payment", "--help"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "kinetic-wise payment" in done.stdout


def test_command_is_written_when_it_is_not_right(environment: Environment) -> None:
    """A complete environment of an older set-up gets the command too, and one that is right is left alone."""
    programs = environment.folder / "bin"
    programs.mkdir(parents=True)
    command = programs / "kinetic-wise"
    command.write_text("old")
    environments.make_command(environment)
    assert str(environment.python) in command.read_text()
    written = command.stat().st_mtime_ns

    environments.make_command(environment)

    assert command.stat().st_mtime_ns == written
