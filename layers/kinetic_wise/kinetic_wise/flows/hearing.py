"""Whether Wise's webhooks still reach us: transfers that polling saw move, and no event of any kind since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from kinetic_wise.flows.deps import Deps

_HEARD, _MISSED = "webhooks", "missed"  # cursors: the receiver's and ours
_ON_ITS_WAY = timedelta(minutes=10)  # an event is late, not missing, for so long
_ENOUGH = 3
_QUIET = timedelta(days=1)


def are_healthy(deps: Deps) -> bool:
    """Whether events may be relied on to tell of what moves: there are subscriptions, and none was missed lately."""
    return bool(deps.state.subscriptions()) and not _missed(deps)


def listen(deps: Deps, moved: Iterable[int]) -> None:
    """Note which transfers polling saw move first, and raise an alarm once webhooks have stopped.

    They have when three transfers moved without any event since, or one and no event for a day.
    """
    kept, known = _missed(deps), deps.state.cursor(_MISSED)
    for transfer_id in moved:
        kept.setdefault(str(transfer_id), deps.now())
    told = bool(known.get("told")) and bool(kept)
    if not told and deps.state.subscriptions() and _have_stopped(deps, kept):
        heard_at = deps.state.cursor(_HEARD).get("heard_at", "")
        deps.log("webhooks have stopped", missed=sorted(kept)[:_ENOUGH], heard_at=heard_at, alarm=True)
        told = True
    misses = {transfer_id: at.isoformat() for transfer_id, at in kept.items()}
    if {"misses": misses, "told": told} != known:
        deps.state.move_cursor(_MISSED, {"misses": misses, "told": told})


def _missed(deps: Deps) -> dict[str, datetime]:
    """Transfers that moved, and since when no event of any kind has been heard."""
    heard = deps.state.cursor(_HEARD).get("heard_at", "")
    misses = deps.state.cursor(_MISSED).get("misses", {})
    found = {transfer_id: datetime.fromisoformat(at) for transfer_id, at in misses.items()}
    return {one: at for one, at in found.items() if not heard or datetime.fromisoformat(heard) < at}


def _have_stopped(deps: Deps, missed: dict[str, datetime]) -> bool:
    pace, now = deps.settings.polling_pace, deps.now()
    certain = [one for one, at in missed.items() if at + _ON_ITS_WAY * pace <= now]
    heard = deps.state.cursor(_HEARD).get("heard_at", "")
    is_quiet = not heard or datetime.fromisoformat(heard) + _QUIET * pace < now
    return len(certain) >= _ENOUGH or (bool(certain) and is_quiet)
