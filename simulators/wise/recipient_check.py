"""Whether a recipient's data are acceptable (wise-api.md sections 5.1 and 5.4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulators.common.http import dump_json
from simulators.wise import checks, forms
from simulators.wise.errors import Problem
from simulators.wise.recipient_types import FULL_ADDRESS, Field, RecipientType


@dataclass(frozen=True)
class Draft:
    """A recipient's data as sent; `details` is flat, address keys dotted."""

    currency: str
    type: RecipientType
    name: str
    details: dict[str, str]

    @property
    def legal_type(self) -> str:
        """PRIVATE or BUSINESS; the e-mail type names none and means a person."""
        return self.details.get("legalType", "PRIVATE")

    @property
    def email(self) -> str | None:
        """The payee's e-mail, if any."""
        return self.details.get("email") or None

    @property
    def asked(self) -> list[Field]:
        """The fields of the bank account, without names and address."""
        return [item for item in self.type.fields if item.legal_type in (None, self.legal_type)]

    def bank_details(self) -> dict[str, str]:
        """The bank account's fields as Wise keeps them."""
        return {item.key: item.stored(self.details[item.key]) for item in self.asked if self.details.get(item.key)}

    def address(self) -> dict[str, str]:
        """The address's parts by their short names."""
        prefix = "address."
        return {key[len(prefix) :]: value for key, value in self.details.items() if key.startswith(prefix) and value}

    def hash(self) -> str:
        """Covers name and details, e-mail included; equal data give equal hashes."""
        return _digest([self.currency, self.type.key, self.name, self.bank_details(), self.address(), self.email])

    def loose_hash(self) -> str:
        """Covers the bank coordinates only."""
        return _digest([self.currency, self.type.key, self.bank_details()])


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(dump_json(parts).encode()).hexdigest()


def flatten(details: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested details with dotted keys; absent and null values are left out, numbers become text."""
    flat: dict[str, str] = {}
    for key, value in details.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        elif value is not None and not isinstance(value, (list, bool)):
            flat[f"{prefix}{key}"] = str(value)
    return flat


def problems(draft: Draft) -> list[Problem]:
    """Everything Wise objects to, in the form's order."""
    found: list[Problem] = [*_name_problems(draft), *_legal_type_problems(draft), *_email_problems(draft)]
    for item in draft.asked:
        found += _field_problems(item, draft.details)
    return [*found, *_address_problems(draft)]


def _name_problems(draft: Draft) -> Iterable[Problem]:
    row = draft.type
    length = len(draft.name)
    if not draft.name and not row.name_required:
        return
    if not draft.name:
        yield Problem("MISSING", "Please enter the account holder's name", "accountHolderName")
    elif not row.name_low <= length <= row.name_high:
        yield Problem("NOT_VALID", "The name is too short or too long", "accountHolderName", (draft.name,))
    elif row.name_pattern and not re.fullmatch(row.name_pattern, draft.name):
        yield Problem("NOT_VALID", "The name has characters that are not allowed", "accountHolderName", (draft.name,))
    elif draft.legal_type == "PRIVATE" and not checks.is_full_name(draft.name):
        yield Problem("NOT_VALID", "Please enter the recipient's full name", "accountHolderName", (draft.name,))


def _legal_type_problems(draft: Draft) -> Iterable[Problem]:
    if not draft.type.legal_types:
        return
    value = draft.details.get("legalType")
    if value is None:
        yield Problem("MISSING", "Please choose a recipient type", "legalType")
    elif value not in draft.type.legal_types:
        yield Problem("NOT_VALID", "This recipient type cannot be used here", "legalType", (value,))


def _email_problems(draft: Draft) -> Iterable[Problem]:
    if draft.email is None:
        if draft.type.email_required:
            yield Problem("MISSING", "Please enter an email", "email")
    elif len(draft.email) > 255 or not re.fullmatch(draft.type.email_pattern, draft.email):
        yield Problem("NOT_VALID", "Please enter a valid email", "email", (draft.email,))


def _field_problems(item: Field, details: Mapping[str, str]) -> Iterable[Problem]:
    value = details.get(item.key, "").strip()
    if not value:
        if item.required:
            yield Problem("MISSING", f"{item.label} is required", item.key)
        return
    code = item.problem(value, details)
    if code:
        yield Problem(code, f"Please enter a valid {item.label}", item.key, (value,))


def _address_problems(draft: Draft) -> Iterable[Problem]:
    given = draft.address()
    row = draft.type
    required = bool(row.address) and not row.address_optional
    parts = row.address or (FULL_ADDRESS if given else ())
    for item in forms.address_fields(parts, given.get("country", ""), required=required):
        yield from _field_problems(item, draft.details)
    if checks.is_po_box(given.get("firstLine", "")):
        yield Problem("NOT_VALID", "P.O. boxes are not accepted", "address.firstLine", (given["firstLine"],))
