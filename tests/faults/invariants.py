"""What must be true once all is at rest, whatever broke: by the simulators' own books, then the ledger against them.

What may not be false even for a moment is in `watching.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from botocore.exceptions import BotoCoreError, ClientError

from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.ledger.errors import LedgerUnclear, Moved
from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.transport import RemoteError
from simulators.epicor.access import USER
from simulators.wise.books import WAITING, Transfer
from tests.faults import books
from tests.faults.doors import NotSent
from tests.faults.effects import WorkerDied
from tests.faults.truths import TRUTHS, UNPAID, paying
from tests.faults.watching import draft_touched
from tests.faults.world import FaultWorld, is_owed

Found = Iterator[str]
# Refund unknown: the one event that tells the amount was lost, and a person has to say it (money-cases.md H25).
_REASONS_TO_WAIT = frozenset({Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL, Status.REFUND_UNKNOWN})
_EXPECTED = (RemoteError, ClientError, BotoCoreError, WorkerDied, NotSent, Busy, Moved, LedgerUnclear)


def broken(world: FaultWorld) -> list[str]:
    """All that is broken at the end: `invariant: what`, watched moments first."""
    found = list(world.violations)
    for name, check in INVARIANTS.items():
        found += [f"{name}: {text}" for text in check(world)]
    return found


def _money_out_within_total(world: FaultWorld) -> Found:
    for invoice in world.day.invoices:
        out = sum((t.target_value for t in books.transfers_for(world, invoice) if books.is_out(t)), Decimal(0))
        by_hand = [p for p in books.payments(world, invoice) if p.posted and not p.voided and not p.ours]
        if draft_touched(world, invoice):
            by_hand = []  # between our last look and the money a person can always undo what reserves it
        paid = out + sum((dict(p.lines)[invoice.invoice_num] for p in by_hand), Decimal(0))
        if paid > invoice.amount:
            yield f"{paid} paid for {invoice.invoice_num}, which is {invoice.amount}"


def _money_out_is_paid_invoices(world: FaultWorld) -> Found:
    """Each transfer with money out pays a posted invoice, or one that is held and says why; and the reverse."""
    for invoice, payment in paying(world):
        out = [t for t in books.transfers_for(world, invoice) if books.is_out(t)]
        ours = [p for p in books.payments(world, invoice) if p.ours and p.posted and not p.voided]
        status = payment.status if payment else None
        many = len(books.shares(invoice))
        if status is Status.POSTED and (len(out) != many or len(ours) != many):
            yield f"{invoice.invoice_num} is posted; money out by {[t.id for t in out]}, Epicor posted {len(ours)}"
        if out and status not in (Status.POSTED, Status.HELD) and not _lost_when_done(world, status, ours):
            yield f"{invoice.invoice_num} is {status}, and transfer {out[0].id} took its money"


def _lost_when_done(world: FaultWorld, status: Status | None, posted: list[books.Payment]) -> bool:
    """Whether it was posted before the ledger was set back, and `adopt` could not take it up again, but said so."""
    named = _left_for_a_person(world)
    return status in (None, Status.CLOSED) and len(posted) == 1 and posted[0].group_id in named


def _money_is_accounted_for(world: FaultWorld) -> Found:
    """What the balances lost is what the transfers took, fees included."""
    wise = world.wise._world.books
    for balance in wise.balances.values():
        opening = world.day.balances.get(balance.currency, Decimal(0)) + world.topped_up.get(balance.id, 0)
        taken = sum((t.debited - t.refunded for t in wise.transfers.values() if _from(t, balance.id)), Decimal(0))
        if opening - balance.amount != taken:
            yield f"balance {balance.currency} fell by {opening - balance.amount}, transfers took {taken}"


def _from(transfer: object, balance: int) -> bool:
    return any(payment.balance == balance for payment in getattr(transfer, "payments", ()))


def _nobody_else_is_paid(world: FaultWorld) -> Found:
    """Each transfer with money out is for an invoice of the day, in its amount."""
    known = {t.id for invoice in world.day.invoices for t in books.transfers_for(world, invoice)}
    for transfer in world.wise._world.books.transfers.values():
        if books.is_out(transfer) and transfer.id not in known:
            yield f"transfer {transfer.id} over {transfer.target_value} pays no invoice"


def _one_end_each(world: FaultWorld) -> Found:
    """Every invoice to be paid is exactly one of posted, open with a reason, ended with a reason."""
    owed = {row["invoice_num"] for row in world.epicor.state()["invoices"] if is_owed(row)}
    for invoice, payment in paying(world):
        if payment is None:
            if invoice.invoice_num in {books.day_number(world, number) for number in owed}:
                yield f"{invoice.invoice_num} was never picked up"
        elif payment.status not in AT_REST | _REASONS_TO_WAIT:
            yield f"{invoice.invoice_num} is still {payment.status}, intent {payment.intent and payment.intent.action}"
        elif payment.status is Status.HELD and payment.hold is None:
            yield f"{invoice.invoice_num} is held without a reason"
        elif payment.status in UNPAID and not payment.reason:
            yield f"{invoice.invoice_num} is {payment.status} without a reason"
    yield from _forgotten_instalments(world)


def _forgotten_instalments(world: FaultWorld) -> Found:
    """Where one instalment was picked up, each of them was, unless somebody else paid it."""
    for invoice in world.day.invoices:
        picked_up = {payment.pay_seq for payment in world.payments_of(invoice)}
        missing = set(range(1, len(invoice.instalments) + 1)) - picked_up
        if picked_up and missing and all(payment.ours for payment in books.payments(world, invoice)):
            yield f"instalments {sorted(missing)} of {invoice.invoice_num} were never picked up"


def _nothing_left_behind(world: FaultWorld) -> Found:
    """Each unposted payment, empty group and unfunded transfer of ours belongs to a payment that is still open.

    Or an `adopt` named it as left for a person: begun before the ledger was set back, and never completed.
    """
    payments = [payment for stack in world.stacks for payment in stack.payments().values()]
    open_ones = [p for p in payments if p.status in _REASONS_TO_WAIT | {Status.HELD, Status.POSTED}]
    named = _left_for_a_person(world)
    known = {group for p in open_ones for group in _groups(world, p)} | named
    for company in world.epicor.site.companies:
        for head in books.every_payment(world, company):
            open_head = head.entry_person == USER and not (head.posted or head.voided) and head.group_id not in named
            if open_head and not _awaited(head, open_ones):
                yield f"payment {head.head_num} in group {head.group_id} is left unposted"
        for group in books.groups_made_by(world, company, USER):
            if group not in known:
                yield f"group {group} is left"
    waiting = [t for t in world.wise._world.books.transfers.values() if t.status == WAITING]
    for transfer in (t for t in waiting if f"transfer {t.id}" not in named):
        if not any(_is_current(world, p, transfer) for p in open_ones):
            yield f"transfer {transfer.id} is left unfunded"


def _left_for_a_person(world: FaultWorld) -> set[str]:
    rows = [row for stack in world.stacks for row in stack.audit_rows() if row["pk"].startswith("SYSTEM#adopt#")]
    told = [json.loads(row["text"]) for row in rows if row["kind"] == "matched.left"]
    lines = [line for entry in told for line in entry["data"]["left"]]
    groups = {line.partition("/")[2].partition(":")[0] for line in lines}
    return groups | {transfer for line in lines for transfer in re.findall(r"transfer \d+", line)}


def _groups(world: FaultWorld, payment: Payment) -> list[str]:
    """Its reservation's group; earlier ones are gone, unless a person took the draft out of them."""
    touched = any(draft_touched(world, i) for i in world.day.invoices if payment in world.payments_of(i))
    numbers = range(1 if touched else max(payment.reservation, 1), payment.reservation + 1)
    return [identity.group_id(payment.id, number) for number in numbers]


