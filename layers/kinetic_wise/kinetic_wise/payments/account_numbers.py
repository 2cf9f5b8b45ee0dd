"""What of an account number may be shown, wherever it stands: the last four characters of one that is long enough."""

from __future__ import annotations

import re

IBAN = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){10,30}"  # by its looks, as sites put them everywhere
_IBAN_IN_TEXT = re.compile(rf"\b{IBAN}\b")
_SHOWN = 4
_LONG_ENOUGH = 8  # of a shorter number the last four characters would tell too much


def last_four(value: str) -> str:
    """An account identifier of which only the end can be seen; an empty one as it is."""
    compact = re.sub(r"[\s-]", "", value)
    if not compact:
        return value
    return "***" + (compact[-_SHOWN:] if len(compact) >= _LONG_ENOUGH else "")


def hide_ibans(text: str) -> str:
    """Text in which of each IBAN only the end can be seen."""
    return _IBAN_IN_TEXT.sub(lambda match: last_four(match[0]), text)
