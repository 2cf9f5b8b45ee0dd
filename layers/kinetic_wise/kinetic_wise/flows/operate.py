"""What a person may order, by name. Every order stands in the audit trail with its caller (rule 14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kinetic_wise.flows.adopt import adopt
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.subscribe import subscribe, unsubscribe


class BadOrder(Exception):
    """The order cannot be carried out; the message names the field and the remedy."""


def operate(deps: Deps, order: Any, caller: str) -> dict[str, Any]:
    """Carry out `{"action": …}` for a caller. Raises BadOrder and RemoteError."""
    if not isinstance(order, dict) or order.get("action") not in _ACTIONS:
        raise BadOrder(f"'action' must be one of {', '.join(sorted(_ACTIONS))}")
    deps.log("order", action=order["action"], caller=caller)
    return _ACTIONS[order["action"]](deps, order, caller)


def _adopt(deps: Deps, _: dict[str, Any], caller: str) -> dict[str, Any]:
    return adopt(deps, caller).as_dict()


def _subscribe(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
    url = order.get("url")
    if not isinstance(url, str) or not url:
        raise BadOrder("'url' must be the address that Wise shall call")
    return {"subscriptions": subscribe(deps, url, caller)}


def _unsubscribe(deps: Deps, _: dict[str, Any], caller: str) -> dict[str, Any]:
    return {"removed": unsubscribe(deps, caller)}


_ACTIONS: dict[str, Callable[[Deps, dict[str, Any], str], dict[str, Any]]] = {
    "adopt": _adopt,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
}
