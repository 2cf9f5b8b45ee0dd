"""Transfers: create, read, list, cancel, documents (wise-api.md sections 6.1 to 6.4)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise import forms, payee_checks, recipient_check, transfer_forms
from simulators.wise.books import Quote, Recipient, Transfer
from simulators.wise.engine import Engine
from simulators.wise.errors import Problem, WiseError, invalid, spring
from simulators.wise.quotes import Quotes, quote_not_found
from simulators.wise.times import read_bound, zoned
from simulators.wise.transfer_view import payment_view, receipt, transfer_view
from simulators.wise.world import Call, World

MAX_LIMIT = 100
_DEFAULT_LIMIT = 10
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Transfers:
    """Everything about transfers but the money."""

    def __init__(self, world: World, quotes: Quotes, engine: Engine) -> None:
        self._world = world
        self._quotes = quotes
        self._engine = engine

    def create(self, call: Call) -> Response:
        """POST transfers: 200; a customerTransactionId known already answers its transfer, whatever else is sent."""
        if not call.request.headers.get("Content-Type"):
            raise _system_error()
        body = call.json_object()
        key = read_key(body)
        return json_response(200, transfer_view(self.repeated(self.of_key(key)) or self.make(body, key)))

    def repeated(self, transfer: Transfer | None) -> Transfer | None:
        """The transfer whose key is sent again, if it is. Raises the refusal where keys are not repeated."""
        if transfer and self._world.settings.repeated_key == "refused":
            text = "A transfer with this customerTransactionId exists"
            raise invalid(409, Problem("NOT_VALID", text, "customerTransactionId", (transfer.key,)))
        return transfer

    def of_key(self, key: str) -> Transfer | None:
        """The transfer that was made under a key, as long as the key is remembered."""
        transfer, days = self._world.books.transfers_by_key.get(key), self._world.settings.key_days
        if transfer and days is not None and self._world.now() >= transfer.created + timedelta(days=days):
            return None
        return transfer

    def make(self, body: dict[str, Any], key: str) -> Transfer:
        """A new transfer. Raises the refusals of its terms."""
        quote_id = str(body.get("quoteUuid") or "")
        quote = self._quotes.usable(quote_id)
        if quote is None or quote.profile is None:
            raise quote_not_found(quote_id, 422)
        self._refuse_by_rule(quote)
        recipient = self._recipient(body.get("targetAccount"), quote)
        details = body.get("details") if isinstance(body.get("details"), dict) else {}
        found = transfer_forms.problems(quote, recipient_check.flatten(details or {}))
        if found:
            raise invalid(422, *found)
        option = quote.options["BANK_TRANSFER"]  # the price until it is funded otherwise
        transfer = Transfer(
            id=self._world.ids.transfer(),
            profile=quote.profile,
            quote=quote,
            key=key,
            recipient=recipient,
            source_account=body.get("sourceAccount"),
            details=dict(details or {}),
            source_value=option.source_amount - option.fee,
            target_value=option.target_amount,
            rate=quote.rate,
            created=self._world.now(),
            behaviour=self._world.day.behaviours.get(recipient.name),
        )
        quote.status = "ACCEPTED"
        self._world.books.transfers[transfer.id] = transfer
        self._world.books.transfers_by_key[key] = transfer
        self._engine.begin(transfer)
        return transfer

    def again(self, transfer: Transfer) -> Transfer:
        """Another transfer of the same amount to the same recipient. Raises the refusals of its terms."""
        quote = self._quotes.again(transfer.quote)
        body = {"quoteUuid": quote.id, "targetAccount": transfer.recipient.id, "details": transfer.details}
        return self.make(body, self._world.ids.uuid())

    def _refuse_by_rule(self, quote: Quote) -> None:
        if self._world.books.approval_rule:
            raise invalid(422, Problem("ERROR", "Quote cannot be accepted by the user: missing approval"))
        notice = self._world.books.notices.get(quote.target_currency, {})
        if notice.get("type") == "BLOCKED":
            raise invalid(422, Problem("ERROR", "We cannot currently accept payments to this recipient"))

    def _recipient(self, sent: Any, quote: Quote) -> Recipient:
        number = str(sent if sent is not None else quote.target_account)
        recipient = self._world.books.recipients.get(int(number)) if number.isdecimal() else None
        if recipient is None or not recipient.active or recipient.profile is not quote.profile:
            text = "Sorry, we couldn't find an account with that ID"
            raise invalid(422, Problem("NOT_VALID", text, "targetAccount", (number,)))
        if recipient.currency != quote.target_currency:
            text = "The recipient's currency is not the quote's target currency"
            raise invalid(422, Problem("INVALID_RECIPIENT", text, "targetAccount", (number,)))
        if payee_checks.waits_for_acceptance(recipient):
            text = "Please confirm the recipient's details first"
            raise invalid(422, Problem("INVALID_RECIPIENT", text, "targetAccount", (number,)))
        if forms.sender_needs_address(quote.source_currency, quote.target_currency) and not recipient.address:
            raise invalid(422, Problem("INVALID_RECIPIENT", "The recipient's address is required", "targetAccount"))
        return recipient

    def find(self, transfer_id: int) -> Transfer | None:
        """The transfer of this number."""
        return self._world.books.transfers.get(transfer_id)

    def _readable(self, transfer_id: int) -> Transfer:
        transfer = self.find(transfer_id)
        if transfer is None:
            raise _unknown(self._world.settings.unknown_transfer)
        return transfer

    def get(self, _call: Call, transfer_id: int) -> Response:
        """GET transfers/{id}; 403 forbidden.error (or 404, by switch) for one we do not know."""
        return json_response(200, transfer_view(self._readable(transfer_id)))

    def list_all(self, call: Call) -> Response:
        """GET transfers: of one profile (default: personal), filtered, ascending by id."""
        params = call.params
        profile = self._world.asked_profile(call, "profile")
        limit, offset = _read_page(params)
        fits = _filter(params)
        known = self._world.books.transfers.values()
        found = [transfer for transfer in known if transfer.profile is profile and fits(transfer)]
        return json_response(200, [transfer_view(transfer) for transfer in found[offset : offset + limit]])

    def cancel(self, _call: Call, transfer_id: int) -> Response:
        """PUT transfers/{id}/cancel: possible until the funds are converted (or taken, by switch), else 409."""
        transfer = self._readable(transfer_id)
        if not self._engine.can_cancel(transfer):
            text = "The transfer cannot be cancelled any more"
            raise invalid(409, Problem("transfer.cancellation.not.allowed", text, None, (str(transfer_id),)))
        self._engine.cancel(transfer)
        return json_response(200, transfer_view(transfer))

    def payments(self, _call: Call, transfer_id: int) -> Response:
        """GET transfers/{id}/payments: completed ones only; empty means not funded."""
        return json_response(200, [payment_view(one) for one in self._readable(transfer_id).payments])

    def delivery_estimate(self, _call: Call, transfer_id: int) -> Response:
        """GET delivery-estimates/{id}."""
        moment = self._readable(transfer_id).created + timedelta(days=1)
        body = {"estimatedDeliveryDate": zoned(moment), "formattedEstimatedDeliveryDate": f"by {moment:%B %d}"}
        return json_response(200, body)

    def receipt(self, call: Call, transfer_id: int) -> Response:
        """GET transfers/{id}/receipt.pdf: only after the transfer was sent."""
        transfer = self._readable(transfer_id)
        if not transfer.was_sent:
            raise spring(404, "Not Found", "The receipt is not available yet", call.request.path)
        return Response(200, receipt(transfer), {"Content-Type": "application/pdf"})


def _unknown(status: int) -> WiseError:
    if status == 404:
        return invalid(404, Problem("transfer.not-found", "Transfer not found", None))
    return invalid(403, Problem("forbidden.error", "Forbidden", None))


def _system_error() -> WiseError:
    return invalid(500, Problem("internal.server.error", "Internal server error"))


def read_key(body: dict[str, Any]) -> str:
    """The customerTransactionId, a UUID in lower case. Raises MISSING or NOT_VALID."""
    sent = body.get("customerTransactionId")
    if sent is None:
        raise invalid(422, Problem("MISSING", "customerTransactionId is required", "customerTransactionId"))
    if not _UUID.fullmatch(str(sent)):
        text = "customerTransactionId must be a UUID"
        raise invalid(422, Problem("NOT_VALID", text, "customerTransactionId", (str(sent),)))
    return str(sent).lower()


def _read_page(params: dict[str, str]) -> tuple[int, int]:
    texts = (params.get("limit", str(_DEFAULT_LIMIT)), params.get("offset", "0"))
    if not all(text.isdecimal() for text in texts) or not 1 <= int(texts[0]) <= MAX_LIMIT:
        raise invalid(400, Problem("NOT_VALID", f"limit must be between 1 and {MAX_LIMIT}", "limit", texts))
    limit, offset = int(texts[0]), int(texts[1])
    if offset % limit:
        raise invalid(
            400, Problem("NOT_VALID", "Inconsistent pagination: offset is no multiple of limit", "offset", texts)
        )
    return limit, offset


def _filter(params: dict[str, str]) -> Any:
    statuses = params["status"].split(",") if params.get("status") else None
    start, end = _bound(params, "createdDateStart", end=False), _bound(params, "createdDateEnd", end=True)

    def fits(transfer: Transfer) -> bool:
        created = transfer.created.replace(microsecond=0)
        return (
            (statuses is None or transfer.status in statuses)
            and params.get("sourceCurrency") in (None, transfer.quote.source_currency)
            and params.get("targetCurrency") in (None, transfer.quote.target_currency)
            and (start is None or created >= start)
            and (end is None or created <= end)
        )

    return fits


def _bound(params: dict[str, str], name: str, *, end: bool) -> datetime | None:
    text = params.get(name)
    if not text:
        return None
    try:
        return read_bound(text, end=end)
    except ValueError:
        raise invalid(400, Problem("NOT_VALID", f"{name} is no date", name, (text,))) from None
