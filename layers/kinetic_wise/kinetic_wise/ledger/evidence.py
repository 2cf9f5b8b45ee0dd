"""What is kept in S3 beside the ledger, written once: seals of the audit trail, long bodies, reconciliations.

The bucket locks every object by its own default (template.yaml); a key is written once and never again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from botocore.exceptions import ClientError

from kinetic_wise.ledger.items import error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_THERE = frozenset({"PreconditionFailed", "412"})
_MISSING = frozenset({"NoSuchKey", "404"})
_PIECE = 65_536


def body_key(digest: str) -> str:
    """Where the body of this SHA-256 lies."""
    return f"bodies/{digest}"


class Evidence:
    """Objects of the evidence bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes | IO[bytes]) -> bool:
        """Write an object; False when there is one of this key already, which stays as it is."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*")
        except ClientError as error:
            if error_code(error) not in _THERE:
                raise
            return False
        return True

    def read(self, key: str) -> bytes | None:
        """An object as it is; None when there is none."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error_code(error) not in _MISSING:
                raise
            return None

    def keep_body(self, body: str) -> None:
        """Keep a long body, masked as it is, under its own digest."""
        content = body.encode()
        self.put(body_key(hashlib.sha256(content).hexdigest()), content)

    def body(self, digest: str) -> str | None:
        """The body of this digest; None when it is not there, or is not what the digest says."""
        found = self.read(body_key(digest))
        return found.decode() if found is not None and hashlib.sha256(found).hexdigest() == digest else None

    def lines(self, key: str) -> Iterator[str]:
        """The lines of a text, one at a time."""
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        yield from (line.decode() for line in body.iter_lines(_PIECE))

    def digest(self, key: str) -> str:
        """The SHA-256 of an object, read piece by piece; empty when there is none."""
        found = hashlib.sha256()
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        except ClientError as error:
            if error_code(error) not in _MISSING:
                raise
            return ""
        for piece in body.iter_chunks(_PIECE):
            found.update(piece)
        return found.hexdigest()

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin so, in their order."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            yield from (found["Key"] for found in page.get("Contents", []))

    def changed(self, prefix: str) -> list[str]:
        """The keys that begin so and were deleted or written again: the bucket keeps versions, deletions leave a mark.

        Source: S3, ListObjectVersions.
        """
        written: Counter[str] = Counter()
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            written.update(version["Key"] for version in page.get("Versions", []))
            written.update({marker["Key"]: 2 for marker in page.get("DeleteMarkers", [])})
        return sorted(key for key, times in written.items() if times > 1)
