"""The ledger belongs to one Wise profile and one set of Epicor companies (rule 15)."""

from __future__ import annotations

from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger.connector_state import Binding


def expected_binding(deps: Deps) -> Binding:
    """What this stack would be bound to now."""
    identity = deps.identity
    return Binding(
        ledger_id=identity.ledger_id,
        table_id=deps.table_id(),
        wise=identity.wise,
        profile=identity.profile,
        epicor=identity.epicor,
        companies=tuple(sorted(identity.companies)),
    )


def is_bound(deps: Deps) -> bool:
    """Whether the ledger is bound to exactly the systems in use."""
    return deps.state.binding() == expected_binding(deps)
