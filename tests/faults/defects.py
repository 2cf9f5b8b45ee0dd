"""Deliberate defects of the connector, each as patches to be in force for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import UUID

from kinetic_wise.epicor import EpicorClient
from kinetic_wise.flows import adopt, approving, cancel, counts, create, ending, facts, fund, gate, poll, settle, steps
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.posting import post, posted
from kinetic_wise.ledger import ClaimOutcome, Ledger, payments, switch, trail_ahead
from kinetic_wise.ledger.audit import chain as chain_as_it_is
from kinetic_wise.ledger.items import Reason
from kinetic_wise.ledger.items import transact_seeing as transact_as_it_is
from kinetic_wise.payments import identity, policy, transfer_status
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Action, Payment
from kinetic_wise.payments.systems import Transfer
from kinetic_wise.transport import Exchange, Refused, Unclear
from kinetic_wise.wise import Funding, FundingStatus, WiseClient, webhooks
from kinetic_wise.wise.webhooks import WiseEvent

Patches = Iterator[AbstractContextManager[Any]]
_LOOKS = "kinetic_wise.flows.resolve._LOOKS_BY_ACTION"


def random_key() -> Patches:
    """Drawn for each call, and never noticed by comparing."""
    real, get, listed = WiseClient.create_transfer, WiseClient.transfer, WiseClient.transfers
    drawn, asked = iter(range(1, 100)), dict[str, str]()

    def create_transfer(self: WiseClient, key: str, *terms: Any) -> Transfer:
        sent = str(UUID(int=next(drawn), version=4))
        asked[sent] = key
        return told(real(self, sent, *terms))

    def told(transfer: Transfer) -> Transfer:
        return transfer.model_copy(update={"key": asked.get(transfer.key, transfer.key)})

    def transfer(self: WiseClient, transfer_id: int) -> Transfer | None:
        found = get(self, transfer_id)
        return told(found) if found else None

    yield patch.object(WiseClient, "create_transfer", create_transfer)
    yield patch.object(WiseClient, "transfer", transfer)
    yield patch.object(WiseClient, "transfers", lambda self, *window: map(told, listed(self, *window)))


def unconditional_claim() -> Patches:
    real = transact_as_it_is

    def transact(client: Any, items: Any, *how: Any) -> list[Reason]:
        claims = any("INVOICE#" in str(item.get("Update", {}).get("Key", "")) for item in items)
        return real(client, [_bare(item) for item in items] if claims else items, *how)

    yield patch.object(trail_ahead, "transact_seeing", transact)


def claimed_one_by_one() -> Patches:
    def each(ledger: Ledger, claims: Any, total: Decimal) -> list[ClaimOutcome]:
        return [ledger.claim(payment, total, entry) for payment, entry in claims]

    yield patch.object(Ledger, "claim_together", each)


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    """A transaction item without its condition, and without the values that only the condition used."""
    [(kind, body)] = item.items()
    bare = {name: value for name, value in body.items() if name != "ConditionExpression"}
    values = bare.get("ExpressionAttributeValues")
    if values:
        bare["ExpressionAttributeValues"] = {
            name: value for name, value in values.items() if name in bare.get("UpdateExpression", "")
        }
    if not bare.get("ExpressionAttributeValues"):
        bare.pop("ExpressionAttributeValues", None)
    return {kind: bare}


def timeout_is_failure() -> Patches:
    def lost(error: Exception, exchange: Exchange) -> Refused:
        return Refused("no answer", exchange=exchange)

    yield patch("kinetic_wise.transport._lost", lost)


def timeout_is_success() -> Patches:
    real = WiseClient.fund

    def pay(self: WiseClient, transfer_id: int) -> Funding:
        try:
            return real(self, transfer_id)
        except Unclear:
            return Funding(FundingStatus.FUNDED, "")

    yield patch.object(WiseClient, "fund", pay)


def next_attempt_on_unknown_quote() -> Patches:
    yield patch.object(create, "repeat_create", _begin_anew)
    yield patch.dict(_LOOKS, {Action.CREATE_TRANSFER: _begin_anew})


def _begin_anew(case: Case) -> Outcome:
    return cancel._next_attempt(case)


def next_attempt_after_any_cancelled() -> Patches:
    yield patch.object(settle, "end_unpaid", _begin_anew)


def cancelled_is_dead() -> Patches:
    def death(attempt: Any, transfer: Transfer, payments: Any) -> str:
        return "cancelled" if transfer.status == transfer_status.CANCELLED else ""

    def money(attempt: Any, transfer: Transfer, payments: Any) -> dict[str, Any]:
        return {} if transfer.status == transfer_status.CANCELLED else real(attempt, transfer, payments)

    real = facts._money
    yield patch.object(facts, "_death", death)
    yield patch.object(facts, "_money", money)


def refusal_is_final() -> Patches:
    def repeat(case: Case) -> Outcome:
        return create._refused(case, Refused("quote not found"))

    yield patch.object(create, "_take_over_from_list", repeat)
    yield patch.dict(_LOOKS, {Action.CREATE_TRANSFER: repeat})


def draft_released_early() -> Patches:
    def withdraw(case: Case, reason: str, detail: str) -> Outcome:
        draft = case.payment.draft
        if draft is not None:
            case.deps.epicor.delete_draft(case.payment.invoice.company, draft)
        return cancel.withdraw(case, reason, detail)

    yield patch.object(fund, "withdraw", withdraw)


def facts_refused_at_rest() -> Patches:
    real = facts.learn

    def learn(case: Case, transfer: Transfer) -> Transfer:
        return transfer if case.status in AT_REST else real(case, transfer)

    yield patch.object(facts, "learn", learn)


def absence_is_proof() -> Patches:
    def look(case: Case) -> Outcome:
        listed = case.deps.wise.transfers(case.attempt.started_at)
        found = [transfer for transfer in listed if transfer.key == case.attempt.key]
        return create.take_over(case, found[0]) if found else cancel._next_attempt(case)

    yield patch.dict(_LOOKS, {Action.CREATE_TRANSFER: look})


def adopted_unmatched() -> Patches:
    yield patch.object(policy, "disagreement", lambda attempt, transfer: None)


def gate_skipped_while_waiting() -> Patches:
    real = gate.look

    def look(case: Case) -> gate.Gate:
        if case.status.value.startswith("awaiting"):
            return gate.Gate(gate.Verdict.OPEN)
        return real(case)

    yield patch.object(gate, "look", look)


def funded_blindly_again() -> Patches:
    yield patch.dict(_LOOKS, {Action.FUND: fund._send})


def posted_early() -> Patches:
    real = settle.follow

    def follow(case: Case) -> Outcome:
        if case.attempt.funded and case.status.value == "processing":
            case.write("sent", payment={"status": Status.SENT})
            return post(case)
        return real(case)

    yield patch.object(settle, "follow", follow)


def rejected_is_funded() -> Patches:
    real = WiseClient.fund

    def pay(self: WiseClient, transfer_id: int) -> Funding:
        answer = real(self, transfer_id)
        return replace(answer, status=FundingStatus.FUNDED) if answer.status is FundingStatus.NO_MONEY else answer

    yield patch.object(WiseClient, "fund", pay)


def draft_kept_on_failure() -> Patches:
    yield patch.object(ending, "take_back", lambda case: None)


def version_ignored() -> Patches:
    real = transact_as_it_is

    def transact(client: Any, items: Any, *how: Any) -> list[Reason]:
        fenced = any("version" in str(item.get("Put", {}).get("ConditionExpression", "")) for item in items)
        return real(client, [_bare(i) if "Put" in i else i for i in items] if fenced else items, *how)

    yield patch.object(trail_ahead, "transact_seeing", transact)


def same_execution_name() -> Patches:
    yield patch("kinetic_wise.payments.identity.execution_name", lambda payment, attempt, run: payment)


def no_sweep() -> Patches:
    yield patch("tests.faults.stack.sweep", lambda deps: None)


def audit_by_time() -> Patches:
    real = chain_as_it_is

    def chain(name: str, head: Any, entry: Any, at: Any, entry_id: str) -> Any:
        item, after = real(name, head, entry, at, entry_id)
        return {**item, "sk": f"{at:%Y-%m-%dT%H:%M:%S}"}, after

    def transact(client: Any, items: Any, *how: Any) -> list[Reason]:
        return write(client, [_overwriting(item) for item in items], *how)

    write = transact_as_it_is
    yield patch.object(payments, "chain", chain)
    yield patch.object(trail_ahead, "transact_seeing", transact)


def _overwriting(item: dict[str, Any]) -> dict[str, Any]:
    return _bare(item) if item.get("Put", {}).get("TableName") == "audit" else item


def pay_seq_left_out() -> Patches:
    real = identity.transfer_key
    yield patch.object(identity, "transfer_key", lambda row, pay_seq, attempt: real(row, 1, attempt))


def group_reused() -> Patches:
    real = identity.group_id
    yield patch.object(identity, "group_id", lambda payment, reservation: real(payment, 1))


def own_failed_condition() -> Patches:
    def refused(self: Ledger, payment: Payment) -> ClaimOutcome:
        self._hold_second_identity(payment)
        return ClaimOutcome.SECOND_IDENTITY

    yield patch.object(Ledger, "_wrote", lambda self, payment_id, write_id: False)
    yield patch.object(Ledger, "_claim_refused", refused)


def cursor_before_queue() -> Patches:
    real = poll._pages

    def pages(deps: Deps, company: str, watermark: Any) -> Iterator[Any]:
        cursor = poll._known(deps, company)
        for page in real(deps, company, watermark):
            cursor = cursor.moved(page)
            deps.state.move_cursor(f"invoices/{company}", cursor.model_dump())
            yield page

    yield patch.object(poll, "_pages", pages)


def webhook_order_trusted() -> Patches:
    """What an event says is believed, in the order of arrival."""
    parse, learn_as_it_is = webhooks.parse, facts.learn
    told: dict[int, list[str]] = {}

    def note(body: bytes) -> WiseEvent:
        event = parse(body)
        if event.transfer_id is not None and event.state:
            told.setdefault(event.transfer_id, []).append(event.state)
        return event

    def learn(case: Case, transfer: Transfer) -> Transfer:
        states = told.get(transfer.id)
        return learn_as_it_is(case, transfer.model_copy(update={"status": states.pop(0)}) if states else transfer)

    yield patch.object(webhooks, "parse", note)
    yield patch.object(facts, "learn", learn)
    yield patch.object(facts, "_went_back", lambda attempt, transfer: False)


def set_back_and_not_caught_up() -> Patches:
    yield patch.object(adopt, "catch_up", lambda deps, transfers: ())


def leftovers_not_told() -> Patches:
    yield patch.object(adopt, "leftovers", lambda deps, company, drafts: ())


def posted_not_taken_up() -> Patches:
    yield patch.object(EpicorClient, "posted_drafts", lambda self, *asked: iter(()))


def no_intent() -> Patches:
    real = Case.intend

    def intend(self: Case, action: Action, **more: Any) -> None:
        if action is not Action.FUND:
            real(self, action, **more)

    yield patch.object(Case, "intend", intend)


def commitment_kept() -> Patches:
    def keep(self: Any, payment: Any) -> Any:
        item: Any = real(self, payment)
        item["Update"]["ExpressionAttributeValues"] = {":amount": {"N": "0"}}
        return item

    real = payments.Ledger.release_item
    yield patch.object(payments.Ledger, "release_item", keep)


def posting_not_read_back() -> Patches:
    yield patch.object(EpicorClient, "post", lambda self, *draft: None)
    yield patch("kinetic_wise.flows.posting._read_back", _as_posted)


def _as_posted(case: Case, **_: Any) -> Outcome:
    return posted(case, case.payment.draft) if case.payment.draft else Outcome.STOPPED


def earlier_forgotten() -> Patches:
    """A payment ends by what its last attempt's transfer shows."""
    yield patch.object(ending, "earlier_alive", lambda case: None)


def dead_is_counted() -> Patches:
    """The caps go on counting what provably took no money."""
    yield patch.object(counts, "counted_day", lambda attempt: attempt.counted_on)


def switch_ignored() -> Patches:
    """Read as on, whatever it is, and no condition on it in the funding's transaction."""
    real = switch.StopSwitch.read

    def read(self: switch.StopSwitch) -> switch.Switch:
        return real(self).model_copy(update={"stopped": False})

    yield patch.object(switch.StopSwitch, "read", read)
    yield patch.object(switch, "_unchanged", lambda seen: ("stopped = :no OR NOT stopped = :no", {":no": False}))


def order_forgotten() -> Patches:
    """Carried out at once or never: the next step does not find it."""

    def forget(case: Case) -> Outcome:
        case.conclude("forgotten", payment={"order": None, "status": Status.CREATED})
        return Outcome.BUSY

    yield patch.object(steps, "carry_out", forget)


def approved_alone() -> Patches:
    """Whoever approves twice counts as two."""
    yield patch.object(approving, "person", lambda caller, named: object())
