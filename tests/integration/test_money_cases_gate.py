"""Money cases about the last look before money moves: the gate, what waits, bank details, rates, balances, switch."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from kinetic_wise.flows.foreign import list_transfers
from kinetic_wise.flows.operate import operate
from kinetic_wise.flows.outcomes import Step
from kinetic_wise.flows.steps import run_step
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from tests.support.acts import (
    DAY,
    FUND,
    HOUR,
    ask_a_person,
    attempt,
    day_with,
    fault,
    held_for,
    money_comes,
    near_the_end_of_the_rate,
    on_draft,
    on_invoice,
    on_transfer,
    only_payment,
    our_drafts,
    our_payments,
    paid_day,
    people_in_epicor,
    poor_day,
    rest_until,
    small_day,
    statuses,
    step_until,
    story,
    work_until,
)
from tests.support.dynamodb import CONNECTOR
from tests.support.world import World

_OTHER_IBAN = {"IBANCode": "DE89370400440532013000"}


def _hold(world: World) -> None:
    on_invoice(world, "set_hold")


def _hold_vendor(world: World) -> None:
    people_in_epicor(world, "set_hold", world.day.invoices[0])


def _new_bank(world: World) -> None:
    bank_id = our_payments(world)[0]["vendor_bank_id"]
    people_in_epicor(world, "change_bank", world.day.invoices[0], bank_id=bank_id, columns=_OTHER_IBAN)


def _paid_by_hand(world: World) -> None:
    on_draft(world, "delete_draft")
    on_invoice(world, "pay_by_hand")


def _renamed(world: World) -> None:
    on_draft(world, "delete_draft")  # Epicor renames nothing that is in a payment
    on_invoice(world, "rename_invoice", new_invoice_num="ELSE")


def _other_bank_in_the_draft(world: World) -> None:
    store = world.epicor.site.companies[world.day.invoices[0].company]["CheckHed"]
    (head,) = [row for row in store.rows() if row.get("XRefCheckNum", "").startswith("TESTLEDG-")]
    store.change(head, VendorBankID="OTHER")


def _recipient_gone(world: World) -> None:
    (recipient,) = world.wise._world.books.recipients.values()
    recipient.active = False


def _approval_lost(world: World) -> None:
    """The connector's table was set back to before the vendor's bank row was approved."""
    rows = [row for row in world.database.rows(CONNECTOR) if row["sk"]["S"] == "APPROVED"]
    for row in rows:
        world.database.client.delete_item(TableName=CONNECTOR, Key={name: row[name] for name in ("pk", "sk")})
    assert rows


CHANGES: dict[str, tuple[Callable[[World], None], set[str]]] = {
    "payment hold": (_hold, {"on_payment_hold"}),
    "vendor's hold": (_hold_vendor, {"vendor_on_hold"}),
    "bank changed": (_new_bank, {"bank_details_changed"}),
    "approval lost": (_approval_lost, {"bank_details_new"}),
    "paid by hand": (_paid_by_hand, {"invoice_closed", "draft_missing"}),
    "renamed": (_renamed, {"invoice_changed"}),
    "draft deleted": (lambda world: on_draft(world, "delete_draft"), {"draft_missing"}),
    "draft changed": (lambda world: on_draft(world, "change_draft", amount="1.00"), {"draft_changed"}),
    "draft posted": (lambda world: on_draft(world, "post_draft"), {"draft_posted", "invoice_closed"}),
    "draft names another bank": (_other_bank_in_the_draft, {"draft_changed"}),
    "recipient gone": (_recipient_gone, {"recipient_changed"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_h04_whatever_changed_since_monday_stops_wednesdays_money(change: str) -> None:
    """Reserved, created, waiting for money; then somebody changes something: no money moves, cancelled, held (H4)."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    act, reasons = CHANGES[change]
    act(world)
    money_comes(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) in reasons
    assert statuses(world) == [("cancelled", 0)]


@pytest.mark.parametrize("change", CHANGES)
def test_h05_what_waits_for_a_person_is_unloaded(change: str) -> None:
    """Nobody asks our gate when an approver clicks: it runs on schedule, and cancels what must not go out (H5)."""
    world = World(small_day())
    ask_a_person(world)
    rest_until(world, Status.AWAITING_APPROVAL)
    act, reasons = CHANGES[change]
    act(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) in reasons
    assert statuses(world) == [("cancelled", 0)]


def test_h05_the_switch_does_not_keep_a_waiting_transfer_loaded() -> None:
    """With the stop switch on, what fails the gate is still cancelled (H5, H42)."""
    world = World(small_day())
    ask_a_person(world)
    rest_until(world, Status.AWAITING_APPROVAL)
    operate(world.deps, {"action": "stop"}, "test")
    _hold(world)
    world.run(HOUR)
    assert statuses(world) == [("cancelled", 0)]


