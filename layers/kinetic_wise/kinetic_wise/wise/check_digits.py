"""Check digits of account and tax numbers, looked at before Wise is asked (wise-api.md 5.4).

By library where it has the number. What only a list of banks would tell (a branch that is too new for it) is no error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from stdnum import bic, iban
from stdnum.ar import cbu, cuit
from stdnum.br import cnpj
from stdnum.cl import rut
from stdnum.cr import cpj
from stdnum.cz import bankaccount as czech_account
from stdnum.exceptions import InvalidComponent, ValidationError
from stdnum.nz import bankaccount as new_zealand_account
from stdnum.pe import ruc
from stdnum.us import rtn
from stdnum.uy import rut as uruguayan_rut

_CLABE_WEIGHTS = (3, 7, 1) * 6
_A_CZECH_BANK = "0100"  # any that the library knows: the account's digits alone are looked at


def is_iban(value: str) -> bool:
    """Length by country and check digits; national rules differ and are left to the bank."""
    return iban.is_valid(value, check_country=False)


def _is_clabe(value: str) -> bool:
    """The library has no CLABE: weights 3, 7, 1 over seventeen digits, each product's last digit."""
    text = re.sub(r"\s", "", value)
    if not re.fullmatch(r"[0-9]{18}", text):
        return False
    total = sum(int(digit) * weight % 10 for digit, weight in zip(text[:17], _CLABE_WEIGHTS, strict=False))
    return -total % 10 == int(text[17])


def _is_polish(value: str) -> bool:
    return is_iban(f"PL{value}")


def _is_czech(value: str) -> bool:
    return czech_account.is_valid(f"{value}/{_A_CZECH_BANK}")


def _is_czech_prefix(value: str) -> bool:
    return czech_account.is_valid(f"{value}-0000000000/{_A_CZECH_BANK}")


def _is_new_zealand(value: str) -> bool:
    try:
        new_zealand_account.validate(value)
    except InvalidComponent:
        return True
    except ValidationError:
        return False
    return True


Check = tuple[Callable[[str], bool], str]

_ALWAYS: Mapping[str, Check] = {
    "IBAN": (is_iban, "is not a valid IBAN"),
    "BIC": (bic.is_valid, "is not a valid BIC"),
    "abartn": (rtn.is_valid, "is not a valid ABA routing number"),
    "clabe": (_is_clabe, "is not a valid CLABE"),
    "cnpj": (cnpj.is_valid, "is not a valid CNPJ"),
    "rut": (rut.is_valid, "is not a valid RUT"),
}
_OF_TYPE: Mapping[tuple[str, str], Check] = {
    ("polish", "accountNumber"): (_is_polish, "is not a valid Polish account number"),
    ("czech", "accountNumber"): (_is_czech, "is not a valid Czech account number"),
    ("czech", "prefix"): (_is_czech_prefix, "is not a valid prefix of a Czech account number"),
    ("newzealand", "accountNumber"): (_is_new_zealand, "is not a valid New Zealand account number"),
    ("argentina", "accountNumber"): (cbu.is_valid, "is not a valid CBU"),
    ("argentina", "taxId"): (cuit.is_valid, "is not a valid CUIT"),
    ("peru", "idDocumentNumber"): (ruc.is_valid, "is not a valid RUC"),
    ("uruguay", "idDocumentNumber"): (uruguayan_rut.is_valid, "is not a valid RUT"),
    ("costa_rica", "idDocumentNumber"): (cpj.is_valid, "is not a valid cédula jurídica"),
}


def objection(recipient_type: str, key: str, value: str) -> str:
    """What is wrong with a value's check digits, for a clerk; "" when nothing is, or nobody knows."""
    check = _OF_TYPE.get((recipient_type, key)) or _ALWAYS.get(key)
    return check[1] if check and not check[0](value) else ""
