"""What `make run` was told, from the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.stop import Stop

# What each credential envelope must hold besides the address (design section 8); one of a group is enough.
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "epicor": (("company", "companies"), ("user",), ("password",), ("api_key",)),
    "wise": (("personal_token",), ("profile_id",)),
}
_SETTLE_SECONDS = 120
_LARGEST = 1_000_000
_MOST_LOST = 50  # percent; beyond it hardly a read arrives
_VARIABLES = {"epicor": "EPICOR_BASE_URL", "wise": "WISE_BASE_URL"}


@dataclass(frozen=True)
class Options:
    """What the run was told. `given` holds the credential envelope of each system that is there already."""

    keep: bool = False
    invoices: int | None = None
    seed: int = 0
    settle_seconds: int = _SETTLE_SECONDS
    events: int = 0  # webhook events that rain on the connector after its day
    lost: int = 0  # percent of the calls to our simulators whose answer is lost after the effect
    given: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def all_ours(self) -> bool:
        """Whether both systems are our simulators."""
        return not self.given


def read_options(environment: Mapping[str, str]) -> Options:
    """The options. Raises Stop with the variable's name and what it should be."""
    return Options(
        keep=environment.get("KEEP", "") not in ("", "0"),
        invoices=_number(environment, "INVOICES", least=1),
        seed=_number(environment, "SEED", least=0) or 0,
        settle_seconds=_number(environment, "SETTLE_SECONDS", least=1) or _SETTLE_SECONDS,
        events=_events(environment),
        lost=_lost(environment),
        given=_given(environment),
    )


def _events(environment: Mapping[str, str]) -> int:
    events = _number(environment, "EVENTS", least=20) or 0
    if events and environment.get(_VARIABLES["wise"], "").strip():
        raise Stop(f"EVENTS={events} needs our own Wise simulator", "Leave EVENTS or WISE_BASE_URL out.")
    return events


def _lost(environment: Mapping[str, str]) -> int:
    lost = _number(environment, "LOST", least=0, most=_MOST_LOST) or 0
    if lost and all(environment.get(name, "").strip() for name in _VARIABLES.values()):
        raise Stop(
            f"LOST={lost} needs a simulator of ours",
            "Leave LOST, EPICOR_BASE_URL or WISE_BASE_URL out: only ours loses answers.",
        )
    return lost


def _number(environment: Mapping[str, str], name: str, least: int, most: int = _LARGEST) -> int | None:
    text = environment.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        remedy = f"Give a whole number from {least} to {most}, for example {name}={least + 9}."
        raise Stop(f"{name}={text} cannot be used", remedy)
    return int(text)


def _given(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    addresses = {system: environment.get(name, "").strip() for system, name in _VARIABLES.items()}
    addresses = {system: address.rstrip("/") for system, address in addresses.items() if address}
    if not addresses:
        return {}
    envelopes = _read_credentials(environment.get("CREDENTIALS", ""), addresses)
    return {system: _envelope(system, address, envelopes.get(system)) for system, address in addresses.items()}


def _read_credentials(name: str, addresses: Mapping[str, str]) -> dict[str, Any]:
    example = json.dumps(
        {system: {group[0]: "…" for group in _NEEDED[system]} for system in addresses}, ensure_ascii=False
    )
    if not name:
        variables = " and ".join(_VARIABLES[system] for system in addresses)
        raise Stop(f"{variables} needs credentials", f"Give CREDENTIALS=file.json with {example}")
    try:
        read = json.loads(Path(name).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise Stop(f"CREDENTIALS={name} cannot be read: {error.strerror}", "Check the path and its rights.") from None
    except ValueError as error:
        raise Stop(f"CREDENTIALS={name} is not JSON: {error}", f"It must look like {example}") from None
    if not isinstance(read, dict):
        raise Stop(f"CREDENTIALS={name} is not a JSON object", f"It must look like {example}")
    return read


def _envelope(system: str, address: str, fields: Any) -> dict[str, Any]:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        variable = _VARIABLES[system]
        raise Stop(f"{variable}={address} is no address", f"Give http(s)://host…, as in {variable}=https://host/path")
    if not isinstance(fields, dict):
        raise Stop(f'CREDENTIALS has no "{system}"', f'Add "{system}": {{…}} with {_listed(_NEEDED[system])}.')
    missing = [group for group in _NEEDED[system] if not any(fields.get(name) for name in group)]
    if missing:
        raise Stop(f'CREDENTIALS lacks {_listed(missing)} of "{system}"', "Add it and run again.")
    return {**fields, "url": address}


def _listed(groups: list[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> str:
    return ", ".join(" or ".join(f'"{name}"' for name in group) for group in groups)
