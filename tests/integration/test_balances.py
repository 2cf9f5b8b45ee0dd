"""Balances: each movement is kept, money that comes in is given out by due date, what falls short is told before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import Headers

from kinetic_wise.flows.balances import BalanceMessage, record_balance
from kinetic_wise.flows.forecast import make_forecast
from kinetic_wise.flows.funds import plan_funds, planned
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from simulators.sample_day import Day
from tests.support.acts import HOUR, poor_day, small_day, system_entries, told
from tests.support.world import World


def top_up(world: World, amount: str) -> None:
    """Money arrives in the EUR balance, and Wise tells."""
    balance = world.deps.wise.balances()["EUR"]
    body = {"profileId": world.wise_ready["profile_id"], "balanceId": balance.id, "currency": "EUR", "amount": amount}
    headers = Headers(
        {"Authorization": f"Bearer {world.wise_ready['personal_token']}", "Content-Type": "application/json"}
    )
    request = Request("POST", "/v1/simulation/balance/topup", "", headers, dump_json(body).encode())
    answer = world.wise.handle(request).response
    assert answer is not None
    assert answer.status < 300, answer.body


def due_on(day: Day, *days: int) -> Day:
    """The same day with its invoices, of 100 euros each, due in so many days."""
    dues = zip(day.invoices, days, strict=True)
    return replace(day, invoices=tuple(replace(i, amount=Decimal("100.00"), due_in_days=days) for i, days in dues))


def by_due(world: World) -> list[Status]:
    """Where the payments stand, in the order of their due dates."""
    return [payment.status for payment in sorted(world.payments().values(), key=lambda one: one.due or date.max)]


def waiting(webhooks: bool = True) -> World:
    """A world in which three payments wait for money; the first claimed is due last."""
    world = World(due_on(poor_day(3), 30, 20, 10), webhooks=webhooks)
    world.poll()
    world.run(600)
    assert by_due(world) == [Status.AWAITING_FUNDS] * 3
    return world


def test_money_goes_to_who_is_due_first() -> None:
    """230 euros come in for three payments of 100: the two that are due first are paid, the last waits."""
    world = waiting()
    top_up(world, "230.00")
    world.run(600)
    assert by_due(world) == [Status.POSTED, Status.POSTED, Status.AWAITING_FUNDS]
    top_up(world, "200.00")
    world.run(600)
    assert by_due(world) == [Status.POSTED] * 3


def test_without_webhooks_polling_gives_the_money_out_the_same_way() -> None:
    """Nobody tells of the money: the next poll sees the balance, and the order is the same."""
    world = waiting(webhooks=False)
    top_up(world, "130.00")
    world.run(2 * HOUR)
    assert by_due(world) == [Status.POSTED, Status.AWAITING_FUNDS, Status.AWAITING_FUNDS]
    assert len([t for t in world.wise.state()["transfers"] if t["funded_count"]]) == 1


def test_a_wait_without_money_asks_wise_for_nothing_in_vain() -> None:
    """While the balance covers nobody no funding is tried again; the gate is still passed on schedule."""
    world = waiting()
    calls: list[str] = []
    handle = world.wise.handle

    def seen(request: Request) -> Any:
        calls.append(f"{request.method} {request.path}")
        return handle(request)

    world.wise.handle = seen  # type: ignore[method-assign]
    world.run(HOUR)
    assert not [call for call in calls if call.startswith("POST") and call.endswith("/payments")]
    assert [call for call in calls if call.startswith("GET") and "/accounts/" in call]
    assert by_due(world) == [Status.AWAITING_FUNDS] * 3


def test_the_plan_never_promises_more_than_the_balance() -> None:
    """What is planned sums to no more than what is there, and is forgotten when nobody waits any more."""
    world = waiting()
    top_up(world, "150.00")
    assert plan_funds(world.deps) == 1
    assert len(planned(world.deps)[0]) == 1
    top_up(world, "1000.00")
    world.run(900)
    assert plan_funds(world.deps) == 0
    assert planned(world.deps)[0] == []


def test_each_movement_is_kept_once_in_trail_and_in_epicor() -> None:
    """Debit and top-up stand in the system's chain and as audit rows, once each, also when told again."""
    world = World(small_day(), Settings(audit_table="UD05"))
    world.poll()
    world.run(600)
    top_up(world, "50.00")
    world.run(600)
    noted = [entry for entry in system_entries(world, "balances") if entry["kind"] == "balance"]
    assert [entry["data"]["kind"] for entry in noted] == ["debit", "credit"]
    assert noted[1]["data"]["amount"] == "50.00"
    rows = [
        row for row in world.epicor.site.companies["EPIC01"]["UD05"].rows() if row["ShortChar01"].startswith("balance")
    ]
    assert sorted(row["ShortChar01"] for row in rows) == ["balance_credit", "balance_debit"]


