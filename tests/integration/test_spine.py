"""The spine's promises one by one: poll, sweep, quote, gate and audit trail when something gets in the way."""

import json
from datetime import timedelta
from typing import Any

import pytest

from kinetic_wise.flows.outcomes import Step
from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.flows.steps import run_step
from kinetic_wise.payments.life_cycle import Status
from simulators.sample_day import make_day
from tests.support.acts import only_payment, people_in_epicor, small_day, step_until, story
from tests.support.world import World

_HOUR = 3600.0


class Refusing:
    """A queue that takes a number of batches and then refuses."""

    def __init__(self, batches: int) -> None:
        self.batches = batches
        self.messages: list[dict[str, Any]] = []

    def send(self, messages: list[dict[str, Any]], delay_seconds: int = 0) -> None:
        if self.batches == 0:
            raise ConnectionError("no queue")
        self.batches -= 1
        self.messages += messages


def test_the_cursor_moves_only_after_every_page_is_queued() -> None:
    """A poll that dies between two pages leaves the cursor, and the next one queues everything (money-cases.md H32)."""
    world = World(make_day(invoices=260, seed=3), webhooks=False)
    company = world.deps.epicor_site.companies[0]
    first = Refusing(batches=1)
    world.deps.payments_queue = first
    with pytest.raises(ConnectionError):
        poll_invoices(world.deps)
    assert world.deps.state.cursor(f"invoices/{company}") == {}
    second = Refusing(batches=99)
    world.deps.payments_queue = second
    report = poll_invoices(world.deps)
    queued = {message["sys_row_id"] for message in second.messages}
    assert report.pages >= 3
    assert {message["sys_row_id"] for message in first.messages} <= queued
    assert len(queued) == report.queued == len(second.messages)
    assert world.deps.state.cursor(f"invoices/{company}")["newest"]


def test_a_claimed_invoice_is_not_queued_again() -> None:
    """Whatever the change column says, what is claimed is dropped from the next poll."""
    world = World(small_day(3))
    world.poll()
    world.run(60)
    assert poll_invoices(world.deps).queued == 0


def test_the_sweep_starts_what_has_no_execution() -> None:
    """A payment whose execution died is taken up again under a new run, and paid once (rule 18)."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.QUOTED)
    world.machines.live.clear()
    world._due.clear()
    world.run(2 * _HOUR)
    payment = only_payment(world)
    assert (payment.status, payment.run) == (Status.POSTED, 2)
    assert [t["funded_count"] for t in world.wise.state()["transfers"]] == [1]


def test_a_quote_that_expires_before_the_transfer_is_made_again() -> None:
    """Past `expirationTime` no transfer is created from a quote: a new quote, the same attempt and key (rule 7)."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.QUOTED)
    world.time += timedelta(minutes=31)
    world.run(_HOUR)
    payment = only_payment(world)
    kinds = [entry["kind"] for entry in story(world, payment)]
    assert (payment.status, payment.attempt) == (Status.POSTED, 1)
    assert kinds.count("quoted") == 2
    assert "quote_expired" in kinds


def test_an_execution_of_an_earlier_run_does_nothing() -> None:
    """Two executions of one payment do not work side by side: the older stops at its next step."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.CREATED)
    payment = only_payment(world)
    assert run_step(world.deps, Step.FUND, payment.id, payment.run - 1) == "stopped"
    assert world.wise.state()["transfers"][0]["funded_count"] == 0


def test_the_audit_trail_tells_transfer_amounts_rate_and_fee() -> None:
    """Whoever asks what happened finds it in the trail, with the numbers by Wise's own book."""
    world = World(small_day())
    world.poll()
    world.run(_HOUR)
    payment = only_payment(world)
    told = json.dumps([entry["data"] for entry in story(world, payment)])
    (transfer,) = world.wise.state()["transfers"]
    attempt = world.deps.ledger.attempt(payment.id, 1)
    assert attempt is not None
    assert attempt.transfer is not None
    assert str(transfer["id"]) in told
    assert f"{transfer['target_amount']} {transfer['target_currency']}" in told
    assert f'"rate": "{attempt.transfer.rate}"' in told
    assert f'"fee": "{attempt.fee}"' in told
    assert [entry["kind"] for entry in story(world, payment)][-1] == "posted"


def test_no_account_number_or_secret_reaches_the_ledger() -> None:
    """Neither table holds a full account number, a token or a password (rule 17)."""
    world = World(small_day(4))
    world.poll()
    world.run(_HOUR)
    stored = "".join(str(row) for table in ("payments", "audit", "connector") for row in world.database.rows(table))
    secrets = [world.wise_ready["personal_token"], world.epicor_ready["password"], world.epicor_ready["api_key"]]
    numbers = [n for v in world.day.vendors for b in v.banks for n in (b.iban, b.account_number) if len(n) > 6]
    assert len(stored) > 10_000
    assert [secret for secret in secrets + numbers if secret in stored] == []


def test_a_lost_answer_to_the_create_ends_in_one_transfer() -> None:
    """The create took effect and its answer is lost: the same key again gives the same transfer (rule 5)."""
    world = World(small_day())
    world.wise.faults.replace([{"match": {"method": "POST", "path": "/transfers$"}, "fault": "lost"}])
    world.poll()
    world.run(_HOUR)
    assert only_payment(world).status is Status.POSTED
    assert [t["funded_count"] for t in world.wise.state()["transfers"]] == [1]


def test_a_lost_answer_to_the_funding_moves_money_once() -> None:
    """The funding took effect and its answer is lost: looked at, not repeated (rule 5)."""
    world = World(small_day())
    world.wise.faults.replace([{"match": {"method": "POST", "path": "/payments$"}, "fault": "lost"}])
    world.poll()
    world.run(_HOUR)
    assert only_payment(world).status is Status.POSTED
    assert [t["funded_count"] for t in world.wise.state()["transfers"]] == [1]


def test_a_hold_set_before_the_money_moves_stops_it() -> None:
    """AP sets PayHold while the transfer waits: the gate sees it, cancels our transfer, keeps the draft (rule 9)."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.CREATED)
    invoice = world.day.invoices[0]
    people_in_epicor(world, "set_hold", invoice, invoice_num=invoice.invoice_num)
    world.run(_HOUR)
    payment = only_payment(world)
    assert payment.status is Status.HELD
    assert payment.hold is not None
    assert payment.hold.reason == "on_payment_hold"
    assert payment.draft is not None
    assert [(t["status"], t["funded_count"]) for t in world.wise.state()["transfers"]] == [("cancelled", 0)]


def test_changed_bank_details_stop_the_money() -> None:
    """The vendor's bank changes while the transfer waits: nothing goes to the old or the new account (rule 14)."""
    world = World(small_day())
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.CREATED)
    invoice = world.day.invoices[0]
    people_in_epicor(
        world, "change_bank", invoice, bank_id=invoice.bank_id, columns={"IBANCode": "DE89370400440532013000"}
    )
    world.run(_HOUR)
    payment = only_payment(world)
    assert payment.hold is not None
    assert payment.hold.reason == "bank_details_changed"
    assert [t["funded_count"] for t in world.wise.state()["transfers"]] == [0]
