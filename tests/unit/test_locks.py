"""The locks mean the same files on every machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.lock import LAYER_LOCK, LOCKS, ROOT

DEV_LOCK = Path("requirements/dev.txt")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;]+)")
ADDRESS = re.compile(r"://|^\s*-|--(extra-)?index|--find-links|--trusted-host| @ |(^|\s)/\w", re.MULTILINE)


def name_of(text: str) -> str:
    """A distribution's name in its normal form."""
    return re.sub(r"[-_.]+", "-", text).lower()


def entries(path: Path) -> list[str]:
    """The entries of a lock, each with its hashes on one line, without comments."""
    text = re.sub(r"^\s*#.*\n?", "", (ROOT / path).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def pins(path: Path) -> dict[str, set[str]]:
    """Version of each pinned distribution; more than one where Python versions differ."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        match = PIN.match(line)
        if match:
            found.setdefault(name_of(match["name"]), set()).add(match["version"])
    return found


@pytest.mark.parametrize("lock", LOCKS.values(), ids=str)
def test_lock_names_no_address(lock: Path) -> None:
    """A lock holds names, versions and hashes: which registry or mirror serves them is the machine's business."""
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")
    assert [entry for entry in entries(lock) if ADDRESS.search(entry.replace("--hash=", ""))] == []


@pytest.mark.parametrize("lock", LOCKS.values(), ids=str)
def test_every_entry_is_pinned_by_hash(lock: Path) -> None:
    """What is installed is exactly what was locked, down to the file."""
    listed = entries(lock)

    assert listed
    assert [entry for entry in listed if not PIN.match(entry) or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(("source", "lock"), LOCKS.items(), ids=str)
def test_lock_answers_its_in_file(source: Path, lock: Path) -> None:
    """What an in-file asks for is what its lock pins."""
    asked, locked = pins(source), pins(lock)

    assert asked
    assert {name: locked.get(name) for name in asked} == asked


def test_project_has_the_layers_versions() -> None:
    """Tests and the local run use the very libraries that run in Lambda."""
    layer, project = pins(LAYER_LOCK), pins(DEV_LOCK)

    assert {name: project.get(name) for name in layer} == layer


def test_layer_leaves_the_aws_sdk_to_the_runtime() -> None:
    """boto3 is the Lambda runtime's own, so the layer stays small."""
    assert not {"boto3", "botocore"} & set(pins(LAYER_LOCK))


def test_address_is_recognised() -> None:
    """An index option, a link or a path in a lock would be seen."""
    bad = ["--index-url https://mirror.example/simple", "-f /some/wheels", "six @ file:///x", "six==1 --find-links x"]

    assert all(ADDRESS.search(line) for line in bad)
