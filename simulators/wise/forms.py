"""Recipient forms (wise-api.md section 5.3), built from the table of types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from simulators.wise.places import COUNTRIES, STATES
from simulators.wise.recipient_table import TYPES
from simulators.wise.recipient_table_world import WORLD_TYPES
from simulators.wise.recipient_types import FULL_ADDRESS, Field, RecipientType

EMAIL_TYPE = RecipientType(
    "email",
    "Email",
    (),
    (),
    legal_types=(),
    name_high=255,
    name_pattern=None,
    email_required=True,
    account_field="email",
)
_PRIVATE_ONLY = {("iban", "PKR")}
_ADDRESSES = {("swift_code", "USD"): FULL_ADDRESS, ("iban", "UAH"): ("country", "city", "firstLine")}
_SENDERS_THAT_NEED_ADDRESSES = frozenset({"USD", "AUD"})
_LEGAL_TYPES = {"PRIVATE": "Person", "BUSINESS": "Business"}
_ADDRESS_FIELDS = {
    "country": Field("address.country", "Country", kind="select", choices=COUNTRIES, refreshes=True),
    "city": Field("address.city", "City", 1, 255, r"^.{1,255}$"),
    "firstLine": Field("address.firstLine", "Recipient address", 1, 255, r"^.{1,255}$"),
    "postCode": Field("address.postCode", "Post code", 1, 32, r"^.{1,32}$"),
}


@dataclass(frozen=True)
class Terms:
    """For whom a form is drawn, and what has been filled in so far (`details` with dotted address keys)."""

    source: str
    target: str
    with_names: bool = False
    validators: bool = False
    force_address: bool = False
    details: Mapping[str, str] = field(default_factory=dict)


@cache
def offered(currency: str) -> tuple[RecipientType, ...]:
    """The types of a currency in Wise's order; `email` last."""
    rows = (row for row in (*TYPES, *WORLD_TYPES) if currency in row.currencies)
    return (*(_specialised(row, currency) for row in rows), EMAIL_TYPE)


def _specialised(row: RecipientType, currency: str) -> RecipientType:
    row = replace(row, address=_ADDRESSES.get((row.key, currency), row.address))
    if (row.key, currency) in _PRIVATE_ONLY:
        return replace(row, legal_types=("PRIVATE",))
    if row.key == "iban" and currency != "EUR":
        return replace(row, title="IBAN")
    if row.key == "swift_code" and currency == "EUR":
        return replace(row, fields=(replace(row.fields[0], refreshes=True), *row.fields[1:]))
    return replace(row, title="SWIFT") if row.key == "swift_code" else row


def find_type(currency: str, key: str) -> RecipientType | None:
    """The type of this name in a currency."""
    return next((row for row in offered(currency) if row.key == key), None)


def sender_needs_address(source: str, target: str) -> bool:
    """Whether the route asks for the payee's address whatever the recipient's type says."""
    return source in _SENDERS_THAT_NEED_ADDRESSES and source != target


def address_fields(parts: Iterable[str], country: str, *, required: bool = True) -> list[Field]:
    """The address's fields; some countries add a state."""
    fields = []
    for part in parts:
        fields.append(replace(_ADDRESS_FIELDS[part], required=required))
        if part == "country" and country in STATES:
            fields.append(Field("address.state", "State", kind="select", choices=STATES[country], required=required))
    return fields


def draw(terms: Terms) -> list[dict[str, Any]]:
    """The form of every type of the target currency, in Wise's order of preference."""
    return [
        {"type": row.key, "title": row.title, "usageInfo": None, "fields": _drawn_fields(row, terms)}
        for row in offered(terms.target)
    ]


def _drawn_fields(row: RecipientType, terms: Terms) -> list[dict[str, Any]]:
    legal_type = terms.details.get("legalType")
    fields = _opening_fields(row, terms)
    fields += [item for item in row.fields if item.legal_type in (None, legal_type)]
    parts = row.address
    if (
        not parts
        and row is not EMAIL_TYPE
        and (terms.force_address or sender_needs_address(terms.source, terms.target))
    ):
        parts = FULL_ADDRESS
    fields += address_fields(parts, terms.details.get("address.country", ""), required=not row.address_optional)
    return _grouped(fields, terms)


def _opening_fields(row: RecipientType, terms: Terms) -> list[Field]:
    fields = []
    if row.legal_types:
        choices = tuple((key, _LEGAL_TYPES[key]) for key in row.legal_types)
        fields.append(Field("legalType", "Recipient type", kind="select", choices=choices, refreshes=True))
    if terms.with_names:
        business = terms.details.get("legalType") == "BUSINESS"
        label = "Name of the business / organisation" if business else "Full name of the account holder"
        fields.append(_name_field(row, label))
    if terms.with_names or row.email_required:
        fields.append(_email_field(row))
    return fields


def _name_field(row: RecipientType, label: str) -> Field:
    return Field("accountHolderName", label, row.name_low, row.name_high, row.name_pattern, required=row.name_required)


def _email_field(row: RecipientType) -> Field:
    label = "Email" if row.email_required else "Email (optional)"
    return Field(
        "email", label, None, 255, row.email_pattern, required=row.email_required, refreshes=row.email_refreshes
    )


def _grouped(fields: list[Field], terms: Terms) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    labels: dict[str, str] = {}
    for item in fields:
        slot = item.group or item.key
        labels.setdefault(slot, item.group or item.label)
        groups.setdefault(slot, []).append(drawn(item, terms.details, validators=terms.validators))
    return [{"name": labels[slot], "group": group} for slot, group in groups.items()]


def drawn(item: Field, details: Mapping[str, str], *, validators: bool = False) -> dict[str, Any]:
    """One field as the form shows it."""
    choices = item.allowed(details)
    return {
        "key": item.key,
        "name": item.label,
        "type": item.kind,
        "refreshRequirementsOnChange": item.refreshes,
        "required": item.required,
        "displayFormat": None,
        "example": item.example,
        "minLength": item.low,
        "maxLength": item.high,
        "validationRegexp": item.pattern,
        "validationAsync": _validator(item) if validators else None,
        "valuesAllowed": [{"key": key, "name": name} for key, name in choices] if choices is not None else None,
    }


def _validator(item: Field) -> dict[str, Any] | None:
    if item.validator is None:
        return None
    params = [{"key": item.key, "parameterName": item.key, "required": True}]
    return {"url": f"https://api.wise-sandbox.com/v1/validators/{item.validator}", "params": params}
