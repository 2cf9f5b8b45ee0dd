"""What the template lets each function do: asked at each call of an in-process world, as AWS asks the role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from scripts.transformed import written
from tests.support.dynamodb import Request

EXECUTIONS = "TransferStateMachine/executions"
_TABLES = {"payments": "PaymentsTable", "audit": "AuditTable", "connector": "ConnectorTable"}
_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
Right = tuple[
    str, str
]  # an action, and the logical id of what it may be done to, with the path below it if there is one


class NotGranted(BaseException):
    """AWS would refuse the call. Not an Exception, so that no code can take it for a fault and try again."""


@cache
def granted() -> dict[str, frozenset[Right]]:
    """The rights of each function's role, by the function's folder."""
    resources = written()["Resources"]
    functions = (r["Properties"] for r in resources.values() if r["Type"] == "AWS::Serverless::Function")
    return {
        Path(function["CodeUri"]).name: frozenset(_rights(resources, resources[function["Role"]["Fn::GetAtt"][0]]))
        for function in functions
    }


def _rights(resources: dict[str, Any], role: dict[str, Any]) -> Iterator[Right]:
    own = role["Properties"]
    policies = [*own["Policies"], *(resources[arn["Ref"]]["Properties"] for arn in own["ManagedPolicyArns"])]
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield from ((action, place) for action in statement["Action"] for place in _places(statement["Resource"]))


def _places(resource: Any) -> Iterator[str]:
    if isinstance(resource, list):
        for one in resource:
            yield from _places(one)
    elif isinstance(resource, str):
        yield resource
    elif "Fn::Sub" in resource:
        text = re.sub(r"\$\{(\w+)\.Arn\}", r"\1", resource["Fn::Sub"])
        yield EXECUTIONS if ":execution:" in text else text
    else:
        yield resource["Ref"] if "Ref" in resource else resource["Fn::GetAtt"][0]


def ask(function: str, action: str, place: str) -> None:
    """Whether a function's role grants this. Raises NotGranted."""
    if not any(action == allowed and fnmatch(place, where) for allowed, where in granted()[function]):
        raise NotGranted(f"template.yaml does not grant {action} on {place} to {function}")


def of_dynamodb(operation: str, request: Request) -> Iterator[Right]:
    """What a request to DynamoDB takes: of a transaction the rights of its parts."""
    if operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            yield from (_of_table(_PARTS[kind], part["TableName"]) for kind, part in item.items())
    elif operation == "TransactGetItems":
        yield from (_of_table("GetItem", item["Get"]["TableName"]) for item in request["TransactItems"])
    elif operation == "BatchGetItem":
        yield from (_of_table(operation, table) for table in request["RequestItems"])
    else:
        action, table = _of_table(operation, request["TableName"])
        yield action, f"{table}/index/{request['IndexName']}" if "IndexName" in request else table


def _of_table(operation: str, table: str) -> Right:
    return f"dynamodb:{operation}", _TABLES[table.partition("-")[0]]
