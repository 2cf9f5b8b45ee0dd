"""Money cases about one transfer: refusals, absence, cancels, retry classes, what comes back under our key."""

from unittest.mock import patch

import pytest

from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.life_cycle import Status
from simulators.common.http import Response
from simulators.wise.errors import Problem, invalid
from simulators.wise.transfers import Transfers
from simulators.wise.world import Call
from tests.support.acts import (
    CREATE,
    DAY,
    FUND,
    HOUR,
    Watched,
    ask_a_person,
    attempt,
    fault,
    held_for,
    kinds,
    money_comes,
    near_the_end_of_the_rate,
    on_transfer,
    only_payment,
    our_drafts,
    our_payments,
    paid_day,
    poor_day,
    rest_until,
    small_day,
    statuses,
    story,
    transfers,
    work_until,
)
from tests.support.world import World

_MAKE_HEADER = ("POST", "CreateNewCheckHed$")


def _world_refusing(code: str, *, repeats_only: bool) -> World:
    """A world whose Wise refuses to create a transfer, or only to do so again under a key it has seen."""
    create, seen = Transfers.create, set()

    def refusing(desk: Transfers, call: Call) -> Response:
        key = str(call.json_object()["customerTransactionId"])
        if key in seen or not repeats_only:
            raise invalid(422, Problem(code, "refused", "customerTransactionId"))
        seen.add(key)
        return create(desk, call)

    with patch.object(Transfers, "create", refusing):
        return World(small_day())


@pytest.mark.parametrize("code", ["error.quote.not.found", "NOT_VALID", "validation.failure", "key.already.used"])
def test_h01_a_refusal_after_an_unclear_create_is_not_one(code: str) -> None:
    """However Wise words it, a 4xx after a lost answer releases nothing: the transfer is found and paid, once (H1)."""
    world = _world_refusing(code, repeats_only=True)
    fault(world.wise, CREATE, "lost")
    rest_until(world, Status.POSTED, hours=2)
    assert kinds(world).count("intent.create_transfer") > 1
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_h01_a_first_refusal_is_one() -> None:
    """Without an unclear try before it the same refusal ends the payment, and its draft goes (H1)."""
    world = _world_refusing("NOT_VALID", repeats_only=False)
    payment = rest_until(world, Status.FAILED)
    assert payment.reason == "transfer_refused"
    assert our_drafts(world) == []


def test_h02_no_draft_is_released_under_a_live_transfer() -> None:
    """Refused for good, and the first two cancels get lost: the draft stays until the transfer is dead (H2)."""
    world = Watched(small_day())
    work_until(world, Status.CREATED)
    world.wise._world.books.balances.clear()
    fault(world.wise, ("PUT", "/cancel$"), "before", times=2)

    def check() -> None:
        assert our_drafts(world) or statuses(world) == [("cancelled", 0)], "a draft is missing under a live transfer"

    world.check = check
    world.run(HOUR)
    assert only_payment(world).status is Status.FAILED
    assert our_drafts(world) == []


def test_h03_absence_proves_nothing() -> None:
    """The create lands after looks showed nothing: the same key finds it; no second key is ever used (H3)."""
    world = World(small_day())
    fault(world.wise, CREATE, "late", times=2, seconds=9000)
    rest_until(world, Status.POSTED, hours=3)
    assert len(transfers(world)) == 1
    assert only_payment(world).attempt == 1


def test_h03_what_stays_unclear_keeps_draft_and_commitment() -> None:
    """No create gets through, the list shows nothing: held with its draft, not failed and not begun again (H3)."""
    world = World(small_day())
    fault(world.wise, CREATE, "before", times=-1)
    payment = rest_until(world, Status.HELD, hours=2)
    assert held_for(payment) == "create_unclear"
    assert (payment.attempt, len(our_drafts(world))) == (1, 1)


def test_h10_cancelled_is_not_unfunded() -> None:
    """A person funds in the second before our cancel: the money comes back, nothing is started on top of it (H10)."""
    cancel = Transfers.cancel

    def funded_just_before(desk: Transfers, call: Call, transfer_id: int) -> Response:
        on_transfer(world, "fund")
        return cancel(desk, call, transfer_id)

    with patch.object(Transfers, "cancel", funded_just_before):
        world = World(small_day())
    ask_a_person(world)
    rest_until(world, Status.AWAITING_APPROVAL)
    near_the_end_of_the_rate(world, minutes=9)
    world.run(2 * HOUR)
    assert statuses(world) == [("cancelled", 1)]
    assert only_payment(world).attempt == 1
    assert only_payment(world).status in (Status.FAILED, Status.RETURNED, Status.REFUND_UNKNOWN)


