"""Our webhook subscriptions at Wise: made, listed and removed through the connector, so that it knows its own."""

from __future__ import annotations

from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry

# Event types and the schema version of each (wise-api.md 9.4, section 0).
EVENTS = {
    "transfers#state-change": "4.0.0",
    "transfers#refund": "4.0.0",
    "transfers#payout-failure": "4.0.0",
    "transfers#active-cases": "4.0.0",
    "balances#update": "4.0.0",
}


def subscribe(deps: Deps, url: str, caller: str) -> list[str]:
    """Subscribe to the events at an address; those already there are kept. Raises RemoteError when Wise refuses."""
    name = f"kinetic-wise {deps.ledger_id}"
    existing = {(s.event, s.url): s.id for s in deps.wise.subscriptions()}
    made = []
    for event, version in EVENTS.items():
        subscription_id = existing.get((event, url)) or deps.wise.subscribe(name, event, version, url).id
        deps.state.add_subscription(subscription_id, event)
        made.append(subscription_id)
    deps.state.note("subscriptions", Entry("subscribed", {"caller": caller, "ids": made}, deps.exchanges.take()))
    return made


def unsubscribe(deps: Deps, caller: str) -> list[str]:
    """Remove our subscriptions at Wise. Raises RemoteError."""
    removed = list(deps.state.subscriptions())
    for subscription_id in removed:
        deps.wise.unsubscribe(subscription_id)
        deps.state.drop_subscription(subscription_id)
    deps.state.note("subscriptions", Entry("unsubscribed", {"caller": caller, "ids": removed}, deps.exchanges.take()))
    return removed
