"""The connector that a command speaks with: in an AWS account by its stack's name, or the local run that is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cli import local_stack, orders
from cli.problem import Problem
from kinetic_wise.ledger import ConnectorState
from kinetic_wise.ledger.evidence import Evidence
from kinetic_wise.ledger.histories import Histories
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.trail import Trail

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})
_LOCAL_CONFIG = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 2}, proxies={})
_LOCAL_SECRET = "local"  # noqa: S105 - opens nothing  # pragma: allowlist secret


@dataclass(frozen=True)
class Where:
    """Which connector, and who asks."""

    stack: str = ""  # empty: the local run
    region: str = ""
    profile: str = ""
    caller: str = ""  # on the local run: whose key signs


@dataclass(frozen=True)
class Connector:
    """What commands work with: the ledger to read, and `order(action, **values)` to have something done."""

    client: Any  # of DynamoDB
    tables: Mapping[str, str]  # payments, audit, connector
    order: Callable[..., dict[str, Any]]
    outputs: Mapping[str, str]  # of the CloudFormation stack
    aws: Callable[[str], Any]  # a client of a service, of the account or the local run
    account: str = ""  # the AWS account's id; empty on the local run

    def parts(self, action: str, **values: Any) -> Iterator[dict[str, Any]]:
        """The answers to an order that is given part by part, each from the position where the one before ended."""
        position: dict[str, Any] | None = None
        while True:
            part = self.order(action, position=position, **values)
            yield part
            position = part["position"]
            if position is None:
                return

    @cached_property
    def reading(self) -> Reading:
        """Payments, found and listed."""
        return Reading(self.client, self.tables["payments"])

    @cached_property
    def trail(self) -> Trail:
        """The audit trail."""
        return Trail(self.client, self.tables["payments"], self.tables["audit"], self.tables["connector"])

    @cached_property
    def histories(self) -> Histories:
        """Payments with their attempts, and how each was reconciled."""
        return Histories(self.client, self.tables["payments"])

    @cached_property
    def evidence(self) -> Evidence:
        """Seals of the audit trail, and its long bodies."""
        return Evidence(self.aws("s3"), self.outputs["EvidenceBucketName"])

    @cached_property
    def state(self) -> ConnectorState:
        """The connector's own state, to read."""
        return ConnectorState(self.client, self.tables["connector"], self.tables["audit"], sleep=time.sleep)


def connect(
    where: Where, local: Path = local_stack.PATH, session: Callable[..., boto3.Session] = boto3.Session
) -> Connector:
    """Find the connector. Raises Problem, and what boto3 raises."""
    return _in_account(where, session) if where.stack else _on_this_machine(where, local)


def _in_account(where: Where, make_session: Callable[..., boto3.Session]) -> Connector:
    if where.caller:
        raise Problem("--as is for the local run", "in AWS you are who your credentials say you are")
    session = make_session(profile_name=where.profile or None, region_name=where.region or None)
    if not session.region_name:
        raise Problem("no AWS region is set", "name it with --region")
    outputs, account = _outputs(session, where.stack)
    tables = _tables(outputs)
    order = orders.sender(outputs["OperationsUrl"], orders.Signer(session.get_credentials(), session.region_name))
    aws = partial(session.client, config=_CONFIG)
    return Connector(aws("dynamodb"), tables, order, outputs, aws, account)


def _outputs(session: boto3.Session, stack: str) -> tuple[dict[str, str], str]:
    """The stack's outputs, and the account that it is in by its ARN."""
    try:
        found = session.client("cloudformation", config=_CONFIG).describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        message = f"there is no stack {stack!r} in {session.region_name}"
        raise Problem(message, "check --stack, --region and --profile") from None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return outputs, found["StackId"].split(":")[4]


def _on_this_machine(where: Where, path: Path) -> Connector:
    stack = local_stack.read(path)
    caller = where.caller or stack.callers[0]
    if caller not in stack.callers:
        raise Problem(f"the local run knows no {caller!r}", f"--as takes one of {', '.join(stack.callers)}")
    session = boto3.Session(caller, _LOCAL_SECRET, region_name=stack.region)
    aws = partial(session.client, endpoint_url=stack.endpoint, config=_LOCAL_CONFIG)
    signer = orders.Signer(session.get_credentials(), stack.region)
    order = orders.sender(stack.operations_url, signer)
    return Connector(aws("dynamodb"), _tables(stack.outputs), order, stack.outputs, aws)


def _tables(outputs: Mapping[str, str]) -> dict[str, str]:
    names = {"payments": "PaymentsTableName", "audit": "AuditTableName", "connector": "ConnectorTableName"}
    missing = sorted({*names.values(), "OperationsUrl", "EvidenceBucketName"} - set(outputs))
    if missing:
        raise Problem(f"the stack has no output {missing[0]}", "is it the stack of a Kinetic-Wise of this version?")
    return {table: outputs[output] for table, output in names.items()}
