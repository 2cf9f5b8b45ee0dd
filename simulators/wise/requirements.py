"""Forms over HTTP: account-requirements and transfer-requirements (wise-api.md sections 5.3 and 6.2)."""

from __future__ import annotations

from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise import forms, recipient_check, transfer_forms
from simulators.wise.errors import Problem, invalid
from simulators.wise.forms import Terms
from simulators.wise.quotes import Quotes, read_currencies
from simulators.wise.world import Call


class Requirements:
    """What Wise wants to know of a recipient or transfer."""

    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes

    def of_quote(self, call: Call, quote_id: str) -> Response:
        """GET or POST quotes/{id}/account-requirements."""
        quote = self._quotes.find(quote_id)
        return self._answer(call, quote.source_currency, quote.target_currency)

    def of_route(self, call: Call) -> Response:
        """GET or POST account-requirements?source&target&sourceAmount, without a quote."""
        names = {"sourceCurrency": call.params.get("source"), "targetCurrency": call.params.get("target")}
        return self._answer(call, *read_currencies(names))

    def _answer(self, call: Call, source: str, target: str) -> Response:
        terms = Terms(
            source=source,
            target=target,
            with_names=call.request.headers.get("Accept-Minor-Version") == "1",
            validators=not call.is_calendar,
            force_address=call.params.get("addressRequired") == "true",
            details=_filled(call.json_object()) if call.request.method == "POST" else {},
        )
        return json_response(200, forms.draw(terms))

    def of_transfer(self, call: Call) -> Response:
        """POST transfer-requirements: reference, and purpose where the currency asks."""
        body = call.json_object()
        quote_id = body.get("quoteUuid")
        if not quote_id:
            raise invalid(422, Problem("MISSING", "quoteUuid is required", "quoteUuid"))
        return json_response(200, transfer_forms.draw(self._quotes.find(str(quote_id)), _filled(body)))


def _filled(body: dict[str, Any]) -> dict[str, str]:
    details = body.get("details")
    return recipient_check.flatten(details) if isinstance(details, dict) else {}
