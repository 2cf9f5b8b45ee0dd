"""The list of all transfers of our profile: what others made, for the gate to see (money-cases.md H24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.payments import identity
from kinetic_wise.payments.policy import Objection
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
    with deps.exchanges.unkept():
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


def like_objection(case: Case, recipient_id: int) -> Objection | None:
    """Why another transfer to this recipient over this amount keeps the payment from being funded (H24), or None.

    What was recorded as foreign while the ledger did not know it may have been taken up since. Raises RemoteError.
    """
    terms, deps = case.attempt.terms, case.deps
    since = case.now - timedelta(days=deps.settings.like_transfer_days)
    for transfer_id in deps.state.foreign_like(recipient_id, terms.amount, terms.currency, since):
        transfer = deps.wise.transfer(int(transfer_id))
        if transfer is None or not _is_taken_up(deps, transfer):
            return _like(case, transfer_id, transfer)
    return None


def _is_taken_up(deps: Deps, transfer: Transfer) -> bool:
    """Whether an attempt has this very transfer: two under one key would be Wise having forgotten the first."""
    seen = deps.ledger.seen_transfers([transfer.key]).get(transfer.key)
    return seen is not None and seen.id == transfer.id


def _like(case: Case, transfer_id: str, transfer: Transfer | None) -> Objection:
    same = "pays the same amount to the same recipient, as far as Wise showed it"
    own_keys = identity.attempt_keys(case.payment.invoice.sys_row_id, case.payment.pay_seq)
    if transfer is not None and transfer.key in own_keys:
        detail = f"transfer {transfer_id} was made for this payment and is not in this ledger: order `adopt`"
        return Objection("ledger_not_bound", detail)
    if not is_bound(case.deps):
        detail = f"transfer {transfer_id} {same}; a ledger that is not bound cannot say whose it is: order `adopt`"
        return Objection("ledger_not_bound", detail)
    return Objection("duplicate_suspected", f"transfer {transfer_id}, made outside, {same}")
