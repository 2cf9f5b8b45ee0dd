"""Quotes: create, read, patch, and what may still back a transfer (wise-api.md section 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise import currencies, prices
from simulators.wise.books import Profile, Quote, Recipient
from simulators.wise.errors import Problem, WiseError, invalid, spring
from simulators.wise.prices import Route
from simulators.wise.quote_view import quote_view
from simulators.wise.world import Call, World, read_amount

LIFE = timedelta(minutes=30)
_ILLUSTRATIVE_RATE = timedelta(hours=2)
_PAY_OUTS = ("BANK_TRANSFER", "BALANCE", "SWIFT", "SWIFT_OUR", "INTERAC", "ALIPAY")
_NO_BALANCE = ("error.payInmethod.disabled", "Open a balance in this currency to pay with it.")


class Quotes:
    """The quote's life: PENDING, ACCEPTED, FUNDED or EXPIRED."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._short_rates_used: set[str] = set()

    def create(self, call: Call, profile_id: int) -> Response:
        """POST profiles/{p}/quotes: 200 with the quote."""
        return self._create(call, self._world.profile(call, profile_id))

    def illustrate(self, call: Call) -> Response:
        """POST quotes, without a profile: cannot back a transfer, BALANCE disabled."""
        return self._create(call, None)

    def _create(self, call: Call, profile: Profile | None) -> Response:
        body = call.json_object()
        source, target = read_currencies(body)
        source_amount, target_amount = _read_amounts(body, source, target)
        now = self._world.now()
        recipient = self._recipient(body.get("targetAccount"), profile, target)
        quote = Quote(
            id=self._world.ids.uuid(),
            profile=profile,
            source_currency=source,
            target_currency=target,
            source_amount=source_amount,
            target_amount=target_amount,
            rate=currencies.rate(source, target),
            created=now,
            expires=now + LIFE,
            rate_expires=self._rate_expires(now, profile, recipient),
            preferred_pay_in=body.get("preferredPayIn"),
        )
        self._apply(quote, body, recipient)
        self._world.books.quotes[quote.id] = quote
        return self._shown(quote)

    def again(self, quote: Quote) -> Quote:
        """A fresh quote of the same amount for the same recipient."""
        now = self._world.now()
        rate_expires = self._rate_expires(now, quote.profile, None)
        fresh = replace(quote, id=self._world.ids.uuid(), created=now, expires=now + LIFE, rate_expires=rate_expires)
        fresh.status = "PENDING"
        self._world.books.quotes[fresh.id] = fresh
        return fresh

    def _shown(self, quote: Quote) -> Response:
        notice = self._world.books.notices.get(quote.target_currency)
        return json_response(200, quote_view(quote, self._world.now()) | {"notices": [notice] if notice else []})

    def _rate_expires(self, now: datetime, profile: Profile | None, recipient: Recipient | None) -> datetime:
        if profile is None:
            return now + _ILLUSTRATIVE_RATE
        behaviour = self._world.day.behaviours.get(recipient.name) if recipient else None
        if (
            recipient
            and behaviour
            and behaviour.rate_seconds is not None
            and recipient.name not in self._short_rates_used
        ):
            self._short_rates_used.add(recipient.name)
            return now + timedelta(seconds=behaviour.rate_seconds)
        return (now + timedelta(days=2)).replace(hour=23, minute=59, second=59, microsecond=0)

    def get(self, call: Call, profile_id: int, quote_id: str) -> Response:
        """GET profiles/{p}/quotes/{id}: readable for 48 hours after it expired unused."""
        return self._shown(self._owned(call, profile_id, quote_id))

    def patch(self, call: Call, profile_id: int, quote_id: str) -> Response:
        """PATCH profiles/{p}/quotes/{id} as a merge patch: prices again; id, rate and clocks stay."""
        quote = self._owned(call, profile_id, quote_id)
        body = call.json_object("application/merge-patch+json")
        if quote.status_at(self._world.now()) != "PENDING":
            raise invalid(
                422, Problem("error.quote.not.pending", "The quote cannot be changed any more", "id", (quote.id,))
            )
        sent = body.get("targetAccount", quote.target_account)
        self._apply(quote, body, self._recipient(sent, quote.profile, quote.target_currency))
        return self._shown(quote)

    def _owned(self, call: Call, profile_id: int, quote_id: str) -> Quote:
        profile = self._world.profile(call, profile_id)
        quote = self.find(quote_id)
        if quote.profile is not profile:
            raise quote_not_found(quote_id, 404)
        return quote

    def find(self, quote_id: str) -> Quote:
        """A quote that can still be read. Raises `error.quote.not.found` (404)."""
        quote = self._world.books.quotes.get(quote_id.lower())
        if quote is None or quote.is_gone_at(self._world.now()):
            raise quote_not_found(quote_id, 404)
        return quote

    def usable(self, quote_id: str) -> Quote | None:
        """The quote if it can back a transfer now: pending, of a profile."""
        quote = self._world.books.quotes.get(quote_id.lower())
        if quote is None or quote.profile is None or quote.status_at(self._world.now()) != "PENDING":
            return None
        return quote

    def _recipient(self, sent: Any, profile: Profile | None, currency: str) -> Recipient | None:
        if sent is None:
            return None
        recipient = self._world.books.recipients.get(int(sent)) if str(sent).isdecimal() else None
        if recipient is None or not recipient.active or recipient.profile is not profile:
            text = "Sorry, we couldn't find an account with that ID"
            raise invalid(422, Problem("NOT_VALID", text, "targetAccount", (str(sent),)))
        if recipient.currency != currency:
            text = "The recipient's currency is not the quote's target currency"
            raise invalid(422, Problem("NOT_VALID", text, "targetAccount", (str(sent),)))
        return recipient

    def _apply(self, quote: Quote, body: dict[str, Any], recipient: Recipient | None) -> None:
        asked = body.get("payOut") or quote.asked_pay_out
        if asked not in _PAY_OUTS:
            raise invalid(400, Problem("NOT_VALID", "Unknown payOut", "payOut", (str(asked),)))
        quote.asked_pay_out = asked
        quote.target_account = recipient.id if recipient else None
        quote.pay_out = asked
        if recipient and asked == "BANK_TRANSFER":
            quote.pay_out = recipient.type.pay_out  # the recipient decides the route, and so the fee
        if isinstance(body.get("paymentMetadata"), dict):
            quote.payment_metadata = body["paymentMetadata"]
        quote.options = prices.options(route_of(quote), self._balance_refusal(quote))

    def _balance_refusal(self, quote: Quote) -> tuple[str, str] | None:
        has_balance = quote.profile and self._world.books.balance_in(quote.profile, quote.source_currency)
        return None if has_balance else _NO_BALANCE


