"""What a step makes of a ledger that does not take its write."""

from __future__ import annotations

from typing import Any

import pytest

from kinetic_wise.flows.outcomes import Outcome, Step
from kinetic_wise.flows.steps import run_step
from kinetic_wise.ledger import LedgerUnclear
from kinetic_wise.ledger.errors import LedgerRefused
from kinetic_wise.payments.life_cycle import Status
from tests.support.acts import fault, small_day, work_until
from tests.support.world import World


def _failing(world: World, error: Exception) -> tuple[str, int]:
    """A payment about to get its quote, in a ledger that answers each write with an error."""
    payment = work_until(world, Status.RECIPIENT_READY)

    def write(*_: Any, **__: Any) -> Any:
        raise error

    world.deps.ledger.write = write  # type: ignore[method-assign]
    return payment.id, payment.run


def test_a_write_that_collides_without_end_is_told_and_the_step_run_again() -> None:
    """The execution comes back to it, and the log says which payment and why."""
    world = World(small_day())
    payment_id, run = _failing(world, LedgerUnclear("ThrottlingError: too much"))
    assert run_step(world.deps, Step.QUOTE, payment_id, run) is Outcome.BUSY
    message, values = world.log_lines[-1]
    assert message == "the ledger did not answer, the step is run again"
    assert values == {"payment_id": payment_id, "problem": "ThrottlingError: too much"}


def test_a_write_that_the_ledger_will_never_take_is_not_run_for_ever() -> None:
    """It is a bug or a limit: it leaves the step as an error, which the state machine tries a few times and records."""
    world = World(small_day())
    payment_id, run = _failing(world, LedgerRefused("ValidationError: Item size has exceeded the maximum allowed size"))
    with pytest.raises(LedgerRefused, match="Item size"):
        run_step(world.deps, Step.QUOTE, payment_id, run)


def test_a_system_that_cannot_be_read_is_told_and_the_step_run_again() -> None:
    """Whoever reads the log finds which payment waits, for whom, and why; nothing was announced."""
    world = World(small_day())
    payment = work_until(world, Status.RECIPIENT_READY)
    fault(world.wise, ("POST", "/quotes$"), "status", times=-1, status=503)
    assert run_step(world.deps, Step.QUOTE, payment.id, payment.run) is Outcome.BUSY
    message, values = world.log_lines[-1]
    assert message == "Epicor or Wise could not be read, the step is run again"
    assert values["payment_id"] == payment.id
    assert "503" in values["problem"]
    assert world.deps.ledger.get(payment.id) == payment
