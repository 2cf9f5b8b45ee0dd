"""Metrics: one catalogue, EMF lines as CloudWatch reads them, and no alarm of the code without a name."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kinetic_wise import metrics
from kinetic_wise.emf import EmfMeter
from kinetic_wise.metrics import Metric
from tests.support.meter import Meter

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "kinetic_wise" / "kinetic_wise"
CATALOGUE = {name: value for name, value in vars(metrics).items() if isinstance(value, Metric)}
CODE = [*PACKAGE.rglob("*.py"), *(ROOT / "functions").glob("*/app.py")]


def _alarm_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and any(k.arg == "alarm" for k in node.keywords):
            yield node


def _messages() -> set[str]:
    found = set()
    for path in (path for path in CODE if path.name != "metrics.py"):
        for call in _alarm_calls(path):
            first = call.args[0]
            assert isinstance(first, ast.Constant), f"{path.name}: an alarm's message is a literal, its data are values"
            found.add(str(first.value))
    return found


def _printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_alarm_of_the_code_is_in_the_catalogue() -> None:
    """Each log line that raises an alarm belongs to one with a name, and the catalogue names no line that is gone."""
    differing = sorted(_messages() ^ set(metrics.RAISED))
    assert differing == [], "enter what is new, and drop what is gone, in RAISED of kinetic_wise/metrics.py"


def test_every_metric_is_measured_somewhere() -> None:
    """The catalogue holds no metric that no code emits, and no name twice."""
    texts = [path.read_text(encoding="utf-8") for path in CODE if path.name != "metrics.py"]
    texts.append((PACKAGE / "metrics.py").read_text(encoding="utf-8").partition("def measure_alarm")[2])
    assert [name for name in CATALOGUE if not any(f"{name}," in text or f"{name})" in text for text in texts)] == []
    assert len({metric.name for metric in CATALOGUE.values()}) == len(CATALOGUE)


def test_a_line_for_each_set_of_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    """What an invocation measured is printed once, as EMF: namespace, dimensions, unit, all values of a metric."""
    meter = EmfMeter("KineticWise/sbx")
    meter(metrics.AMOUNT, Decimal("12.30"), status="held", currency="EUR")
    meter(metrics.STUCK, 0)
    meter(metrics.OLDEST_HOLD, 90.5)
    meter(metrics.STUCK, 2)
    meter.flush()
    meter.flush()
    amount, plain = _printed(capsys)
    (told,) = amount["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "KineticWise/sbx"
    assert [set(names) for names in told["Dimensions"]] == [{"status", "currency"}]
    assert (amount["status"], amount["currency"], amount["Amount"]) == ("held", "EUR", [12.3])
    assert (plain["StuckPayments"], plain["OldestHold"]) == ([0.0, 2.0], [90.5])
    assert plain["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]


def test_many_values_are_no_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    """EMF holds a hundred values a metric: more take more lines, and an exact hundred leaves no empty one."""
    meter = EmfMeter("KineticWise/sbx")
    for number in range(250):
        meter(metrics.CALL_SECONDS, number, system="wise")
    meter.flush()
    for number in range(100):
        meter(metrics.CALL_SECONDS, number, system="wise")
    meter.flush()
    assert [len(line["CallSeconds"]) for line in _printed(capsys)] == [100, 100, 50, 100]


def test_other_dimensions_are_refused() -> None:
    """A value without the metric's own dimensions would be one that no dashboard shows."""
    with pytest.raises(ValueError, match="told apart"):
        EmfMeter("x")(metrics.AMOUNT, 1, status="held")


@pytest.mark.parametrize(("status", "word"), [
    (200, ""), (201, ""), (302, ""), (None, "no_answer"), (500, "server"), (503, "server"), (429, "too_many"),
    (401, "access"), (403, "access"), (404, "not_found"), (400, "refused"), (409, "refused"), (422, "refused"),
])  # fmt: skip
def test_errors_are_told_apart_by_class(status: int | None, word: str) -> None:
    """A call is measured with its time, and counted as an error of its class when it was none that succeeded."""
    meter = Meter()
    metrics.measure_call(meter, "wise", 0.25, status)
    assert metrics.error_class(status) == word
    assert meter.last(metrics.CALL_SECONDS, system="wise") == 0.25
    assert meter.all(metrics.CALL_ERRORS, **{"system": "wise", "class": word}) == ([1] if word else [])


def test_an_unknown_alarm_is_still_one() -> None:
    """A message that the catalogue lacks raises the alarm of what nobody foresaw."""
    meter = Meter()
    metrics.measure_alarm(meter, "never written before")
    metrics.measure_alarm(meter, "money in a dead attempt")
    assert (meter.all(metrics.ALARMS, alarm="Unforeseen"), meter.all(metrics.ALARMS, alarm="MoneyUnseen")) == ([1], [1])
