"""The events of wise-api.md section 9.4: what they say, in which schema version, to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from simulators.wise.books import SENT, Balance, Subscription, Transfer
from simulators.wise.deliveries import Deliveries
from simulators.wise.times import iso_millis, iso_seconds
from simulators.wise.world import World

STATE_CHANGE, REFUND, FAILURE, BALANCE = (
    "transfers#state-change",
    "transfers#refund",
    "transfers#payout-failure",
    "balances#update",
)
CASES = "transfers#active-cases"
# What a profile may subscribe to.
VERSIONS: dict[str, tuple[str, ...]] = {
    STATE_CHANGE: ("2.0.0", "4.0.0"),
    REFUND: ("2.0.0", "4.0.0"),
    FAILURE: ("2.0.0", "4.0.0", "5.0.0"),
    BALANCE: ("2.1.0", "2.2.0", "3.0.0", "4.0.0"),
    CASES: ("2.0.0", "4.0.0"),
}
APPLICATION_ONLY = frozenset(
    {"recipients#state-change", "batch-payment-initiations#state-change", "users#state-change"}
)

Data = dict[str, Any]


class Events:
    """Tells the subscribers; behaviours lose, repeat and reorder the events of a transfer."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries
        self._held_back: dict[int, list[Callable[[], None]]] = {}

    def state_changed(self, transfer: Transfer, previous: str | None) -> None:
        """`transfers#state-change`; `previous` is None at creation."""
        now, current = self._world.now(), transfer.status
        behaviour = transfer.behaviour.webhooks if transfer.behaviour else None
        if behaviour == "lost" and current == SENT:
            return

        def tell(then: Callable[[], None] | None = None) -> None:
            self._tell(STATE_CHANGE, transfer, lambda each: _state_data(each, transfer, current, previous, now), then)

        if behaviour != "reversed" or previous is None:
            tell()
        elif current in ("processing", "funds_converted"):
            self._held_back.setdefault(transfer.id, []).append(tell)
        else:
            tell(lambda: self._release(transfer))

    def _release(self, transfer: Transfer) -> None:
        for tell in reversed(self._held_back.pop(transfer.id, [])):
            tell()

    def refunded(self, transfer: Transfer, amount: Decimal) -> None:
        """`transfers#refund`: the only place where the refunded amount is named."""
        now = self._world.now()

        def data(each: Subscription) -> Data:
            resource = {
                **_resource(transfer),
                "refund_amount": amount,
                "refund_currency": transfer.quote.source_currency,
            }
            return {"resource": resource, "occurred_at": _moment(each, now)}

        self._tell(REFUND, transfer, data)

    def payout_failed(self, transfer: Transfer, code: str) -> None:
        """`transfers#payout-failure`: carries no `resource`."""
        now = self._world.now()

        def data(each: Subscription) -> Data:
            moment = iso_millis(now)[:-1] + "+00:00" if each.version == "2.0.0" else iso_millis(now)
            return {
                "transfer_id": transfer.id,
                "profile_id": transfer.profile.id,
                "failure_reason_code": code,
                "failure_description": code.replace("_", " ").capitalize(),
                "occurred_at": moment,
            }

        self._tell(FAILURE, transfer, data)

    def cases_changed(self, transfer: Transfer) -> None:
        """`transfers#active-cases`: all that is open now; carries no moment."""
        cases = list(transfer.cases)
        self._tell(CASES, transfer, lambda _: {"resource": _resource(transfer), "active_cases": cases})

    def balance_changed(self, balance: Balance, amount: Decimal, kind: str, reference: str) -> None:
        """`balances#update`; `kind` is credit or debit, the amount above zero."""
        now, step, after = self._world.now(), self._world.ids.step(), balance.amount

        def data(each: Subscription) -> Data:
            content: Data = {
                "resource": {"id": balance.id, "profile_id": balance.profile, "type": "balance-account"},
                "amount": amount,
                "channel_name": "TRANSFER",
                "currency": balance.currency,
                "occurred_at": _moment(each, now),
                "transaction_type": kind,
                "transfer_reference": reference,
            }
            if each.version >= "2.2.0":
                content["balance_id"] = balance.id
            if each.version >= "3.0.0":
                content |= {"post_transaction_balance_amount": after, "step_id": step}
            return content

        for each in self._subscribers(BALANCE, balance.profile):
            self._deliveries.send(each, data(each))

    def _tell(
        self,
        event: str,
        transfer: Transfer,
        data: Callable[[Subscription], Data],
        then: Callable[[], None] | None = None,
    ) -> None:
        copies = 3 if transfer.behaviour and transfer.behaviour.webhooks == "thrice" else 1
        subscribers = self._subscribers(event, transfer.profile.id)
        for each in subscribers:
            content = data(each)
            for _ in range(copies):
                self._deliveries.send(each, content, then)
        if not subscribers and then:
            then()

    def _subscribers(self, event: str, profile_id: int) -> list[Subscription]:
        known = self._world.books.subscriptions.values()
        return [each for each in known if each.event == event and each.profile.id == profile_id]


def _resource(transfer: Transfer) -> Data:
    return {
        "type": "transfer",
        "id": transfer.id,
        "profile_id": transfer.profile.id,
        "account_id": transfer.recipient.id,
    }


def _state_data(each: Subscription, transfer: Transfer, current: str, previous: str | None, moment: datetime) -> Data:
    return {
        "resource": _resource(transfer),
        "current_state": current,
        "previous_state": previous,
        "occurred_at": _moment(each, moment),
    }


def _moment(each: Subscription, moment: datetime) -> str:
    return iso_millis(moment) if each.version >= "3.0.0" else iso_seconds(moment)
