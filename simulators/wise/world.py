"""What every part of the simulated Wise works with: one call, and the world it meets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from simulators.common.clock import Agenda, Clock
from simulators.common.http import Request
from simulators.wise.books import Books, Profile
from simulators.wise.errors import Problem, forbidden, invalid, problem_details, spring
from simulators.wise.ids import Ids
from simulators.wise.sample import Day

CALENDAR_VERSION = "2026Q3"
USER = 40_000_001
_MOST = Decimal(10) ** 12


@dataclass(frozen=True)
class Settings:
    """What differs between one simulated Wise and another."""

    sca_region: bool = False
    allow_local_webhooks: bool = False
    # What nobody knows (wise-api.md section 0); switches.py says what each means
    rotating_refresh_tokens: bool = False
    repeated_key: Literal["first", "refused"] = "first"
    key_days: float | None = None
    cancel_until: Literal["converted", "funded"] = "converted"
    unknown_transfer: Literal[403, 404] = 403
    funding_errors: Literal["json", "text"] = "json"
    funding_status: Literal[200, 201] = 201
    rejection_status: Literal[201, 422] = 201
    same_recipient: Literal["new", "first"] = "new"


@dataclass
class World:
    """The books and what acts on them; the settings may be switched while it turns."""

    books: Books
    clock: Clock
    agenda: Agenda
    ids: Ids
    settings: Settings
    day: Day

    def now(self) -> datetime:
        """The simulator's time, UTC."""
        return self.clock.now()

    def profile(self, call: Call, profile_id: int) -> Profile:
        """Our profile of this number. Raises the 403 of another customer's."""
        profile = self.books.profiles.get(profile_id)
        if profile is None:
            raise forbidden(call.request.path)
        return profile

    def asked_profile(self, call: Call, *names: str) -> Profile:
        """The profile a query names; the personal one when it names none."""
        value = next((call.params[name] for name in names if name in call.params), None)
        if value is None:
            return self.books.personal()
        if not value.isdecimal():
            raise invalid(400, Problem("NOT_VALID", "profile must be a number", names[0], (value,)))
        return self.profile(call, int(value))


@dataclass(frozen=True)
class Call:
    """A request whose version segment is known: "2026Q3", or "v1" to "v4" on the legacy paths."""

    request: Request
    version: str

    @property
    def is_calendar(self) -> bool:
        """Whether it came on a calendar-version path."""
        return self.version == CALENDAR_VERSION

    @property
    def params(self) -> dict[str, str]:
        """The query's parameters."""
        return self.request.params

    def json_object(self, media_type: str = "application/json") -> dict[str, Any]:
        """The body, an object with Decimals. Raises 415 without the media type, 400 when it is no JSON object."""
        sent = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if sent != media_type:
            raise problem_details(
                415, "Unsupported Media Type", f"Content-Type '{sent}' is not supported.", self.request.path
            )
        try:
            body = self.request.json()
        except ValueError:
            raise spring(400, "Bad Request", "Malformed JSON request", self.request.path) from None
        if not isinstance(body, dict):
            raise spring(400, "Bad Request", "Required request body is missing", self.request.path)
        return body


def read_amount(body: dict[str, Any], key: str) -> Decimal | None:
    """An amount above zero in major units, None when absent. Raises 400 with `error.greaterThanZero` or NOT_VALID."""
    value = body.get(key)
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise invalid(400, Problem("NOT_VALID", "Please enter a valid amount", key, (str(value),))) from None
    if isinstance(value, bool) or not amount.is_finite() or amount <= 0:
        raise invalid(400, Problem("error.greaterThanZero", "Please enter an amount greater than zero", key))
    if amount > _MOST:
        raise invalid(400, Problem("NOT_VALID", "The amount is too high", key, (str(value),)))
    return amount
