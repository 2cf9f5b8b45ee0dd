"""The words of a recipient form: types, their fields, and the checks on one field's value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Choices = tuple[tuple[str, str], ...]

STANDARD_NAME = r"""^[0-9A-Za-zÀ-ÖØ-öø-ÿ-_()'*,.%#^@&{}~<>+$"\[\]\\ ]+$"""
EMAIL = (
    r"\s*[a-zA-Z0-9.!#$%&'*+\/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+\s*"
)
NO_ADDRESS: tuple[str, ...] = ()
FULL_ADDRESS = ("country", "city", "firstLine", "postCode")
BOTH = ("PRIVATE", "BUSINESS")


@dataclass(frozen=True)
class Field:
    """One field of a type's `details`; `low` and `high` bound its length in characters."""

    key: str
    label: str
    low: int | None = None
    high: int | None = None
    pattern: str | None = None
    example: str = ""
    required: bool = True
    kind: str = "text"
    refreshes: bool = False
    choices: Choices | None = None
    branches: Mapping[str, Choices] | None = None  # a select that depends on `bankCode`
    check: Callable[[str], bool] | None = None
    compact: str = ""  # characters dropped before the value is stored
    legal_type: str | None = None  # asked only of this legal type, after a refresh
    validator: str | None = None  # name of the deprecated asynchronous check
    group: str = ""  # fields of one group label are shown together

    def stored(self, value: str) -> str:
        """The value as Wise keeps it."""
        kept = value.strip().translate({ord(mark): None for mark in self.compact})
        return kept.upper() if self.key in ("IBAN", "BIC", "swiftCode", "ifscCode") else kept

    def allowed(self, details: Mapping[str, str]) -> Choices | None:
        """The values of a select, given the rest of the form; None before the form is refreshed."""
        return self.branches.get(details.get("bankCode", "")) if self.branches is not None else self.choices

    def problem(self, value: str, details: Mapping[str, str]) -> str | None:
        """The code of what is wrong with a value, None when nothing is."""
        if self.low is not None and len(value) < self.low:
            return "TOO_SMALL"
        if self.high is not None and len(value) > self.high:
            return "TOO_BIG"
        if self.pattern and not re.fullmatch(self.pattern, value):  # some patterns are unanchored
            return "NOT_VALID"
        if (self.choices or self.branches is not None) and value not in dict(self.allowed(details) or ()):
            return "NOT_VALID"
        return "NOT_VALID" if self.check and not self.check(value) else None


@dataclass(frozen=True)
class RecipientType:
    """One way to name a bank account, for the currencies that offer it."""

    key: str
    title: str
    currencies: tuple[str, ...]
    fields: tuple[Field, ...]
    legal_types: tuple[str, ...] = BOTH
    name_low: int = 2
    name_high: int = 140
    name_pattern: str | None = STANDARD_NAME
    name_required: bool = True
    email_required: bool = False
    email_pattern: str = EMAIL
    email_refreshes: bool = False
    address: tuple[str, ...] = NO_ADDRESS
    address_optional: bool = False
    pay_out: str = "BANK_TRANSFER"
    account_field: str = "accountNumber"
    bank_field: str | None = None

    @property
    def pascal(self) -> str:
        """The type as answers of the newer kind write it: SortCode."""
        return "".join(part.capitalize() for part in self.key.split("_"))

    def field(self, key: str) -> Field | None:
        """The field with this key."""
        return next((field for field in self.fields if field.key == key), None)
