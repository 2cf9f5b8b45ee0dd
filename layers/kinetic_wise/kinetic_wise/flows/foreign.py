"""The list of all transfers of our profile: what others made, for the gate to see (money-cases.md H24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments.systems import Transfer

_CURSOR = "transfers"
_MARGIN = timedelta(days=1)  # clocks differ, and rows may appear late


def list_if_stale(deps: Deps) -> None:
    """List anew when the last pass is older than the gate accepts. Raises RemoteError."""
    listed = deps.state.cursor(_CURSOR).get("listed_at", "")
    if not listed or datetime.fromisoformat(listed) < deps.now() - timedelta(seconds=deps.settings.list_age):
        list_transfers(deps)


def list_transfers(deps: Deps, since: datetime | None = None) -> list[Transfer]:
    """One complete pass over our profile's transfers, at least from the last pass on; foreign ones are recorded.

    Answers what was listed. The first pass goes back as far as the gate looks.
    """
    started = deps.now()
    listed = deps.state.cursor(_CURSOR).get("listed_at", "")
    window = timedelta(days=deps.settings.like_transfer_days)
    start = datetime.fromisoformat(listed) - _MARGIN if listed else started - window
    transfers = list(deps.wise.transfers(min(start, since) if since else start))
    keep_foreign(deps, transfers, started)
    return transfers


def keep_foreign(deps: Deps, transfers: Sequence[Transfer], listed_at: datetime) -> None:
    """Record those of a complete pass that are not ours, and that the pass was made."""
    ours = deps.ledger.seen_transfers([transfer.key for transfer in transfers])
    for transfer in transfers:
        if transfer.key not in ours:
            deps.state.add_foreign(transfer)
    deps.state.move_cursor(_CURSOR, {"listed_at": listed_at.isoformat()})
    deps.exchanges.take()
