"""What the run is told: used as it is, or refused with the variable's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.options import Options, read_options
from local.stop import Stop

_WISE = {"personal_token": "t", "profile_id": 7, "url": "http://elsewhere"}
_EPICOR = {"company": "EPIC01", "user": "u", "password": "p", "api_key": "k"}


def _file(folder: Path, content: Any) -> str:
    path = folder / "credentials.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_nothing_told_is_the_sample_day() -> None:
    """Without variables both systems are ours and the hand-written day is worked off."""
    options = read_options({})
    assert options == Options()
    assert options.all_ours


def test_numbers_and_switches_are_read() -> None:
    """INVOICES, SEED, SETTLE_SECONDS, LOST and KEEP mean what they say."""
    told = {"INVOICES": "500", "SEED": "3", "SETTLE_SECONDS": "20", "KEEP": "1", "LOST": "10", "EVENTS": "300"}
    assert read_options(told) == Options(keep=True, invoices=500, seed=3, settle_seconds=20, lost=10, events=300)
    assert not read_options({"KEEP": "0"}).keep


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INVOICES", "0"),
        ("INVOICES", "many"),
        ("INVOICES", "-3"),
        ("SEED", "1.5"),
        ("SETTLE_SECONDS", "9999999"),
        ("LOST", "51"),
    ],
)
def test_a_number_that_is_none_is_refused(name: str, value: str) -> None:
    """A number that cannot be used is named with its value, and the remedy shows one that can."""
    with pytest.raises(Stop) as stop:
        read_options({name: value})
    assert f"{name}={value}" in stop.value.message
    assert f"{name}=" in stop.value.remedy


def test_the_variable_wins_over_the_files_address(tmp_path: Path) -> None:
    """A system given is used at the variable's address with the file's credentials; the other one stays ours."""
    told = {"WISE_BASE_URL": "https://wise.test/", "CREDENTIALS": _file(tmp_path, {"wise": _WISE})}
    options = read_options(told)
    assert options.given == {"wise": {**_WISE, "url": "https://wise.test"}}
    assert not options.all_ours


def test_only_our_simulators_lose_answers(tmp_path: Path) -> None:
    """LOST is for a run with a simulator of ours: a system that was given is used as it is."""
    credentials = {"epicor": _EPICOR, "wise": _WISE}
    told = {"EPICOR_BASE_URL": "https://epicor.test", "LOST": "10", "CREDENTIALS": _file(tmp_path, credentials)}
    assert read_options(told).lost == 10
    with pytest.raises(Stop, match="LOST=10 needs a simulator of ours"):
        read_options({**told, "WISE_BASE_URL": "https://wise.test"})


def test_companies_stand_for_a_company(tmp_path: Path) -> None:
    """Epicor's companies may be given as a list alone."""
    fields = {name: value for name, value in _EPICOR.items() if name != "company"} | {"companies": ["A", "B"]}
    told = {"EPICOR_BASE_URL": "http://epicor.test/x", "CREDENTIALS": _file(tmp_path, {"epicor": fields})}
    assert read_options(told).given["epicor"]["companies"] == ["A", "B"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ({"wise": _WISE}, 'has no "epicor"'),
        ({"epicor": "x"}, 'has no "epicor"'),
        ({"epicor": {**_EPICOR, "api_key": ""}}, 'lacks "api_key"'),
        ({"epicor": {"user": "u", "password": "p"}}, 'lacks "company" or "companies", "api_key"'),
    ],
)
def test_credentials_that_do_not_fit_are_refused(tmp_path: Path, content: Any, message: str) -> None:
    """What is wrong with the credentials file is said by the name of the field, never with its value."""
    with pytest.raises(Stop) as stop:
        read_options({"EPICOR_BASE_URL": "http://epicor.test", "CREDENTIALS": _file(tmp_path, content)})
    assert message in stop.value.message


def test_an_address_needs_credentials() -> None:
    """An address without a credentials file, or with one that is not there, is refused with the form it must have."""
    with pytest.raises(Stop, match="WISE_BASE_URL needs credentials") as stop:
        read_options({"WISE_BASE_URL": "http://wise.test"})
    assert '"personal_token"' in stop.value.remedy
    with pytest.raises(Stop, match="cannot be read: No such file"):
        read_options({"WISE_BASE_URL": "http://wise.test", "CREDENTIALS": "/nowhere.json"})


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    """An address must begin with http or https and name a host."""
    with pytest.raises(Stop, match=r"WISE_BASE_URL=wise\.test is no address"):
        read_options({"WISE_BASE_URL": "wise.test", "CREDENTIALS": _file(tmp_path, {"wise": _WISE})})
