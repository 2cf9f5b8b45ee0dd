"""Whatever answer is lost, whoever dies with it: a batch of three is paid once, and nothing is left behind."""

import pytest

from tests.faults.batches import Path, at_call, verdict
from tests.faults.effects import Fault

CALLS = (
    "wise POST profiles/batch-groups",
    "wise POST id/transfers",
    "wise PATCH batch-groups/id",
    "wise POST id/payments",
)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DIES_AFTER])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("path", Path)
def test_a_batch_survives_what_befalls_its_calls(path: Path, call: str, fault: Fault) -> None:
    """A fault at one call of a batch leaves no member unpaid, none paid twice, and needs nobody but the approver."""
    assert verdict(at_call(path, call, fault)).broken == ""
