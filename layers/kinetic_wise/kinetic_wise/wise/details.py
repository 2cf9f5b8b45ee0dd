"""A recipient's details: Wise's forms for the route, filled from Epicor (wise-api.md 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kinetic_wise.wise.columns import Payee, Table
from kinetic_wise.wise.filling import DetailsMissing, check_row, find_value, identifies_account
from kinetic_wise.wise.forms import Form

_NAME = "accountHolderName"
_LEGAL_TYPE = "legalType"
_ROUNDS = 6  # refreshes of one form; country, state, bank and branch need three

Refresh = Callable[["RecipientDetails"], list[Form]]


@dataclass(frozen=True)
class RecipientDetails:
    """What Wise needs to know of a payee: recipient type, name, and the form's other fields by dotted key."""

    type: str
    currency: str
    name: str = field(repr=False)
    values: dict[str, str] = field(repr=False)
    identifying: frozenset[str] = frozenset()  # the keys that say which account

    def body(self, profile: int) -> dict[str, Any]:
        """The body of a recipient's creation, and of a form's refresh (5.1)."""
        nested: dict[str, Any] = {}
        for key, value in self.values.items():
            outer, _, inner = key.rpartition(".")
            (nested.setdefault(outer, {}) if outer else nested)[inner] = value
        return {
            "currency": self.currency,
            "type": self.type,
            "profile": profile,
            "accountHolderName": self.name,
            "ownedByCustomer": False,
            "details": nested,
        }


@dataclass
class _Filling:
    """A form with the values found for it, and what is missing."""

    form: Form
    values: dict[str, str]
    account_gaps: list[DetailsMissing]  # they decide against the type
    other_gaps: list[DetailsMissing]

    @property
    def refreshing(self) -> dict[str, str]:
        """The values on which the form itself depends."""
        return {
            item.key: self.values[item.key] for item in self.form.fields if item.refreshes and item.key in self.values
        }

    @property
    def identified(self) -> int:
        """How many fields that say which account could be filled."""
        return sum(1 for item in self.form.fields if identifies_account(item) and item.key in self.values)

    def details(self, currency: str) -> RecipientDetails:
        """The details as far as they are filled."""
        others = {key: value for key, value in self.values.items() if key != _NAME}
        identifying = frozenset(item.key for item in self.form.fields if identifies_account(item)) & others.keys()
        return RecipientDetails(self.form.type, currency, self.values.get(_NAME, ""), others, identifying)


def fill_details(forms: list[Form], payee: Payee, currency: str, table: Table, refresh: Refresh) -> RecipientDetails:
    """The details of the first type that the bank row can fill. Raises DetailsMissing, and what `refresh` raises."""
    check_row(payee)
    filling = _choose(forms, payee, currency, table)
    asked: dict[str, str] = {}
    for _ in range(_ROUNDS):
        if filling.refreshing == asked:
            break
        asked = filling.refreshing
        redrawn = next((f for f in refresh(filling.details(currency)) if f.type == filling.form.type), None)
        if redrawn is None:
            raise _no_type(payee, currency)
        filling = _fill(redrawn, payee, table)
    for gap in (*filling.account_gaps, *filling.other_gaps):
        raise gap
    return filling.details(currency)


def _choose(forms: list[Form], payee: Payee, currency: str, table: Table) -> _Filling:
    """The first type, in Wise's order, whose account the bank row names in full.

    A missing address or name does not lead to another type: it is for the clerk to add.
    """
    fillings = [_fill(form, payee, table) for form in forms]
    suited = next((filling for filling in fillings if not filling.account_gaps), None)
    if suited is not None:
        return suited
    if not fillings:
        raise _no_type(payee, currency)
    raise max(fillings, key=lambda filling: filling.identified).account_gaps[0]


def _fill(form: Form, payee: Payee, table: Table) -> _Filling:
    """Fill the required fields; a list that comes only after a refresh is left for then."""
    filling = _Filling(form, {}, [], [])
    for item in form.fields:
        if item.waits or not (item.required or item.key == _LEGAL_TYPE):
            continue
        try:
            filling.values[item.key] = find_value(item, form.type, payee, table)
        except DetailsMissing as gap:
            decides = identifies_account(item) or item.key == _LEGAL_TYPE
            (filling.account_gaps if decides else filling.other_gaps).append(gap)
    return filling


def _no_type(payee: Payee, currency: str) -> DetailsMissing:
    return DetailsMissing(
        f"a way to pay {currency} into a bank account",
        "VendBank",
        "is not offered by Wise",
        "pay this vendor outside the connector",
        payee=str(payee),
    )
