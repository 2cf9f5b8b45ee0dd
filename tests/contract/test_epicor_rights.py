"""Key and user of the simulated Epicor are limited: nothing is begun that could not be finished."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kinetic_wise.epicor import EpicorOptions
from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.transport import AccessRefused, Refused
from tests.contract.epicor import WRITE_BACK, Epicor
from tests.support.world import World

COMPANY = "EPIC01"
POSTING = "Erp.Proc.APPaymentPostSvc"
NEEDED = ["Erp.BO.APChkGrpSvc", "Erp.BO.PaymentEntrySvc", POSTING, "Erp.BO.VoidPaymentSvc"]


@pytest.mark.parametrize("who", ["restrict_key", "restrict_user"])
@pytest.mark.parametrize("service", NEEDED)
def test_a_service_that_payments_need_and_may_not_use_is_named(service: str, who: str) -> None:
    """Outside the key's scope or the user's rights, each service is refused before anything is begun (pitfall 3)."""
    epicor = Epicor()
    epicor.control("people", {"act": who, "without": [service]})
    with pytest.raises(AccessRefused, match=service.rpartition(".")[2]):
        epicor.client.check_rights(COMPANY)


def test_a_single_method_outside_the_scope_counts() -> None:
    """A scope may list methods one by one: without the parameters of posting nothing is begun (pitfall 3)."""
    epicor = Epicor()
    epicor.control("people", {"act": "restrict_key", "without": [f"{POSTING}/GetNewParameters"]})
    with pytest.raises(AccessRefused, match="GetNewParameters"):
        epicor.client.check_rights(COMPANY)


@pytest.mark.parametrize("mode", WRITE_BACK)
def test_rights_are_asked_once_an_hour_and_leave_nothing(mode: str) -> None:
    """Four calls, one by a library; the next within the hour costs none; no row is written (pitfall 3)."""
    epicor = Epicor(options=EpicorOptions(function_library=WRITE_BACK[mode]))
    before = epicor.simulator.state(), epicor.simulator.site.revisions.last
    epicor.client.check_rights(COMPANY)
    epicor.client.check_rights(COMPANY)
    assert len(epicor.adapter.requests) == (1 if mode == "functions" else 4)
    after: Any = {**epicor.simulator.state(), "calls": before[0]["calls"]}
    assert (after, epicor.simulator.site.revisions.last) == before
    epicor.sleep(3601)
    epicor.client.check_rights(COMPANY)
    assert len(epicor.adapter.requests) == (2 if mode == "functions" else 8)


def test_a_library_that_is_not_published_is_told() -> None:
    """Without its library a site that pays by functions begins nothing."""
    epicor = Epicor(options=EpicorOptions(function_library="KineticWise"))
    epicor.simulator.libraries.clear()
    with pytest.raises(Refused, match="LookAtPayment"):
        epicor.client.check_rights(COMPANY)


def test_without_the_right_to_post_no_invoice_is_queued() -> None:
    """The poll stops before it reads: money would leave and could not be booked (pitfall 3)."""
    world = World()
    world.epicor.access.keys = {
        text: replace(key, without=frozenset({POSTING})) for text, key in world.epicor.access.keys.items()
    }
    with pytest.raises(AccessRefused, match="APPaymentPostSvc"):
        poll_invoices(world.deps)
    world.run(600)
    assert world.payments() == {}
    assert all(payment["entry_person"] != "wisepay" for payment in world.epicor.state()["payments"])
