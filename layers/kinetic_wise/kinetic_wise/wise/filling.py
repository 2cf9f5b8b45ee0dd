"""Filling a field of a recipient form from Epicor: the value that fits, or why there is none, in a clerk's words.

Between two different values that both fit nothing is guessed: that is for a person to settle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kinetic_wise.payments.account_numbers import last_four
from kinetic_wise.wise import check_digits, spelling
from kinetic_wise.wise.columns import FIRST_FILLED, NAMES, Payee, Source, Table, epicor_name, sources
from kinetic_wise.wise.forms import FormField

# About the holder and not about the account; of a few only how the key begins.
_ABOUT_THE_HOLDER = tuple(
    "address. accountHolderName legalType accountType email phoneNumber dateOfBirth nationality job taxId cnpj cpf rut "
    "idDocument identificationNumber businessNumber familyName givenName patronymicName".split()
)
_LIKE_AN_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_LONGEST_CODE = 5
_OF_A_BUSINESS = ("BUSINESS_ID", "RUC")  # the document that a company has, where Wise asks which one it is


class DetailsMissing(Exception):
    """A detail of the payee is missing or cannot be used. Field as Wise names it, column as Epicor names it."""

    def __init__(
        self, field: str, column: str, problem: str, remedy: str, *, payee: str = "", is_empty: bool = False
    ) -> None:
        whose = f"{payee}: " if payee else ""
        super().__init__(f"{whose}{field} {problem} ({column}): {remedy}")
        self.field = field
        self.column = column
        self.problem = problem
        self.remedy = remedy
        self.is_empty = is_empty  # nothing stands there, rather than something wrong


@dataclass(frozen=True)
class Found:
    """A value and where it stands, by the columns' names in Epicor."""

    value: str
    column: str


def identifies_account(field: FormField) -> bool:
    """Whether a field says which account, and so decides whether a bank row suits a recipient type."""
    return not field.key.startswith(_ABOUT_THE_HOLDER)


def find_value(field: FormField, recipient_type: str, payee: Payee, table: Table) -> Found:
    """The value of a field for a payee. Raises DetailsMissing."""
    if field.key == "legalType":
        return Found(_legal_type(field, payee), "Vendor")
    found = sources(table, recipient_type, field.key)
    if field.key == "idDocumentType" and not found:
        return Found(_business_document(field, payee), "Vendor")
    if identifies_account(field):  # where money goes comes from the bank row alone: its changes are held (rule 14)
        found = tuple(source for source in found if not source.column.startswith("Vendor."))
    if field.key == "accountType":
        return Found(_account_type(field, [payee[source.column] for source in found], payee), _named(found))
    if field.key in FIRST_FILLED:
        found = tuple(source for source in found if payee[source.column])[:1] or found
    item = _Item(field, recipient_type, payee)
    values = _agreed({value: source for source, value in item.fitting(found)})
    if len(values) > 1:
        raise _ambiguous(field, values, payee)
    if values:
        value, source = next(iter(values.items()))
        return Found(value, epicor_name(source.column))
    raise item.missing(found)


def _named(found: tuple[Source, ...]) -> str:
    return " or ".join(epicor_name(source.column) for source in found)


def check_row(payee: Payee) -> None:
    """Refuse a row with an IBAN whose check digits are wrong: no other type may carry the typing error to a bank.

    Raises DetailsMissing.
    """
    for column in ("IBANCode", "BankAcctNumber"):
        value = re.sub(r"[\s-]", "", payee[column]).upper()
        if _LIKE_AN_IBAN.fullmatch(value) and not check_digits.is_iban(value):
            shown = f"{last_four(value)!r} is not a valid IBAN"
            raise DetailsMissing("IBAN", epicor_name(column), shown, "correct it", payee=str(payee))


def _legal_type(field: FormField, payee: Payee) -> str:
    if field.options and "BUSINESS" not in {option.key for option in field.options}:
        raise DetailsMissing(
            field.label,
            "Vendor",
            "would have to be a private person",
            "Wise pays no business this way: pay this vendor outside the connector",
            payee=str(payee),
        )
    return "BUSINESS"


def _account_type(field: FormField, told: list[str], payee: Payee) -> str:
    """Savings where the bank row says so, else checking, which is also called current."""
    keys = [option.key for option in field.options or ()]
    text = next((value for value in told if value), "").upper()
    wanted = ("SAVING",) if "SAV" in text else ("CHECKING", "CURRENT")
    chosen = next((key for key in keys if key == text), "") or next(
        (key for start in wanted for key in keys if key.startswith(start)), ""
    )
    if not chosen:
        column = epicor_name("VendAccountType")
        offered = ", ".join(keys)
        raise DetailsMissing(field.label, column, "is not known", f"enter one of {offered}", payee=str(payee))
    return chosen


