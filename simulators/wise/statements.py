"""Balance statements (wise-api.md section 8.3), JSON only."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise.books import Balance, Movement
from simulators.wise.errors import Problem, invalid
from simulators.wise.funding import Approvals
from simulators.wise.times import iso_micros, iso_millis, read_bound
from simulators.wise.world import Call, World

_LONGEST = timedelta(days=469)


class Statements:
    """What came into a balance and left it."""

    def __init__(self, world: World, approvals: Approvals) -> None:
        self._world = world
        self._approvals = approvals

    def get(self, call: Call, profile_id: int, balance_id: int) -> Response:
        """GET profiles/{p}/balance-statements/{b}/statement.json; behind strong authentication where that is law."""
        profile = self._world.profile(call, profile_id)
        headers = self._approvals.demand(call) if self._world.settings.sca_region else {}
        balance = self._world.books.balances.get(balance_id)
        if balance is None or balance.profile != profile.id:
            raise invalid(404, Problem("balance.not-found", "Balance not found", "id", (str(balance_id),)))
        if call.params.get("currency") != balance.currency:
            raise invalid(400, Problem("NOT_VALID", "currency must be the balance's", "currency"))
        start, end = _moment(call, "intervalStart", end=False), _moment(call, "intervalEnd", end=True)
        if not start <= end <= start + _LONGEST:
            raise invalid(400, Problem("NOT_VALID", "The interval is at most 469 days", "intervalEnd"))
        found = [m for m in self._world.books.movements if m.balance == balance.id and start <= m.moment <= end]
        return json_response(200, self._view(balance, found, start, end), headers)

    def _view(self, balance: Balance, found: list[Movement], start: datetime, end: datetime) -> dict[str, Any]:
        return {
            "accountHolder": {"type": "BUSINESS"},
            "issuer": {"name": "Wise"},
            "bankDetails": None,
            "transactions": [_line(balance, movement) for movement in reversed(found)],
            "endOfStatementBalance": {"value": balance.amount, "currency": balance.currency},
            "query": {
                "intervalStart": iso_millis(start),
                "intervalEnd": iso_millis(end),
                "currency": balance.currency,
                "accountId": balance.id,
            },
        }


def _moment(call: Call, name: str, *, end: bool) -> datetime:
    try:
        return read_bound(call.params[name], end=end)
    except (KeyError, ValueError):
        raise invalid(400, Problem("MISSING", f"{name} is required", name)) from None


def _line(balance: Balance, movement: Movement) -> dict[str, Any]:
    """COMPACT: one line a transaction, the fee in it."""
    is_transfer = movement.reference.isdecimal()
    return {
        "type": "CREDIT" if movement.amount > 0 else "DEBIT",
        "date": iso_micros(movement.moment),
        "amount": {"value": movement.amount, "currency": balance.currency},
        "totalFees": {"value": Decimal("0.00"), "currency": balance.currency},
        "details": {"type": "TRANSFER" if is_transfer else "MONEY_ADDED", "description": ""},
        "exchangeDetails": None,
        "runningBalance": {"value": movement.after, "currency": balance.currency},
        "referenceNumber": f"TRANSFER-{movement.reference}" if is_transfer else f"BALANCE-{movement.reference}",
    }