def test_h05_nothing_waits_until_wise_cancels_it() -> None:
    """On day 12 a waiting transfer is cancelled by us, and the next attempt waits with a price of now (H5)."""
    world = World(small_day())
    ask_a_person(world)
    rest_until(world, Status.AWAITING_APPROVAL)
    world.time += timedelta(seconds=12.1 * DAY)
    world.run(HOUR)
    assert statuses(world) == [("cancelled", 0), ("incoming_payment_waiting", 0)]
    assert only_payment(world).status is Status.AWAITING_APPROVAL


def test_h12_details_that_nobody_approved_get_nothing() -> None:
    """A bank row that came after `adopt` is held at first sight, before anything is reserved (H12)."""
    world = World(small_day())
    invoice = world.day.invoices[0]
    columns = {"NameOnAccount": "Somebody Else", "SwiftNum": "COBADEFFXXX", **_OTHER_IBAN}
    people_in_epicor(world, "change_bank", invoice, bank_id="FRAUD", columns=columns, primary=True)
    paid_day(world)
    assert held_for(only_payment(world)) == "bank_details_new"
    assert statuses(world) == []
    assert our_drafts(world) == []


def test_h12_changed_details_are_held_between_any_two_steps() -> None:
    """Changed right after the claim, after the draft, or after the recipient: neither account gets anything (H12)."""
    for status in (Status.QUEUED, Status.RESERVED, Status.RECIPIENT_READY, Status.QUOTED, Status.CREATED):
        world = World(small_day())
        work_until(world, status)
        vendor = next(v for v in world.day.vendors if v.vendor_num == world.day.invoices[0].vendor_num)
        bank_id = world.day.invoices[0].bank_id or vendor.primary_bank_id
        people_in_epicor(world, "change_bank", world.day.invoices[0], bank_id=bank_id, columns=_OTHER_IBAN)
        world.run(HOUR)
        assert held_for(only_payment(world)) in ("bank_details_changed", "bank_details_missing"), status
        assert all(funded == 0 for _, funded in statuses(world)), status


def test_h24_a_like_transfer_made_by_hand_is_seen() -> None:
    """The treasurer pays the same bill in Wise's own screens: the gate finds it and holds (H24)."""
    world = World(small_day(), Settings(list_age=0))
    payment = work_until(world, Status.CREATED)
    recipient, wise = attempt(world).recipient_id, world.deps.wise
    assert recipient is not None
    quote = wise.create_quote("EUR", "EUR", payment.amount, recipient)
    by_hand = wise.create_transfer(str(uuid4()), recipient, quote.id, "by hand")
    world.run(HOUR)
    assert held_for(only_payment(world)) == "duplicate_suspected"
    assert str(by_hand.id) in str(only_payment(world).hold)
    assert sorted(statuses(world)) == [("cancelled", 0), ("incoming_payment_waiting", 0)]


@pytest.mark.parametrize("shown", [("same", "0.00"), ("same", "1.23"), ("0.00", "0.00"), ("0.00", "1.23")])
def test_h24_a_like_transfer_is_seen_when_its_rate_is_over(shown: tuple[str, str]) -> None:
    """Funded after its rate ended it shows no amount, then another one: what it was made for still counts (H24)."""
    world = World(small_day(), Settings(list_age=0))
    payment = work_until(world, Status.CREATED)
    recipient, wise = attempt(world).recipient_id, world.deps.wise
    assert recipient is not None
    quote = wise.create_quote("EUR", "EUR", payment.amount, recipient)
    by_hand = world.wise._world.books.transfers[wise.create_transfer(str(uuid4()), recipient, quote.id, "by hand").id]
    for amount in shown:
        by_hand.target_value = by_hand.target_value if amount == "same" else Decimal(amount)
        list_transfers(world.deps)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "duplicate_suspected"
    assert sorted(statuses(world)) == [("cancelled", 0), ("incoming_payment_waiting", 0)]


def test_h24_another_amount_is_not_a_like_transfer() -> None:
    """Whoever pays the same vendor another bill by hand, in an amount that Wise showed, stops nothing (H24)."""
    world = World(small_day(), Settings(list_age=0))
    payment = work_until(world, Status.CREATED)
    recipient, wise = attempt(world).recipient_id, world.deps.wise
    assert recipient is not None
    quote = wise.create_quote("EUR", "EUR", payment.amount + 1, recipient)
    wise.create_transfer(str(uuid4()), recipient, quote.id, "by hand")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED


