"""Check digits, so that every account of a sample day is well formed."""

from __future__ import annotations


def iban(country: str, bban: str) -> str:
    """The IBAN of a domestic account number, with its two check digits (ISO 13616)."""
    return f"{country}{98 - _number(bban + country + '00') % 97:02d}{bban}"


def iban_is_valid(text: str) -> bool:
    """Whether the check digits of an IBAN without blanks are right."""
    return _number(text[4:] + text[:4]) % 97 == 1


def routing_number(first_eight: str) -> str:
    """The ABA routing number that begins with these eight digits: weights 3, 7, 1."""
    total = sum(int(digit) * weight for digit, weight in zip(first_eight, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return f"{first_eight}{-total % 10}"


def polish_account(bank_and_account: str) -> str:
    """The 26 digits of a Polish account: check digits, then 24 digits of bank and account."""
    return iban("PL", bank_and_account)[2:]


def _number(text: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in text))
