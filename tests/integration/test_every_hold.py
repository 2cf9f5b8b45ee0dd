"""Every reason of the page on holds: where it stops a payment, a release goes on from and a reject ends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from simulators.sample_day import Day, make_day
from tests.support.acts import HOUR, held_for, our_payments, paid_day, transfers
from tests.support.world import World
from tests.unit.test_holds_page import rows_of_the_page

ANNA = "arn:aws:iam::111122223333:user/anna"


@dataclass(frozen=True)
class Place:
    """Where in a payment's life its holds are met."""

    status: Status
    reasons: str

    @property
    def codes(self) -> list[str]:
        """The reasons, one by one."""
        return self.reasons.split()


PLACES = [
    Place(
        Status.QUEUED,
        "vendor_on_hold vendor_inactive on_payment_hold other_payment_method not_approved invoice_changed"
        " invoice_closed invoice_gone invoice_locked withholding_tax central_payment prepayment"
        " currency_without_iso instalments_unclear instalment_changed discount_unclear debit_memo debit_memo_open"
        " amount_not_exact bank_details_missing bank_details_new foreign_draft epicor_refused",
    ),
    Place(Status.RESERVED, "reservation_disagrees reservation_unclear recipient_refused draft_not_deleted"),
    Place(
        Status.RECIPIENT_READY,
        "recipient_changed no_price fee_too_high rate_too_low payee_check transfer_details_missing ledger_not_bound",
    ),
    Place(Status.QUOTED, "account_rule transfer_disagrees create_unclear batch_refused"),
    Place(
        Status.CREATED,
        "bank_details_changed discount_changed duplicate_suspected draft_missing draft_changed draft_voided"
        " draft_posted over_payment_cap over_day_cap rate_keeps_expiring transfer_gone funding_unclear cancel_unclear"
        " batch_keeps_failing",
    ),
    Place(
        Status.SENT,
        "delivered_other_amount posting_refused posting_unclear period_closed paid_outside_as_well void_refused"
        " void_unclear charged_back moves_again",
    ),
]
WITHOUT_A_CLAIM = {"second_identity"}  # tests/integration/test_holds.py


AT_ONCE = 8  # payments of one world


def day_of(invoices: int) -> Day:
    """A day of that many invoices in euros that can be paid."""
    day = make_day(invoices=200, seed=1)
    payable = [i for i in day.invoices if i.expect_outcome == "paid" and i.currency == "EUR" and not i.instalments]
    assert len(payable) >= invoices
    return replace(day, invoices=tuple(payable[:invoices]))


def held(status: Status, codes: list[str]) -> World:
    """One payment for each code, stopped by a rule where it first comes into the status."""
    world = World(day_of(len(codes)))
    ledger, waiting, write = world.deps.ledger, iter(codes), world.deps.ledger.write

    def stopping(before: Payment, after: Payment, *more: Any) -> Payment:
        written = write(before, after, *more)
        arrives = written.run > before.run if status is Status.QUEUED else before.status is not status
        if arrives and written.status is status and written.hold is None:
            Case.open(world.deps, written.id).hold(next(waiting), "as a rule would say")
        return written

    ledger.write = stopping  # type: ignore[assignment]
    paid_day(world, 0.2)
    ledger.write = write  # type: ignore[method-assign]
    assert sorted(held_for(payment) for payment in world.payments().values()) == sorted(codes)
    return world


def order(world: World, action: str) -> None:
    """A person says the same of every payment."""
    for payment_id in world.payments():
        operate(world.deps, {"action": action, "payment": payment_id, "why": "as the page says"}, ANNA)


PARTS = [
    pytest.param(place.status, codes, id=f"{place.status}-{codes[0]}")
    for place in PLACES
    for start in range(0, len(place.codes), AT_ONCE)
    for codes in [place.codes[start : start + AT_ONCE]]
]


def test_every_reason_of_the_page_has_its_place() -> None:
    """No hold is left out: each code of the page is held, released and rejected below."""
    placed = [code for place in PLACES for code in place.codes]
    assert len(placed) == len(set(placed))
    assert {*placed, *WITHOUT_A_CLAIM} == set(rows_of_the_page())


@pytest.mark.parametrize(("status", "codes"), PARTS)
def test_released_it_is_looked_at_and_paid_once(status: Status, codes: list[str]) -> None:
    """Nothing stands in the way any more: whatever the reason was, it is paid once and booked once."""
    world = held(status, codes)
    order(world, "release")
    world.run(HOUR)
    assert {payment.status for payment in world.payments().values()} == {Status.POSTED}
    paid = [one for one in transfers(world) if one["status"] == "outgoing_payment_sent"]
    assert sorted(one["target_amount"] for one in paid) == sorted(str(i.amount) for i in world.day.invoices)
    assert all(one["funded_count"] == 1 for one in paid)
    assert [one["posted"] for one in our_payments(world)] == [True] * len(codes)


@pytest.mark.parametrize(("status", "codes"), [part for part in PARTS if part.values[0] is not Status.SENT])
def test_rejected_it_ends_and_leaves_nothing_behind(status: Status, codes: list[str]) -> None:
    """Its transfer is dead, its draft is gone; nobody begins again by himself."""
    world = held(status, codes)
    order(world, "reject")
    world.poll()
    world.run(HOUR)
    assert {payment.status for payment in world.payments().values()} == {Status.REJECTED}
    assert {one["status"] for one in transfers(world)} <= {"cancelled"}
    assert our_payments(world) == []


def test_what_is_sent_is_not_rejected() -> None:
    """Its money is out: an order to reject is refused for each reason, and the payment stays held."""
    (codes,) = [place.codes for place in PLACES if place.status is Status.SENT]
    world = held(Status.SENT, codes)
    with pytest.raises(BadOrder, match="cannot be ended by an order"):
        order(world, "reject")
    assert sorted(held_for(payment) for payment in world.payments().values()) == sorted(codes)
