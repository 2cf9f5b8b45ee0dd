"""What the ledger says, held against the books: histories, announcements, commitments, holds, and people's cancels."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment
from simulators.sample_day import Invoice
from simulators.wise.books import CANCELLED, Transfer
from tests.faults import books
from tests.faults.stack import Stack
from tests.faults.world import FaultWorld

Found = Iterator[str]
GO_ON = frozenset({"release", "retry", "approve_bank"})  # orders after which a payment may be paid again
_KINDS = {"release": "released", "retry": "retry", "reject": "order.reject", "cancel": "order.cancel"}
UNPAID = frozenset({Status.FAILED, Status.CLOSED, Status.REJECTED})


def paying(world: FaultWorld) -> Iterator[tuple[Invoice, Payment | None]]:
    for invoice in world.day.invoices:
        yield from ((invoice, payment) for payment in world.payments_of(invoice))
        if not world.payments_of(invoice):
            yield invoice, None


def _audit_is_intact(world: FaultWorld) -> Found:
    """Every chain recomputes from its texts and ends at the head that its payment names."""
    for stack in world.stacks:
        yield from _chains_break(stack)


def _chains_break(stack: Stack) -> Found:
    chains: dict[str, list[dict[str, object]]] = {}
    for row in stack.audit_rows():
        chains.setdefault(row["pk"], []).append(row)
    heads = {p.id: (p.audit_count, p.audit_head) for p in stack.payments().values()}
    for name, rows in chains.items():
        previous = ""
        for number, row in enumerate(sorted(rows, key=lambda row: str(row["sk"])), 1):
            text = json.loads(str(row["text"]))
            sound = hashlib.sha256(str(row["text"]).encode()).hexdigest() == row["hash"]
            if not sound or text["n"] != number or text["previous"] != previous:
                yield f"{name} breaks at {number}"
            previous = str(row["hash"])
        if name in heads and heads[name] != (len(rows), previous) and not _is_behind(stack, rows, heads[name]):
            yield f"{name} has {len(rows)} entries, its payment names {heads[name][0]}"


def _is_behind(stack: Stack, rows: list[dict[str, object]], head: tuple[int, str]) -> bool:
    """Whether the head is an earlier entry of a trail that was kept: it was set back, and not written since."""
    number, digest = head
    return stack.keeps_its_trail and any(int(str(row["sk"])) == number and row["hash"] == digest for row in rows)


def _history_is_true(world: FaultWorld) -> Found:
    """What the ledger says of amounts, transfers and drafts is what the books say."""
    for invoice, payment in paying(world):
        if payment is None:
            continue
        transfers = {t.id: t for t in books.transfers_for(world, invoice)}
        told = world.attempts(payment)
        known = {a.transfer.id for p in world.payments_of(invoice) for a in world.attempts(p) if a.transfer}
        known |= {transfer for stack in world.stacks for transfer in stack.set_back()}
        disagrees = payment.hold is not None and payment.hold.reason == "transfer_disagrees"  # the hold names it
        lost = payment.status is Status.CLOSED and any(stack.former for stack in world.stacks)  # paid, then set back
        if (
            set(transfers) - known
            and not lost
            and not (payment.status is Status.HELD and (payment.intent or disagrees))
        ):
            yield f"{invoice.invoice_num}: transfers {set(transfers) - known} are in no attempt"
        for attempt in told:
            transfer = transfers.get(attempt.transfer.id) if attempt.transfer else None
            if transfer is not None:
                lies = _lies(attempt, transfer, posted=payment.status is Status.POSTED)
                yield from (f"{invoice.invoice_num}, attempt {attempt.number}: {lie}" for lie in lies)


def _lies(attempt: Attempt, transfer: Transfer, *, posted: bool) -> Found:
    out, fee = books.is_out(transfer), transfer.debited - transfer.source_value
    if out and not (attempt.funded and attempt.may_have_money):
        yield f"transfer {transfer.id} took money, and it says no"
    if attempt.transfer and attempt.transfer.status != transfer.status:
        yield f"transfer {transfer.id} is {transfer.status}, and it says {attempt.transfer.status}"
    if attempt.dead and books.is_live(transfer):
        yield f"transfer {transfer.id} lives, and it says dead"
    if posted and out and attempt.fee != fee:
        yield f"the fee was {fee}, and it says {attempt.fee}"


def _announced(world: FaultWorld) -> Found:
    """No write without its intent (rule 3): transfers and fundings are counted against the audit trail."""
    rows = [row for stack in world.stacks for row in stack.former_audit_rows() + stack.audit_rows()]
    entries = [row[:2] for row in {(row["pk"], row["kind"], row["id"]) for row in rows}]
    for invoice in world.day.invoices:
        bases = _names(world, invoice)
        transfers = books.transfers_for(world, invoice)
        by_person = "fund" in world.touched.get(invoice.invoice_num, ())
        funded = [t for t in transfers if t.funded_count and not by_person]
        for what, kind in ((transfers, "intent.create_transfer"), (funded, "intent.fund")):
            announced = sum(name.startswith(bases) and what_kind == kind for name, what_kind in entries)
            if len(what) > announced:
                yield f"{invoice.invoice_num}: {announced} entries {kind}, {len(what)} happened"


def _names(world: FaultWorld, invoice: Invoice) -> tuple[str, ...]:
    """How the ids of an invoice's payments begin, whichever of its numbers it was claimed under."""
    numbers = [invoice.invoice_num, *(new for new, old in world.renamed.items() if old == invoice.invoice_num)]
    ids = (identity.payment_id(invoice.company, invoice.vendor_num, number, 1) for number in numbers)
    return tuple(name.removesuffix("1") for name in ids)