def test_what_the_gate_read_stands_in_the_intent_although_it_had_to_list() -> None:
    """A list that was too old takes none of the evidence with it, and adds none of its pages (rule 17)."""
    told = {}
    for age in (0, 300):
        world = World(small_day(), Settings(list_age=age))
        rest_until(world, Status.POSTED)
        (intent,) = [one for one in story(world, only_payment(world)) if one["kind"] == "intent.fund"]
        told[age] = [(one["method"], one["url"]) for one in intent["exchanges"]]
    assert told[0] == told[300]
    assert any("/transfers/" in url for _, url in told[0])
    assert any("/accounts/" in url for _, url in told[0])
    assert any("Erp.BO." in url for _, url in told[0])


def test_h26_the_quotes_clock_does_not_cancel_good_transfers() -> None:
    """After creation only `rateExpirationTime` counts: an hour after its quote expired the transfer is funded (H26)."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    world.run(HOUR)
    quote = attempt(world).quote
    assert quote is not None
    assert quote.expires_at < world.time
    money_comes(world)
    world.run(HOUR)
    assert statuses(world) == [("outgoing_payment_sent", 1)]


@pytest.mark.parametrize(("minutes", "attempts"), [(25, 1), (9, 2)])
def test_h26_the_rate_must_hold_for_ten_more_minutes(minutes: int, attempts: int) -> None:
    """Clocks differ and calls are slow: within the margin a rate counts as over (H26, H36)."""
    world = World(small_day())
    payment = work_until(world, Status.CREATED)
    near_the_end_of_the_rate(world, minutes=minutes)
    assert run_step(world.deps, Step.FUND, payment.id, payment.run) == ("funded" if attempts == 1 else "rate_over")


@pytest.mark.parametrize(("amount", "currency"), [("120000.50", "JPY"), ("977.155", "EUR")])
def test_h27_what_cannot_be_delivered_exactly_is_held(amount: str, currency: str) -> None:
    """Wise's own list of whole-unit currencies decides, not ISO's: held, never rounded silently (H27)."""
    world = paid_day(World(day_with(amount, currency)))
    assert held_for(only_payment(world)) == "amount_not_exact"
    assert statuses(world) == []


def test_h28_the_fee_counts_too() -> None:
    """A balance of exactly the invoice's amount cannot pay the fee: the payment waits, and fails nothing (H28)."""
    amount = small_day().invoices[0].amount
    world = World(small_day(balances={"EUR": amount}))
    rest_until(world, Status.AWAITING_FUNDS)
    money_comes(world, "100.00")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    fee = attempt(world).fee
    assert fee is not None
    assert fee > 0


def test_h28_two_payments_do_not_spend_one_balance() -> None:
    """There is money for one of two: one is paid, the other waits, by Wise's own book (H28)."""
    day = small_day(2)
    enough = max(invoice.amount for invoice in day.invoices) + Decimal("50.00")
    world = paid_day(World(replace(day, balances={"EUR": enough})))
    assert sorted(p.status for p in world.payments().values()) == [Status.AWAITING_FUNDS, Status.POSTED]
    assert sum(funded for _, funded in statuses(world)) == 1
    assert all(balance.amount >= 0 for balance in world.wise._world.books.balances.values())


def test_h29_one_payments_trouble_is_no_others() -> None:
    """Outside batches transfers are funded one by one: one that fails its gate leaves the others alone (H29)."""
    world = World(small_day(2))
    world.poll()
    step_until(world, lambda: [p.status for p in world.payments().values()] == [Status.CREATED] * 2)
    first = world.day.invoices[0]
    people_in_epicor(world, "set_hold", first, invoice_num=first.invoice_num)
    world.run(HOUR)
    assert sorted(statuses(world)) == [("cancelled", 0), ("outgoing_payment_sent", 1)]
    urls = {exchange["url"] for p in world.payments().values() for e in story(world, p) for exchange in e["exchanges"]}
    assert urls
    assert not [url for url in urls if "batch" in url]


@pytest.mark.parametrize(("kind", "status"), [("delay", Status.PROCESSING), ("lost", Status.UNKNOWN)])
def test_h42_the_switch_stops_no_look_and_no_settlement(kind: str, status: Status) -> None:
    """Stopped while money is on its way, or while a funding is unclear: it is followed and booked (H42)."""
    world = World(small_day())
    fault(world.wise, FUND, kind, seconds=1)
    work_until(world, status)
    operate(world.deps, {"action": "stop"}, "test")
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED


def test_h42_a_persons_cancel_is_followed_while_stopped() -> None:
    """What ends in Wise while the switch is on ends here, dead first, then the draft (H42)."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    operate(world.deps, {"action": "stop"}, "test")
    on_transfer(world, "cancel")
    world.run(HOUR)
    assert only_payment(world).status is Status.FAILED
    assert our_drafts(world) == []
