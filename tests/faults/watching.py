"""What may not be false even for a moment: looked at after each request, by the simulators' own books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from simulators.sample_day import Invoice
from tests.faults import books
from tests.faults.world import FaultWorld

Found = Iterator[str]
_LOOK_TO_MONEY = timedelta(minutes=7)  # a function lives five
_SPEAKS_OF_THE_DRAFT = frozenset({"delete_draft", "post_draft", "change_draft", "rename_invoice"})


def watched(world: FaultWorld) -> list[str]:
    """What must never be seen: two transfers of an instalment out at once, a live one without draft, early posting."""
    checks = ((name, check, invoice) for name, check in _WATCHED.items() for invoice in world.day.invoices)
    return [f"{name}: {text}" for name, check, invoice in checks for text in check(world, invoice)]


def draft_touched(world: FaultWorld, invoice: Invoice) -> bool:
    """Whether a person laid hands on the invoice's draft: what became of it then is not our doing."""
    return bool(_SPEAKS_OF_THE_DRAFT.intersection(world.touched.get(invoice.invoice_num, ())))


def _one_out_at_a_time(world: FaultWorld, invoice: Invoice) -> Found:
    out = [t for t in books.transfers_for(world, invoice) if books.is_out(t)]
    for share in books.shares(invoice):
        at_once = [t.id for t in out if t.quote.target_amount == share]
        if len(at_once) > 1:
            yield f"{invoice.invoice_num} is paid by transfers {at_once} at once"


def _draft_under_live_transfer(world: FaultWorld, invoice: Invoice) -> Found:
    if draft_touched(world, invoice):
        return
    live = [t.id for t in books.transfers_for(world, invoice) if books.is_live(t)]
    held = [p for p in books.payments(world, invoice) if p.ours and not p.voided]
    if live and not held:
        yield f"{invoice.invoice_num} has live transfers {live} and no draft"


def _posted_only_when_sent(world: FaultWorld, invoice: Invoice) -> Found:
    if draft_touched(world, invoice):
        return
    posted = [p.head_num for p in books.payments(world, invoice) if p.ours and p.posted]
    if posted and not any(t.was_sent for t in books.transfers_for(world, invoice)):
        yield f"{invoice.invoice_num} is posted by {posted} and nothing was sent"


def _nothing_funded_when_stopped(world: FaultWorld, invoice: Invoice) -> Found:
    """Between our last look and the money lie seconds, minutes at the most when a worker stalls."""
    if "fund" in world.touched.get(invoice.invoice_num, ()):
        return
    stops = [(why, since) for (number, why), since in world.stopped.items() if number == invoice.invoice_num]
    funded = [(t.id, payment.created) for t in books.transfers_for(world, invoice) for payment in t.payments]
    for why, since in stops:
        yield from (
            f"{invoice.invoice_num}: {why}, and transfer {transfer} was funded minutes later"
            for transfer, at in funded
            if at > since + _LOOK_TO_MONEY
        )


_WATCHED: dict[str, Callable[[FaultWorld, Invoice], Found]] = {
    "one_transfer_out_at_a_time": _one_out_at_a_time,
    "draft_under_live_transfer": _draft_under_live_transfer,
    "posted_only_when_sent": _posted_only_when_sent,
    "nothing_funded_when_stopped": _nothing_funded_when_stopped,
}
