"""Whether an attempt that the payment has left behind lives after all: then nothing new is begun beside it (rule 6)."""

from __future__ import annotations

from kinetic_wise.flows.case import Case
from kinetic_wise.payments import policy
from kinetic_wise.payments.systems import Transfer


def earlier_alive(case: Case) -> Transfer | None:
    """The transfer of an earlier attempt that can take money or has some, as last seen; None when all are dead."""
    for number in range(1, case.payment.attempt):
        attempt = case.deps.ledger.attempt(case.id, number)
        if attempt is not None and policy.lives(attempt):
            return attempt.transfer
    return None
