"""Headers that carry JSON text: the licence to claim and the call's settings (section 1.3)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import simplejson
from werkzeug.datastructures import Headers

from simulators.epicor.errors import bad_call, business

_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def check(headers: Headers, companies: Collection[str]) -> None:
    """Raise EpicorError for what cannot be read, and for a company that is none.

    Unknown keys, plants and licence types pass silently: the company of the path wins, and a site without the type that
    is claimed takes the default one.
    """
    licence = _read(headers, "License")
    if licence is not None and not _GUID.fullmatch(str(licence.get("ClaimedLicense", ""))):
        raise bad_call("The License header names no license type.")
    company = (_read(headers, "CallSettings") or {}).get("Company")
    if company and company not in companies:
        raise business(f"Invalid company {company}.")


def _read(headers: Headers, name: str) -> dict[str, Any] | None:
    text = headers.get(name)
    if text is None:
        return None
    try:
        value = simplejson.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_call(f"The {name} header is not a JSON object.")
    return value
