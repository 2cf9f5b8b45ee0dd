"""The page about the template says what the template says: who may do what, and which parameters there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.template.source import ROOT, of_type, target, targets, template

PAGE = (ROOT / "docs/template.md").read_text(encoding="utf-8")
FUNCTIONS = of_type("Lambda::Function")
ROLES = of_type("IAM::Role")
SECRETS = {"EpicorSecret": "Epicor", "WiseSecret": "Wise"}
QUEUES = {"PaymentsQueue": "payments", "TransferEventsQueue": "transfer events", "BalanceEventsQueue": "balance events"}
DEAD = {queue.replace("Queue", "DeadLetters") for queue in QUEUES}
READS, WRITES = {"GetItem", "BatchGetItem", "Query"}, {"PutItem", "UpdateItem", "DeleteItem"}


def _rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    lines = PAGE.split(f"## {heading}\n", 1)[1].lstrip().splitlines()
    table = lines[2 : next((at for at, line in enumerate(lines) if line[:1] != "|"), len(lines))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


ROWS = {row[0].strip("`"): row[1:] for row in _rows("Who may do what")}


def _named(name: str) -> str:
    """`poll_invoices` of `PollInvoicesFunction`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Function")).lower()


def _grants(name: str) -> Iterator[tuple[str, str]]:
    """Action without its service, and logical id; an index has `/index` behind it, an ARN spelled out none."""
    role: dict[str, Any] = ROLES[target(FUNCTIONS[name]["Role"])]
    for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
        suffix = "/index" if "/index/" in str(statement["Resource"]) else ""
        for action in statement["Action"]:
            found = [*targets(statement["Resource"])] or [""]
            yield from ((action.partition(":")[2], one + suffix) for one in found)


def _may(name: str, resource: str, actions: set[str]) -> bool:
    return any(found == resource and action in actions for action, found in _grants(name))


def _on_payments(name: str) -> list[str]:
    words = {
        "read": _may(name, "PaymentsTable", READS),
        "write": _may(name, "PaymentsTable", WRITES),
        "index": _may(name, "PaymentsTable/index", READS),
        "`TableId`": _may(name, "PaymentsTable", {"DescribeTable"}),
    }
    return [word for word, holds in words.items() if holds]


def _on_queues(name: str) -> set[tuple[str, str]]:
    verbs = {"send": "SendMessage", "consume": "ReceiveMessage"}
    return {(verb, word) for queue, word in QUEUES.items() for verb in verbs if _may(name, queue, {verbs[verb]})}


def _told_of_queues(cell: str) -> set[tuple[str, str]]:
    found = re.findall(rf"((?:send|consume)(?:, send)?) ({'|'.join(QUEUES.values())})", cell)
    return {(verb, queue) for verbs, queue in found for verb in verbs.split(", ")}


def test_the_table_has_every_function() -> None:
    """Each function has a row, and there is no other."""
    assert sorted(ROWS) == sorted(_named(name) for name in FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_row_says_what_the_role_grants(name: str) -> None:
    """Credentials, the three tables and the queues, word for word; the rarer rights by their names."""
    secrets, payments, audit, connector, queues, other = ROWS[_named(name)]
    read = [word for secret, word in SECRETS.items() if _may(name, secret, {"GetSecretValue"})]
    assert secrets == ("both" if len(read) == 2 else "".join(read))
    assert payments == ", ".join(_on_payments(name))
    assert audit == "".join(
        word for word, action in (("add", "PutItem"), ("read", "Query")) if _may(name, "AuditTable", {action})
    )
    on_connector = {"read": READS, "write": WRITES}
    assert connector == ", ".join(
        word for word, actions in on_connector.items() if _may(name, "ConnectorTable", actions)
    )
    assert _told_of_queues(queues) == _on_queues(name)
    assert ("dead letters" in queues) == all(_may(name, queue, {"ReceiveMessage"}) for queue in DEAD)
    assert ("fingerprints" in other) == _may(name, "FingerprintKey", {"GenerateMac"})
    running = {"start": "StartExecution", "list": "ListExecutions", "see": "DescribeExecution"}
    verbs = {verb for verb, action in running.items() if action in {granted for granted, _ in _grants(name)}}
    assert {verb for verb in running if "executions" in other and verb in other} == verbs
    assert ("stop switch" in other) == _may(name, "ConnectorTable", {"ConditionCheckItem"})


def test_every_parameter_is_told_with_its_default() -> None:
    """The table of parameters has all of them, those of the template alone, and each figure is the default."""
    told = {name: row[1].strip("`") for row in _rows("Parameters") for name in re.findall(r"`(\w+)`", row[0])}
    parameters = template()["Parameters"]
    assert sorted(told) == sorted(parameters)
    figures = {name: text for name, text in told.items() if re.fullmatch(r"\d+", text)}
    assert len(figures) >= 4
    assert figures == {name: str(parameters[name]["Default"]) for name in figures}
