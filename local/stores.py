"""Everything that a run leaves behind, place by place: tables, objects, logs, queues, executions, exports, files."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cli.export import export
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.payments.books import Period
from local import places
from local.connector import Connector, FunctionFailed
from local.leaks import Hidden, Searched, search
from local.stop import Stop

Place = tuple[str, str, bytes | str]  # kind, name, content
_RECONCILE, _SEAL = "ReconcileFunctionName", "SealAuditFunctionName"
_TABLES = ("Payments", "Audit", "Connector")
_QUEUES = ("Payments", "TransferEvents", "BalanceEvents")


def search_everything(connector: Connector, hidden: Hidden, screen: str, *, reconcile: bool) -> Searched:
    """Search all of it, and what the screen has shown. Raises Stop.

    The trail is sealed first, and where both systems are ours to `reconcile` the books are compared, for their files.
    """
    searched = Searched()
    for function in (_RECONCILE, _SEAL) if reconcile else (_SEAL,):
        _make_files(connector, function)
    for kind, name, content in everything(connector):
        search(hidden, searched, kind, name, content)
    search(hidden, searched, "screen", "of this run", screen)
    return searched


def _make_files(connector: Connector, function: str) -> None:
    try:
        connector.invoke(function)
    except FunctionFailed as error:
        raise Stop(f"{function.removesuffix('FunctionName')}: {error}", "See .local/logs/ministack.log.") from None


def problem_of(searched: Searched) -> str:
    """What the search found, in a sentence; empty when nothing."""
    if not searched.hits:
        return ""
    return f"an account number or a secret stands in full in {len(searched.hits)} places: {searched.hits[0]}"


def everything(connector: Connector) -> Iterator[Place]:
    """All of it. The credential envelopes in Secrets Manager are where secrets belong, and left out."""
    yield from _items(connector)
    yield from _objects(connector)
    yield from _log_events(connector)
    yield from _messages(connector)
    yield from _executions(connector)
    yield from _functions(connector)
    yield from _exports(connector)
    yield from _files()


def _items(connector: Connector) -> Iterator[Place]:
    for table in _TABLES:
        pages = connector.cloud.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=connector.outputs[f"{table}TableName"]):
            for item in page["Items"]:
                name = f"{table.lower()} {next(iter(item['pk'].values()))} {next(iter(item['sk'].values()))}"
                yield "items", name, json.dumps(item, default=_readable, ensure_ascii=False)


def _readable(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _objects(connector: Connector) -> Iterator[Place]:
    """What the stack stores. Code packages lie elsewhere, and were there before anything that has to be hidden."""
    client, bucket = connector.cloud.client("s3"), connector.outputs["EvidenceBucketName"]
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", ()):
            kind = "spreadsheets" if found["Key"].endswith(".xlsx") else "objects"
            yield kind, found["Key"], client.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()


def _log_events(connector: Connector) -> Iterator[Place]:
    client = connector.cloud.client("logs")
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            for events in client.get_paginator("filter_log_events").paginate(logGroupName=name):
                yield from (("log events", name, event["message"]) for event in events["events"])


def _messages(connector: Connector) -> Iterator[Place]:
    """What waits in queues and dead-letter queues; it stays there."""
    client = connector.cloud.client("sqs")
    for queue in (f"{queue}{end}" for queue in _QUEUES for end in ("QueueUrl", "DeadLettersUrl")):
        seen: set[str] = set()
        while True:
            answer = client.receive_message(
                QueueUrl=connector.outputs[queue], MaxNumberOfMessages=10, VisibilityTimeout=0
            )
            new = [message for message in answer.get("Messages", ()) if message["MessageId"] not in seen]
            if not new:
                break
            seen |= {message["MessageId"] for message in new}
            yield from (("messages", queue.removesuffix("Url"), message["Body"]) for message in new)
        yield "queues", queue.removesuffix("Url"), ""


def _executions(connector: Connector) -> Iterator[Place]:
    client = connector.cloud.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=connector.outputs["StateMachineArn"])
    for execution in (one for page in pages for one in page["executions"]):
        histories = client.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
        events = [event for history in histories for event in history["events"]]
        yield "executions", execution["name"], json.dumps(events, default=str)


def _functions(connector: Connector) -> Iterator[Place]:
    for page in connector.cloud.client("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            yield "functions", function["FunctionName"], json.dumps(function, default=str)


def _exports(connector: Connector) -> Iterator[Place]:
    """The audit trail of today as people take it away; the spreadsheet of a reconciliation is among the objects."""
    names = [connector.outputs[f"{table}TableName"] for table in _TABLES]
    trail = Trail(connector.cloud.client("dynamodb"), *names)
    today = datetime.now(UTC).date()
    for lines in (False, True):
        with contextlib.redirect_stdout(io.StringIO()) as told:
            export(trail, Period(today, today, ZoneInfo("UTC")), None, lines=lines)
        yield "exports", "audit trail as JSON Lines" if lines else "audit trail as CSV", told.getvalue()
    yield "exports", "payments board", connector.board({"describe": False})


def _files() -> Iterator[Place]:
    """The logs of all processes, and what the run tells. The books are the two systems' own."""
    for path in (*sorted(places.LOGS.iterdir()), places.REPORT, places.AUDIT_TRAIL):
        if path.is_file():
            yield "files", str(path.relative_to(places.LOCAL)), path.read_bytes()