def _awaited(head: books.Payment, open_ones: list[Payment]) -> bool:
    return any(p.reservation and p.group_id == head.group_id and p.status is not Status.POSTED for p in open_ones)


def _is_current(world: FaultWorld, payment: Payment, transfer: Transfer) -> bool:
    """Whether it is that of the last attempt, or an earlier one's of which the payment's hold tells a person."""
    if payment.hold is not None and f"transfer {transfer.id} of " in payment.hold.detail:
        return True
    return any(a.number == payment.attempt and a.key == transfer.key for a in world.attempts(payment))


def _epicor_balances_agree(world: FaultWorld) -> Found:
    for row in world.epicor.state()["invoices"]:
        total = Decimal(row["invoice_amount"])
        number = books.day_number(world, row["invoice_num"])
        heads = [p for p in books.every_payment(world, row["company"]) if not p.voided]
        paid = sum((dict(p.lines).get(number, 0) for p in heads if p.posted), Decimal(0))
        entered = sum((dict(p.lines).get(number, 0) for p in heads), Decimal(0))
        if Decimal(row["doc_invoice_bal"]) != total - paid or Decimal(row["doc_unposted_bal"]) != total - entered:
            left = row["doc_invoice_bal"]
            yield f"{row['invoice_num']}: total {total}, posted {paid}, entered {entered}, {left} open"


def _nobody_waits_for_money_that_is_there(world: FaultWorld) -> Found:
    for invoice, payment in paying(world):
        if payment is None or payment.status is not Status.AWAITING_FUNDS:
            continue
        for transfer in books.transfers_for(world, invoice):
            balance = world.wise._world.books.balance_in(transfer.profile, transfer.quote.source_currency)
            if transfer.status == WAITING and balance and balance.amount >= _cost(transfer):
                yield f"{invoice.invoice_num} waits for {_cost(transfer)}, there are {balance.amount}"


def _cost(transfer: Transfer) -> Decimal:
    return transfer.quote.options["BALANCE"].source_amount


def _no_bugs(world: FaultWorld) -> Found:
    """Faults may raise what a fault raises; anything else is a mistake of ours."""
    for error in world.errors:
        if not isinstance(error, _EXPECTED):
            yield f"{type(error).__name__}: {error}"
    released = [stack for stack in world.stacks if "step" not in stack.broken]
    for name, end in ((name, end) for stack in released for name, end in stack.machines.ended.items()):
        if end.startswith("failed"):
            yield f"execution {name} {end}"


INVARIANTS: dict[str, Callable[[FaultWorld], Found]] = {
    "money_out_within_total": _money_out_within_total,
    "money_out_is_paid_invoices": _money_out_is_paid_invoices,
    "money_is_accounted_for": _money_is_accounted_for,
    "nobody_else_is_paid": _nobody_else_is_paid,
    "one_end_each": _one_end_each,
    "nothing_left_behind": _nothing_left_behind,
    "epicor_balances_agree": _epicor_balances_agree,
    "nobody_waits_for_money_that_is_there": _nobody_waits_for_money_that_is_there,
    **TRUTHS,
    "no_bugs": _no_bugs,
}
