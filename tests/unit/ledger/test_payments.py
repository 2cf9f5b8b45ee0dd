"""The ledger: claimed once, written only by whoever read the latest version, with a chain that shows gaps."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.ledger import ClaimOutcome, Entry, Ledger, Moved, Stopped
from kinetic_wise.ledger.due_rows import DueRows
from kinetic_wise.ledger.switch import StopSwitch
from kinetic_wise.payments.audit_rows import RowEvents
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.money import Money
from kinetic_wise.payments.systems import InvoiceKey
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS, InProcessDynamoDb, in_process_dynamodb

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CLAIMED = Entry("claimed")


@pytest.fixture
def database() -> Iterator[InProcessDynamoDb]:
    """An empty database."""
    with in_process_dynamodb() as database:
        yield database


@pytest.fixture
def ledger(database: InProcessDynamoDb) -> Ledger:
    """The ledger on it."""
    return Ledger(database.client, PAYMENTS, AUDIT, now=lambda: NOW)


def payment(invoice_num: str = "INV-7", row: str = "row-1", amount: str = "100.00", **changes: Any) -> Payment:
    """A payment about to be claimed."""
    key = InvoiceKey(company="EPIC01", vendor_num=214, invoice_num=invoice_num, sys_row_id=row)
    values: dict[str, Any] = {"id": key.payment_id(), "invoice": key, "amount": Decimal(amount), "currency": "EUR"}
    return Payment(**{**values, "currency_code": "EUR", "created_at": NOW, "updated_at": NOW, **changes})


def test_a_claim_is_once_and_for_ever(ledger: Ledger) -> None:
    """The second claim of an invoice meets the first (rule 1, money-cases.md H7)."""
    assert ledger.claim(payment(), Decimal("100.00"), CLAIMED) is ClaimOutcome.CLAIMED
    assert ledger.claim(payment(), Decimal("100.00"), CLAIMED) is ClaimOutcome.ALREADY


def test_a_renamed_invoice_meets_the_lock_of_its_row(ledger: Ledger) -> None:
    """The same row under another number is held as a second identity, once (money-cases.md H6)."""
    ledger.claim(payment(), Decimal("100.00"), CLAIMED)
    assert ledger.claim(payment("INV-7A"), Decimal("100.00"), CLAIMED) is ClaimOutcome.SECOND_IDENTITY
    assert ledger.claim(payment("INV-7A"), Decimal("100.00"), CLAIMED) is ClaimOutcome.SECOND_IDENTITY
    held = list(ledger.in_status(Status.HELD))
    assert held == ["EPIC01:214:INV-7A:1:row-1"]


def test_a_retyped_invoice_meets_the_lock_of_its_number(ledger: Ledger) -> None:
    """The same number on a new row is held, in any case of letters, and its row counts as seen (money-cases.md H6)."""
    ledger.claim(payment(), Decimal("100.00"), CLAIMED)
    assert ledger.claim(payment("inv-7", row="row-2"), Decimal("100.00"), CLAIMED) is ClaimOutcome.SECOND_IDENTITY
    assert ledger.claim(payment("INV-7", row="row-3"), Decimal("100.00"), CLAIMED) is ClaimOutcome.SECOND_IDENTITY
    assert ledger.claimed(["row-1", "row-2", "row-3", "row-4"]) == {"row-1", "row-2", "row-3"}


def test_commitments_never_exceed_the_invoice(ledger: Ledger) -> None:
    """Instalments are claimed only up to the invoice's total, whatever they are called (money-cases.md H23)."""
    total = Decimal("100.00")
    first = payment(amount="60.00")
    second = payment(amount="60.00", pay_seq=2, id=first.invoice.payment_id(2))
    assert ledger.claim(first, total, CLAIMED) is ClaimOutcome.CLAIMED
    assert ledger.claim(second, total, CLAIMED) is ClaimOutcome.SECOND_IDENTITY
    third = payment(amount="40.00", pay_seq=3, id=first.invoice.payment_id(3))
    assert ledger.claim(third, total, CLAIMED) is ClaimOutcome.CLAIMED


def _instalments(*amounts: str) -> list[tuple[Payment, Entry]]:
    first = payment()
    return [
        (payment(amount=amount, pay_seq=n, id=first.invoice.payment_id(n)), CLAIMED)
        for n, amount in enumerate(amounts, 1)
    ]


