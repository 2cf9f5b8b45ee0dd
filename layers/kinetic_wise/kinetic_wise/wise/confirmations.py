"""What Wise's check of account and payee's name says (wise-api.md 5.5). Accepting it is for a person alone."""

from __future__ import annotations

from typing import Any

from kinetic_wise.wise.masking import mask_text

# Where Wise checks, and a check against the quote is asked for; elsewhere a recipient shows what it has.
CHECKED_CURRENCIES = frozenset({"EUR", "IDR", "INR", "KRW"})
_FINE = frozenset({"SUCCESS", "COULD_NOT_CHECK"})


def payee_problem(confirmations: Any) -> str:
    """Why a person has to look at the payee before it is paid; "" when nobody has to. Raises as readers do."""
    if not confirmations or confirmations.get("acceptedOutcomes") is True:
        return ""
    outcomes = confirmations.get("outcomes") or []
    return "; ".join(
        _told(outcome) for outcome in outcomes if outcome.get("requiresCustomerAcceptance") or not _is_fine(outcome)
    )


def _is_fine(outcome: dict[str, Any]) -> bool:
    return str(outcome["outcome"]) in _FINE


def _told(outcome: dict[str, Any]) -> str:
    """Kind and result with Wise's words, which are written for people; the name that the bank gave stays in Wise."""
    message = mask_text(str(outcome.get("message") or ""))
    return f"{outcome.get('type')} {outcome['outcome']}" + (f": {message}" if message else "")
