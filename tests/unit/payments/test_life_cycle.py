"""The life cycle as data."""

import pytest

from kinetic_wise.payments.life_cycle import AT_REST, FOLLOWED, MOVING, TRANSITIONS, IllegalTransition, Status, check


def test_every_status_is_in_exactly_one_kind() -> None:
    """Each status is brought on by an execution, by settlement, or is at rest: none is nobody's (rule 18)."""
    assert set(Status) == MOVING | FOLLOWED | AT_REST
    assert len(MOVING) + len(FOLLOWED) + len(AT_REST) == len(Status)


def test_every_status_has_its_transitions() -> None:
    """The table is total, and names only statuses."""
    assert set(TRANSITIONS) == set(Status)
    assert set().union(*TRANSITIONS.values()) <= set(Status)


def test_rest_is_reachable_from_every_status() -> None:
    """Nothing can move for ever: from each status some path ends at rest."""
    for start in Status:
        reached, frontier = {start}, {start}
        while frontier:
            frontier = set().union(*(TRANSITIONS[status] for status in frontier)) - reached
            reached |= frontier
        assert reached & AT_REST, start


def test_a_failed_payment_moves_only_through_a_person() -> None:
    """What ended unpaid never goes back to a step that moves money, only to the queue, by `retry` (rule 1)."""
    assert TRANSITIONS[Status.FAILED] & MOVING == {Status.QUEUED}


def test_illegal_transitions_raise() -> None:
    """A payment cannot be funded before its transfer exists."""
    with pytest.raises(IllegalTransition, match="queued to processing"):
        check(Status.QUEUED, Status.PROCESSING)
    check(Status.QUEUED, Status.QUEUED)
