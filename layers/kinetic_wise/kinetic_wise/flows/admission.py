"""Whether money may leave now: the stop switch and the caps, counted where a funding is announced (rule 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kinetic_wise.flows.case import Case
from kinetic_wise.payments.caps import breach, counted_day
from kinetic_wise.payments.policy import Objection


@dataclass(frozen=True)
class Admission:
    """The switch's part of the funding intent's transaction, and the day that it counts on (ISO, UTC)."""

    part: dict[str, Any]
    day: str


def admission(case: Case) -> Admission | Objection | None:
    """How the current attempt's funding may be announced; why it may not; None while the switch is on.

    An attempt is counted once a day, however often its funding is announced.
    """
    switch, money, day = case.deps.state.switch, case.attempt.amount, f"{case.now:%Y-%m-%d}"
    seen = switch.read()
    if seen.stopped:
        return None
    is_counted = counted_day(case.attempt) == day
    others = seen.counted(day, money.currency) - (money.amount if is_counted else 0)
    objection = breach(seen.caps, money, others)
    if objection is not None:
        return objection
    return Admission(switch.checking(seen) if is_counted else switch.counting(seen, day, money), day)
