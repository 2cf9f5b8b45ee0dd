"""Dashboards and alarms: what they name is measured, what is measured is shown, and each alarm says what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from kinetic_wise import metrics
from kinetic_wise.metrics import Metric
from tests.support.commands import is_command
from tests.unit.template.source import ROOT, of_type, target, template, transformed

NAMESPACE = "KineticWise/${AWS::StackName}"
CATALOGUE = {value.name: value for value in vars(metrics).values() if isinstance(value, Metric)}
ALARMS = of_type("CloudWatch::Alarm")
DASHBOARDS = of_type("CloudWatch::Dashboard")
PAGE = (ROOT / "docs/dashboards.md").read_text(encoding="utf-8")
_SEARCH = re.compile(
    r"""SEARCH\('\{"(?P<namespace>[^"]+)",(?P<by>[\w,]+)\} MetricName="(?P<name>\w+)"', '\w+', \d+\)"""
)


@cache
def _widgets(name: str) -> list[dict[str, Any]]:
    """The widgets of a dashboard; references in them stand as `${...}`."""
    body: dict[str, Any] = json.loads(DASHBOARDS[name]["DashboardBody"]["Fn::Sub"])
    widgets: list[dict[str, Any]] = body["widgets"]
    return widgets


def _rows(name: str) -> Iterator[list[Any]]:
    for widget in _widgets(name):
        yield from widget["properties"].get("metrics", [])


def _shown() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Namespace, name and dimensions of every metric on a dashboard."""
    for name in DASHBOARDS:
        for row in _rows(name):
            if isinstance(row[0], dict):
                found = _SEARCH.fullmatch(row[0]["expression"])
                assert found is not None, row
                yield found["namespace"], found["name"], frozenset(found["by"].split(","))
            else:
                words = [word for word in row if isinstance(word, str)]
                yield words[0], words[1], frozenset(words[2::2])


def _watched() -> Iterator[tuple[str, frozenset[str]]]:
    """Name and dimensions of our own metrics that alarms are on."""
    for alarm in ALARMS.values():
        if alarm["Namespace"] == {"Fn::Sub": NAMESPACE}:
            yield alarm["MetricName"], frozenset(d["Name"] for d in alarm.get("Dimensions", []))


