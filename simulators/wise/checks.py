"""Check digits and rules on content, beyond a field's pattern."""

from __future__ import annotations

import re

_LENGTHS_OF_IBAN = {
    country: int(length)
    for country, length in (
        entry.split(":")
        for entry in (
            "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 "
            "DO:28 EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 "
            "IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 MC:27 MD:24 ME:22 MK:19 MR:27 "
            "MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 "
            "ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20"
        ).split()
    )
}
_PO_BOX = re.compile(r"\b(p\.?\s*o\.?\s*box|post(al)?\s+(office\s+)?box|postbox|postfach)\b", re.IGNORECASE)


def is_iban(value: str) -> bool:
    """Length of the country and mod-97 (ISO 13616); blanks do not count."""
    text = value.replace(" ", "").upper()
    if len(text) != _LENGTHS_OF_IBAN.get(text[:2]) or not text.isascii() or not text.isalnum():
        return False
    digits = "".join(str(int(sign, 36)) for sign in text[4:] + text[:4])
    return int(digits) % 97 == 1


def is_routing_number(value: str) -> bool:
    """The ABA's checksum: weights 3, 7, 1 over nine digits."""
    return sum(int(digit) * weight for digit, weight in zip(value, (3, 7, 1) * 3, strict=False)) % 10 == 0


def is_clabe(value: str) -> bool:
    """The control digit of a Mexican CLABE: weights 3, 7, 1 over seventeen digits."""
    text = re.sub(r"\s", "", value)
    total = sum(int(digit) * weight % 10 for digit, weight in zip(text[:17], (3, 7, 1) * 6, strict=False))
    return len(text) == 18 and (10 - total % 10) % 10 == int(text[17])


def is_po_box(first_line: str) -> bool:
    """Whether a street line names a post box, which Wise refuses."""
    return _PO_BOX.search(first_line) is not None


def is_full_name(name: str) -> bool:
    """A person's name: two words of two characters or more, no digits."""
    words = [word for word in name.split() if len(word) >= 2]
    return len(words) >= 2 and not any(sign.isdigit() for sign in name)