def test_h11_a_person_cancels_and_the_robot_does_not_pay() -> None:
    """Cancelled in Wise by somebody: the payment fails, and money that comes later pays nothing (H11)."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    on_transfer(world, "cancel")
    money_comes(world)
    world.run(DAY / 4)
    payment = only_payment(world)
    assert (payment.status, payment.reason, payment.attempt) == (Status.FAILED, "transfer_cancelled", 1)
    assert statuses(world) == [("cancelled", 0)]


def test_h13_a_write_whose_answer_is_lost_is_not_repeated_blindly() -> None:
    """The header was made and the gateway lost the answer: one CheckHed with one line in our group (H13)."""
    world = World(small_day())
    fault(world.epicor, _MAKE_HEADER, "lost")
    rest_until(world, Status.POSTED)
    (ours,) = our_payments(world)
    assert len(ours["lines"]) == 1
    company = world.day.invoices[0].company
    headers = [h for h in world.epicor.site.companies[company]["CheckHed"].rows() if h["GroupID"] == ours["group_id"]]
    assert len(headers) == 1


@pytest.mark.parametrize("kind", ["before", "lost", "truncated", "twice"])
def test_h13_a_funding_is_never_retried_by_a_machine(kind: str) -> None:
    """Neither HTTP library nor state machine repeats a funding: each request has an intent of its own (H13)."""
    world = World(small_day())
    fault(world.wise, FUND, kind)
    rest_until(world, Status.POSTED)
    requests = [
        exchange
        for entry in story(world, only_payment(world))
        for exchange in entry["exchanges"]
        if exchange["method"] == "POST" and exchange["url"].endswith("/payments")
    ]
    assert len(requests) == kinds(world).count("intent.fund")
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_h15_what_comes_back_under_our_key_must_be_ours() -> None:
    """Another amount stands under our key already: held, not funded, whoever made it (H15)."""
    world = World(small_day())
    payment = work_until(world, Status.RECIPIENT_READY)
    frozen, wise = attempt(world), world.deps.wise
    assert frozen.recipient_id is not None
    quote = wise.create_quote("EUR", "EUR", payment.amount + 1000, frozen.recipient_id)
    wise.create_transfer(frozen.key, frozen.recipient_id, quote.id, "older")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "transfer_disagrees"
    assert statuses(world) == [("incoming_payment_waiting", 0)]
    assert len(our_drafts(world)) == 1


def test_h20_a_funding_is_seen_though_our_call_was_never_told() -> None:
    """A person funds where Wise wants one: nobody told us COMPLETED, GET does, and it is booked (H20)."""
    world = World(small_day())
    ask_a_person(world)
    rest_until(world, Status.AWAITING_APPROVAL)
    on_transfer(world, "fund")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert attempt(world).funded


@pytest.mark.parametrize("status", ["incoming_payment_initiated", "unknown", "invented_next_year", "charged_back"])
def test_h20_unknown_statuses_are_neither_funded_nor_harmless(status: str) -> None:
    """They may have taken money, so nothing is paid beside them; they prove nothing for the books (H20)."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    world.wise._world.books.transfers[transfers(world)[0]["id"]].status = status
    money_comes(world)
    world.run(HOUR)
    assert transfer_status.may_have_money(status)
    assert attempt(world).may_have_money
    assert not attempt(world).funded
    assert only_payment(world).attempt == 1
    assert only_payment(world).status not in (Status.POSTED, Status.FAILED)


def test_h20_invalid_state_alone_proves_nothing() -> None:
    """A repeat answered `transfer.invalid-state` is followed by a look; the transfer that waits is not booked (H20)."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    fault(world.wise, FUND, "status", times=-1, status=422)
    world.run(2 * HOUR)
    assert not attempt(world).funded
    assert only_payment(world).status not in (Status.PROCESSING, Status.SENT, Status.POSTED)
    assert paid_day(world).wise.state()["transfers"][0]["funded_count"] == 0
