"""Money cases about who is who: second identities, restarts, other ledgers, lost ledgers, keys and groups."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from kinetic_wise.flows.deps import WiseSite
from kinetic_wise.flows.operate import operate
from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.flows.start import read_message, start_payment
from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import Status
from simulators.sample_day import make_day
from tests.support.acts import (
    CREATE,
    HOUR,
    adopted,
    attempt,
    failed_payment,
    fault,
    held_for,
    on_invoice,
    only_payment,
    our_payments,
    paid_day,
    people_in_epicor,
    rest_until,
    small_day,
    statuses,
    told,
    transfers,
    work_until,
)
from tests.support.world import World


def _poll_everything(world: World) -> None:
    """The nightly scan of all eligible invoices, and what comes of it."""
    poll_invoices(world.deps, everything=True)
    world.run(HOUR)


def _second_identities(world: World) -> list[str]:
    return [p.invoice.invoice_num for p in world.payments().values() if held_for(p) == "second_identity"]


def test_h06_a_renamed_invoice_is_no_new_debt() -> None:
    """The payment failed, a clerk renames the invoice: held as a second identity, nothing is sent (H6)."""
    world = failed_payment()
    on_invoice(world, "rename_invoice", new_invoice_num="4500017A")
    _poll_everything(world)
    _poll_everything(world)
    assert statuses(world) == [("cancelled", 0)]
    assert len(world.payments()) <= 2


@pytest.mark.parametrize("retyped", ["same", "lower case"])
def test_h06_an_invoice_deleted_and_typed_in_again_is_held(retyped: str) -> None:
    """The same number on a new row, in any case of letters: the number's lock holds it (H6)."""
    day = small_day()
    world = paid_day(World(replace(day, invoices=(replace(day.invoices[0], invoice_num="INV-X9"),))))
    store = world.epicor.site.companies["EPIC01"]["APInvHed"]
    (row,) = store.rows()
    total, number = row["DocInvoiceAmt"], row["InvoiceNum"]
    store.delete(row)
    again = {**row, "SysRowID": str(uuid4()), "DocInvoiceBal": total, "DocUnpostedBal": total, "OpenPayable": True}
    store.put({**again, "InvoiceNum": number if retyped == "same" else number.lower()})
    _poll_everything(world)
    assert len(_second_identities(world)) == 1
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_h06_a_restored_epicor_is_not_paid_again() -> None:
    """Epicor is set back to yesterday: the paid invoice is open again; it is told, and stays unpaid by us (H6)."""
    world = World(small_day())
    invoice = world.day.invoices[0]
    people_in_epicor(world, "back_up", invoice)
    paid_day(world)
    people_in_epicor(world, "restore_database", invoice)
    assert [row["open_payable"] for row in world.epicor.state()["invoices"]] == [True]
    _poll_everything(world)
    assert statuses(world) == [("outgoing_payment_sent", 1)]
    assert only_payment(world).status is Status.POSTED
    assert told(world, "Epicor behind ledger")


def test_h07_a_failed_payment_does_not_restart_itself() -> None:
    """Its invoice is eligible again, and every poll and message sees it: once claimed is claimed for ever (H7)."""
    world = failed_payment()
    payment = only_payment(world)
    _poll_everything(world)
    message = read_message({**payment.invoice.model_dump(), "pay_seq": 1})
    assert start_payment(world.deps, message) == "not_moving"
    assert statuses(world) == [("cancelled", 0)]


def test_h08_another_ledgers_draft_is_not_adopted() -> None:
    """A second stack reserved the invoice under the same derived group: its reference tells, and we hold (H8)."""
    world = World(small_day())
    work_until(world, Status.RESERVED)
    store = world.epicor.site.companies["EPIC01"]["CheckHed"]
    (head,) = [row for row in store.rows() if row.get("XRefCheckNum") == "TESTLEDG-1"]
    store.change(head, XRefCheckNum="OTHERLED-1")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "draft_changed"
    assert all(funded == 0 for _, funded in statuses(world))


