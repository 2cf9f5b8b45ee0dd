"""Funding from a balance, and strong customer authentication before it (wise-api.md sections 2.4 and 6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulators.common.http import Response, dump_json, json_response
from simulators.wise.books import CONVERTED, PROCESSING, WAITING, Balance, Profile, Transfer
from simulators.wise.engine import Engine
from simulators.wise.errors import WiseError, oauth, spring
from simulators.wise.world import USER, Call, World

_TOKEN_LIFE = timedelta(seconds=3600)
_PASSED = {"x-2fa-approval-result": "APPROVED"}


_IN_A_SUCCESS = 201
# What else the funding service may say (6.5); a person's act makes it say so.
FUNDING_CODES = {
    "balance.currency-unsupported": 422,
    "balance.account-inactive": 422,
    "balance.unauthorised.missing-security-role": 403,
    "payment.option-unavailable": 422,
    "transfer.not-accessible-for-user": 403,
    "payment.not-found": 404,
    "unexpected.error": 500,
}


@dataclass(frozen=True)
class Refusal:
    """Why Wise does not take the money: HTTP status and error code."""

    status: int
    code: str


class Funding:
    """Takes money for transfers."""

    def __init__(self, world: World, engine: Engine, approvals: Approvals) -> None:
        self._world = world
        self._engine = engine
        self._approvals = approvals

    def fund(self, call: Call, profile_id: int, transfer_id: int) -> Response:
        """POST profiles/{p}/transfers/{t}/payments: 201 COMPLETED; refusals are JSON called text/plain."""
        profile = self._world.profile(call, profile_id)
        headers = self._approvals.demand(call) if self._world.settings.sca_region else {}
        body = call.json_object()
        transfer = self._world.books.transfers.get(transfer_id)
        if transfer is None:
            raise WiseError(422, "transfer.invalid-state", headers)  # plain text, for an unknown id
        refusal, balance = self._look(profile, transfer, body)
        if refusal or balance is None:
            raise self._rejected(refusal or Refusal(500, "unexpected.error"), headers)
        payment = self._engine.fund(transfer, balance)
        answer = {"type": "BALANCE", "status": "COMPLETED", "errorCode": None, "errorMessage": None}
        status = self._world.settings.funding_status
        return json_response(status, {**answer, "balanceTransactionId": payment.id}, headers)

    def _look(
        self, profile: Profile, transfer: Transfer, body: dict[str, Any]
    ) -> tuple[Refusal | None, Balance | None]:
        if body.get("type") != "BALANCE":
            return Refusal(400, "invalid.request"), None
        if transfer.profile is not profile:
            return Refusal(404, "transfer.not-found"), None
        balance = self._world.books.balance_in(profile, transfer.quote.source_currency)
        if body.get("balanceId") is not None:
            number = str(body["balanceId"])
            balance = self._world.books.balances.get(int(number)) if number.isdecimal() else None
            if balance is None or balance.profile != profile.id:
                return Refusal(422, "balance.account-not-found"), None
        if self._world.books.funding_refusals:
            code = self._world.books.funding_refusals.pop(0)
            return Refusal(FUNDING_CODES[code], code), balance
        return self.refusal(transfer, balance), balance

    def refusal(self, transfer: Transfer, balance: Balance | None) -> Refusal | None:
        """Why this transfer cannot be funded from this balance now."""
        if transfer.payments and transfer.status in (PROCESSING, CONVERTED):
            return Refusal(409, "payment.exists")
        if transfer.status != WAITING:
            return Refusal(422, "transfer.invalid-state")
        if balance is None:
            return Refusal(422, "balance.no-balance-for-currency")
        if balance.currency != transfer.quote.source_currency:
            return Refusal(422, "balance.currency-unsupported")
        if balance.amount <= 0:
            return Refusal(422, "balance.payment-option-unavailable")
        if balance.amount < transfer.quote.options["BALANCE"].source_amount:
            return Refusal(self._world.settings.rejection_status, "balance.insufficient-funds")
        return None

    def _rejected(self, refusal: Refusal, headers: dict[str, str]) -> WiseError:
        body = {"type": "BALANCE", "status": "REJECTED", "errorCode": refusal.code, "errorMessage": None}
        if refusal.status == _IN_A_SUCCESS:
            return WiseError(self._world.settings.funding_status, body, headers)
        text = refusal.code if self._world.settings.funding_errors == "text" else dump_json(body)
        return WiseError(refusal.status, text, headers)


@dataclass
class _OneTimeToken:
    path: str
    created: datetime
    approved: bool = False


class Approvals:
    """One-time tokens of strong customer authentication: a person approves, one repeat passes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[str, _OneTimeToken] = {}

    def demand(self, call: Call) -> dict[str, str]:
        """Headers of the answer when the call carries an approved token, used up by this; else 403 with a new one."""
        known = self._valid(call.request.headers.get("x-2fa-approval", ""))
        if known and known.approved and known.path == call.request.path:
            del self._tokens[call.request.headers["x-2fa-approval"]]
            return dict(_PASSED)
        token = self._world.ids.uuid()
        self._tokens[token] = _OneTimeToken(call.request.path, self._world.now())
        headers = {"x-2fa-approval-result": "REJECTED", "x-2fa-approval": token}
        raise spring(403, "Forbidden", "You are forbidden to send this request", call.request.path, headers)

    def _valid(self, token: str) -> _OneTimeToken | None:
        known = self._tokens.get(token)
        return known if known and self._world.now() < known.created + _TOKEN_LIFE else None

    def approve(self, token: str) -> None:
        """What a person does in Wise's own screens. Raises ValueError for a token that is unknown or over."""
        known = self._valid(token)
        if known is None:
            raise ValueError("no such one-time token")
        known.approved = True

    def status(self, call: Call) -> Response:
        """GET one-time-token/status with the header One-Time-Token."""
        token = call.request.headers.get("One-Time-Token", "")
        known = self._valid(token)
        if known is None:
            raise oauth(400, "invalid_request", "One-time token is invalid")
        left = int((known.created + _TOKEN_LIFE - self._world.now()).total_seconds())
        challenge = {
            "primaryChallenge": {"type": "PIN", "viewData": {"attributes": {"userId": USER}}},
            "alternatives": [],
            "required": True,
            "passed": known.approved,
        }
        properties = {
            "oneTimeToken": token,
            "challenges": [challenge],
            "validity": left,
            "actionType": "BALANCE__TRANSFER_FUNDS",
            "userId": USER,
        }
        return json_response(200, {"oneTimeTokenProperties": properties})
