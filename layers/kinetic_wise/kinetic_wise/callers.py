"""Who orders something: known from AWS's authentication, never from an argument (rule 14)."""

from __future__ import annotations

import os
import re
from typing import Any

_LOCAL = "KINETIC_WISE_LOCAL_CALLERS"  # set by local/ on its own stack only; the template has no such variable


class NoCaller(Exception):
    """The request carries no authenticated caller."""


def caller_of(event: dict[str, Any]) -> str:
    """The ARN of the caller that API Gateway authenticated. Raises NoCaller."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    arn = identity.get("userArn") or ""
    if arn:
        return str(arn)
    if os.environ.get(_LOCAL) == "1":
        return _local_caller(event)
    raise NoCaller("the request is not signed by an AWS identity")


def _local_caller(event: dict[str, Any]) -> str:
    """On one machine nobody checks signatures: the signing access key stands for the person."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    found = re.search(r"Credential=([A-Za-z0-9_-]+)/", headers.get("authorization", ""))
    if found is None:
        raise NoCaller("the request is not signed")
    return f"local:{found.group(1)}"