def test_h08_another_profile_creates_nothing() -> None:
    """The profile changes while a create is unclear: the ledger is not bound to it, so no second key is used (H8)."""
    world = World(small_day())
    fault(world.wise, CREATE, "lost")
    work_until(world, Status.UNKNOWN)
    site = world.deps.wise_site
    world.deps.wise_site = WiseSite(site.environment, site.profile + 1)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "ledger_not_bound"
    assert statuses(world) == [("incoming_payment_waiting", 0)]


def test_h09_a_restored_ledger_creates_and_funds_nothing() -> None:
    """A table that came out of a backup is another table: everything that would pay is held until `adopt` (H9)."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    world.deps.table_id = lambda: "the-restored-table"
    world.run(HOUR)
    assert held_for(only_payment(world)) == "ledger_not_bound"
    assert statuses(world) == [("incoming_payment_waiting", 0)]


def test_h09_after_adopt_a_restored_ledger_pays_again() -> None:
    """`adopt` matches Wise and Epicor and binds the ledger: what is claimed then is paid as ever (H9)."""
    world = World(small_day())
    world.deps.table_id = lambda: "the-restored-table"
    adopted(world, "test")
    rest_until(world, Status.POSTED)
    assert statuses(world) == [("outgoing_payment_sent", 1)]


def test_h16_a_key_is_stored_once_and_never_derived_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that derives other keys finishes what is in flight under the stored ones (H16)."""
    world = World(small_day())
    fault(world.wise, CREATE, "lost")
    work_until(world, Status.UNKNOWN)
    key = attempt(world).key
    monkeypatch.setattr(identity, "transfer_key", lambda *parts: str(uuid4()))
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert [transfer["customerTransactionId"] for transfer in transfers(world)] == [key]


def test_h17_instalments_have_keys_of_their_own() -> None:
    """Two instalments of one invoice are two payments, two keys, two transfers, each of its own amount (H17)."""
    day = make_day()
    (invoice,) = [i for i in day.invoices if i.invoice_num == "7/24 R"]
    world = paid_day(World(replace(small_day(), invoices=(invoice,))))
    payments = world.payments().values()
    assert {payment.status for payment in payments} == {Status.POSTED}
    assert len({transfer["customerTransactionId"] for transfer in transfers(world)}) == len(payments) == 2
    assert sorted(t["target_amount"] for t in transfers(world)) == sorted(str(p.amount) for p in payments)


def test_h18_a_new_reservation_has_a_new_group() -> None:
    """After a retry the old group, whatever is left of it, is not taken for the new reservation (H18)."""
    world = failed_payment()
    first = only_payment(world).group_id
    operate(world.deps, {"action": "retry", "payment": only_payment(world).id}, "test")
    world.run(HOUR)
    payment = only_payment(world)
    assert payment.status is Status.POSTED
    assert payment.group_id != first
    assert [p["reference"] for p in our_payments(world) if p["posted"]] == ["TESTLEDG-2"]


def test_h23_parts_never_add_up_to_more_than_the_invoice() -> None:
    """Messages that name instalments which do not exist pay nothing beyond the invoice's total (H23)."""
    world = paid_day(World(small_day()))
    key = only_payment(world).invoice
    for pay_seq in (2, 3):
        start_payment(world.deps, read_message({**key.model_dump(), "pay_seq": pay_seq}))
    world.run(HOUR)
    total = world.day.invoices[0].amount
    assert sum(Decimal(t["target_amount"]) for t in transfers(world) if t["funded_count"]) == total


def test_h23_a_residue_is_not_claimed_again() -> None:
    """A few cents that stay open after the payment was posted are nobody's new payment (H23)."""
    world = paid_day(World(small_day()))
    store = world.epicor.site.companies["EPIC01"]["APInvHed"]
    (row,) = store.rows()
    store.change(row, DocInvoiceBal=Decimal("0.56"), DocUnpostedBal=Decimal("0.56"), OpenPayable=True)
    _poll_everything(world)
    assert len(world.payments()) == 1
    assert statuses(world) == [("outgoing_payment_sent", 1)]
