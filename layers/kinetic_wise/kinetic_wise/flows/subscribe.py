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
    """One subscription for each event type, in our schema version, at this address. Raises RemoteError.

    Those that are so already are kept. Others of ours are removed then: for another address, in another version, made
    twice because an answer was lost. Other programs' are never touched.
    """
    name, found = _name(deps), deps.wise.subscriptions()
    kept = {(each.event, each.version): each.id for each in found if each.url == url}
    made = []
    for event, version in EVENTS.items():
        subscription_id = kept.get((event, version)) or deps.wise.subscribe(name, event, version, url).id
        deps.state.add_subscription(subscription_id, event)
        made.append(subscription_id)
    known = set(deps.state.subscriptions())
    ours = known.union(each.id for each in found if each.url == url or each.name == name)
    removed = _remove(deps, sorted(ours.difference(made)))
    told = {"caller": caller, "ids": made, "removed": removed}
    deps.state.note("subscriptions", Entry("subscribed", told, deps.exchanges.take()))
    return made


def _name(deps: Deps) -> str:
    """What our subscriptions are called at Wise."""
    return f"kinetic-wise {deps.ledger_id}"


def _remove(deps: Deps, subscription_ids: list[str]) -> list[str]:
    for subscription_id in subscription_ids:
        deps.wise.unsubscribe(subscription_id)
        deps.state.drop_subscription(subscription_id)
    return subscription_ids


def unsubscribe(deps: Deps, caller: str) -> list[str]:
    """Remove our subscriptions at Wise. Raises RemoteError."""
    removed = _remove(deps, list(deps.state.subscriptions()))
    deps.state.note("subscriptions", Entry("unsubscribed", {"caller": caller, "ids": removed}, deps.exchanges.take()))
    return removed
