"""An adopt that broke off before it was done is ordered again, and leaves nothing out."""

import pytest

from kinetic_wise.flows.adopt import adopt
from kinetic_wise.payments.life_cycle import Status
from tests.integration.test_lost_ledger import _lose_everything
from tests.support.acts import HOUR, attempt, only_payment, paid_day, small_day
from tests.support.world import World


class _QueueIsAway(Exception):
    """The queue does not answer."""


def test_what_was_taken_up_is_learned_though_its_wake_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue fails when adopt wakes settlement: the next adopt wakes it, and fee and funding are known."""
    world = paid_day(World(small_day()))
    _lose_everything(world)

    def fail(messages: object, delay_seconds: int = 0) -> None:
        raise _QueueIsAway

    with monkeypatch.context() as away:
        away.setattr(world.deps.events_queue, "send", fail)
        with pytest.raises(_QueueIsAway):
            adopt(world.deps, "test")
    adopt(world.deps, "test")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert attempt(world).funded
    assert attempt(world).fee is not None