def test_instalments_are_claimed_all_or_none(ledger: Ledger, database: InProcessDynamoDb) -> None:
    """Who dies with the first write done has claimed all of the invoice: nobody would come back for the rest."""
    claims = _instalments("40.00", "60.00")

    def dies(operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            raise ConnectionError("died")

    database.after = dies
    with pytest.raises(ConnectionError):
        ledger.claim_together(claims, Decimal("100.00"))
    assert sorted(ledger.in_status(Status.QUEUED)) == [claimed.id for claimed, _ in claims]


def test_instalments_that_meet_a_lock_are_claimed_one_by_one(ledger: Ledger) -> None:
    """One whose number is taken is held as a second identity, the others are claimed; again, nothing changes."""
    other = payment("inv-7", row="row-2", amount="40.00")
    ledger.claim(other, Decimal("40.00"), CLAIMED)
    claims = _instalments("40.00", "60.00")[::-1]
    met = [ledger.claim_together(claims, Decimal("100.00")) for _ in range(2)]
    assert met[0] == [ClaimOutcome.CLAIMED, ClaimOutcome.SECOND_IDENTITY]
    assert met[1] == [ClaimOutcome.ALREADY, ClaimOutcome.SECOND_IDENTITY]


def test_many_instalments_are_claimed(ledger: Ledger) -> None:
    """More than a transaction takes are all claimed, and what is left by others with them."""
    claims = _instalments(*["1.00"] * 60)
    ledger.claim_together(claims[:1], Decimal("60.00"))
    outcomes = ledger.claim_together(claims, Decimal("60.00"))
    assert outcomes == [ClaimOutcome.ALREADY] + [ClaimOutcome.CLAIMED] * 59
    assert len(list(ledger.in_status(Status.QUEUED))) == 60


def test_many_instalments_fit_beside_their_trail(database: InProcessDynamoDb) -> None:
    """Claimed again after a restore that kept the trail, with rows due in Epicor: no transaction has over 100 items."""
    due = DueRows(database.client, CONNECTOR, RowEvents.ALL)
    ledger = Ledger(database.client, PAYMENTS, AUDIT, now=lambda: NOW, due_rows=due)
    claims, sizes = _instalments(*["1.00"] * 40), list[int]()
    ledger.claim_together(claims, Decimal("40.00"))
    for item in list(database.rows(PAYMENTS)):
        database.client.delete_item(TableName=PAYMENTS, Key={name: item[name] for name in ("pk", "sk")})

    def count(operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            sizes.append(len(params["TransactItems"]))

    database.before = count
    assert ledger.claim_together(claims, Decimal("40.00")) == [ClaimOutcome.CLAIMED] * 40
    assert 0 < max(sizes) <= 100


def test_what_is_posted_of_an_invoice_is_all_its_instalments(ledger: Ledger) -> None:
    """Whichever of them are posted, the first or later ones; an invoice of which none is, is not named."""
    claims = _instalments("10.00", "20.00", "70.00")
    ledger.claim_together(claims, Decimal("100.00"))
    key = claims[0][0].invoice
    assert ledger.posted_amounts([key]) == {}
    for claimed, _ in claims[1:]:
        stored = ledger.get(claimed.id)
        assert stored is not None
        ledger.write(stored, stored.model_copy(update={"status": Status.POSTED}), [Entry("posted")])
    assert ledger.posted_amounts([key, payment("ELSE", row="row-9").invoice]) == {"row-1": Decimal("90.00")}


def test_released_commitment_can_be_claimed_again(ledger: Ledger) -> None:
    """What ended unpaid gives its part of the invoice back."""
    first = payment(amount="100.00")
    ledger.claim(first, Decimal("100.00"), CLAIMED)
    stored = ledger.get(first.id)
    assert stored is not None
    ended = stored.model_copy(update={"status": Status.CLOSED})
    ledger.write(stored, ended, [Entry("closed")], also=[ledger.release_item(stored)])
    again = payment(amount="100.00", pay_seq=2, id=first.invoice.payment_id(2))
    assert ledger.claim(again, Decimal("100.00"), CLAIMED) is ClaimOutcome.CLAIMED


def test_a_lost_answer_to_a_claim_is_no_second_claim(ledger: Ledger, database: InProcessDynamoDb) -> None:
    """When our own write meets its own condition, it is recognised as ours (money-cases.md H31)."""
    transactions: list[dict[str, Any]] = []

    def twice(operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems" and not transactions:
            transactions.append(params)
            database.client.transact_write_items(**{**params, "ClientRequestToken": "another-token"})

    database.before = twice
    assert ledger.claim(payment(), Decimal("100.00"), CLAIMED) is ClaimOutcome.CLAIMED


def test_an_old_worker_writes_nothing(ledger: Ledger) -> None:
    """Whoever read an older version is told so and changes nothing (rule 16)."""
    ledger.claim(payment(), Decimal("100.00"), CLAIMED)
    read = ledger.get(payment().id)
    assert read is not None
    ledger.write(read, read.model_copy(update={"run": 1}), [Entry("run")])
    with pytest.raises(Moved):
        ledger.write(read, read.model_copy(update={"run": 9}), [Entry("run")])
    latest = ledger.get(read.id)
    assert latest is not None
    assert (latest.run, latest.version) == (1, 2)


def test_the_stop_switch_stops_the_transaction_that_would_fund(ledger: Ledger, database: InProcessDynamoDb) -> None:
    """With the switch on, a write that depends on it is refused, and one that does not is not (money-cases.md H42)."""
    ledger.claim(payment(), Decimal("100.00"), CLAIMED)
    read = ledger.get(payment().id)
    assert read is not None
    switch = StopSwitch(database.client, CONNECTOR)
    admission = switch.counting(switch.read(), "2026-11-21", Money(read.amount, read.currency))
    switch.stop()
    with pytest.raises(Stopped):
        ledger.write(read, read, [Entry("intent.fund")], admission=admission)
    assert ledger.write(read, read, [Entry("facts")]).version == 2


def test_the_audit_chain_holds_together(ledger: Ledger, database: InProcessDynamoDb) -> None:
    """Each entry carries the hash of the one before, and the payment the hash of the last (money-cases.md H37, H40)."""
    ledger.claim(payment(), Decimal("100.00"), Entry("claimed", {"amount": Decimal("100.00")}))
    read = ledger.get(payment().id)
    assert read is not None
    last = ledger.write(read, read, [Entry("one"), Entry("two")])
    rows = sorted(database.rows(AUDIT), key=lambda row: row["sk"]["S"])
    assert [row["sk"]["S"] for row in rows] == ["0000000001", "0000000002", "0000000003"]
    previous = ""
    for row in rows:
        text = row["text"]["S"]
        assert json.loads(text)["previous"] == previous
        previous = row["hash"]["S"]
        assert previous == hashlib.sha256(text.encode()).hexdigest()
    assert (last.audit_count, last.audit_head) == (3, previous)


def test_amounts_keep_their_zeros(ledger: Ledger) -> None:
    """1.50 comes back as 1.50, not 1.5: the ledger keeps what was agreed to the letter."""
    ledger.claim(payment(amount="1.50"), Decimal("1.50"), CLAIMED)
    stored = ledger.get(payment().id)
    assert stored is not None
    assert str(stored.amount) == "1.50"


def test_the_moment_of_the_last_change_of_status_is_kept(database: InProcessDynamoDb) -> None:
    """What is written beside the status makes it no younger, also where no such moment was written before."""
    time = NOW
    ledger = Ledger(database.client, PAYMENTS, AUDIT, now=lambda: time)
    ledger.claim(payment(), Decimal("100.00"), CLAIMED)
    claimed = ledger.get(payment().id)
    assert claimed is not None
    time = NOW + timedelta(hours=1)
    run = ledger.write(claimed, claimed.model_copy(update={"run": 1}), [Entry("run")])
    assert (run.updated_at, run.status_since) == (time, NOW)
    before_it_was_kept = run.model_copy(update={"status_since": None})
    time = NOW + timedelta(hours=2)
    again = ledger.write(run, before_it_was_kept.model_copy(update={"run": 2}), [Entry("run")])
    assert again.status_since == run.updated_at
    moved = ledger.write(again, again.model_copy(update={"status": Status.RESERVED}), [Entry("reserved")])
    assert moved.stands_since == time
    assert ledger.get(moved.id) == moved