def test_code_measures_into_the_namespace_that_is_looked_at() -> None:
    """Functions, dashboards and alarms speak of one namespace, the stack's own."""
    for function in of_type("Lambda::Function").values():
        assert function["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == {"Fn::Sub": NAMESPACE}
    named = {namespace for namespace, _, _ in _shown() if not namespace.startswith("AWS/")}
    assert named == {NAMESPACE}


def test_what_is_looked_at_is_measured_and_what_is_measured_is_looked_at() -> None:
    """Each metric of ours that is shown or watched is in the catalogue with its dimensions; none of it is unseen."""
    shown = {(name, by) for namespace, name, by in _shown() if namespace == NAMESPACE} | set(_watched())
    assert shown == {(metric.name, frozenset(metric.by)) for metric in CATALOGUE.values()}


def test_every_alarm_of_the_code_has_one_in_the_template() -> None:
    """Each name that a log line raises is an alarm here, and none waits for a name that nobody raises."""
    named = {d["Value"] for alarm in ALARMS.values() for d in alarm.get("Dimensions", []) if d["Name"] == "alarm"}
    assert named == set(metrics.RAISED.values())


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_says_what_how_much_and_what_to_do(name: str) -> None:
    """An alarm reaches the topic, tells the three things, and what to do stands word for word in the documentation."""
    alarm = ALARMS[name]
    assert target(alarm["AlarmActions"]) == "AlarmTopic"
    what, much, do = alarm["AlarmDescription"].split("\n")
    assert (what[:6], much[:10], do[:4]) == ("WHAT: ", "HOW MUCH: ", "DO: ")
    assert len(alarm["AlarmDescription"]) <= 1024  # what CloudWatch takes
    assert f"| `{name.removesuffix('Alarm')}` | {what[6:]} | {do[4:]} |" in PAGE


@pytest.mark.parametrize("name", ALARMS)
def test_what_an_alarm_says_can_be_typed_and_found(name: str) -> None:
    """Folding a line has broken no word in two, each command is one, and a page that is named has that heading."""
    text = ALARMS[name]["AlarmDescription"]
    assert re.findall(r"\S*\w- \S*", text) == []
    for line in re.findall(r"`kinetic-wise ([^`]+)`", text):
        assert is_command(line), line
    for page, heading in re.findall(r"(docs/[\w-]+\.md)(?:, \"([^\"]+)\")?", text):
        headings = [line.lstrip("# 0123456789.") for line in (ROOT / page).read_text(encoding="utf-8").splitlines()]
        assert not heading or heading in headings, f"{page}, {heading}"


@pytest.mark.parametrize("name", ALARMS)
def test_missing_data_is_decided_about(name: str) -> None:
    """No alarm leaves it to a default: the sweep's silence is one, a measurement keeps its state, else all is well."""
    alarm = ALARMS[name]
    measured = alarm["Namespace"] == {"Fn::Sub": NAMESPACE} and alarm["MetricName"] != "Alarms"
    expected = "breaching" if alarm["MetricName"] == "Invocations" else "ignore" if measured else "notBreaching"
    assert alarm["TreatMissingData"] == expected
    assert "Metrics" not in alarm  # MiniStack fails a stack with metric math


@pytest.mark.parametrize("name", [name for name, alarm in ALARMS.items() if alarm["MetricName"] == "Errors"])
def test_an_alarm_on_errors_can_rise_on_its_functions_schedule(name: str) -> None:
    """Several periods in a row are asked for only where the function runs in each of them: else silence heals it."""
    alarm, slowest = ALARMS[name], 0
    schedules = of_type("Scheduler::Schedule").values()
    for schedule in schedules:
        if target(schedule["Target"]["Arn"]) == target(alarm["Dimensions"]):
            slowest = max(slowest, _seconds_between(schedule["ScheduleExpression"]))
    assert slowest > 0
    assert alarm["EvaluationPeriods"] == 1 or slowest <= alarm["Period"]


def _seconds_between(expression: str | dict[str, str]) -> int:
    """How far apart a schedule's turns are; one that is a parameter may be anything up to a year."""
    if not isinstance(expression, str):
        return 365 * 86_400
    number, unit = re.fullmatch(r"rate\((\d+) (minute|hour)s?\)", expression).groups()  # type: ignore[union-attr]
    return int(number) * {"minute": 60, "hour": 3600}[unit]


def test_a_written_threshold_is_never_reached_by_good_days() -> None:
    """Counts alarm above none, ages above hours and days; measured every five minutes, so no shorter period."""
    for alarm in ALARMS.values():
        if alarm["Namespace"] == {"Fn::Sub": NAMESPACE}:
            assert alarm["Period"] >= 300
            assert (alarm["Threshold"] >= 3600) == alarm["MetricName"].startswith("Oldest")


@pytest.mark.parametrize("name", DASHBOARDS)
def test_dashboards_are_laid_out(name: str) -> None:
    """Every widget has a title, lies within the 24 columns and over no other."""
    taken: set[tuple[int, int]] = set()
    for widget in _widgets(name):
        assert len(widget["properties"]["title"]) > 5
        assert widget["x"] + widget["width"] <= 24
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        taken |= cells
    assert "${AWS::StackName}" in DASHBOARDS[name]["DashboardName"]["Fn::Sub"]


def test_dashboards_speak_of_this_stack() -> None:
    """Each reference in a dashboard is a resource here, so that nothing shows another stack's figures."""
    for dashboard in DASHBOARDS.values():
        named = set(re.findall(r"\$\{(\w+)", dashboard["DashboardBody"]["Fn::Sub"])) - {"AWS"}
        assert named <= set(transformed())


def test_every_alarm_and_queue_and_function_is_on_the_service_dashboard() -> None:
    """Engineers see all alarms, queues, dead letters and functions in one place."""
    body = DASHBOARDS["ServiceDashboard"]["DashboardBody"]["Fn::Sub"]
    assert [name for name in ALARMS if f"${{{name}.Arn}}" not in body] == []
    assert [name for name in of_type("SQS::Queue") if f"${{{name}.QueueName}}" not in body] == []
    assert [name for name in of_type("Lambda::Function") if f"${{{name}}}" not in body] == []


def test_finance_sees_the_board() -> None:
    """The Payments dashboard begins with the widget, called again when the dashboard is refreshed."""
    (board,) = [widget for widget in _widgets("PaymentsDashboard") if widget["type"] == "custom"]
    assert board["properties"]["endpoint"] == "${DashboardWidgetFunction.Arn}"
    assert board["properties"]["updateOn"]["refresh"] is True
    assert template()["Outputs"]["PaymentsDashboardName"]["Value"] == {"Ref": "PaymentsDashboard"}
