"""The dangers written by hand, and some of the deliberate defects; `make faults-mutants` applies them all."""

from contextlib import ExitStack

import pytest

from kinetic_wise.flows import facts
from kinetic_wise.flows.case import Case
from tests.faults.invariants import broken
from tests.faults.mutants import MUTANTS, Mutant, caught
from tests.faults.scenarios import SCENARIOS, Played, play

_SOME = {
    "random key": "nothing_left_behind",
    "draft released before the transfer is dead": "draft_under_live_transfer",
    "gate skipped while waiting": "nothing_funded_when_stopped",
    "cancelled taken as dead without looking at payments": "one_transfer_out_at_a_time",
    "no conditional claim": "one_end_each",
    "adopt keeps an empty payment to itself": "nothing_left_behind",
    "adopt forgets what was posted": "right_end",
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_danger_ends_as_it_must(name: str) -> None:
    """Each danger that is written down ends where the rules say, with all books in agreement."""
    assert play(SCENARIOS[name]) == []


@pytest.mark.parametrize("name", _SOME)
def test_a_deliberate_defect_is_caught(name: str) -> None:
    """The invariants can fail: a defect breaks the one that stands against it."""
    mutant = next(mutant for mutant in MUTANTS if mutant.name == name)
    assert caught(mutant).startswith(_SOME[name])


def test_every_defect_is_one_of_its_own() -> None:
    """No two mutants share a name or a patch, and each scenario they name exists."""
    assert len({mutant.name for mutant in MUTANTS}) == len({mutant.patches for mutant in MUTANTS}) == len(MUTANTS)
    assert {name for mutant in MUTANTS for name in mutant.scenarios} <= set(SCENARIOS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_defect_still_finds_what_it_spoils(mutant: Mutant) -> None:
    """A defect that names code which is gone would prove nothing: each can be applied, and changes something."""
    with ExitStack() as stack:
        assert [stack.enter_context(each) for each in mutant.patches()]


def test_a_look_that_is_older_than_what_is_known_is_not_believed() -> None:
    """A worker stalled with its GET in hand; meanwhile the transfer was sent: the ledger stays with the news."""
    played = Played(SCENARIOS["calm"])
    played.world.run_to_rest()
    payment = next(iter(played.world.payments().values()))
    case = Case.open(played.world.deps, payment.id)
    known = case.attempt.transfer
    assert known is not None
    assert facts.learn(case, known.model_copy(update={"status": "processing"})) == known
    assert broken(played.world) == []
