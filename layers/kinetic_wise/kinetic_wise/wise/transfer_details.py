"""What a transfer must say beside its amount: Wise's form for the quote, filled from settings (wise-api.md 6.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kinetic_wise.wise.columns import ANY
from kinetic_wise.wise.filling import DetailsMissing
from kinetic_wise.wise.forms import Form, FormField
from kinetic_wise.wise.letters import plain

REFERENCE = "reference"
NATURE = "transferNature"  # belongs to the quote (4.1): without it BRL and NPR are paid, blocked and refunded
INVOICE_NUMBER = "Invoice.InvoiceNum"
_ROUNDS = 4
_COLUMN = re.compile(r"(Invoice|Vendor|VendBank)\.\w+")

Answers = Mapping[str, Mapping[str, str]]  # currency or "*" -> field -> Wise's key for it, a text, or a column
DEFAULT_ANSWERS: Answers = {
    ANY: {
        "transferPurpose": "verification.transfers.purpose.pay.bills",
        "transferPurposeInvoiceNumber": INVOICE_NUMBER,
    }
}


def transfer_body(
    key: str, recipient_id: int, quote_id: str, reference: str, details: Mapping[str, str]
) -> dict[str, object]:
    """The body of a transfer's creation (6.1). The details' own reference, cut for the route, wins."""
    told = {name: value for name, value in details.items() if name != NATURE}  # the quote carries that one
    return {
        "targetAccount": recipient_id,
        "quoteUuid": quote_id,
        "customerTransactionId": key,
        "details": {REFERENCE: reference, **told},
    }


@dataclass(frozen=True)
class Telling:
    """What can be told of a payment: the site's answers for its currency, columns of Epicor, the payee reference."""

    currency: str
    answers: Answers
    column: Callable[[str], str]  # the value of `Invoice.…`, `Vendor.…` or `VendBank.…`; asked only when needed
    reference: str

    def answer(self, key: str) -> str:
        """The answer to a field, read from Epicor where it names a column; "" when there is none."""
        if key == REFERENCE:
            return self.reference
        tables = (self.answers.get(self.currency, {}), self.answers.get(ANY, {}), DEFAULT_ANSWERS[ANY])
        told = next((table[key] for table in tables if key in table), "")
        return self.column(told).strip() if _COLUMN.fullmatch(told) else told

    def place(self, key: str) -> str:
        """Where the answer is set, for a clerk."""
        return f"setting transfer_answers, {self.currency}, {key}"


def fill_transfer(
    forms: list[Form], telling: Telling, refresh: Callable[[dict[str, str]], list[Form]]
) -> dict[str, str]:
    """The transfer's details by key, the reference among them when asked for. Raises DetailsMissing."""
    details = _fill(forms, telling)
    for _ in range(_ROUNDS):
        again = _fill(refresh(details), telling) if _changes(forms, details) else details
        if again == details:
            break
        details = again
    return details


def _changes(forms: list[Form], details: dict[str, str]) -> bool:
    return any(item.refreshes and item.key in details for form in forms for item in form.fields)


def _fill(forms: list[Form], telling: Telling) -> dict[str, str]:
    filled = {item.key: _value(item, telling) for form in forms for item in form.fields if not item.waits}
    return {key: value for key, value in filled.items() if value or key == REFERENCE}


def _value(item: FormField, telling: Telling) -> str:
    """The answer as the field takes it; "" for an optional field whose answer does not fit."""
    told = telling.answer(item.key)
    fitting = next((one for one in _spellings(item, told) if not item.problem(one)), "") if told else ""
    if fitting or not item.required:
        return fitting
    remedy = f"set it to one of: {_choices(item)}" if item.options else "set it to a text, or to a column of Epicor"
    problem = f"{told!r} {item.problem(told)}" if told else "is asked for by Wise and not set"
    raise DetailsMissing(f"{item.label} ({item.key})", telling.place(item.key), problem, remedy)


def _spellings(item: FormField, told: str) -> list[str]:
    if item.is_choice:
        return [told]
    bare = " ".join(re.sub(r"[^a-zA-Z0-9-]+", " ", plain(told)).split())
    whole = [told, plain(told), bare]
    cut = bare if item.longest is None else bare[: item.longest].strip()
    return [*whole, cut] if item.key == REFERENCE else whole  # what identifies a debt is never cut


def _choices(item: FormField) -> str:
    options = item.options or ()
    return "; ".join(f"{option.key} ({option.name})" if option.name else option.key for option in options)
