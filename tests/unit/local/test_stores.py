"""The search at the end of a run goes through every place that the run leaves something in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from local import places, stores
from local.connector import FunctionFailed
from local.leaks import Hidden
from local.stop import Stop
from local.stores import problem_of, search_everything

_IBAN = "DE89370400440532013000"
_HIDDEN = Hidden(frozenset({_IBAN}), {})


class FakePages:
    """A paginator of one page for everything asked."""

    def __init__(self, page: dict[str, Any]) -> None:
        self._page = page

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [self._page]


class FakeAws:
    """AWS with one thing in each place; `planted` is what stands in one of them."""

    def __init__(self, place: str, planted: str) -> None:
        self._contents = {place: planted}
        self._waiting = 1

    def _at(self, place: str) -> str:
        return self._contents.get(place, "nothing")

    def get_paginator(self, call: str) -> FakePages:
        pages: dict[str, dict[str, Any]] = {
            "scan": {"Items": [{"pk": {"S": "X"}, "sk": {"S": "STATE"}, "note": {"S": self._at("items")}}]},
            "query": {"Items": []},
            "list_objects_v2": {"Contents": [{"Key": "bodies/1"}, {"Key": "month.xlsx"}]},
            "describe_log_groups": {"logGroups": [{"logGroupName": "/logs"}]},
            "filter_log_events": {"events": [{"message": self._at("log events")}]},
            "list_executions": {"executions": [{"executionArn": "arn", "name": "run"}]},
            "get_execution_history": {"events": [{"input": self._at("executions")}]},
            "list_functions": {"Functions": [{"FunctionName": "sweep", "Environment": self._at("functions")}]},
        }
        return FakePages(pages[call])

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - as boto3 names it
        place = "spreadsheets" if Key.endswith(".xlsx") else "objects"
        return {"Body": io.BytesIO(self._at(place).encode())}

    def receive_message(self, **_: Any) -> dict[str, Any]:
        return {"Messages": [{"MessageId": "1", "Body": self._at("messages")}]}


class FakeConnector:
    """A connector on that AWS."""

    def __init__(self, place: str = "", planted: str = "") -> None:
        self._aws = FakeAws(place, planted)
        self._board = planted if place == "exports" else ""
        self.invoked: list[str] = []
        self.fails = ""

    @property
    def cloud(self) -> FakeConnector:
        return self

    @property
    def outputs(self) -> Any:
        return _Named()

    def client(self, _: str) -> FakeAws:
        return self._aws

    def board(self, _: dict[str, Any]) -> str:
        return self._board

    def invoke(self, function: str) -> dict[str, Any]:
        if function == self.fails:
            raise FunctionFailed("KeyError: x")
        self.invoked.append(function)
        return {}


class _Named(dict[str, str]):
    """Every output is called as what it is."""

    def __missing__(self, key: str) -> str:
        return key


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Logs and reports of no real run; the audit trail's exports have nothing to tell."""
    (tmp_path / "logs").mkdir()
    for name, path in (("LOCAL", ""), ("LOGS", "logs"), ("REPORT", "report.json"), ("AUDIT_TRAIL", "trail.json")):
        monkeypatch.setattr(places, name, tmp_path / path)
    monkeypatch.setattr(stores, "export", lambda *_, **__: None)
    return tmp_path


PLACES = ["items", "objects", "spreadsheets", "log events", "messages", "executions", "functions", "exports"]


@pytest.mark.parametrize("place", PLACES)
def test_whatever_lies_anywhere_in_aws_is_searched(place: str) -> None:
    """Tables, objects, spreadsheets, logs, queues, executions, functions, exports: planted there, it is found."""
    searched = search_everything(FakeConnector(place, f"IBAN {_IBAN}"), _HIDDEN, "", reconcile=True)  # type: ignore[arg-type]
    assert searched.hits
    assert {hit.split(":")[0].startswith(place) for hit in searched.hits} == {True}
    assert _IBAN not in problem_of(searched)
    assert "account ending 3000" in problem_of(searched)


@pytest.mark.parametrize("name", ["logs/ministack.log", "report.json", "trail.json"])
def test_logs_and_reports_of_the_run_are_searched(folder: Path, name: str) -> None:
    """What a process logged, and what the run wrote down itself."""
    (folder / name).write_text(f"… {_IBAN} …")
    searched = search_everything(FakeConnector(), _HIDDEN, "", reconcile=True)  # type: ignore[arg-type]
    assert searched.hits == [f"files {name}: account ending 3000"]


def test_the_screen_is_searched_too() -> None:
    """What stood on the screen counts as told."""
    searched = search_everything(FakeConnector(), _HIDDEN, f"Bank {_IBAN}", reconcile=True)  # type: ignore[arg-type]
    assert searched.hits == ["screen of this run: account ending 3000"]


def test_a_clean_run_has_no_problem() -> None:
    """Every kind of place was looked at, and nothing is told."""
    searched = search_everything(FakeConnector(), _HIDDEN, "", reconcile=True)  # type: ignore[arg-type]
    assert (searched.hits, problem_of(searched)) == ([], "")
    assert set(searched.places) >= {*PLACES, "queues", "screen"}
    assert searched.places["queues"] == 6


def test_books_are_compared_only_where_both_systems_are_ours() -> None:
    """Given systems are not asked for statements by a run; the trail is sealed in any case."""
    ours, given = FakeConnector(), FakeConnector()
    search_everything(ours, _HIDDEN, "", reconcile=True)  # type: ignore[arg-type]
    search_everything(given, _HIDDEN, "", reconcile=False)  # type: ignore[arg-type]
    assert ours.invoked == ["ReconcileFunctionName", "SealAuditFunctionName"]
    assert given.invoked == ["SealAuditFunctionName"]


def test_a_function_that_fails_stops_the_run_in_a_sentence() -> None:
    """A reconciliation that cannot be made is no clean run."""
    connector = FakeConnector()
    connector.fails = "ReconcileFunctionName"
    with pytest.raises(Stop, match="Reconcile: KeyError: x"):
        search_everything(connector, _HIDDEN, "", reconcile=True)  # type: ignore[arg-type]
