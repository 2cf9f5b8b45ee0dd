"""What people do in Wise, and at banks, that no API call does: `POST /_sim/people`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulators.common.http import Request, Response, json_response
from simulators.wise import payee_checks
from simulators.wise.books import BOUNCED, CANCELLED, CONVERTED, PROCESSING, REFUNDED, SENT, Batch, Recipient, Transfer
from simulators.wise.engine import Engine
from simulators.wise.errors import WiseError
from simulators.wise.events import Events
from simulators.wise.funding import FUNDING_CODES
from simulators.wise.routes import Desks
from simulators.wise.simulation import FAILURES
from simulators.wise.world import World

_WITH_ACTS_OF_THEIR_OWN = frozenset({CANCELLED, REFUNDED})  # `cancel`, `give_back`
_WITH_MONEY = frozenset({PROCESSING, CONVERTED, SENT, BOUNCED, "charged_back"})
_PROFILE_STATES = ("VISIBLE", "HIDDEN", "DEACTIVATED")


class People:
    """What a person does in Wise's own screens: `POST /_sim/people`."""

    def __init__(self, world: World, engine: Engine, events: Events, desks: Desks) -> None:
        self._world = world
        self._engine = engine
        self._events = events
        self._funding = desks.funding
        self._transfers = desks.transfers
        self._batches = desks.batches
        self._approvals = desks.approvals
        self._tokens = desks.tokens

    def act(self, request: Request) -> Response:
        """Carry out `{"act": ..., ...}`. Raises ValueError with the reason when Wise would not let the person."""
        body = request.json()
        acts = {
            "fund": self._fund,
            "cancel": self._cancel,
            "repeat": self._repeat,
            "fund_batch": self._fund_batch,
            "cancel_batch": self._cancel_batch,
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
            "move": self._move,
            "raise_case": self._raise_case,
            "settle_cases": self._settle_cases,
            "fail_payout": self._fail_payout,
            "refuse_fundings": self._refuse_fundings,
            "profile": self._profile,
        }
        if not isinstance(body, dict) or body.get("act") not in acts:
            raise ValueError(f"'act' must be one of {', '.join(acts)}")
        return json_response(200, acts[body["act"]](body))

    def _transfer(self, body: dict[str, Any]) -> Transfer:
        transfer = self._world.books.transfers.get(int(body["transfer"]))
        if transfer is None:
            raise ValueError("no such transfer")
        return transfer

    def _batch(self, body: dict[str, Any]) -> Batch:
        batch = self._world.books.batches.get(str(body["batch"]))
        if batch is None:
            raise ValueError("no such batch")
        return batch

    def _fund_batch(self, body: dict[str, Any]) -> dict[str, Any]:
        """One approval pays for all transfers of a closed batch."""
        batch = self._batch(body)
        refusal = "batch.paid" if batch.is_paid else self._batches.pay(batch)
        if refusal:
            raise ValueError(refusal)
        return {"paid": len(batch.transfers)}

    def _cancel_batch(self, body: dict[str, Any]) -> dict[str, Any]:
        batch = self._batch(body)
        try:
            self._batches.cancel(batch)
        except WiseError as refusal:
            raise ValueError(str(refusal)) from None
        return {"status": batch.status}

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

    def _repeat(self, body: dict[str, Any]) -> dict[str, Any]:
        """Makes another transfer of the same amount to the same recipient; it is not funded yet."""
        try:
            made = self._transfers.again(self._transfer(body))
        except WiseError as refusal:
            raise ValueError(str(refusal)) from None
        return {"transfer": made.id}

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

    def _move(self, body: dict[str, Any]) -> dict[str, Any]:
        """Wise brings a transfer into any status: back to an earlier one, or into one that nobody has seen yet."""
        transfer, status = self._transfer(body), str(body["status"])
        if status in _WITH_ACTS_OF_THEIR_OWN or (status in _WITH_MONEY and not transfer.payments):
            raise ValueError(f"a transfer that is {transfer.status} does not become {status} like this")
        self._engine.move(transfer, status)
        return {"status": transfer.status}

    def _raise_case(self, body: dict[str, Any]) -> dict[str, Any]:
        """Wise asks for something; the transfer stands still until it is settled."""
        transfer = self._transfer(body)
        self._engine.raise_case(transfer, str(body["case"]))
        return {"cases": list(transfer.cases)}

    def _settle_cases(self, body: dict[str, Any]) -> dict[str, Any]:
        transfer = self._transfer(body)
        self._engine.settle_cases(transfer)
        return {"status": transfer.status}

    def _fail_payout(self, body: dict[str, Any]) -> dict[str, Any]:
        """A payout failed; the state may stay as it is (6.6)."""
        transfer, code = self._transfer(body), str(body["code"])
        if code not in FAILURES or not transfer.payments:
            raise ValueError(f"no payout of a transfer that is {transfer.status} fails with {code}")
        self._events.payout_failed(transfer, code)
        return {"status": transfer.status}

    def _refuse_fundings(self, body: dict[str, Any]) -> dict[str, Any]:
        """The next fundings are refused with these codes of 6.5, one each."""
        codes = [str(code) for code in body["codes"]]
        unknown = set(codes) - set(FUNDING_CODES)
        if unknown:
            raise ValueError(f"no such codes: {', '.join(sorted(unknown))}")
        self._world.books.funding_refusals = codes
        return {"codes": codes}

    def _profile(self, body: dict[str, Any]) -> dict[str, Any]:
        """Wise hides or closes the business, or takes its verification away: its transfers then stand still."""
        books, state = self._world.books, str(body.get("state", "VISIBLE"))
        if state not in _PROFILE_STATES:
            raise ValueError(f"'state' must be one of {', '.join(_PROFILE_STATES)}")
        books.profile_states[books.business().id] = state
        books.verified = body.get("verified", books.verified) is True
        return {"state": state, "verified": books.verified}
