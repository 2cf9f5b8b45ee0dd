"""Money for those that wait for it: planned from the balances, in due-date order; the sweep starts whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.funds import Need, covered
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment

_CURSOR = "funds"


def plan_funds(deps: Deps) -> int:
    """Plan who of `awaiting_funds` is funded from what the balances hold; answers how many. Raises RemoteError.

    What is on its way to be funded comes first: its money is not planned a second time.
    """
    waiting = list(_needs(deps, Status.AWAITING_FUNDS))
    if not waiting:
        _keep(deps, [])
        return 0
    available = {currency: balance.amount for currency, balance in deps.wise.balances().items()}
    deps.exchanges.take()
    for need in _needs(deps, Status.CREATED):
        if need.currency in available:
            available[need.currency] -= need.amount
    turns = covered(waiting, available)[: deps.settings.running]
    _keep(deps, turns)
    deps.log("planned funds", waiting=len(waiting), covered=len(turns))
    return len(turns)


def planned(deps: Deps) -> tuple[list[str], datetime | None]:
    """Whose turn it is, in turn, and when that was planned."""
    plan = deps.state.cursor(_CURSOR)
    return list(plan.get("turns", [])), datetime.fromisoformat(plan["at"]) if plan.get("at") else None


def has_turn(case: Case) -> bool:
    """Whether a payment that waited for money may be funded now; one that never waited need not ask."""
    return case.status is not Status.AWAITING_FUNDS or case.id in planned(case.deps)[0]


def _keep(deps: Deps, turns: list[str]) -> None:
    if turns or planned(deps)[0]:
        deps.state.move_cursor(_CURSOR, {"at": deps.now().isoformat(), "turns": turns})


def _needs(deps: Deps, status: Status) -> Iterator[Need]:
    for payment_id in deps.ledger.in_status(status):
        loaded = deps.ledger.load(payment_id)
        if loaded and loaded[0].status is status and loaded[1] and loaded[1].transfer:
            yield _need(loaded[0], loaded[1])


def _need(payment: Payment, attempt: Attempt) -> Need:
    """What the quote's BALANCE option takes, fee included; of a transfer taken up without quote, what it shows."""
    if attempt.transfer is None:
        raise AssertionError("what waits for money has a transfer")
    amount = attempt.quote.source_amount if attempt.quote else attempt.transfer.source_amount
    return Need(payment.id, attempt.transfer.source_currency, amount, payment.due, payment.created_at)
