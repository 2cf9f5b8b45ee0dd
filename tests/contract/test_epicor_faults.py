"""Whatever call to Epicor goes wrong however: one payment, one line, posted or deleted once (rules 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from kinetic_wise.epicor import EpicorOptions
from kinetic_wise.payments import policy
from kinetic_wise.payments.systems import Draft, Reservation
from kinetic_wise.transport import NotArrived, Unclear
from simulators.common.http import Request
from tests.contract.epicor import GROUP, WRITE_BACK, Epicor, known

FAULTS = ["before", "lost", "twice", "late", "truncated", "status"]
STEPS = {
    "services": ["APChkGrpSvc/Update", "CreateNewCheckHed", "PaymentEntrySvc/Update"],
    "functions": ["ReservePayment"],
}
POSTS = {"services": "RunDirect", "functions": "PostPayment"}
DELETES = {"services": "PaymentEntrySvc/DeleteByID", "functions": "DeletePayment"}


def _epicor(mode: str) -> Epicor:
    """The sample day's Epicor, written to in this way."""
    return Epicor(EpicorOptions(function_library=WRITE_BACK[mode]))


def _strike(epicor: Epicor, path: str, fault: str) -> None:
    """The next call of a path meets a fault."""
    planned = {"match": {"path": f".*{path}.*"}, "fault": fault, "status": 502, "times": 1}
    epicor.control("faults", [planned])


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("mode", "step"), [(mode, step) for mode, steps in STEPS.items() for step in steps])
def test_reserve_survives_a_fault_in_any_write(mode: str, step: str, fault: str) -> None:
    """Whichever write goes wrong however, trying again ends in one payment with one line, and nothing else of ours."""
    epicor = _epicor(mode)
    invoice = epicor.payable()
    wanted = epicor.reservation(invoice)
    _strike(epicor, step, fault)

    draft = _until_clear(epicor, wanted)

    assert policy.draft_objection(draft, wanted) is None
    (payment,) = epicor.books()
    assert [line["amount"] for line in payment["lines"]] == [str(wanted.amount)]
    assert epicor.afresh(invoice).unposted_balance == 0


@pytest.mark.parametrize("mode", WRITE_BACK)
@pytest.mark.parametrize("effect", [True, False], ids=["done", "not done"])
def test_reserve_survives_the_loss_of_any_call(mode: str, effect: bool) -> None:
    """Each call in turn, reads too, goes missing with or without its effect: always one payment with one line."""
    for lost in range(1, 20):
        epicor = _epicor(mode)
        wanted = epicor.reservation(epicor.payable())
        left = iter(range(1, lost + 1))

        def lose(_: Request, left: Iterator[int] = left, lost: int = lost) -> None:
            if next(left, 0) == lost:
                raise requests.ReadTimeout("lost")

        setattr(epicor.adapter, "_after" if effect else "_before", lose)
        draft = _until_clear(epicor, wanted)

        assert policy.draft_objection(draft, wanted) is None
        assert [len(payment["lines"]) for payment in epicor.books()] == [1]


@pytest.mark.parametrize("mode", WRITE_BACK)
@pytest.mark.parametrize("fault", FAULTS)
def test_posting_survives_a_fault(mode: str, fault: str) -> None:
    """A posting whose answer is lost, late or doubled posts once; the look tells."""
    epicor = _epicor(mode)
    invoice = epicor.payable()
    company = invoice.key.company
    draft = epicor.client.reserve(epicor.reservation(invoice))
    _strike(epicor, POSTS[mode], fault)

    for _ in range(3):
        try:
            epicor.client.post(company, draft)
        except (NotArrived, Unclear):
            epicor.sleep(60)
        if known(epicor.client.draft(company, GROUP)).posted:
            break

    assert epicor.afresh(invoice).balance == 0
    assert [payment["posted"] for payment in epicor.books()] == [True]


@pytest.mark.parametrize("mode", WRITE_BACK)
@pytest.mark.parametrize("fault", FAULTS)
def test_deleting_survives_a_fault(mode: str, fault: str) -> None:
    """A deletion whose answer is lost, late or doubled deletes once and refuses nothing."""
    epicor = _epicor(mode)
    invoice = epicor.payable()
    company = invoice.key.company
    draft = epicor.client.reserve(epicor.reservation(invoice))
    _strike(epicor, DELETES[mode], fault)

    for _ in range(3):
        try:
            epicor.client.delete_draft(company, draft)
        except (NotArrived, Unclear):
            epicor.sleep(60)
        else:
            break

    assert epicor.afresh(invoice).unposted_balance == invoice.unposted_balance
    assert epicor.books() == []


def _until_clear(epicor: Epicor, wanted: Reservation) -> Draft:
    """Reserve, again while it is unclear, as the flow does: with a look in between."""
    for _ in range(4):
        try:
            return epicor.client.reserve(wanted)
        except (NotArrived, Unclear):
            epicor.sleep(60)
            epicor.client.draft(wanted.company, wanted.group_id)
    return epicor.client.reserve(wanted)