def _business_document(field: FormField, payee: Payee) -> str:
    """Which document the vendor's number is of: a company's."""
    keys = {option.key for option in field.options or ()}
    chosen = next((key for key in _OF_A_BUSINESS if key in keys), "")
    if not chosen:
        raise _without_column(field, payee)
    return chosen


@dataclass(frozen=True)
class _Item:
    """A field of a recipient type, to be filled for a payee."""

    field: FormField
    type: str
    payee: Payee

    def fitting(self, found: tuple[Source, ...]) -> Iterator[tuple[Source, str]]:
        """Each column's value in the form in which Wise accepts it; a bank by its name only when no code fits."""
        any_fits = False
        for source in found:
            value = self._accepted(source.take(self.payee[source.column]))
            if value:
                any_fits = True
                yield source, value
        name = NAMES.get(self.field.key)
        if not any_fits and name and self.field.options:
            value = spelling.option_by_name(self.field.options, self.payee[name])
            if value:
                yield Source(name), value

    def _accepted(self, raw: str) -> str:
        """The first spelling of a value that form and checks accept; "" when none is."""
        return next((value for value in self._spellings(raw) if not self._objection(value)), "")

    def _spellings(self, raw: str) -> list[str]:
        if not raw:
            return []
        if self.field.is_choice:
            return spelling.options_like(self.field.options or (), raw)
        if identifies_account(self.field):
            return spelling.of_account(self.type, self.field.key, raw)
        return spelling.of_holder(self.field.key, raw)

    def _objection(self, value: str) -> str:
        problem = self.field.problem(value) or check_digits.objection(self.type, self.field.key, value)
        if problem:
            return problem
        if self.field.key == spelling.FIRST_LINE and spelling.is_po_box(value):
            return "is a P.O. box, which Wise does not accept"
        return ""

    def _is_secret(self, value: str) -> bool:
        """Whether a value may be an account number, wherever it stands; the code of a bank or branch is short."""
        return identifies_account(self.field) and not (self.field.is_choice and len(value) <= _LONGEST_CODE)

    def missing(self, found: tuple[Source, ...]) -> DetailsMissing:
        """Why no column's value will do, told of the first that is filled."""
        if not found:
            return _without_column(self.field, self.payee)
        filled = next((source for source in found if source.take(self.payee[source.column])), None)
        column = epicor_name((filled or found[0]).column)
        if filled is None:
            return DetailsMissing(
                self.field.label, column, "is missing", "fill it in", payee=str(self.payee), is_empty=True
            )
        value = filled.take(self.payee[filled.column])
        shown = f"{(last_four(value) if self._is_secret(value) else value)!r} "
        objections = [self._objection(spelt) for spelt in self._spellings(value)[:1]]
        problem = next(filter(None, objections), "") or self.field.problem(value) or "cannot be used"
        return DetailsMissing(self.field.label, column, shown + problem, "correct it", payee=str(self.payee))


def _agreed(values: dict[str, Source]) -> dict[str, Source]:
    """Without values that are only another spelling or a part of one already there (an IBAN holds its account)."""
    kept: dict[str, Source] = {}
    for value, source in values.items():
        if not any(_same(value, other) for other in kept):
            kept[value] = source
    return kept


def _same(one: str, other: str) -> bool:
    one, other = spelling.letters(one), spelling.letters(other)
    if one.removesuffix("xxx") == other.removesuffix("xxx"):
        return True
    long, short = (one, other) if len(one) > len(other) else (other, one)
    return check_digits.is_iban(long.upper()) and long.endswith(short.lstrip("0")) and len(short) > 4


def _ambiguous(field: FormField, values: dict[str, Source], payee: Payee) -> DetailsMissing:
    columns = " and ".join(epicor_name(source.column) for source in values.values())
    return DetailsMissing(
        field.label,
        columns,
        "has different values, each of them possible",
        "leave only the right one in Epicor",
        payee=str(payee),
    )


def _without_column(field: FormField, payee: Payee) -> DetailsMissing:
    return DetailsMissing(
        field.label,
        "no column",
        "is asked for by Wise and fed by no column of Epicor",
        f"name the column for {field.key!r} in the setting recipient_columns",
        payee=str(payee),
        is_empty=True,
    )
