"""The ledger belongs to one Wise profile and one set of Epicor companies (rule 15)."""

from __future__ import annotations

from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import ConnectorState
from kinetic_wise.ledger.connector_state import Binding
from kinetic_wise.ledger.reading import Reading


def expected_binding(deps: Deps) -> Binding:
    """What this stack would be bound to now."""
    return Binding(
        ledger_id=deps.ledger_id,
        table_id=deps.table_id(),
        wise=deps.wise_site.environment,
        profile=deps.wise_site.profile,
        epicor=deps.epicor_site.url,
        companies=tuple(sorted(deps.epicor_site.companies)),
    )


def is_bound_to_its_table(state: ConnectorState, reading: Reading) -> bool:
    """What can be told of it without the credential envelopes: a new or restored ledger is not."""
    binding = state.binding()
    return binding is not None and binding.table_id == reading.table_id()


def may_have_forgotten(deps: Deps) -> bool:
    """Whether the ledger may lack what was begun: it is new, or was set back, and nobody adopted it since (H9)."""
    binding = deps.state.binding()
    return binding is None or binding.table_id != deps.table_id()


def is_bound(deps: Deps) -> bool:
    """Whether the ledger is bound to exactly the systems in use."""
    return deps.state.binding() == expected_binding(deps)
