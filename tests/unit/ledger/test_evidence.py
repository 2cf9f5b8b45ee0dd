"""The evidence bucket: written once, read as written, the same in memory as in S3."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from kinetic_wise.ledger import ConnectorState, Entry
from kinetic_wise.ledger.evidence import Evidence, body_key
from kinetic_wise.ledger.trail import Trail, read_entry
from kinetic_wise.transport import Exchange
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, in_process_dynamodb
from tests.support.evidence import MemoryEvidence

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BUCKET = "evidence"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(params=["memory", "s3"])
def evidence(request: pytest.FixtureRequest) -> Iterator[Evidence]:
    """An empty bucket."""
    if request.param == "memory":
        yield MemoryEvidence()
        return
    with locked_bucket() as client:
        yield Evidence(client, _BUCKET)


@contextmanager
def locked_bucket() -> Iterator[S3Client]:
    """A client of S3 with an empty bucket that keeps versions."""
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket=_BUCKET, ObjectLockEnabledForBucket=True)
        yield client


def test_what_is_written_stays(evidence: Evidence) -> None:
    """The first one to write a key wins; whoever comes later is told, and changes nothing."""
    assert evidence.put("seals/1", b"one\ntwo\n") is True
    assert evidence.put("seals/1", b"other") is False
    assert evidence.read("seals/1") == b"one\ntwo\n"
    assert list(evidence.lines("seals/1")) == ["one", "two"]
    assert evidence.digest("seals/1") == hashlib.sha256(b"one\ntwo\n").hexdigest()


def test_streams_are_taken_and_keys_come_in_order(evidence: Evidence) -> None:
    """A file is written as it streams; keys are listed by prefix in their order; what is not there is None."""
    for key in ("seals/2026-11-22", "seals/2026-11-21", "bodies/x"):
        assert evidence.put(key, io.BytesIO(key.encode()))
    assert list(evidence.keys("seals/")) == ["seals/2026-11-21", "seals/2026-11-22"]
    assert evidence.read("nothing") is None


def test_what_was_deleted_or_written_again_stays_known() -> None:
    """Versions tell of a hand that came later, also where an object lies under the key again; of other keys nothing."""
    with locked_bucket() as client:
        evidence = Evidence(client, _BUCKET)
        for key in ("seals/1", "seals/2", "seals/3", "seals/4", "bodies/x"):
            evidence.put(key, b"one")
        assert evidence.changed("seals/") == []
        for key in ("seals/1", "seals/2", "bodies/x"):
            client.delete_object(Bucket=_BUCKET, Key=key)
        assert evidence.put("seals/2", b"two")
        client.put_object(Bucket=_BUCKET, Key="seals/3", Body=b"two")
        assert evidence.changed("seals/") == ["seals/1", "seals/2", "seals/3"]


def test_a_long_body_lies_beside_its_entry() -> None:
    """What is too long for an entry is kept whole under the digest that the entry names; a changed one is no body."""
    kept = MemoryEvidence()
    long, short = "x" * 5_000, "y"
    exchange = Exchange("wise", "GET", "https://wise.test/", NOW, 0.1, 200, short, long)
    with in_process_dynamodb() as database:
        state = ConnectorState(
            database.client, CONNECTOR, AUDIT, now=lambda: NOW, sleep=lambda seconds: None, keep_body=kept.keep_body
        )
        state.note("test", Entry("looked", {}, [exchange]))
        (item,) = Trail(database.client, PAYMENTS, AUDIT, CONNECTOR).all_entries()
    (told,) = read_entry(item)["exchanges"]
    assert kept.body(told["response_sha256"]) == long
    assert (told["request"], len(told["response"]), len(kept.objects)) == (short, 4_000, 1)
    kept.objects[body_key(told["response_sha256"])] = b"z"
    assert kept.body(told["response_sha256"]) is None
