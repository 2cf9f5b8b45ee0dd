"""The sample day with two people at the command line: what is held is mended and released, or rejected."""

from __future__ import annotations

from typing import Any

import pytest

from kinetic_wise.flows.operate import operate
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Payment
from simulators.sample_day import Invoice
from tests.support.acts import HOUR, held_for, move, people_in_epicor, transfers
from tests.support.world import World

ANNA, BEN = "local:ANNA", "local:BEN"
NEW_ACCOUNT = {"BankAcctNumber": "99887766"}


class Office:
    """Anna and Ben, and what they find in the morning."""

    def __init__(self) -> None:
        self.world = World()
        self.world.poll()

    def payment(self, invoice_num: str) -> Payment:
        """The payment of an invoice of the day's first company."""
        found = self.world.payment_of(self.invoice(invoice_num))
        assert found is not None
        return found

    def invoice(self, invoice_num: str) -> Invoice:
        """An invoice of the day's first company."""
        return next(i for i in self.world.day.invoices if i.invoice_num == invoice_num and i.company == "EPIC01")

    def order(self, action: str, invoice_num: str, caller: str = ANNA, **more: Any) -> dict[str, Any]:
        """One of them orders something."""
        said = {"action": action, "payment": self.payment(invoice_num).id, "why": "as agreed", **more}
        return operate(self.world.deps, said, caller)

    def approve(self, invoice_num: str, caller: str) -> dict[str, Any]:
        """One of them approves the bank details that are shown."""
        code = self.order("bank_details", invoice_num)["code"]
        return self.order("approve_bank", invoice_num, caller, code=code)


@pytest.fixture(scope="module")
def evening() -> Office:
    """The day after both have done their work."""
    office = Office()
    world = office.world
    world.run(HOUR)
    waiting = office.payment("000417")
    assert waiting.status is Status.AWAITING_FUNDS
    people_in_epicor(world, "change_bank", office.invoice("000417"), bank_id="MAIN", columns=NEW_ACCOUNT)
    world.run(HOUR)
    assert {held_for(office.payment(number)) for number in ("000417", "000418")} == {"bank_details_changed"}
    office.approve("000417", ANNA)
    assert len(office.approve("000417", BEN)["released"]) == 2
    people_in_epicor(world, "clear_hold", office.invoice("H-10027"))
    office.order("release", "H-10027", BEN)
    for number in ("TC-9100", "TC-9101", "TC-9102", "TC-9103", "TF-20960", "KC-2026-14"):
        office.order("reject", number, ANNA)
    world.run(HOUR)
    world.top_up()
    world.run(2 * HOUR)
    return office


def test_what_was_mended_is_paid(evening: Office) -> None:
    """The vendor's hold is cleared: released, it is paid like any other."""
    assert evening.payment("H-10027").status is Status.POSTED


def test_the_vendor_whose_bank_changed_in_the_middle_is_paid_to_the_new_account(evening: Office) -> None:
    """Both payments that waited for money were cancelled, approved by two, and paid once, to the new account."""
    for number in ("000417", "000418"):
        payment = evening.payment(number)
        assert (payment.status, payment.attempt) == (Status.POSTED, 2)
        attempt = evening.world.deps.ledger.attempt(payment.id, 2)
        assert attempt is not None
        assert attempt.recipient_id is not None
        recipient = evening.world.wise._world.books.recipients[attempt.recipient_id]
        assert recipient.details["accountNumber"] == NEW_ACCOUNT["BankAcctNumber"]


def test_what_was_rejected_is_at_rest_and_left_nothing(evening: Office) -> None:
    """Six payments ended by a person, nothing is held any more, and no draft of ours lies about."""
    ended = [one for one in evening.world.payments().values() if one.status is Status.REJECTED]
    assert len(ended) == 6
    payments = evening.world.payments().values()
    assert {one.status for one in payments} <= AT_REST - {Status.HELD}
    drafts = [p for p in evening.world.epicor.state()["payments"] if not p["posted"]]
    assert not [p for p in drafts if p["reference"].startswith("TESTLEDG")]


def test_every_other_invoice_ended_as_its_sample_says(evening: Office) -> None:
    """People's work on some changes nothing for the rest."""
    expected = [i for i in evening.world.day.invoices if i.expect_outcome == "paid"]
    paid = [one for i in expected if (one := evening.world.payment_of(i)) and one.status is Status.POSTED]
    assert len(paid) == len(expected)
    assert all(t["funded_count"] <= 1 for t in transfers(evening.world))


def test_a_transfer_that_comes_back_in_the_evening_is_returned(evening: Office) -> None:
    """Wise refunds the last transfer: its payment is voided in Epicor, and Ben has it paid again."""
    world = evening.world
    last = transfers(world)[-1]
    move(world, "bounced_back")
    move(world, "funds_refunded")
    world.run(2 * HOUR)
    (returned,) = [one for one in world.payments().values() if one.status is Status.RETURNED]
    attempt = world.deps.ledger.attempt(returned.id, returned.attempt)
    assert attempt is not None
    assert attempt.transfer is not None
    assert attempt.transfer.id == last["id"]
    operate(world.deps, {"action": "retry", "payment": returned.id}, BEN)
    world.run(HOUR)
    again = world.deps.ledger.get(returned.id)
    assert again is not None
    assert again.status is Status.POSTED
