"""What the statuses of a transfer say about money (rule 11)."""

from __future__ import annotations

import pytest

from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.transfer_status import may_have_money, proves_funding

PROOF = {"processing", "funds_converted", "outgoing_payment_sent"}


@pytest.mark.parametrize("status", [*sorted(transfer_status.KNOWN), "invented_next_year", ""])
def test_only_three_statuses_prove_funding_and_only_two_exclude_it(status: str) -> None:
    """What is neither is not booked as funded, and nothing is paid beside it; a status never seen is such a one."""
    assert proves_funding(status) is (status in PROOF)
    assert may_have_money(status) is (status not in {"incoming_payment_waiting", "cancelled"})
