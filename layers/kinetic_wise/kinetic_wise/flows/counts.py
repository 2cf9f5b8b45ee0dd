"""What the caps count follows what is known of an attempt: it leaves the count with the proof that no money moved."""

from __future__ import annotations

from typing import Any

from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.caps import counted_day
from kinetic_wise.payments.model import Attempt


def recounted(deps: Deps, before: Attempt, after: Attempt) -> list[dict[str, Any]]:
    """The part of a transaction that changes an attempt by which it leaves its day's count, or is in it again."""
    switch, left, joined = deps.state.switch, counted_day(before), counted_day(after)
    if left == joined:
        return []
    return [switch.giving_back(left, before.amount) if left else switch.counting_again(joined, after.amount)]