def _cancel_is_obeyed(world: FaultWorld) -> Found:
    """A person's cancel is answered with another payment only if it fell between our look and our own cancel."""
    for transfer, paid in _paid_after_cancel(world):
        if not world.looks.crossed(transfer):
            yield f"a person cancelled {transfer}, and {paid} was paid"


def crossed_cancels(world: FaultWorld) -> int:
    """How many cancels of people fell between our look and our own cancel, and were answered with a payment."""
    return sum(world.looks.crossed(transfer) for transfer, _ in _paid_after_cancel(world))


def _paid_after_cancel(world: FaultWorld) -> Iterator[tuple[int, int]]:
    """Transfers that a person cancelled, each with the one that was paid after it, not by a person's act or order."""
    for invoice, transfer, when in world.cancelled:
        wanted = [o.at for o in world.ordered if o.action in GO_ON and o.invoice == invoice.invoice_num and o.at > when]
        later = [
            t.id
            for t in books.transfers_for(world, invoice)
            if t.created > when and t.payments and not any(order < t.created for order in wanted)
        ]
        if later and "fund" not in world.touched.get(invoice.invoice_num, ()):
            yield transfer, later[0]


def _commitment_agrees(world: FaultWorld) -> Found:
    """What is committed on an invoice is what its unended payments are for."""
    for stack in world.stacks:
        payments = stack.payments().values()
        for name, lock in stack.locks().items():
            claimed = [p for p in payments if identity.invoice_lock(p.invoice.sys_row_id) == name and not is_second(p)]
            wanted = sum((p.amount for p in claimed if not _gave_back(p)), Decimal(0))
            if lock["committed"] != wanted:
                yield f"{lock['identity']}: committed {lock['committed']}, should be {wanted}"


def _counts_agree(world: FaultWorld) -> Found:
    """On the last day that anything is counted on, the caps count what may have left, or still may: nothing else."""
    for stack in world.stacks:
        attempts = [each for payment in stack.payments().values() for each in stack.attempts(payment)]
        counts = stack.counts()
        last = max((*(name.split("/")[1] for name in counts), *(each.counted_on for each in attempts)), default="")
        wanted: dict[str, Decimal] = {}
        for attempt in (each for each in attempts if last and each.counted_on == last and not _took_none(world, each)):
            name = f"counted/{last}/{attempt.terms.currency}"
            wanted[name] = wanted.get(name, Decimal(0)) + attempt.terms.amount
        for name in {name for name in counts if name.split("/")[1] == last} | set(wanted):
            if counts.get(name, 0) != wanted.get(name, 0):
                yield f"{name} is {counts.get(name, 0)}, should be {wanted.get(name, 0)}"


def _took_none(world: FaultWorld, attempt: Attempt) -> bool:
    """Whether its transfer is cancelled without ever having been funded, by Wise's book."""
    transfer = world.wise._world.books.transfers.get(attempt.transfer.id) if attempt.transfer else None
    return transfer is not None and transfer.status == CANCELLED and not transfer.funded_count


def _gave_back(payment: Payment) -> bool:
    """Whether it pays nothing: ended unpaid, or its money is back and nothing of it stands in Epicor any more.

    One that was held after its end, because its transfer moves again, had given back by then.
    """
    status = payment.hold.came_from if payment.status is Status.HELD and payment.hold else payment.status
    return status in UNPAID or (status is Status.RETURNED and payment.draft is None)


def is_second(payment: Payment) -> bool:
    """Whether it is but the record of a refused claim."""
    return payment.hold is not None and payment.hold.reason == "second_identity"


def _holds_tell_the_truth(world: FaultWorld) -> Found:
    """A debt is held as claimed before only where it has two identities: here, where a person renamed it."""
    second = [p for stack in world.stacks for p in stack.payments().values() if is_second(p)]
    yield from (f"{p.id} is held as claimed before" for p in second if not world.renamed)


def _orders_are_kept(world: FaultWorld) -> Found:
    """Each accepted order stands in the trail with its caller and is carried out; nothing is rejected without one."""
    rows = {(r["pk"], r["kind"], r["id"]): r for s in world.stacks for r in s.former_audit_rows() + s.audit_rows()}
    told = Counter((r["pk"], r["kind"], json.loads(r["text"])["data"].get("caller")) for r in rows.values())
    accepted = Counter((o.payment, _KINDS[o.action], o.caller) for o in world.accepted if o.action in _KINDS)
    for order, times in accepted.items():
        if told[order] < times:
            yield f"{order} was accepted {times} times, and stands in the trail {told[order]} times"
    ended = {order.payment for order in world.ordered if order.action in ("reject", "cancel")}
    for payment in (payment for stack in world.stacks for payment in stack.payments().values()):
        if payment.order is not None:
            yield f"{payment.id}: the order to {payment.order.action} it is not carried out"
        if payment.status is Status.REJECTED and payment.id not in ended:
            yield f"{payment.id} is rejected, and nobody ordered it"


TRUTHS: dict[str, Callable[[FaultWorld], Found]] = {
    "audit_is_intact": _audit_is_intact,
    "history_is_true": _history_is_true,
    "announced": _announced,
    "cancel_is_obeyed": _cancel_is_obeyed,
    "commitment_agrees": _commitment_agrees,
    "counts_agree": _counts_agree,
    "holds_tell_the_truth": _holds_tell_the_truth,
    "orders_are_kept": _orders_are_kept,
}
