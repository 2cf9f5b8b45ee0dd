"""The sandbox's simulation calls (wise-api.md section 10.1), and people at work in Wise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulators.common.http import Request, Response, json_response
from simulators.wise import payee_checks
from simulators.wise.books import BOUNCED, PROCESSING, REFUNDED, SENT, Recipient, Transfer
from simulators.wise.engine import Engine
from simulators.wise.errors import Problem, invalid
from simulators.wise.events import Events
from simulators.wise.funding import Approvals, Funding
from simulators.wise.oauth import Tokens
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
        """POST simulation/profiles/{p}/verifications: 200, empty; our profiles are verified from the start."""
        self._world.profile(call, profile_id)
        return Response(200)


class People:
    """What a person does in Wise's own screens: `POST /_sim/people`."""

    def __init__(self, world: World, engine: Engine, funding: Funding, approvals: Approvals, tokens: Tokens) -> None:
        self._world = world
        self._engine = engine
        self._funding = funding
        self._approvals = approvals
        self._tokens = tokens

    def act(self, request: Request) -> Response:
        """Carry out `{"act": ..., ...}`. Raises ValueError with the reason when Wise would not let the person."""
        body = request.json()
        acts = {
            "fund": self._fund,
            "cancel": self._cancel,
            "deactivate_recipient": self._deactivate,
            "bounce": self._bounce,
            "give_back": self._give_back,
            "approve": self._approve,
            "consent": self._consent,
            "revoke": self._revoke,
            "hold_account": self._hold_account,
            "accept_payee": self._accept_payee,
            "announce": self._announce,
            "approval_rule": self._approval_rule,
        }
        if not isinstance(body, dict) or body.get("act") not in acts:
            raise ValueError(f"'act' must be one of {', '.join(acts)}")
        return json_response(200, acts[body["act"]](body))

    def _transfer(self, body: dict[str, Any]) -> Transfer:
        transfer = self._world.books.transfers.get(int(body["transfer"]))
        if transfer is None:
            raise ValueError("no such transfer")
        return transfer

    def _fund(self, body: dict[str, Any]) -> dict[str, Any]:
        transfer = self._transfer(body)
        balance = self._world.books.balance_in(transfer.profile, transfer.quote.source_currency)
        refusal = self._funding.refusal(transfer, balance)
        if refusal or balance is None:
            raise ValueError(refusal.code if refusal else "no balance")
        self._engine.fund(transfer, balance)
        return {"status": transfer.status}

    def _cancel(self, body: dict[str, Any]) -> dict[str, Any]:
        transfer = self._transfer(body)
        if not self._engine.can_cancel(transfer):
            raise ValueError(f"too late, the transfer is {transfer.status}")
        self._engine.cancel(transfer)
        return {"status": transfer.status}

    def _recipient(self, body: dict[str, Any]) -> Recipient:
        recipient = self._world.books.recipients.get(int(body["recipient"]))
        if recipient is None:
            raise ValueError("no such recipient")
        return recipient

    def _bounce(self, body: dict[str, Any]) -> dict[str, Any]:
        """The payee's bank sends a payout back to Wise."""
        transfer = self._transfer(body)
        if transfer.status != SENT:
            raise ValueError(f"only what was sent bounces, the transfer is {transfer.status}")
        self._engine.move(transfer, BOUNCED)
        return {"status": transfer.status}

    def _give_back(self, body: dict[str, Any]) -> dict[str, Any]:
        """Wise gives a bounced payout's money back; banks on the way `kept` some of it (6.6)."""
        transfer, kept = self._transfer(body), Decimal(str(body.get("kept", "0")))
        if transfer.status != BOUNCED or not 0 <= kept < transfer.debited:
            raise ValueError(f"not of a transfer that is {transfer.status}, or not less {kept}")
        self._engine.give_back(transfer, REFUNDED, kept=kept)
        return {"status": transfer.status, "refunded": str(transfer.refunded)}

    def _deactivate(self, body: dict[str, Any]) -> dict[str, Any]:
        self._recipient(body).active = False
        return {"active": False}

    def _approve(self, body: dict[str, Any]) -> dict[str, Any]:
        self._approvals.approve(str(body["token"]))
        return {"approved": True}

    def _hold_account(self, body: dict[str, Any]) -> dict[str, Any]:
        """The payee's bank has the account under this name, and tells it when asked."""
        account = payee_checks.compact(str(body["account"]))
        self._world.books.account_names[account] = str(body["name"])
        for recipient in self._world.books.recipients.values():
            if payee_checks.account_of(recipient) == account:
                payee_checks.check(self._world, recipient)
        return {"name": body["name"]}

    def _accept_payee(self, body: dict[str, Any]) -> dict[str, Any]:
        payee_checks.accept(self._world, self._recipient(body))
        return {"accepted": True}

    def _announce(self, body: dict[str, Any]) -> dict[str, Any]:
        notice = {"text": str(body["text"]), "link": None, "type": str(body["type"])}
        self._world.books.notices[str(body["currency"])] = notice
        return notice

    def _approval_rule(self, body: dict[str, Any]) -> dict[str, Any]:
        self._world.books.approval_rule = body["on"] is True
        return {"on": self._world.books.approval_rule}

    def _consent(self, _body: dict[str, Any]) -> dict[str, Any]:
        return {"code": self._tokens.consent()}

    def _revoke(self, _body: dict[str, Any]) -> dict[str, Any]:
        self._tokens.revoke()
        return {"revoked": True}