def message(**changes: Any) -> BalanceMessage:
    """A movement as the queue carries it."""
    values = {
        "event": "e" * 64,
        "balance_id": 7,
        "kind": "debit",
        "amount": "10.10",
        "currency": "EUR",
        "reference": "2147719999",
        "channel": "TRANSFER",
        "after": "89.90",
        "step_id": 3,
        "occurred_at": "2026-11-23T09:00:00Z",
        "first_seen": "2026-11-23T09:00:01Z",
    }
    return BalanceMessage.model_validate({**values, **changes})


def test_while_epicor_is_away_a_movement_waits_for_its_row_only() -> None:
    """The trail has it at once; its row is written when Epicor is back, once, after a lost answer too."""
    world = World(small_day(), Settings(audit_table="UD05"), webhooks=False)
    world.epicor.faults.replace([{"match": {}, "fault": "status", "status": 503, "times": -1}])
    assert not record_balance(world.deps, message())
    assert [entry["kind"] for entry in system_entries(world, "balances")] == ["balance"]
    world.epicor.faults.replace([{"match": {"path": "UD05Svc/Update"}, "fault": "lost", "times": 1}])
    assert not record_balance(world.deps, message())
    assert record_balance(world.deps, message())
    assert record_balance(world.deps, message())
    rows = list(world.epicor.site.companies["EPIC01"]["UD05"].rows())
    assert [(row["ShortChar01"], row["Number01"]) for row in rows] == [("balance_debit", Decimal("-10.10"))]
    assert [entry["kind"] for entry in system_entries(world, "balances")] == ["balance", "balance_row"]


def test_a_row_that_epicor_refuses_is_told_and_given_up() -> None:
    """A table that is not there is an alarm, and no message that comes for ever."""
    world = World(small_day(), Settings(audit_table="UD05"), webhooks=False)
    world.epicor.faults.replace([{"match": {"path": "UD05Svc"}, "fault": "status", "status": 404, "times": -1}])
    assert record_balance(world.deps, message())
    assert told(world, "balance not recorded in Epicor")


def test_a_coming_run_that_falls_short_is_told_before() -> None:
    """Due in a few days and not covered: the forecast says when and by how much, with one alarm a day."""
    rules = Settings(pay_when="due_date", forecast_days=30)
    world = World(due_on(poor_day(3), 8, 9, 10), rules, webhooks=False)
    world.poll()
    world.run(HOUR)
    found = {one.currency: one for one in make_forecast(world.deps)}
    assert found["EUR"].short_on == date(2026, 12, 1)
    assert found["EUR"].short_by == Decimal("290.00")
    world.run(3 * HOUR)
    alarms = [values for text, values in world.log_lines if text == "a payment run will fall short"]
    assert [(alarm["currency"], alarm["short_on"], alarm["short_by"]) for alarm in alarms] == [
        ("EUR", "2026-12-01", "290.00")
    ]
    kept = world.deps.state.cursor("forecast")["currencies"]
    assert [day["left"] for day in next(one for one in kept if one["currency"] == "EUR")["days"]] == [
        "-90.00",
        "-190.00",
        "-290.00",
    ]
    world.time += timedelta(days=1)
    top_up(world, "1000.00")
    make_forecast(world.deps)
    alarms = [values for text, values in world.log_lines if text == "a payment run will fall short"]
    assert len(alarms) == 1
