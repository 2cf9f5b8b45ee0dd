"""Balances that moved: each movement into the audit trail and Epicor's audit rows; money that came in is given out.

A movement is announced in the trail before its row is written (rule 17); a message that comes twice writes once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import simplejson

from kinetic_wise.epicor.notes import AuditRow
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.funds import plan_funds
from kinetic_wise.flows.note_kinds import MARKER
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.record import Amount, Record
from kinetic_wise.transport import NotArrived, Refused, Unclear

_SOURCE = "balances"  # of the system's chain in the audit trail
_KEY_LENGTH = 50  # of a user-defined table's keys (epicor-kinetic-api.md 8.1)


class BalanceMessage(Record):
    """What the balance-events queue carries: one movement, as `balances#update` told it (wise-api.md 9.4)."""

    event: str  # its fingerprint
    balance_id: int
    kind: str  # credit or debit
    amount: Amount
    currency: str
    reference: str
    channel: str
    after: Amount | None
    step_id: int | None
    occurred_at: datetime
    first_seen: datetime


def record_balance(deps: Deps, message: BalanceMessage) -> bool:
    """Keep a movement, and plan whom money that came in is for. False: some of it must be tried again."""
    deps.exchanges.take()
    stage = deps.state.movement(message.event)
    if not stage:
        data = message.model_dump(mode="json", exclude={"event", "first_seen"})
        row = {"row": list(_row(message).keys)} if deps.settings.audit_table else {}
        deps.state.note(_SOURCE, Entry("balance", {**data, **row}))
        deps.state.keep_movement(message.event, "noted")
    planned = message.kind != "credit" or _planned(deps)
    written = stage == "written" or _is_written(deps, message)
    if written and stage != "written":
        deps.state.keep_movement(message.event, "written")
    return planned and written


def _planned(deps: Deps) -> bool:
    try:
        plan_funds(deps)
    except (NotArrived, Unclear) as error:
        deps.log("money came in, and the balances cannot be read", problem=str(error))
        return False
    return True


def _is_written(deps: Deps, message: BalanceMessage) -> bool:
    """Whether Epicor's audit row is there, or none is wanted. One that Epicor refuses is told and given up."""
    table = deps.settings.audit_table
    if not table or deps.settings.shadow:
        return True
    company, row = deps.epicor_site.companies[0], _row(message)
    problem = ""
    try:
        with deps.epicor_place() as epicor:
            if not epicor.notes.audit_rows_there(company, table, [row]):
                epicor.notes.add_audit_rows(company, table, [row])
    except (Busy, NotArrived, Unclear) as error:
        deps.log("balance recorded in Epicor later", event=message.event, problem=str(error))
        return False
    except Refused as error:
        problem = str(error)
        told = {"event": message.event, "amount": str(row.amount), "currency": message.currency}
        deps.log("balance not recorded in Epicor", **told, reference=message.reference, problem=problem, alarm=True)
    written: dict[str, Any] = {"row": list(row.keys), "problem": problem}
    deps.state.note(_SOURCE, Entry("balance_row", written, deps.exchanges.take()))
    return True


def _row(message: BalanceMessage) -> AuditRow:
    """A row of the first company: a balance belongs to the profile, not to a company."""
    sign = -1 if message.kind == "debit" else 1
    detail = message.model_dump(mode="json", exclude={"event", "first_seen"})
    return AuditRow(
        keys=(MARKER, f"balance-{message.balance_id}", message.event[:_KEY_LENGTH]),
        event=f"balance_{message.kind}",
        transfer=message.reference,
        status=message.currency,
        amount=sign * message.amount,
        day=message.occurred_at.date(),
        detail=simplejson.dumps(detail, sort_keys=True),
    )