def route_of(quote: Quote) -> Route:
    """What the quote's prices depend on."""
    return Route(
        quote.source_currency,
        quote.target_currency,
        quote.rate,
        quote.pay_out,
        quote.source_amount,
        quote.target_amount,
    )


def quote_not_found(quote_id: str, status: int) -> WiseError:
    """The one answer for quotes unknown, expired, used or without a profile."""
    return invalid(status, Problem("error.quote.not.found", "Quote not found", "quoteUuid", (quote_id,)))


def read_currencies(body: dict[str, Any]) -> tuple[str, str]:
    """Source and target currency. Raises CurrencyCode, CurrencyDeprecated or error.route.not.supported."""
    source, target = (_read_currency(body, key) for key in ("sourceCurrency", "targetCurrency"))
    if source in currencies.TARGET_ONLY:
        text = "This route is not supported"
        raise invalid(422, Problem("error.route.not.supported", text, None, (f"{source}-{target}",)))
    return source, target


def read_source_currency(body: dict[str, Any]) -> str:
    """The currency that pays. Raises as `read_currencies` does."""
    return _read_currency(body, "sourceCurrency")


def _read_currency(body: dict[str, Any], key: str) -> str:
    code = str(body.get(key))
    if code in currencies.RETIRED:
        raise invalid(400, Problem("CurrencyDeprecated", f"{code} is no longer in use", key, (code,)))
    if code not in currencies.CODES:
        raise invalid(400, Problem("CurrencyCode", "Please enter a valid currency code", key, (code,)))
    return code


def _read_amounts(body: dict[str, Any], source: str, target: str) -> tuple[Decimal | None, Decimal | None]:
    source_amount, target_amount = read_amount(body, "sourceAmount"), read_amount(body, "targetAmount")
    if source_amount is not None and target_amount is not None:
        raise invalid(400, Problem("error.quote.amount.onlySingle", "Please give only one amount", "sourceAmount"))
    if source_amount is None and target_amount is None:
        raise spring(400, "Bad Request", "Either sourceAmount or targetAmount is required", None)
    # What Wise does with more decimals than the currency has is unknown: rounding is what hurts a careless client.
    return _rounded(source_amount, source), _rounded(target_amount, target)


def _rounded(amount: Decimal | None, currency: str) -> Decimal | None:
    return None if amount is None else currencies.round_money(amount, currency)
