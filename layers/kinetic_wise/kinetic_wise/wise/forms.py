"""Requirement forms as Wise draws them for a quote (wise-api.md 5.3): what a field demands of a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_ANY_NAME = "Axx"
_WRONG_FORM = "does not have the form that Wise accepts"
EMAIL_TYPE = "email"  # the payee would have to type in the bank details: never used (5.3)


@dataclass(frozen=True)
class Option:
    """One value that a select or radio accepts."""

    key: str
    name: str


@dataclass(frozen=True)
class FormField:
    """One field. `options` is None for free text, and for a select that waits for another field (section 0)."""

    key: str
    label: str
    kind: str
    required: bool
    refreshes: bool
    shortest: int | None
    longest: int | None
    pattern: str
    options: tuple[Option, ...] | None

    @property
    def is_choice(self) -> bool:
        """Whether the value is chosen from a list."""
        return self.kind in ("select", "radio")

    @property
    def waits(self) -> bool:
        """Whether its list comes only after a refresh."""
        return self.is_choice and self.options is None

    def problem(self, value: str) -> str:
        """What is wrong with a value, for a clerk; "" when Wise's form accepts it."""
        if self.options is not None and value not in {option.key for option in self.options}:
            return "is none of the values that Wise offers"
        if self.shortest is not None and len(value) < self.shortest:
            return f"is shorter than {self.shortest} characters"
        if self.longest is not None and len(value) > self.longest:
            return f"is longer than {self.longest} characters"
        if _matches(self.pattern, value):
            return ""
        strangers = self._strangers(value)
        return f"has characters that Wise does not accept: {strangers}" if strangers else _WRONG_FORM

    def _strangers(self, value: str) -> str:
        """The characters that no value of this field may have, where its pattern is about characters only."""
        if not _matches(self.pattern, _ANY_NAME):
            return ""
        return " ".join(dict.fromkeys(sign for sign in value if not _matches(self.pattern, _ANY_NAME + sign + "x")))


@dataclass(frozen=True)
class Form:
    """The fields of one recipient type."""

    type: str
    fields: tuple[FormField, ...]


def read_forms(data: Any) -> list[Form]:
    """The forms in an answer, in Wise's order of preference, without `email`. Raises KeyError and TypeError."""
    forms = (_form(entry) for entry in data)
    return [form for form in forms if form.type != EMAIL_TYPE]


def _form(entry: dict[str, Any]) -> Form:
    fields = tuple(_field(item) for row in entry["fields"] for item in row["group"])
    return Form(entry["type"], fields)


def _field(item: dict[str, Any]) -> FormField:
    allowed = item.get("valuesAllowed")
    options = None if allowed is None else tuple(Option(str(one["key"]), str(one.get("name") or "")) for one in allowed)
    kind = str(item.get("type") or "text")
    return FormField(
        key=item["key"],
        label=str(item.get("name") or item["key"]),
        kind=kind,
        required=bool(item.get("required")),
        refreshes=bool(item.get("refreshRequirementsOnChange")),
        shortest=_length(item.get("minLength")),
        longest=_length(item.get("maxLength")),
        pattern=str(item.get("validationRegexp") or ""),
        options=options if kind in ("select", "radio") else None,
    )


def _length(value: Any) -> int | None:
    return None if value is None else int(value)


def _matches(pattern: str, value: str) -> bool:
    """Whole match: some of Wise's patterns are unanchored (5.4). One that Python cannot read is left to Wise."""
    if not pattern:
        return True
    try:
        return re.fullmatch(pattern, value, re.ASCII) is not None
    except re.error:
        return True
