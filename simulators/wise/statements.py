"""Balance statements as JSON and as CAMT.053 (wise-api.md section 8.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise import camt
from simulators.wise.books import Balance
from simulators.wise.currencies import round_money
from simulators.wise.errors import Problem, invalid
from simulators.wise.funding import Approvals
from simulators.wise.statement_lines import Line, lines
from simulators.wise.times import iso_micros, iso_millis, read_bound
from simulators.wise.world import Call, World

_LONGEST = timedelta(days=469)
_OPEN_FOR = timedelta(days=90)  # after an approval: a statement is a low risk (2.4)
_TYPES = ("COMPACT", "FLAT")


class Statements:
    """What came into a balance and left it."""

    def __init__(self, world: World, approvals: Approvals) -> None:
        self._world = world
        self._approvals = approvals
        self._open_until: datetime | None = None

    def as_json(self, call: Call, profile_id: int, balance_id: int) -> Response:
        """GET profiles/{p}/balance-statements/{b}/statement.json, newest line first."""
        balance, start, end, headers = self._asked(call, profile_id, balance_id)
        found, closing = self._lines(call, balance, start, end), self._closing(balance, end)
        return json_response(200, _view(balance, found, closing, start, end), headers)

    def as_camt(self, call: Call, profile_id: int, balance_id: int) -> Response:
        """GET profiles/{p}/balance-statements/{b}/statement.xml: CAMT.053, oldest entry first."""
        balance, start, end, headers = self._asked(call, profile_id, balance_id)
        found, closing = self._lines(call, balance, start, end), self._closing(balance, end)
        document = camt.document(balance, found, closing, start, end)
        return Response(200, document, {"Content-Type": "application/xml", **headers})

    def _closing(self, balance: Balance, end: datetime) -> Decimal:
        """What was in the balance at the end of the interval."""
        later = (m.amount for m in self._world.books.movements if m.balance == balance.id and m.moment > end)
        return balance.amount - sum(later, Decimal(0))

    def _asked(
        self, call: Call, profile_id: int, balance_id: int
    ) -> tuple[Balance, datetime, datetime, dict[str, str]]:
        profile = self._world.profile(call, profile_id)
        headers = self._approved(call)
        balance = self._world.books.balances.get(balance_id)
        if balance is None or balance.profile != profile.id:
            raise invalid(404, Problem("balance.not-found", "Balance not found", "id", (str(balance_id),)))
        if call.params.get("currency") != balance.currency:
            raise invalid(400, Problem("NOT_VALID", "currency must be the balance's", "currency"))
        start, end = _moment(call, "intervalStart", end=False), _moment(call, "intervalEnd", end=True)
        if not start <= end <= start + _LONGEST:
            raise invalid(400, Problem("NOT_VALID", "The interval is at most 469 days", "intervalEnd"))
        return balance, start, end, headers

    def _approved(self, call: Call) -> dict[str, str]:
        """Where strong authentication is law: an approval opens statements for ninety days."""
        now = self._world.now()
        if not self._world.settings.sca_region or (self._open_until and now < self._open_until):
            return {}
        headers = self._approvals.demand(call)
        self._open_until = now + _OPEN_FOR
        return headers

    def _lines(self, call: Call, balance: Balance, start: datetime, end: datetime) -> list[Line]:
        kind = call.params.get("type", "COMPACT")
        if kind not in _TYPES:
            raise invalid(400, Problem("NOT_VALID", f"type must be one of {', '.join(_TYPES)}", "type", (kind,)))
        found = [m for m in self._world.books.movements if m.balance == balance.id and start <= m.moment <= end]
        return [line for movement in found for line in lines(movement, balance.currency, flat=kind == "FLAT")]


def _moment(call: Call, name: str, *, end: bool) -> datetime:
    try:
        return read_bound(call.params[name], end=end)
    except (KeyError, ValueError):
        raise invalid(400, Problem("MISSING", f"{name} is required", name)) from None


def _view(balance: Balance, found: list[Line], closing: Decimal, start: datetime, end: datetime) -> dict[str, Any]:
    return {
        "accountHolder": {"type": "BUSINESS"},
        "issuer": {"name": "Wise"},
        "bankDetails": None,
        "transactions": [_line(balance, line) for line in reversed(found)],
        "endOfStatementBalance": {"value": closing, "currency": balance.currency},
        "query": {
            "intervalStart": iso_millis(start),
            "intervalEnd": iso_millis(end),
            "currency": balance.currency,
            "accountId": balance.id,
        },
    }


def _line(balance: Balance, line: Line) -> dict[str, Any]:
    return {
        "type": "CREDIT" if line.amount > 0 else "DEBIT",
        "date": iso_micros(line.moment),
        "amount": {"value": line.amount, "currency": balance.currency},
        "totalFees": {"value": round_money(line.fee, balance.currency), "currency": balance.currency},
        "details": {"type": line.kind, "description": line.words},
        "exchangeDetails": None,
        "runningBalance": {"value": line.after, "currency": balance.currency},
        "referenceNumber": line.reference,
    }
