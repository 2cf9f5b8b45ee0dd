"""The report is written whatever happens, and the exit code says how the day ended."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from local.accounts import Account, End
from local.options import Options
from local.report import DONE, ERROR, STILL_OPEN, Report, exit_code, problem
from local.stop import Stop

_GIVEN = Options(given={"wise": {"url": "http://wise.test"}})
_GOOD = Account((), 3, 3, {}, 0, 0, 3, 3)
_UNKNOWN = Account((), None, None, None, None, None, None, None)
_LOST_SAMPLE = End(("EPIC01", 1, "A"), "Adler", Decimal(1), "EUR", "held", "vendor_on_hold", expect_outcome="paid")


@pytest.mark.parametrize(
    ("day", "options", "settled", "code"),
    [
        (_GOOD, Options(), True, DONE),
        (_GOOD, Options(), False, ERROR),
        (replace(_GOOD, ends=(_LOST_SAMPLE,)), Options(), True, ERROR),
        (replace(_GOOD, lost=1), Options(), True, ERROR),
        (replace(_GOOD, paid_twice=1), Options(), True, ERROR),
        (_UNKNOWN, _GIVEN, True, DONE),
        (replace(_UNKNOWN, ends=(_LOST_SAMPLE,)), _GIVEN, True, DONE),
        (replace(_UNKNOWN, open={"awaiting_funds": 1}), _GIVEN, False, STILL_OPEN),
        (_UNKNOWN, _GIVEN, False, STILL_OPEN),
        (replace(_UNKNOWN, paid_twice=1, open={"sent": 1}), _GIVEN, False, ERROR),
    ],
)
def test_the_exit_code_says_how_the_day_ended(day: Account, options: Options, code: int, *, settled: bool) -> None:
    """0 only as it should be; 2 only for what is open at given systems; money lost or paid twice is always 1."""
    assert exit_code(day, options, settled=settled) == code


def test_differences_are_no_fault_of_given_systems() -> None:
    """A sample's expectation never makes an error where an address was given."""
    day = replace(_GOOD, ends=(_LOST_SAMPLE,))
    assert problem(day, Options()) == "1 invoices did not end as their sample says"
    assert problem(day, _GIVEN) == ""


def test_what_stood_wrong_before_people_came_makes_an_error() -> None:
    """A day that ends well after it stood otherwise than its sample says at its first rest is no good day."""
    noon = replace(_GOOD, ends=(_LOST_SAMPLE,))
    assert problem(_GOOD, Options(), noon) == "1 invoices did not stand as their sample says before people came"
    assert problem(_GOOD, Options(), _GOOD) == ""


def test_figures_that_only_some_runs_have_follow_the_others(tmp_path: Path) -> None:
    """People's orders and the search for secrets stand in the report of the runs that had them."""
    report = Report({"paid": 3, "masking": {"hits": []}, "people": {"orders": {"reject": 1}}})
    report.write(tmp_path / "report.json")
    told = json.loads((tmp_path / "report.json").read_text())
    assert list(told)[-2:] == ["people", "masking"]
    assert told["masking"] == {"hits": []}


def test_a_report_without_a_day_has_every_figure(tmp_path: Path) -> None:
    """A run that stopped early still writes all keys, as null, and why it stopped."""
    report = Report()
    report.fail(Stop("port taken", "choose another"))
    report.write(tmp_path / "report.json")
    told = json.loads((tmp_path / "report.json").read_text())
    assert told.pop("error") == "port taken"
    assert set(told.values()) == {None}
    assert list(told)[:3] == ["invoices", "paid", "held"]
    assert len(told) == 16


def test_a_report_of_a_good_day_has_no_error(tmp_path: Path) -> None:
    """Figures are written as they are, and the key for errors is absent when there is none."""
    report = Report({**_GOOD.as_dict(), "seconds": 31.5})
    report.write(tmp_path / "report.json")
    told = json.loads((tmp_path / "report.json").read_text())
    assert "error" not in told
    assert (told["invoices"], told["paid"], told["rejected"], told["seconds"]) == (3, 3, 0, 31.5)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("error", "told"), [(KeyboardInterrupt(), "interrupted"), (ValueError("odd"), "ValueError: odd")]
)
def test_whatever_stopped_the_run_is_named(error: BaseException, told: str) -> None:
    """An interruption and a bug are told in the report like any other reason."""
    report = Report()
    report.fail(error)
    assert report.error == told
