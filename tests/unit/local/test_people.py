"""ANNA and BEN go on with each errand as far as it comes, and give an order again when its answer was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.people import People, changes
from local.stop import Stop
from simulators.sample_day import Act, Errand, Order, Step, Until

_KEY = ("EPIC01", 7, "4711")
_ID = "EPIC01:7:4711:1"


@dataclass
class FakeOffice:
    """An office in which orders take effect; the first `lost` answers never come."""

    state: dict[str, Any] = field(default_factory=lambda: {"status": "held", "attempt": 2, "hold": {"reason": "a"}})
    lost: int = 0
    refused: bool = False
    approved_by: list[str] = field(default_factory=list)
    acts: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    orders: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def act(self, system: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.acts.append((system, body))
        return {"transfer": 99}

    def order(self, caller: str, action: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.refused:
            raise Stop("refused")
        answer = self._carry_out(caller, action, fields)
        if action != "bank_details" and self.lost:
            self.lost -= 1
            raise Stop("no answer")
        return answer

    def _carry_out(self, caller: str, action: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if action == "bank_details":
            old, new = {"IBANCode": "***1111"}, {"IBANCode": "***2222", "BankName": "B"}
            return {"bank": "EPIC01/7/MAIN", "code": "C-1", "old": old, "new": new, "approved_by": [*self.approved_by]}
        self.orders.append((caller, action, fields))
        if action == "approve_bank":
            self.approved_by.append(f"local:{caller}")
        else:
            self.state["status"] = "queued"
        return {}

    def payment(self, payment: str) -> Mapping[str, Any]:
        return self.state if payment == _ID else {}

    def attempt(self, payment: str, number: int) -> Mapping[str, Any]:
        assert (payment, number) == (_ID, 2)
        return {"recipient_id": 5, "transfer": {"id": 42}}


def _people(office: FakeOffice, *steps: Step) -> People:
    people = People(office, [Errand(_KEY, ("held", "a"), ("paid", None), after=steps)])
    people.begin("after")
    return people


def test_orders_are_given_in_their_turn_by_whom_the_errand_names() -> None:
    """Mended in Epicor first, for this vendor, then released by BEN with his reason."""
    office = FakeOffice()
    people = _people(office, Act("epicor", {"act": "clear_hold"}), Order("BEN", "release", "cleared"))
    people.act()
    assert people.is_done
    assert office.acts == [("epicor", {"act": "clear_hold", "company": "EPIC01", "vendor_num": 7})]
    assert office.orders == [("BEN", "release", {"payment": _ID, "why": "cleared"})]


def test_what_has_to_come_first_is_waited_for() -> None:
    """Nothing is ordered before the payment is held for the reason that the errand waits for."""
    office = FakeOffice()
    people = _people(office, Until("held", "b"), Order("ANNA", "release", "now"))
    people.act()
    assert (office.orders, people.is_done) == ([], False)
    office.state["hold"] = {"reason": "b"}
    people.act()
    assert (len(office.orders), people.is_done, people.met) == (1, True, {"b": 1})


@pytest.mark.parametrize(
    ("act", "about", "number"),
    [("accept_payee", "recipient", {"recipient": 5}), ("bounce", "transfer", {"transfer": 42})],
)
def test_acts_in_wise_name_what_the_ledger_knows(act: str, about: Any, number: dict[str, int]) -> None:
    """The recipient and the transfer of the payment's attempt are those that people act on."""
    office = FakeOffice()
    _people(office, Act("wise", {"act": act}, about)).act()
    assert office.acts == [("wise", {"act": act} | number)]


def test_a_transfer_made_a_second_time_is_the_one_that_is_cancelled() -> None:
    """Never the payment's own."""
    office = FakeOffice()
    _people(office, Act("wise", {"act": "repeat"}, "transfer"), Act("wise", {"act": "cancel"}, "repeated")).act()
    assert office.acts[-1] == ("wise", {"act": "cancel", "transfer": 99})


def test_a_lost_answer_does_not_make_an_order_be_given_twice() -> None:
    """Released already, or approved already: the errand goes on."""
    steps = (Order("ANNA", "approve_bank", "called"), Order("BEN", "approve_bank", "too"), Order("BEN", "release", "x"))
    office = FakeOffice(lost=3)
    people = _people(office, *steps)
    for _ in range(4):
        people.act()
    assert people.is_done
    assert [(caller, action) for caller, action, _ in office.orders] == [
        ("ANNA", "approve_bank"),
        ("BEN", "approve_bank"),
        ("BEN", "release"),
    ]


def test_an_order_that_is_refused_again_and_again_stops_the_run() -> None:
    """With the refusal, after ten tries, never silently."""
    people = _people(FakeOffice(refused=True), Order("ANNA", "release", "please"))
    for _ in range(9):
        people.act()
    with pytest.raises(Stop, match="refused"):
        people.act()


def test_an_approver_approves_the_code_that_was_shown() -> None:
    """And what changed is kept as it was shown: masked."""
    office = FakeOffice()
    people = _people(office, Order("ANNA", "approve_bank", "called"))
    people.act()
    assert office.orders == [("ANNA", "approve_bank", {"payment": _ID, "why": "called", "code": "C-1"})]
    assert people.compared == {"EPIC01/7/MAIN": "IBANCode ***1111 → ***2222, BankName none → B"}


def test_what_is_as_before_is_no_change() -> None:
    """Only columns that differ are compared."""
    assert changes({"a": "1", "b": "2"}, {"a": "1", "b": "3"}) == "b 2 → 3"
