"""Filling a field of a recipient form from Epicor: the value that fits, or why there is none, in a clerk's words.

Between two different values that both fit nothing is guessed: that is for a person to settle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum import bic, iban
from stdnum.us import rtn

from kinetic_wise.wise.columns import FIRST_FILLED, NAMES, Payee, Source, Table, epicor_name, sources
from kinetic_wise.wise.forms import FormField, Option
from kinetic_wise.wise.masking import last_four

_PO_BOX = re.compile(r"\b(p\.?\s*o\.?\s*box|post\s*office\s*box|postfach|bo[iî]te\s+postale)\b", re.IGNORECASE)
# About the holder and not about the account; of a few only how the key begins.
_ABOUT_THE_HOLDER = tuple(
    "address. accountHolderName legalType accountType email phoneNumber dateOfBirth nationality job taxId cnpj cpf rut "
    "idDocument identificationNumber businessNumber familyName givenName patronymicName".split()
)
_LIKE_AN_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


class DetailsMissing(Exception):
    """A detail of the payee is missing or cannot be used. Field as Wise names it, column as Epicor names it."""

    def __init__(self, field: str, column: str, problem: str, remedy: str, *, payee: str = "") -> None:
        whose = f"{payee}: " if payee else ""
        super().__init__(f"{whose}{field} {problem} ({column}): {remedy}")
        self.field = field
        self.column = column
        self.problem = problem
        self.remedy = remedy


def _valid_iban(value: str) -> bool:
    return iban.is_valid(value, check_country=False)  # length by country and check digits; national rules differ


# Checks beyond the form's own pattern, by field key (Wise's examples are not check-digit clean, section 0).
_CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "IBAN": (_valid_iban, "is not a valid IBAN"),
    "BIC": (bic.is_valid, "is not a valid BIC"),
    "abartn": (rtn.is_valid, "is not a valid ABA routing number"),
}


def identifies_account(field: FormField) -> bool:
    """Whether a field says which account, and so decides whether a bank row suits a recipient type."""
    return not field.key.startswith(_ABOUT_THE_HOLDER)


def find_value(field: FormField, recipient_type: str, payee: Payee, table: Table) -> str:
    """The value of a field for a payee. Raises DetailsMissing."""
    if field.key == "legalType":
        return _legal_type(field, payee)
    found = sources(table, recipient_type, field.key)
    if identifies_account(field):  # where money goes comes from the bank row alone: its changes are held (rule 14)
        found = tuple(source for source in found if not source.column.startswith("Vendor."))
    if field.key == "accountType":
        return _account_type(field, [payee[source.column] for source in found], payee)
    if field.key in FIRST_FILLED:
        found = tuple(source for source in found if payee[source.column])[:1] or found
    values = _agreed({value: source for source, value in _fitting(field, found, payee)})
    if len(values) > 1:
        raise _ambiguous(field, values, payee)
    if values:
        return next(iter(values))
    raise _missing(field, found, payee)


def check_row(payee: Payee) -> None:
    """Refuse a row with an IBAN whose check digits are wrong: no other type may carry the typing error to a bank.

    Raises DetailsMissing.
    """
    for column in ("IBANCode", "BankAcctNumber"):
        value = re.sub(r"[\s-]", "", payee[column]).upper()
        if _LIKE_AN_IBAN.fullmatch(value) and not _valid_iban(value):
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


def _fitting(field: FormField, found: tuple[Source, ...], payee: Payee) -> Iterator[tuple[Source, str]]:
    """Each column's value in the form in which Wise accepts it; a bank by its name only when no code fits."""
    any_fits = False
    for source in found:
        value = _accepted(field, source.take(payee[source.column]))
        if value:
            any_fits = True
            yield source, value
    name = NAMES.get(field.key)
    if not any_fits and name and field.options:
        value = _by_name(field.options, payee[name])
        if value:
            yield Source(name), value


def _accepted(field: FormField, raw: str) -> str:
    """The first spelling of a value that form and checks accept; "" when none is."""
    return next((value for value in _spellings(field, raw) if not _objection(field, value)), "")


