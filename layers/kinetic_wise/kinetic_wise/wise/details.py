"""A recipient's details: Wise's forms for the route, filled from Epicor (wise-api.md 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kinetic_wise.wise.columns import Payee, PayeeRules, Table
from kinetic_wise.wise.errors import Problem
from kinetic_wise.wise.filling import DetailsMissing, Found, check_row, find_value, identifies_account
from kinetic_wise.wise.forms import Form, FormField

_NAME = "accountHolderName"
_LEGAL_TYPE = "legalType"
# Asked for or not: without its prefix a Czech account number is another account.
_FILLED_IF_KNOWN = frozenset({_LEGAL_TYPE, "prefix", "branchCode"})
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
    columns: dict[str, str] = field(default_factory=dict)  # where each value stands in Epicor
    payee: str = field(default="", repr=False)

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

    def refused(self, problem: Problem) -> str:
        """What Wise objected to, for a clerk: the vendor, the column and Wise's words, which are written for people."""
        key = next((key for key in self.columns if _same_key(key, problem.path)), "")
        if not key:
            return f"{self.payee}: Wise refuses the recipient: {problem}"
        told = problem.message or problem.code
        return f"{self.payee}: Wise refuses {key} ({self.columns[key]}): {told}: correct it"


def _same_key(key: str, path: str) -> bool:
    """Paths come with and without `details.` and in another case."""
    return bool(path) and key.casefold() == path.removeprefix("details.").casefold()


@dataclass
class _Filling:
    """A form with the values found for it, and what is missing."""

    form: Form
    payee: Payee
    found: dict[str, Found]
    account_gaps: list[DetailsMissing]  # they decide against the type
    other_gaps: list[DetailsMissing]

    @property
    def refreshing(self) -> dict[str, str]:
        """The values on which the form itself depends."""
        asking = (item.key for item in self.form.fields if item.refreshes and item.key in self.found)
        return {key: self.found[key].value for key in asking}

    @property
    def identified(self) -> int:
        """How many fields that say which account could be filled."""
        return sum(1 for item in self.form.fields if identifies_account(item) and item.key in self.found)

    def details(self, currency: str) -> RecipientDetails:
        """The details as far as they are filled."""
        values = {key: found.value for key, found in self.found.items() if key != _NAME}
        identifying = frozenset(item.key for item in self.form.fields if identifies_account(item)) & values.keys()
        name = self.found[_NAME].value if _NAME in self.found else ""
        columns = {key: found.column for key, found in self.found.items()}
        return RecipientDetails(self.form.type, currency, name, values, identifying, columns, str(self.payee))


def fill_details(
    forms: list[Form], payee: Payee, currency: str, rules: PayeeRules, refresh: Refresh
) -> RecipientDetails:
    """The details of the first type that the bank row can fill. Raises DetailsMissing, and what `refresh` raises."""
    check_row(payee)
    first = rules.types.get(currency)
    filling = _choose(sorted(forms, key=lambda form: form.type != first), payee, currency, rules.columns)
    asked: dict[str, str] = {}
    for _ in range(_ROUNDS):
        if filling.refreshing == asked:
            break
        asked = filling.refreshing
        redrawn = next((f for f in refresh(filling.details(currency)) if f.type == filling.form.type), None)
        if redrawn is None:
            raise _no_type(payee, currency)
        filling = _fill(redrawn, payee, rules.columns)
    for gap in (*filling.account_gaps, *filling.other_gaps):
        raise gap
    for item in filling.form.fields:
        if item.required and item.waits:
            raise _no_choice(item, payee)
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
    """Fill what is asked for; a list that comes only after a refresh is left for then."""
    filling = _Filling(form, payee, {}, [], [])
    for item in form.fields:
        if item.waits or not (item.required or item.key in _FILLED_IF_KNOWN):
            continue
        try:
            filling.found[item.key] = find_value(item, form.type, payee, table)
        except DetailsMissing as gap:
            if gap.is_empty and not item.required and item.key != _LEGAL_TYPE:
                continue
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


def _no_choice(item: FormField, payee: Payee) -> DetailsMissing:
    return DetailsMissing(
        item.label,
        "VendBank",
        "cannot be chosen: Wise lists no values for it",
        "compare the fields it depends on (the bank, for a branch) with the vendor's letter",
        payee=str(payee),
    )
