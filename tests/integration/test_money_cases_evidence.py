"""Money cases about the evidence: chains, heads, intents before effects, texts that hash the same."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.operate import operate
from kinetic_wise.flows.start import read_message, start_payment
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.ledger.verify import Finding, verify
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.systems import InvoiceKey
from tests.support.acts import (
    HOUR,
    clock_falls_back,
    kinds,
    only_payment,
    paid_day,
    small_day,
    statuses,
    step_until,
    story,
    work_until,
)
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.world import Died, World

_WRITES = {
    "transfers": "intent.create_transfer",
    "payments": "intent.fund",
    "cancel": "intent.cancel",
    "RunDirect": "intent.post",
    "CreateNewCheckHed": "intent.reserve",
    "accounts": "intent.create_recipient",
}


def trail(world: World) -> Trail:
    """The audit trail of a world."""
    return Trail(world.database.client, PAYMENTS, AUDIT, CONNECTOR)


def findings(world: World) -> list[Finding]:
    """What somebody did to the audit trail."""
    return [finding for verified in verify(trail(world)) for finding in verified.findings]


def test_h37_a_days_chains_hold_together() -> None:
    """Many writers in a day: no chain forks, no entry stands twice, each chain ends in the head that is kept (H37)."""
    world = paid_day(World(small_day(4)), hours=2)
    rows = list(world.database.rows(AUDIT))
    places = Counter((row["pk"]["S"], row["sk"]["S"]) for row in rows)
    assert set(places.values()) == {1}
    assert len({row["id"]["S"] for row in rows}) == len(rows)
    assert findings(world) == []


def test_h37_what_one_payment_was_read_for_stands_in_no_others_chain() -> None:
    """A warm process has read something for others: neither a claim nor a person's order takes it along (H37)."""
    world = World(small_day(2))
    fields = ("company", "vendor_num", "invoice_num", "sys_row_id")
    first, second = (InvoiceKey(**{name: row[name] for name in fields}) for row in world.epicor.state()["invoices"])
    world.deps.epicor.invoice(first)
    start_payment(world.deps, read_message(second.model_dump()))
    payment = only_payment(world)
    (claimed,) = [entry for entry in story(world, payment) if entry["kind"] == "claimed"]
    world.deps.epicor.invoice(first)
    operate(world.deps, {"action": "cancel", "payment": payment.id, "why": "not wanted"}, "anna")
    own = [exchange for entry in story(world, payment) for exchange in entry["exchanges"]]
    assert claimed["exchanges"]
    assert not [exchange for exchange in own if first.invoice_num in json.dumps(exchange)]


def test_h37_the_losing_writer_writes_no_entry() -> None:
    """Two writers read the same tail: one writes entry and state, the other neither (H37)."""
    world = paid_day(World(small_day()))
    payment, ledger = only_payment(world), world.deps.ledger
    ledger.write(payment, payment, [Entry("first")])
    with pytest.raises(Exception, match="somebody else"):
        ledger.write(payment, payment, [Entry("second")])
    assert kinds(world)[-1] == "first"
    assert "second" not in kinds(world)


def test_h38_an_overwritten_entry_is_found() -> None:
    """No permission keeps PutItem from overwriting: the chain tells that somebody did, and where (H38)."""
    world = paid_day(World(small_day()))
    payment = only_payment(world)
    row = next(r for r in world.database.rows(AUDIT) if r["pk"]["S"] == payment.id and r["kind"]["S"] == "intent.fund")
    forged = {**row, "text": {"S": row["text"]["S"].replace("intent.fund", "intent.rest")}}
    world.database.client.put_item(TableName=AUDIT, Item=forged)
    found = findings(world)
    assert found
    assert {finding.chain for finding in found} == {payment.id}


def test_h39_no_entry_no_call() -> None:
    """Every request that changes something stands in the trail behind the intent that announced it (H39)."""
    world = paid_day(World(small_day()))
    announced: list[str] = []
    seen = set()
    for entry in story(world, only_payment(world)):
        for exchange in entry["exchanges"]:
            last = exchange["url"].partition("?")[0].rpartition("/")[2]
            if exchange["method"] in ("POST", "PUT") and last in _WRITES:
                assert _WRITES[last] in announced, last
                seen.add(_WRITES[last])
        announced.append(entry["kind"])
    assert {"intent.create_transfer", "intent.fund", "intent.reserve"} <= seen


def test_h39_a_process_that_dies_leaves_its_intent_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dead between call and outcome: the missing outcome is itself visible, and the next one looks first (H39)."""
    world = World(small_day())
    payment = work_until(world, Status.CREATED)
    really_fund = world.deps.wise.fund

    def dies_after(transfer_id: int) -> Any:
        really_fund(transfer_id)
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr(world.deps.wise, "fund", dies_after)
        with pytest.raises(Died):
            step_until(world, lambda: False)
    assert kinds(world)[-1] == "intent.fund"
    assert only_payment(world).intent is not None
    world.machines.live.clear()
    world._due.clear()
    world.run(2 * HOUR)
    assert only_payment(world).status is Status.POSTED
    assert kinds(world).count("intent.fund") == 1
    assert statuses(world) == [("outgoing_payment_sent", 1)]
    assert payment.id == only_payment(world).id


@pytest.mark.parametrize("amount", ["1.50", "100.00", "0.10", "1E+3"])
def test_h40_what_is_hashed_is_what_is_kept(amount: str) -> None:
    """DynamoDB trims zeros: the hash is over the text that is stored, so it can be computed again (H40)."""
    world = paid_day(World(small_day()))
    payment = only_payment(world)
    world.deps.ledger.write(payment, payment, [Entry("amount", {"amount": Decimal(amount)})])
    assert findings(world) == []
    (row,) = [r for r in world.database.rows(AUDIT) if r["kind"]["S"] == "amount"]
    assert Decimal(str(json.loads(row["text"]["S"])["data"]["amount"])) == Decimal(amount)


def test_h41_heads_name_entries_not_times() -> None:
    """What a chain had at a moment is (number, hash), whatever the clocks said: a cut of the tail is found (H41)."""
    world = World(small_day())
    work_until(world, Status.CREATED)
    clock_falls_back(world, minutes=20)
    world.run(2 * HOUR)
    payment = only_payment(world)
    head = trail(world).head(payment.id)
    assert head is not None
    assert head.count == len(story(world, payment))
    last = {"pk": {"S": payment.id}, "sk": {"S": f"{head.count:010d}"}}
    world.database.client.delete_item(TableName=AUDIT, Key=last)
    assert payment.id in [finding.chain for finding in findings(world)]
