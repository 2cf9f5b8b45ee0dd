"""Whatever answer is lost, whoever dies with it: a batch of three is paid once, and nothing is left behind."""

import pytest

from tests.faults.batches import Cell, around_calls, verdict


@pytest.mark.parametrize("cell", around_calls(), ids=str)
def test_a_batch_survives_what_befalls_its_calls(cell: Cell) -> None:
    """A fault at one call of a batch leaves no member unpaid, none paid twice, and needs nobody but the approver."""
    assert verdict(cell).broken == ""
