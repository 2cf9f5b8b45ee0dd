"""Batch groups: up to a thousand transfers that a person, or one call, pays for at once (wise-api.md section 7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise.books import CANCELLED, WAITING, Balance, Batch, Movement, Profile, Transfer
from simulators.wise.currencies import rate as rate_of
from simulators.wise.currencies import round_money
from simulators.wise.engine import Engine
from simulators.wise.errors import Problem, WiseError, invalid
from simulators.wise.funding import Approvals
from simulators.wise.quotes import read_source_currency
from simulators.wise.transfer_view import transfer_view
from simulators.wise.transfers import Transfers, read_key
from simulators.wise.world import USER, Call, World

MOST_TRANSFERS = 1000
LONGEST_NAME = 100
_STEP_SECONDS = 5  # of the cancel, which is asynchronous
_NEW, _COMPLETED, _CANCELLED = "NEW", "COMPLETED", "CANCELLED"
_MARKED, _CANCELLING = "MARKED_FOR_CANCELLATION", "PROCESSING_CANCEL"


class Batches:
    """Groups of transfers: made, filled, closed, cancelled, paid."""

    def __init__(self, world: World, transfers: Transfers, engine: Engine, approvals: Approvals) -> None:
        self._world = world
        self._transfers = transfers
        self._engine = engine
        self._approvals = approvals

    # --- calls ---------------------------------------------------------------------------------------------------

    def create(self, call: Call, profile_id: int) -> Response:
        """POST profiles/{p}/batch-groups: 201, NEW and empty. Two of the same name are two groups."""
        profile, body = self._world.profile(call, profile_id), call.json_object()
        currency, name = read_source_currency(body), str(body.get("name") or "")
        if not 0 < len(name) <= LONGEST_NAME:
            raise invalid(422, Problem("NOT_VALID", f"name must have 1 to {LONGEST_NAME} characters", "name"))
        batch = Batch(self._world.ids.uuid(), self._world.ids.version(), profile, name, currency)
        self._world.books.batches[batch.id] = batch
        return json_response(201, batch_view(batch))

    def get(self, call: Call, profile_id: int, batch_id: str) -> Response:
        """GET profiles/{p}/batch-groups/{id}."""
        return json_response(200, batch_view(self._owned(call, profile_id, batch_id)))

    def add(self, call: Call, profile_id: int, batch_id: str) -> Response:
        """POST …/{id}/transfers: into a NEW group only; a key of this group answers its first transfer."""
        batch, body = self._owned(call, profile_id, batch_id), call.json_object()
        if batch.status != _NEW:
            raise WiseError(422, "Group is in wrong state for creating transfers into it")
        key = read_key(body)
        known = self._transfers.of_key(key)
        if known is not None and known not in batch.transfers:
            code = "validation.failure.group.incompatible.state"
            raise invalid(422, Problem(code, "The transfer does not belong to this group", "customerTransactionId"))
        return json_response(200, transfer_view(self._transfers.repeated(known) or self._add(batch, body, key)))

    def _add(self, batch: Batch, body: dict[str, Any], key: str) -> Transfer:
        if len(batch.transfers) >= MOST_TRANSFERS:
            raise invalid(422, Problem("NOT_VALID", f"A group holds at most {MOST_TRANSFERS} transfers"))
        quote = self._world.books.quotes.get(str(body.get("quoteUuid") or "").lower())
        if quote is not None and quote.source_currency != batch.currency:
            raise invalid(422, Problem("NOT_VALID", "Not the group's source currency", "quoteUuid", (batch.currency,)))
        transfer = self._transfers.make(body, key)
        batch.transfers.append(transfer)
        self._touch(batch, batch.status)
        return transfer

    def patch(self, call: Call, profile_id: int, batch_id: str) -> Response:
        """PATCH …/{id} `{status, version}`: COMPLETED closes it, CANCELLED begins to cancel it."""
        batch, body = self._owned(call, profile_id, batch_id), call.json_object()
        if isinstance(body.get("version"), bool) or not isinstance(body.get("version"), int):
            raise invalid(400, Problem("MISSING", "version is required", "version"))
        if body["version"] != batch.version:
            raise WiseError(409, "Group version conflict")
        if body.get("status") == _COMPLETED:
            self._complete(batch)
        elif body.get("status") == _CANCELLED:
            self.cancel(batch)
        else:
            raise invalid(400, Problem("NOT_VALID", "COMPLETED or CANCELLED", "status", (str(body.get("status")),)))
        return json_response(200, batch_view(batch))

    def fund(self, call: Call, profile_id: int, batch_id: str) -> Response:
        """POST profiles/{p}/batch-payments/{id}/payments: takes the money for every transfer, or for none."""
        profile = self._world.profile(call, profile_id)
        headers = self._approvals.demand(call) if self._world.settings.sca_region else {}
        if call.json_object().get("type") != "BALANCE":
            raise invalid(400, Problem("invalid.request", "type must be BALANCE", "type"))
        batch = self._owned(call, profile.id, batch_id)
        was_paid = batch.is_paid
        if not was_paid:
            code = self.pay(batch)
            if code:
                raise WiseError(422, {"type": "BALANCE", "status": "REJECTED", "errorCode": code}, headers)
        return json_response(200, _payment_view(batch, was_paid=was_paid), headers)

    def _owned(self, call: Call, profile_id: int, batch_id: str) -> Batch:
        batch = self._world.books.batches.get(batch_id.lower())
        if batch is None or batch.profile is not self._world.profile(call, profile_id):
            raise invalid(404, Problem("NOT_FOUND", "Batch group not found", None, (batch_id,)))
        return batch

    # --- what happens to a group ---------------------------------------------------------------------------------

    def _touch(self, batch: Batch, status: str) -> None:
        """Every change gives another version, in no order."""
        batch.status, batch.version = status, self._world.ids.version()

    def _complete(self, batch: Batch) -> None:
        if batch.status != _NEW or not batch.transfers:
            raise WiseError(422, "Group is in wrong state for being completed")
        self._touch(batch, _COMPLETED)

    def cancel(self, batch: Batch) -> None:
        """Begin to cancel an unpaid group. Raises the refusal of one that is paid, or over."""
        if batch.status not in (_NEW, _COMPLETED) or any(one.payments for one in batch.transfers):
            raise WiseError(422, "Group is in wrong state for being cancelled")
        self._touch(batch, _MARKED)
        self._world.agenda.after(_STEP_SECONDS, lambda: self._begin_to_cancel(batch))

    def _begin_to_cancel(self, batch: Batch) -> None:
        self._touch(batch, _CANCELLING)
        self._world.agenda.after(_STEP_SECONDS, lambda: self._cancel_transfers(batch))

    def _cancel_transfers(self, batch: Batch) -> None:
        """What somebody funded by itself meanwhile stays."""
        for transfer in batch.transfers:
            if transfer.status == WAITING:
                self._engine.move(transfer, CANCELLED)
        self._touch(batch, _CANCELLED)

    def pay(self, batch: Batch) -> str:
        """Take the money for all; answers why not, "" when it is done. Another balance fills one that is short."""
        if batch.status != _COMPLETED:
            return "batch.invalid-state"
        if any(transfer.status != WAITING for transfer in batch.transfers):
            return "transfer.invalid-state"  # one that was cancelled or funded by itself blocks its batch
        balance = self._world.books.balance_in(batch.profile, batch.currency)
        if balance is None:
            return "balance.no-balance-for-currency"
        missing = _cost(batch) - balance.amount
        if missing > 0 and not self._convert(batch.profile, balance, missing):
            return "balance.insufficient-funds"
        for transfer in batch.transfers:
            self._engine.fund(transfer, balance)
        batch.is_paid = True
        return ""

    def _convert(self, profile: Profile, short: Balance, missing: Decimal) -> bool:
        """Fill a balance from the first other one that has enough: Wise may do so by itself for a batch (section 7)."""
        for other in self._world.books.balances.values():
            taken = round_money(missing / rate_of(other.currency, short.currency), other.currency)
            if other is not short and other.profile == profile.id and other.amount >= taken:
                for balance, amount in ((other, -taken), (short, missing)):
                    self._book(balance, amount)
                return True
        return False

    def _book(self, balance: Balance, amount: Decimal) -> None:
        balance.amount += amount
        balance.modified = self._world.now()
        what = f"BALANCE-{self._world.ids.movement()}"
        self._world.books.movements.append(Movement(balance.id, self._world.now(), amount, what, balance.amount))


def _cost(batch: Batch) -> Decimal:
    return sum((transfer.quote.options["BALANCE"].source_amount for transfer in batch.transfers), Decimal(0))


def batch_view(batch: Batch) -> dict[str, Any]:
    """The group; how to pay it in by bank only once it is closed."""
    pay_in = {"type": "bank_transfer", "reference": f"B{abs(batch.version) % 10_000}", "currency": batch.currency}
    return {
        "id": batch.id,
        "version": batch.version,
        "name": batch.name,
        "sourceCurrency": batch.currency,
        "status": batch.status,
        "transferIds": [transfer.id for transfer in batch.transfers],
        "payInDetails": [{**pay_in, "amount": _cost(batch)}] if batch.status == _COMPLETED else [],
    }


def _payment_view(batch: Batch, *, was_paid: bool) -> dict[str, Any]:
    return {
        "id": batch.id,
        "name": batch.name,
        "fileName": None,
        "alreadyPaid": was_paid,
        "shortId": None,
        "userId": USER,
        "profileId": batch.profile.id,
        "sourceCurrency": batch.currency,
        "status": batch.status,
        "groupType": "API",
        "transferIds": [transfer.id for transfer in batch.transfers],
    }
