"""What the two systems offer to choose from, looked up with credentials that are not stored yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli import doctor_epicor, doctor_wise, site
from cli.problem import Problem
from cli.shell import Shell
from kinetic_wise.credentials import EnvelopeIncomplete
from kinetic_wise.epicor.diagnosis import offered_companies
from kinetic_wise.payments.money import Money
from kinetic_wise.settings import Settings
from kinetic_wise.transport import RemoteError
from kinetic_wise.wise import WrongEnvironment

_NO_PROFILE = "0"  # a list of profiles names none
_REMEDY = "check address and credentials; docs/credentials.md tells what each mode needs"


def companies(here: Shell, envelope: Mapping[str, Any], known: str) -> tuple[str, ...]:
    """The companies of this Epicor, the known one first. Raises Problem when it lets nobody in."""
    held = site.HeldEnvelope("what was given", envelope)
    try:
        return offered_companies(doctor_epicor.transport_of(here, held, _forget), known)
    except (RemoteError, EnvelopeIncomplete) as error:
        raise Problem(f"Epicor, company {known!r}: {_bare(error)}", _REMEDY) from None


def profiles(here: Shell, envelope: Mapping[str, Any]) -> dict[str, str]:
    """The business profiles that the token sees: id -> name and id. Raises Problem."""
    held = site.HeldEnvelope("what was given", {**envelope, "profile_id": envelope.get("profile_id") or _NO_PROFILE})
    try:
        seen = doctor_wise.client_of(here, held, Settings()).profiles()
    except (RemoteError, EnvelopeIncomplete, WrongEnvironment) as error:
        raise Problem(f"Wise: {_bare(error)}", _REMEDY) from None
    return {str(one.id): f"{one.name} ({one.id}, {one.country})" for one in seen if one.type == "BUSINESS"}


def currencies(here: Shell, envelope: Mapping[str, Any]) -> dict[str, str]:
    """The currencies that the profile holds balances in: code -> code and amount. Raises Problem."""
    held = site.HeldEnvelope("what was given", envelope)
    try:
        balances = doctor_wise.client_of(here, held, Settings()).balances()
    except (RemoteError, EnvelopeIncomplete, WrongEnvironment) as error:
        raise Problem(f"Wise: {_bare(error)}", _REMEDY) from None
    return {code: f"{code}, {Money(balance.amount, code)} in it" for code, balance in sorted(balances.items())}


def _forget(_: object) -> None:
    """Nothing of it is kept."""


def _bare(error: Exception) -> str:
    return str(error).rstrip(".")