def _spellings(field: FormField, raw: str) -> list[str]:
    """How a value may be written for Wise: identifiers without their spaces and dashes first."""
    if not raw:
        return []
    if field.is_choice:
        return _options_like(field.options or (), raw)
    compact = re.sub(r"[\s./-]", "", raw)
    if not identifies_account(field) or not compact.isalnum():  # an e-mail address keeps its dots
        return [raw]
    return [compact.upper() if field.key in ("IBAN", "BIC", "swiftCode", "ifscCode") else compact, raw]


def _options_like(options: tuple[Option, ...], raw: str) -> list[str]:
    """The options that a value means: by key (a BIC also without its branch), else by their exact name."""
    wanted = re.sub(r"[\s-]", "", raw).casefold()
    short = wanted[:8] if re.fullmatch(r"[a-z]{6}[a-z0-9]{5}", wanted) else wanted
    keys = [option.key for option in options if option.key.casefold() in (raw.casefold(), wanted, short)]
    return keys or [option.key for option in options if _letters(option.name) == _letters(raw)]


def _by_name(options: tuple[Option, ...], name: str) -> str:
    """The one option that is this bank: the same name but for what says only that it is a bank; "" for none or several.

    Nothing less will do: Bank of China is not China Construction Bank.
    """
    wanted = _bank(name)
    found = [option.key for option in options if wanted and _bank(option.name) == wanted]
    return found[0] if len(found) == 1 else ""


_ONLY_A_BANK = frozenset(
    "bank banking ltd limited co corp corporation company plc inc the ag sa nv berhad bhd pte pt tbk pcl public".split()
)


def _bank(name: str) -> str:
    words = re.findall(r"\w+", name.casefold())
    return " ".join(word for word in words if word not in _ONLY_A_BANK)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _objection(field: FormField, value: str) -> str:
    problem = field.problem(value)
    if problem:
        return problem
    check = _CHECKS.get(field.key)
    if check and not check[0](value):
        return check[1]
    if field.key == "address.firstLine" and _PO_BOX.search(value):
        return "is a P.O. box, which Wise does not accept"
    return ""


def _agreed(values: dict[str, Source]) -> dict[str, Source]:
    """Without values that are only another spelling or a part of one already there (an IBAN holds its account)."""
    kept: dict[str, Source] = {}
    for value, source in values.items():
        if not any(_same(value, other) for other in kept):
            kept[value] = source
    return kept


def _same(one: str, other: str) -> bool:
    one, other = _letters(one), _letters(other)
    if one.removesuffix("xxx") == other.removesuffix("xxx"):
        return True
    long, short = (one, other) if len(one) > len(other) else (other, one)
    return _valid_iban(long.upper()) and long.endswith(short.lstrip("0")) and len(short) > 4


def _ambiguous(field: FormField, values: dict[str, Source], payee: Payee) -> DetailsMissing:
    columns = " and ".join(epicor_name(source.column) for source in values.values())
    return DetailsMissing(
        field.label,
        columns,
        "has different values, each of them possible",
        "leave only the right one in Epicor",
        payee=str(payee),
    )


def _missing(field: FormField, found: tuple[Source, ...], payee: Payee) -> DetailsMissing:
    if not found:
        return DetailsMissing(
            field.label,
            "no column",
            "is asked for by Wise and fed by no column of Epicor",
            f"name the column for {field.key!r} in the settings",
            payee=str(payee),
        )
    filled = next((source for source in found if payee[source.column]), None)
    column = epicor_name((filled or found[0]).column)
    if filled is None:
        return DetailsMissing(field.label, column, "is missing", "fill it in", payee=str(payee))
    value = payee[filled.column]
    shown = f"{last_four(value)!r} " if identifies_account(field) else f"{value!r} "
    problem = next((p for s in _spellings(field, value)[:1] if (p := _objection(field, s))), "") or field.problem(value)
    return DetailsMissing(field.label, column, shown + (problem or "cannot be used"), "correct it", payee=str(payee))
