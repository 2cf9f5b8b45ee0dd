"""The sandbox's simulation calls (wise-api.md section 10.1)."""

from __future__ import annotations

from simulators.common.http import Response, json_response
from simulators.wise.books import BOUNCED, PROCESSING, REFUNDED, Transfer
from simulators.wise.engine import Engine
from simulators.wise.errors import Problem, invalid
from simulators.wise.events import Events
from simulators.wise.transfer_view import transfer_view
from simulators.wise.world import Call, World

FAILURES = frozenset(
    (
        "ACCOUNT_BLOCKED ACCOUNT_CLOSED ACCOUNT_DOES_NOT_EXIST ACCOUNT_FROZEN ACCOUNT_LIMIT_REACHED "
        "BUSINESS_PAYMENTS_FORBIDDEN CANNOT_ACCEPT_FROM_3RD_PARTY CREDITING_ACCOUNT_FORBIDDEN DUPLICATE_ENTRY "
        "EXTERNAL_IDENTIFIER_DETAILS_HAVE_CHANGED FUNDS_NOT_EXPECTED_RETURNED MANDATE_NOT_FILLED_IN "
        "REASON_NOT_SPECIFIED REQUEST_FOR_INFORMATION_EXPIRED RETURN_REQUESTED_BY_RECIPIENT "
        "SENDER_REQUESTED_TO_CANCEL TAX_ID_NOT_MATCHING TAX_ID_SUSPENDED TECHNICAL_ISSUE TECHNICAL_ISSUE_RETRYABLE "
        "WRONG_ACCOUNT_DETAILS WRONG_ACCOUNT_NUMBER WRONG_ACCOUNT_TYPE WRONG_BANK_CODE WRONG_BRANCH_CODE "
        "WRONG_CARD_NUMBER WRONG_CARD_TYPE WRONG_CURRENCY WRONG_ID_NUMBER WRONG_NAME WRONG_PAYMENT_PURPOSE "
        "WRONG_PHONE_NUMBER WRONG_REFERENCE WRONG_RUT_NUMBER"
    ).split()
)


class Simulation:
    """Moves transfers on demand."""

    def __init__(self, world: World, engine: Engine, events: Events) -> None:
        self._world = world
        self._engine = engine
        self._events = events

    def _find(self, transfer_id: int) -> Transfer:
        transfer = self._world.books.transfers.get(transfer_id)
        if transfer is None:
            raise invalid(404, Problem("transfer.not.found", "Transfer not found", None, (str(transfer_id),)))
        return transfer

    def move(self, _call: Call, transfer_id: int, status: str) -> Response:
        """GET simulation/transfers/{id}/{status}: the next step; 400 wrong_status out of order."""
        transfer = self._find(transfer_id)
        if not self._world.books.verified:
            text = "The transfer's processing is suspended: the profile is not verified"
            raise invalid(400, Problem("wrong_status", text, None, (transfer.status, status)))
        if not self._engine.follows(transfer, status):
            text = f"Cannot move a transfer from {transfer.status} to {status}"
            raise invalid(400, Problem("wrong_status", text, None, (transfer.status, status)))
        if status == REFUNDED:
            self._engine.bounce_home(transfer)
        elif status != PROCESSING:  # funding has brought it there already
            self._engine.move(transfer, status)
        return json_response(200, transfer_view(transfer))

    def fail_payout(self, call: Call, transfer_id: int) -> Response:
        """POST simulation/transfers/{id}/payout-failure: tells why a bounced payout failed."""
        transfer = self._find(transfer_id)
        body = call.json_object() if call.request.body else {}
        code = str(body.get("failure_reason_code") or "WRONG_ACCOUNT_NUMBER")
        if code not in FAILURES:
            raise invalid(400, Problem("invalid_failure_reason_code", "Unknown code", "failure_reason_code", (code,)))
        if transfer.status != BOUNCED:
            raise invalid(400, Problem("invalid_transfer_state", "The transfer must be bounced_back"))
        self._events.payout_failed(transfer, code)
        return json_response(200, {"transfer_id": transfer.id, "failure_reason_code": code})

    def verify(self, call: Call, profile_id: int) -> Response:
        """POST simulation/profiles/{p}/verifications: 200, empty; what stood still goes on."""
        self._world.profile(call, profile_id)
        return self._verified()

    def verify_all(self, _call: Call) -> Response:
        """POST simulation/verify-profile: the older call."""
        return self._verified()

    def _verified(self) -> Response:
        self._world.books.verified = True
        for transfer in self._world.books.transfers.values():
            self._engine.take_up(transfer)
        return Response(200)
