"""What a person is shown of a payment with an open outcome: by what to find it in Wise and in Epicor."""

from __future__ import annotations

import pytest

from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action
from tests.integration.test_command_line import Desk
from tests.support.acts import CREATE, FUND, attempt, fault, our_drafts, small_day, transfers, work_until
from tests.support.world import World


@pytest.mark.parametrize(
    ("action", "system", "call", "kind", "transfers_made"),
    [
        (Action.RESERVE, "epicor", ("POST", "/GetNewAPTran$"), "lost", 0),
        (Action.CREATE_TRANSFER, "wise", CREATE, "lost", 1),
        (Action.CREATE_TRANSFER, "wise", CREATE, "before", 0),
        (Action.FUND, "wise", FUND, "lost", 1),
    ],
)
def test_an_unclear_payment_names_what_to_look_for_in_both_systems(
    action: Action, system: str, call: tuple[str, str], kind: str, transfers_made: int
) -> None:
    """Whatever answer was lost: the transfer's key and the draft's group are told, as both systems have them."""
    world = World(small_day())
    fault({"epicor": world.epicor, "wise": world.wise}[system], call, kind, times=-1)
    payment = work_until(world, Status.UNKNOWN)
    assert payment.intent is not None
    assert payment.intent.action is action
    desk, key = Desk(world), attempt(world).key
    told = desk.run("payment", "show", payment.id).output
    assert f"in Wise, customerTransactionId {key}" in told
    assert f"in Epicor, GroupID {payment.group_id}" in told
    assert [one["customerTransactionId"] for one in transfers(world)] == [key] * transfers_made
    assert {one["group_id"] for one in our_drafts(world)} == {payment.group_id}
    assert desk.json("payment", "show", payment.id)["group_id"] == payment.group_id
