"""Balances (wise-api.md section 8.1) and the sandbox's top-up (10.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise import currencies
from simulators.wise.books import Balance, Profile
from simulators.wise.engine import Engine
from simulators.wise.errors import Problem, invalid
from simulators.wise.times import iso_micros
from simulators.wise.world import Call, World, read_amount


class Balances:
    """STANDARD balances: one a currency."""

    def __init__(self, world: World, engine: Engine) -> None:
        self._world = world
        self._engine = engine
        self._created_by_key: dict[str, Balance] = {}

    def open(self, profile: Profile, currency: str, amount: Decimal) -> Balance:
        """A new balance in the books."""
        now = self._world.now()
        balance = Balance(
            id=self._world.ids.balance(),
            profile=profile.id,
            currency=currency,
            amount=currencies.round_money(amount, currency),
            recipient_id=self._world.ids.recipient(),
            created=now,
            modified=now,
        )
        self._world.books.balances[balance.id] = balance
        return balance

    def list_all(self, call: Call, profile_id: int) -> Response:
        """GET profiles/{p}/balances?types=STANDARD; `types` is mandatory."""
        profile = self._world.profile(call, profile_id)
        if not call.params.get("types"):
            raise invalid(400, Problem("MISSING", "types is required", "types"))
        wanted = "STANDARD" in call.params["types"].split(",")
        owned = [one for one in self._world.books.balances.values() if wanted and one.profile == profile.id]
        return json_response(200, [balance_view(balance) for balance in owned])

    def get(self, call: Call, profile_id: int, balance_id: int) -> Response:
        """GET profiles/{p}/balances/{id}."""
        return json_response(200, balance_view(self._owned(self._world.profile(call, profile_id), balance_id)))

    def _owned(self, profile: Profile, balance_id: int) -> Balance:
        balance = self._world.books.balances.get(balance_id)
        if balance is None or balance.profile != profile.id:
            raise invalid(404, Problem("balance.not-found", "Balance not found", "id", (str(balance_id),)))
        return balance

    def create(self, call: Call, profile_id: int) -> Response:
        """POST profiles/{p}/balances with X-idempotence-uuid: 201; a repeated uuid answers the first balance."""
        profile = self._world.profile(call, profile_id)
        key = call.request.headers.get("X-idempotence-uuid")
        if not key:
            raise invalid(400, Problem("MISSING", "X-idempotence-uuid is required", "X-idempotence-uuid"))
        if key not in self._created_by_key:
            self._created_by_key[key] = self._create(call, profile)
        return json_response(201, balance_view(self._created_by_key[key]))

    def _create(self, call: Call, profile: Profile) -> Balance:
        body = call.json_object()
        currency = str(body.get("currency"))
        if currency not in currencies.CODES or currency in currencies.TARGET_ONLY:
            raise invalid(422, Problem("NOT_VALID", "This currency cannot be held", "currency", (currency,)))
        if body.get("type") != "STANDARD" or self._world.books.balance_in(profile, currency):
            raise invalid(422, Problem("NOT_VALID", "One STANDARD balance per currency", "type", (body.get("type"),)))
        return self.open(profile, currency, Decimal(0))

    def top_up(self, call: Call) -> Response:
        """POST simulation/balance/topup: credits a balance."""
        body = call.json_object()
        amount = read_amount(body, "amount")
        if (
            amount is None
            or not str(body.get("profileId", "")).isdecimal()
            or not str(body.get("balanceId", "")).isdecimal()
        ):
            raise invalid(400, Problem("MISSING", "profileId, balanceId, currency and amount are required"))
        profile = self._world.profile(call, int(body["profileId"]))
        balance = self._owned(profile, int(body["balanceId"]))
        if body.get("currency") != balance.currency:
            raise invalid(422, Problem("NOT_VALID", "Not the balance's currency", "currency", (body.get("currency"),)))
        movement = self._world.ids.movement()
        self._engine.top_up(balance, currencies.round_money(amount, balance.currency), f"BNK-{movement}")
        after = [{"id": balance.id, "value": balance.amount, "currency": balance.currency}]
        answer: dict[str, Any] = {"transactionId": movement, "state": "COMPLETED", "balancesAfter": after}
        if not call.is_calendar:
            answer["channel"] = body.get("channel") or "CARD"
        return json_response(200, answer)


def balance_view(balance: Balance) -> dict[str, Any]:
    """A balance; `amount` is what can be spent."""
    money = {"value": balance.amount, "currency": balance.currency}
    nothing = {"value": currencies.round_money(Decimal(0), balance.currency), "currency": balance.currency}
    return {
        "id": balance.id,
        "currency": balance.currency,
        "type": "STANDARD",
        "name": None,
        "icon": None,
        "investmentState": "NOT_INVESTED",
        "amount": money,
        "reservedAmount": nothing,
        "cashAmount": money,
        "totalWorth": money,
        "creationTime": iso_micros(balance.created),
        "modificationTime": iso_micros(balance.modified),
        "visible": True,
        "primary": True,
        "recipientId": balance.recipient_id,
    }
