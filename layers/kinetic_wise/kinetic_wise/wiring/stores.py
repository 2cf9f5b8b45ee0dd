"""The tables and the bucket that the connector keeps."""

from __future__ import annotations

import time
from functools import cache

from botocore.exceptions import BotoCoreError, ClientError

from kinetic_wise.flows.board import Books
from kinetic_wise.ledger import ConnectorState, Ledger
from kinetic_wise.ledger.evidence import Evidence
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.wiring.surroundings import aws, env, log, settings

_TABLES = ("PAYMENTS_TABLE", "AUDIT_TABLE", "CONNECTOR_TABLE")


@cache
def state() -> ConnectorState:
    """The connector's own state."""
    return ConnectorState(
        aws("dynamodb"),
        env("CONNECTOR_TABLE"),
        env("AUDIT_TABLE"),
        sleep=time.sleep,
        keep_body=_keep_body,
        row_events=settings().row_events,
    )


@cache
def ledger() -> Ledger:
    """The ledger."""
    tables = env("PAYMENTS_TABLE"), env("AUDIT_TABLE")
    return Ledger(aws("dynamodb"), *tables, keep_body=_keep_body, due_rows=state().due_rows)


@cache
def reading() -> Reading:
    """The payments table, to read."""
    return Reading(aws("dynamodb"), env("PAYMENTS_TABLE"))


@cache
def books() -> Books:
    """The ledger, the audit trail and the connector's state, to read."""
    return Books(reading(), trail(), state())


@cache
def trail() -> Trail:
    """The audit trail, to read."""
    return Trail(aws("dynamodb"), *map(env, _TABLES))


@cache
def evidence() -> Evidence:
    """What is written once, beside the ledger."""
    return Evidence(aws("s3"), env("EVIDENCE_BUCKET"))


def _keep_body(body: str) -> None:
    """Keep a long body. That S3 is away must not keep an outcome from being written: the entry has the digest."""
    try:
        evidence().keep_body(body)
    except (BotoCoreError, ClientError) as error:
        log()("a long body was not kept", problem=str(error), alarm=True)
