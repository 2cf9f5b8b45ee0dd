"""A quote's BALANCE option: what a payment costs and whether it can be made (wise-api.md 4.2)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from kinetic_wise.payments.systems import Quote
from kinetic_wise.wise.values import amount, moment, moment_or_none, whole

_BALANCE = "BALANCE"
# An empty balance disables the option too (section 0), under the same code as one that is not offered at all.
_WANTS_MONEY = re.compile(r"insufficient|not enough|add (funds|money)|top[ -]?up|open a\b.*\bbalance", re.IGNORECASE)


def quote(data: Any, recipient_id: int) -> Quote:
    """A quote for this recipient. Raises LookupError, TypeError and ValueError for what is none."""
    option = _option(data)
    return Quote(
        id=str(data["id"]),
        source_currency=data["sourceCurrency"],
        target_currency=data["targetCurrency"],
        target_amount=_amount(option, data, "targetAmount"),
        source_amount=_amount(option, data, "sourceAmount"),
        fee=_fee(option),
        rate=amount(data["rate"]),
        expires_at=moment(data["expirationTime"]),
        rate_expires_at=moment_or_none(data.get("rateExpirationTime")),
        recipient_id=recipient_id,
        delivers_at=moment_or_none(option.get("estimatedDelivery")),
        **_payable(data, option, recipient_id),
    )


def _option(data: Any) -> dict[str, Any]:
    """The option that pays from the balance, the way the quote pays out; {} when there is none."""
    options: list[dict[str, Any]] = data.get("paymentOptions") or []
    matching = (o for o in options if o.get("payIn") == _BALANCE and o.get("payOut") == data.get("payOut"))
    return next(matching, {})


def _amount(option: dict[str, Any], data: dict[str, Any], field: str) -> Decimal:
    return amount(option[field] if option.get(field) is not None else data.get(field) or 0)


def _fee(option: dict[str, Any]) -> Decimal:
    """The total price, taxes included; they appear only there."""
    total = (((option.get("price") or {}).get("total") or {}).get("value") or {}).get("amount")
    return amount(total if total is not None else (option.get("fee") or {}).get("total") or 0)


def _payable(data: Any, option: dict[str, Any], recipient_id: int) -> dict[str, Any]:
    problem = _notice(data) or _terms(data, recipient_id)
    if not problem and not option:
        problem = "Wise offers no payment from a balance"
    return {"payable": not problem, "problem": problem, "disabled": _disabled(option)}


def _notice(data: Any) -> str:
    texts = [str(n.get("text") or "") for n in data.get("notices") or [] if str(n.get("type")).upper() == "BLOCKED"]
    return f"Wise blocks this payment: {'; '.join(texts)}" if texts else ""


def _terms(data: Any, recipient_id: int) -> str:
    """A target amount that is not promised, or a recipient that is not ours, would pay another sum or party."""
    if data.get("targetAmountAllowed") is False:
        return "Wise does not deliver an exact amount on this route"
    account = data.get("targetAccount")
    if account is not None and whole(account) != recipient_id:
        return f"Wise quoted for recipient {account}, not for {recipient_id}"
    return ""


def _disabled(option: dict[str, Any]) -> str:
    reason = option.get("disabledReason") or {}
    code, message = str(reason.get("code") or ""), str(reason.get("message") or "")
    if not option.get("disabled") or _WANTS_MONEY.search(f"{code} {message}"):
        return ""
    return f"Wise does not offer payment from the balance: {message or code or 'no reason given'}"
