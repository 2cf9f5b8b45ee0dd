"""How a value of Epicor may be written for Wise, and which option of a list it means. Nothing is guessed."""

from __future__ import annotations

import re

from kinetic_wise.wise.forms import Option
from kinetic_wise.wise.letters import plain

FIRST_LINE = "address.firstLine"
_UPPER = frozenset({"IBAN", "BIC", "swiftCode", "ifscCode"})
_ZERO_FILLED = ("czech", "accountNumber")  # leading zeros may be left out in writing and are asked for by the form
_PO_BOX = re.compile(
    r"\bp\.?\s*o\.?\s*b(ox|\.)|\bpost(al)?\s*(office\s*)?box\b|\b(gpo|pmb)\s+(box\s*)?\d|\bpostfach\b|\bpostbus\b|\bpostboks\b"
    r"|\b(bo[iî]te|case)\s+postale\b|\bb\.?p\.?\s*\d|\bcasella\s+postale\b|\bcaixa\s+postal\b"
    r"|\bapartado\s+(postal|de\s+correos|\d)|\b(locked|private)\s+bag\b",
    re.IGNORECASE,
)


def is_po_box(line: str) -> bool:
    """Whether a line of an address names a P.O. box, which Wise refuses (5.4)."""
    return _PO_BOX.search(line) is not None


def of_account(recipient_type: str, key: str, raw: str) -> list[str]:
    """An account identifier: without its spaces and dashes first, then as it stands."""
    compact = re.sub(r"[\s./-]", "", raw)
    if not compact.isalnum():  # an e-mail address keeps its dots, a mobile number its plus
        return [raw]
    if (recipient_type, key) == _ZERO_FILLED:
        return [compact.zfill(10), raw]
    return [compact.upper() if key in _UPPER else compact, raw]


def of_holder(key: str, raw: str) -> list[str]:
    """A name or address: as it stands, then in plain letters; a street also without the P.O. box beside it."""
    lines = raw.split(", ")
    streets = ", ".join(line for line in lines if not is_po_box(line))
    written = [raw]
    if key == FIRST_LINE and streets != raw and re.search(r"\d", streets):
        written.append(streets)
    return list(dict.fromkeys([*written, *(plain(one) for one in written)]))


def options_like(options: tuple[Option, ...], raw: str) -> list[str]:
    """The options that a value means: by key (a BIC also without its branch), else by their exact name."""
    wanted = re.sub(r"[\s-]", "", raw).casefold()
    short = wanted[:8] if re.fullmatch(r"[a-z]{6}[a-z0-9]{5}", wanted) else wanted
    keys = [option.key for option in options if option.key.casefold() in (raw.casefold(), wanted, short)]
    return keys or [option.key for option in options if letters(option.name) == letters(raw)]


def option_by_name(options: tuple[Option, ...], name: str) -> str:
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
    words = re.findall(r"\w+", plain(name).casefold())
    return " ".join(word for word in words if word not in _ONLY_A_BANK)


def letters(text: str) -> str:
    """Only letters and digits, for comparing."""
    return "".join(letter for letter in plain(text).casefold() if letter.isalnum())
