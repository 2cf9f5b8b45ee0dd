"""The once-only matrix on one payment; `make faults` has all of it."""

import pytest

from kinetic_wise.payments.life_cycle import Status
from tests.faults import matrix
from tests.faults.effects import Effects, Fault, Kind
from tests.faults.invariants import broken

_HARMLESS = ("quotes", "account-requirements", "SLOT", "DELIVERY", "CURSOR", "RECIPIENT")


def _cells(fault: Fault) -> list[matrix.Cell]:
    """Each outside write of the path, its last one, met by this fault; what moves nothing is left to `make faults`."""
    cells = [c for c in matrix.once() if c.path == "again" and c.fault is fault and not c.effect.reads]
    return list({c.effect.name: c for c in cells if not c.effect.name.endswith(_HARMLESS)}.values())


@pytest.mark.parametrize("fault", list(Fault))
def test_no_single_fault_at_any_write_needs_a_person(fault: Fault) -> None:
    """Whatever befalls one outside write, the payment is posted, the money left once and all books agree."""
    assert [str(result) for result in map(matrix.verdict, _cells(fault)) if result.broken] == []


def test_a_path_ends_as_it_should_without_faults() -> None:
    """The two recorded paths end posted on the second attempt, and failed with the draft deleted."""
    for path, (_, end) in matrix.PATHS.items():
        world = matrix.run(path, Effects())
        assert [payment.status for payment in world.payments().values()] == [end]
        assert broken(world) == []


def test_every_door_is_watched() -> None:
    """Requests, database writes, queues and executions all count as effects."""
    assert {effect.kind for effect in matrix.recorded("again")} == set(Kind)


def test_a_death_in_settlement_leaves_no_draft_behind() -> None:
    """Money came back, and the worker dies between announcing and deleting the draft: settlement looks after it."""
    cells = [c for c in matrix.once() if c.path == "returned" and c.effect.name == "write intent.delete_draft"]
    died = next(cell for cell in cells if cell.fault is Fault.DIES_AFTER)
    world, found = matrix.ended(died)
    assert found == []
    assert [payment.status for payment in world.payments().values()] == [Status.FAILED]


def test_an_unclear_deletion_after_a_refund_is_looked_at() -> None:
    """Money came back and Epicor's answer to the deletion is a 500: the payment is unknown for a while, then failed."""
    cells = [c for c in matrix.once() if c.path == "returned" and c.effect.name.endswith("APChkGrpSvc/DeleteByID")]
    unclear = next(cell for cell in cells if cell.fault is Fault.BROKEN)
    world, found = matrix.ended(unclear)
    assert found == []
    assert [payment.status for payment in world.payments().values()] == [Status.FAILED]
