"""The check of account and payee's name (wise-api.md 5.5): what the payee's bank answers, and who accepts it."""

from __future__ import annotations

import re
from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise.books import Recipient
from simulators.wise.errors import Problem, forbidden, invalid
from simulators.wise.quotes import Quotes
from simulators.wise.recipient_view import modern_view
from simulators.wise.times import iso_millis
from simulators.wise.world import Call, World

CHECKED = frozenset({"EUR", "IDR", "INR", "KRW"})
_SAID = {
    "SUCCESS": "The name matches the account.",
    "PARTIAL_FAILURE": "The name is close to the account holder's name.",
    "FAILURE": "The name does not match the account holder's name.",
}


class PayeeChecks:
    """Asks the payee's bank for the name on the account. A bank that tells none is not asked at all."""

    def __init__(self, world: World, quotes: Quotes) -> None:
        self._world = world
        self._quotes = quotes

    def compatibility(self, call: Call, recipient_id: int, quote_id: str) -> Response:
        """POST accounts/{id}/quotes/{q}/compatibility: the confirmations for this quote, null without any."""
        recipient = self._find(call, recipient_id)
        quote = self._quotes.find(quote_id)
        check(self._world, recipient, quote.id)
        body = {"accountId": recipient.id, "quoteId": quote.id, "confirmations": recipient.confirmations}
        return json_response(200, body)

    def confirm(self, call: Call, recipient_id: int) -> Response:
        """PATCH accounts/{id}/confirmations: the customer accepts the outcomes."""
        recipient = self._find(call, recipient_id)
        if call.json_object(call.request.headers.get("Content-Type", "")).get("acceptedOutcomes") is not True:
            raise invalid(422, Problem("NOT_VALID", "acceptedOutcomes must be true", "acceptedOutcomes"))
        accept(self._world, recipient)
        return json_response(200, modern_view(recipient))

    def _find(self, call: Call, recipient_id: int) -> Recipient:
        recipient = self._world.books.recipients.get(recipient_id)
        if recipient is None:
            raise forbidden(call.request.path)
        return recipient


def check(world: World, recipient: Recipient, quote_id: str | None = None) -> None:
    """Compare the recipient's name with the one its bank has; what was accepted stays accepted."""
    known = world.books.account_names.get(account_of(recipient))
    if known is None or recipient.currency not in CHECKED or _is_accepted(recipient):
        return
    outcome = _outcome(recipient.name, known)
    recipient.confirmations = {
        "acceptedOutcomes": None,
        "acceptedAt": None,
        "quoteId": quote_id,
        "outcomes": [
            {
                "type": "NAME_MATCHING",
                "timestamp": iso_millis(world.now()),
                "outcome": outcome,
                "requiresCustomerAcceptance": outcome != "SUCCESS",
                "fieldsChecked": ["accountHolderName"],
                "providedName": recipient.name,
                "resolvedName": known,
                "message": _SAID[outcome],
                "recommendedUpdates": [{"path": "accountHolderName", "value": known}] if outcome != "SUCCESS" else [],
            }
        ],
    }


def accept(world: World, recipient: Recipient) -> None:
    """The customer takes the risk."""
    if recipient.confirmations is not None:
        recipient.confirmations |= {"acceptedOutcomes": True, "acceptedAt": iso_millis(world.now())}


def waits_for_acceptance(recipient: Recipient) -> bool:
    """Whether Wise will not pay this recipient before somebody accepts its check."""
    outcomes: list[dict[str, Any]] = (recipient.confirmations or {}).get("outcomes", [])
    return not _is_accepted(recipient) and any(outcome["requiresCustomerAcceptance"] for outcome in outcomes)


def account_of(recipient: Recipient) -> str:
    """The account's number without blanks and signs, as banks file it."""
    return compact(recipient.details.get(recipient.type.account_field, ""))


def compact(number: str) -> str:
    """Letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", number.upper())


def _is_accepted(recipient: Recipient) -> bool:
    return (recipient.confirmations or {}).get("acceptedOutcomes") is True


def _outcome(given: str, known: str) -> str:
    mine, theirs = (set(re.findall(r"\w+", name.casefold())) for name in (given, known))
    if mine == theirs:
        return "SUCCESS"
    return "PARTIAL_FAILURE" if mine & theirs else "FAILURE"
