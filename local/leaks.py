"""Searches texts and files for account numbers and secrets that must stand nowhere in full (design rule 17)."""

from __future__ import annotations

import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zipfile import BadZipFile, ZipFile

from local.people import ACCOUNTS
from local.systems import Systems
from simulators.sample_day import Act, Day

_SECRETS = ("password", "api_key", "personal_token", "client_secret")
_SEPARATORS = str.maketrans("", "", " \t\r\n\u00a0-./")
_SHORT = 10  # a number of fewer characters occurs by chance inside a longer one: it counts where it stands by itself
_LEAST = 7
_LEAST_SECRET = 8  # a shorter one may be a word, such as the user's name
_SHOWN = 4


@dataclass(frozen=True)
class Hidden:
    """What is searched for: account numbers without separators, and secrets by what they are."""

    accounts: frozenset[str]
    secrets: Mapping[str, str]


@dataclass
class Searched:
    """Where was searched, by kind of place, and what was found: never the value itself."""

    places: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    hits: list[str] = field(default_factory=list)

    def as_dict(self, hidden: Hidden) -> dict[str, Any]:
        """For the report."""
        sought = {"accounts": len(hidden.accounts), "secrets": len(hidden.secrets)}
        searched = dict(sorted(self.places.items()))
        return {"sought": sought, "searched": searched, "characters": self.characters, "hits": self.hits}


def hidden_of(day: Day, systems: Systems) -> Hidden:
    """The sample's account numbers, those that come up in its course too, and the secrets of both systems."""
    found = set(_of_vendors(day)) | set(_of_errands(day)) if systems.epicor.ours else set()
    secrets = {
        f"{system.name}'s {name}": str(system.envelope[name])
        for system in (systems.epicor, systems.wise)
        for name in _SECRETS
        if len(str(system.envelope.get(name) or "")) >= _LEAST_SECRET
    }
    return Hidden(frozenset(one for one in map(_bare, found) if len(one) >= _LEAST), secrets)


def _of_vendors(day: Day) -> Iterator[str]:
    for vendor in day.vendors:
        for bank in vendor.banks:
            yield from (bank.iban, bank.account_number)


def _of_errands(day: Day) -> Iterator[str]:
    steps = (step for errand in day.errands for step in (*errand.before, *errand.during, *errand.after))
    for step in steps:
        if isinstance(step, Act):
            columns = step.body.get("columns", {})
            yield from (str(columns[name]) for name in ACCOUNTS if name in columns)


def search(hidden: Hidden, searched: Searched, kind: str, name: str, content: bytes | str) -> None:
    """Look through one place and note what is found; compressed contents and spreadsheets are opened."""
    searched.places[kind] += 1
    for text in texts(content):
        searched.characters += len(text)
        searched.hits += [f"{kind} {name}: {what}" for what in _found(hidden, text)]


def texts(content: bytes | str) -> Iterator[str]:
    """What can be read in it: gzip and ZIP files, and what lies in them, are opened."""
    if isinstance(content, str):
        yield content
    elif content.startswith(b"\x1f\x8b"):
        yield from texts(gzip.decompress(content))
    elif content.startswith(b"PK\x03\x04"):
        yield from _in_zip(content)
    else:
        yield content.decode(errors="replace")


def _in_zip(content: bytes) -> Iterator[str]:
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield from texts(packed.read(name))
    except BadZipFile:
        yield content.decode(errors="replace")


def _found(hidden: Hidden, text: str) -> Iterator[str]:
    yield from (name for name, secret in hidden.secrets.items() if secret in text)
    bare = _bare(text)
    for account in hidden.accounts:
        if account in bare and (len(account) >= _SHORT or _by_itself(account, text)):
            yield f"account ending {account[-_SHOWN:]}"


def _by_itself(number: str, text: str) -> bool:
    """Whether a short number stands there alone, and not inside a longer one or a digest."""
    spaced = r"[ .\-/]?".join(map(re.escape, number))
    return re.search(rf"(?<![0-9A-Fa-f]){spaced}(?![0-9A-Fa-f])", text, re.IGNORECASE) is not None


def _bare(text: str) -> str:
    return text.translate(_SEPARATORS).upper()
