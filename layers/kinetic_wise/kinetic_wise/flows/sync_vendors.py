"""The scheduled pass over the vendors, and the parts of one that a person orders."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.vendors import Pass, Position, start

_CURSOR = "vendors"


def sync_vendors(deps: Deps, until: datetime) -> dict[str, Any]:
    """Go on with the pass where the last call stopped, for as long as there is time; answers counts.

    Raises NotBound, RemoteError and Busy: the next call goes on from there.
    """
    deps.exchanges.take()
    kept = deps.state.cursor(_CURSOR)
    part = Pass(
        deps, dry_run=deps.settings.shadow, position=Position.model_validate(kept) if kept else start(deps), until=until
    )
    counts: Counter[str] = Counter()
    try:
        for line in part.lines():
            counts[line.reason or "payable"] += 1
            if line.did:
                counts[line.did] += 1
    finally:
        deps.state.move_cursor(_CURSOR, part.position.model_dump() if part.position else {})
        deps.log("vendors synchronised", vendors=part.vendors, finished=part.position is None, **counts)
    return {"vendors": part.vendors, "finished": part.position is None, **counts}


def sync_part(deps: Deps, position: Position | None, vendors: int, *, dry_run: bool) -> dict[str, Any]:
    """So many vendors after a position, each bank row with what came of it; `position` is null at the end."""
    part = Pass(deps, dry_run=dry_run, position=position or start(deps), at_most=vendors)
    lines = [asdict(line) for line in part.lines()]
    after = part.position.model_dump() if part.position else None
    return {"vendors": part.vendors, "lines": lines, "position": after}
