"""The sample day with ANNA and BEN at work: what is held is mended and released, approved by both, or rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from kinetic_wise.flows.case import NoSuchPayment
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Payment
from local.people import People
from local.stop import Stop
from simulators.common.http import Request, dump_json
from simulators.sample_day import Invoice
from tests.support.acts import HOUR, held_for, system_entries, transfers
from tests.support.world import World

_ROUND = 300.0  # seconds of the world between two looks of people: the slowest schedule
_ROUNDS = 20
_ACCOUNTS = {"000417": "99887766", "000418": "99887766"}  # after the vendor's bank row changed


class InProcessOffice:
    """Where ANNA and BEN work: the world's simulators and flows."""

    def __init__(self, world: World) -> None:
        self.world = world

    def act(self, system: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Somebody acts in a system."""
        simulator = self.world.epicor if system == "epicor" else self.world.wise
        request = Request("POST", "/_sim/people", body=dump_json(dict(body)).encode())
        answer = simulator.handle(request).response
        assert answer is not None
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body))

    def order(self, caller: str, action: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Somebody orders something."""
        try:
            return operate(self.world.deps, {"action": action, **fields}, f"local:{caller}")
        except BadOrder as refusal:
            raise Stop(str(refusal)) from None

    def payment(self, payment: str) -> Mapping[str, Any]:
        """A payment's state; empty when there is none."""
        found = self.world.deps.ledger.get(payment)
        return found.model_dump(mode="json") if found else {}

    def attempt(self, payment: str, number: int) -> Mapping[str, Any]:
        """One of its attempts."""
        found = self.world.deps.ledger.attempt(payment, number)
        if found is None:
            raise NoSuchPayment(payment)
        return found.model_dump(mode="json")


class Office:
    """The whole day, with how it stood before people came."""

    def __init__(self) -> None:
        self.world = World()
        self.people = People(InProcessOffice(self.world), self.world.day.errands)
        self._work("before")
        self.world.poll()
        self._work("during")
        self.world.run(HOUR)
        self.noon = {errand.invoice: self.ended(self.invoice(errand.invoice)) for errand in self.world.day.errands}
        self._work("after")
        self.world.top_up()
        self.world.run(2 * HOUR)

    def _work(self, part: Any) -> None:
        self.people.begin(part)
        for _ in range(_ROUNDS):
            self.people.act()
            if self.people.is_done:
                return
            self.world.run(_ROUND)
        raise AssertionError(f"people are not done with what comes {part}")

    def invoice(self, key: tuple[str, int, str]) -> Invoice:
        """An invoice of the day."""
        return next(invoice for invoice in self.world.day.invoices if invoice.key == key)

    def payment(self, invoice: Invoice) -> Payment:
        """The payment of an invoice."""
        found = self.world.payment_of(invoice)
        assert found is not None
        return found

    def ended(self, invoice: Invoice) -> tuple[str, str | None]:
        """How an invoice stands, in the words of the sample."""
        payment = self.payment(invoice)
        if payment.status is Status.POSTED:
            return "paid", None
        return payment.status.value, held_for(payment) or payment.reason


@pytest.fixture(scope="module")
def evening() -> Office:
    """The day after both have done their work."""
    return Office()


def test_before_people_come_each_errand_stands_as_the_sample_says(evening: Office) -> None:
    """A cap, a payee's name, a blocked currency, a lock, a second transfer, a new account: each holds its payment."""
    assert evening.noon == {errand.invoice: errand.noon for errand in evening.world.day.errands}


def test_in_the_evening_each_errand_has_ended_as_the_sample_says(evening: Office) -> None:
    """Mended and released: paid. Approved by two: paid. Not for the connector: rejected. Bounced: returned."""
    ends = {errand.invoice: evening.ended(evening.invoice(errand.invoice)) for errand in evening.world.day.errands}
    assert ends == {errand.invoice: errand.evening for errand in evening.world.day.errands}


def test_each_kind_of_hold_of_the_issue_occurs(evening: Office) -> None:
    """Bank changed or new, data missing, over a limit, duplicate, invoice changed, no price, and what the day has."""
    met = {reason for outcome, reason in evening.noon.values() if outcome == "held"} | set(evening.people.met)
    assert met >= {
        "bank_details_changed",
        "bank_details_new",
        "bank_details_missing",
        "over_payment_cap",
        "duplicate_suspected",
        "invoice_changed",
        "no_price",
        "payee_check",
        "invoice_locked",
        "vendor_on_hold",
    }


def test_new_bank_details_are_compared_masked_and_approved_by_both(evening: Office) -> None:
    """Old and new are shown with their last four characters only, and both names stand in the audit trail."""
    assert evening.people.compared["EPIC01/107/MAIN"] == "BankAcctNumber ***3040 → ***7766"
    approved = [entry for entry in system_entries(evening.world, "bank_approvals") if entry["kind"] == "bank_approved"]
    assert [entry["data"]["caller"] for entry in approved] == ["local:BEN", "local:BEN"]
    assert [entry["data"]["approved_by"] for entry in approved] == [["local:ANNA"], ["local:ANNA"]]


def test_the_vendor_whose_bank_changed_in_the_middle_is_paid_to_the_new_account(evening: Office) -> None:
    """Both payments that waited for money were cancelled, and paid once, to the new account."""
    world = evening.world
    for number, account in _ACCOUNTS.items():
        payment = evening.payment(evening.invoice(("EPIC01", 107, number)))
        assert (payment.status, payment.attempt) == (Status.POSTED, 2)
        attempt = world.deps.ledger.attempt(payment.id, 2)
        assert attempt is not None
        assert attempt.recipient_id is not None
        recipient = world.wise._world.books.recipients[attempt.recipient_id]
        assert recipient.details["accountNumber"] == account


def test_one_is_left_held_and_no_draft_of_ours_lies_about(evening: Office) -> None:
    """Every payment is at rest; what was rejected left no draft, what came back is voided."""
    payments = evening.world.payments().values()
    assert {one.status for one in payments} <= AT_REST
    assert [held_for(one) for one in payments if one.status is Status.HELD] == ["debit_memo_open"]
    ours = [p for p in evening.world.epicor.state()["payments"] if p["reference"].startswith("TESTLEDG")]
    assert [p for p in ours if not p["posted"]] == []
    assert sum(p["voided"] for p in ours) == 1


def test_every_other_invoice_ended_as_its_sample_says(evening: Office) -> None:
    """People's work on some changes nothing for the rest, and nothing was paid twice."""
    errands = {errand.invoice for errand in evening.world.day.errands}
    others = [i for i in evening.world.day.invoices if i.key not in errands and i.expect_outcome != "not_eligible"]
    assert {i.key: evening.ended(i) for i in others} == {i.key: (i.expect_outcome, i.expect_reason) for i in others}
    assert all(t["funded_count"] <= 1 for t in transfers(evening.world))


def test_what_came_back_is_paid_again_when_ben_says_so(evening: Office) -> None:
    """Its payment was voided in Epicor; with a retry the vendor gets the money after all, once."""
    world = evening.world
    (returned,) = [one for one in world.payments().values() if one.status is Status.RETURNED]
    operate(world.deps, {"action": "retry", "payment": returned.id}, "local:BEN")
    world.run(HOUR)
    again = world.deps.ledger.get(returned.id)
    assert again is not None
    assert again.status is Status.POSTED
