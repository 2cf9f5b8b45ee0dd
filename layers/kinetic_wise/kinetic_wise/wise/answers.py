"""Wise's answers as the core's records; tolerant of unknown fields and values (wise-api.md 1.2), strict on money."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from kinetic_wise.payments.systems import Recipient, Transfer, WisePayment
from kinetic_wise.transport import Answer, Unclear
from kinetic_wise.wise.confirmations import payee_problem
from kinetic_wise.wise.values import amount, moment_or_none, whole

T = TypeVar("T")


@dataclass(frozen=True)
class Balance:
    """A STANDARD balance: what is available, in major units (8.1)."""

    id: int
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class ProfileDetails:
    """A Wise profile (section 3): type PERSONAL or BUSINESS, country as ISO alpha-2."""

    id: int
    type: str
    state: str
    name: str
    country: str


@dataclass(frozen=True)
class Subscription:
    """A webhook subscription of the profile (9.1)."""

    id: str
    name: str
    event: str
    version: str
    url: str


def read(answer: Answer, make: Callable[[Any], T]) -> T:
    """What `make` makes of an answer's data. Raises Unclear when the data has not the expected shape."""
    try:
        return make(answer.data)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        exchange = answer.exchange
        message = f"Wise's answer to {exchange.method} cannot be read ({type(error).__name__})"
        raise Unclear(message, code="broken_answer", exchange=exchange) from error


def each(make: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """Reads a list of what `make` reads."""

    def read_all(data: Any) -> list[T]:
        if not isinstance(data, list):
            raise TypeError("no list")
        return [make(item) for item in data]

    return read_all


def balance(data: Any) -> Balance:
    """One balance."""
    return Balance(whole(data["id"]), data["currency"], amount(data["amount"]["value"]))


def profile_details(data: Any) -> ProfileDetails:
    """One profile, business or personal."""
    address = data.get("address") or {}
    return ProfileDetails(
        id=whole(data["id"]),
        type=str(data["type"]).upper(),
        state=str(data.get("currentState") or ""),
        name=str(data.get("businessName") or data.get("fullName") or ""),
        country=str(address.get("countryIso2Code") or address.get("country") or ""),
    )


def subscription(data: Any) -> Subscription:
    """One subscription."""
    delivery = data["delivery"]
    return Subscription(
        str(data["id"]),
        str(data.get("name") or ""),
        data["trigger_on"],
        str(delivery.get("version") or ""),
        delivery["url"],
    )


def transfer(data: Any) -> Transfer:
    """One transfer (6.1). A personal profile's is shown as profile 0: `business` is null there."""
    return Transfer(
        id=whole(data["id"]),
        key=str(data.get("customerTransactionId") or "").lower(),
        profile=whole(data.get("business") or 0),
        recipient_id=whole(data["targetAccount"]),
        quote_id=str(data.get("quoteUuid") or ""),
        status=str(data["status"]),
        source_currency=data["sourceCurrency"],
        source_amount=amount(data.get("sourceValue") or 0),
        target_currency=data["targetCurrency"],
        target_amount=amount(data.get("targetValue") or 0),
        rate=amount(data.get("rate") or 0),
        created=moment_or_none(data.get("created")),
        has_active_issues=bool(data.get("hasActiveIssues")),
    )


def wise_payment(data: Any) -> WisePayment:
    """One completed payment into a transfer."""
    return WisePayment(amount=amount(data["amount"]), currency=data["currency"])


def recipient(data: Any) -> Recipient:
    """One recipient (v2 object): the account number from where `commonFieldMap` says it is."""
    places, details = data.get("commonFieldMap") or {}, data.get("details") or {}
    name = data["name"]
    return Recipient(
        id=whole(data["id"]),
        name=str(name["fullName"] if isinstance(name, dict) else name),
        currency=data["currency"],
        type=str(data["type"]),
        active=bool(data["active"]),
        hash=str(data["hash"]),
        profile=whole(data.get("profileId") or 0),
        account_number=normalised(details.get(places.get("accountNumberField"))),
        payee_problem=payee_problem(data.get("confirmations")),
    )


def rate(data: Any) -> Decimal:
    """The one rate of an answer about one pair (8.3)."""
    (row,) = data
    found = amount(row["rate"])
    if found <= 0:
        raise ValueError("no rate")
    return found


def normalised(value: Any) -> str:
    """An account identifier for comparing: without spaces and dashes, upper case."""
    return "" if value is None else re.sub(r"[^0-9A-Z]", "", str(value).upper())


def same_type(one: str, other: str) -> bool:
    """Whether two type names mean the same: `sort_code` when sent is `SortCode` when read (5.1)."""
    return normalised(one) == normalised(other)
