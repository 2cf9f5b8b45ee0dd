"""Life after "sent": bounces, refunds, rollbacks, an Epicor that is away, closed periods (rule 12)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from simulators.wise.books import Transfer
from tests.support.acts import only_payment, people_in_epicor, small_day, step_until, story
from tests.support.world import World

_HOUR, _DAY = 3600.0, 86_400.0
_QUIET = Settings(settle_again=900, sweep_after=3600.0, busy_pause=1800, unknown_pause=1800)


def transfer_of(world: World) -> Transfer:
    """The one transfer there is."""
    (transfer,) = world.wise._world.books.transfers.values()
    return transfer


def people_in_wise(world: World, act: str, **more: Any) -> None:
    """Something happens to the transfer at Wise."""
    body = dump_json({"act": act, "transfer": transfer_of(world).id, **more}).encode()
    answer = world.wise.handle(Request("POST", "/_sim/people", body=body)).response
    assert answer is not None
    assert answer.status == 200, answer.body


def moved_to(world: World, status: str) -> None:
    """Wise brings the transfer into a status, known or not."""
    world.wise._desks.simulation._engine.move(transfer_of(world), status)


def passes(world: World, seconds: float) -> None:
    """Time passes, with schedules that fire so seldom that days cost little."""
    every, end = max(600.0, seconds / 40), world.time + timedelta(seconds=seconds)
    for turn in range(1, int(seconds / every) + 1):
        world.later(turn * every, world._sweep)
        world.later(turn * every, world._poll_transfers)
        world.later(turn * every, world._write_audit_rows)
    while world._step(end):
        pass
    world.time = max(world.time, end)
    world._tick()


def paid(settings: Settings | None = None, *, webhooks: bool = True) -> World:
    """A world in which one invoice is paid and posted."""
    world = World(small_day(), settings or _QUIET, webhooks=webhooks)
    world.poll()
    passes(world, _HOUR)
    assert only_payment(world).status is Status.POSTED
    return world


def sent_while_epicor_is_away(settings: Settings = _QUIET) -> World:
    """A world in which the money was sent, and Epicor has not answered since it was funded."""
    world = World(small_day(), settings)
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.PROCESSING)
    world.epicor.faults.replace([{"match": {}, "fault": "status", "status": 503, "times": -1}])
    step_until(world, lambda: only_payment(world).status in (Status.SENT, Status.UNKNOWN))
    return world


def in_epicor(world: World) -> list[tuple[bool, bool]]:
    """Our payments in Epicor: posted, voided."""
    ours = [p for p in world.epicor.state()["payments"] if p["reference"].startswith("TESTLEDG")]
    return [(p["posted"], p["voided"]) for p in ours]


def invoice_row(world: World) -> dict[str, Any]:
    """The invoice by Epicor's own book."""
    (row,) = world.epicor.state()["invoices"]
    return dict(row)


def is_open(world: World) -> bool:
    """Whether the invoice is owed in full again."""
    row = invoice_row(world)
    return bool(row["open_payable"]) and row["doc_unposted_bal"] == row["doc_invoice_bal"] == row["invoice_amount"]


def committed(world: World) -> Decimal:
    """What the ledger has committed on the invoice."""
    locks = [row for row in world.database.rows("payments") if row["pk"]["S"].startswith("INVOICE#")]
    return Decimal(locks[0]["committed"]["N"])


def alarms(world: World) -> list[str]:
    """What was told as an alarm."""
    return [message for message, values in world.log_lines if values.get("alarm")]


def kinds(world: World) -> list[str]:
    """The audit trail's kinds, oldest first."""
    return [entry["kind"] for entry in story(world, only_payment(world))]


# --- bounces and refunds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("webhooks", [True, False], ids=["webhooks", "polling"])
def test_a_bounce_on_day_nine_is_seen_and_the_payment_stays_posted(webhooks: bool) -> None:
    """Nine days after "sent" the money bounces: returned with an alarm, still posted, for Wise may send it again."""
    world = paid(webhooks=webhooks)
    passes(world, 9 * _DAY)
    people_in_wise(world, "bounce")
    passes(world, 2 * _DAY)
    payment = only_payment(world)
    assert (payment.status, payment.reason) == (Status.RETURNED, "bounced_back")
    assert in_epicor(world) == [(True, False)]
    assert "money came back after posting" in alarms(world)


def test_a_payout_sent_again_after_a_bounce_is_paid_as_before() -> None:
    """Bounced, processed again, sent: the payment is posted, Epicor holds one posted payment, nothing was voided."""
    world = paid()
    people_in_wise(world, "bounce")
    passes(world, _HOUR)
    moved_to(world, "processing")
    passes(world, _HOUR)
    assert transfer_of(world).status == "outgoing_payment_sent"
    assert (only_payment(world).status, only_payment(world).reason) == (Status.POSTED, "")
    assert in_epicor(world) == [(True, False)]
    assert "intent.void" not in kinds(world)


def test_a_refund_twenty_units_short_is_voided_and_the_shortfall_told() -> None:
    """Twenty came back less: voided, the invoice open and uncommitted, and the twenty in trail and alarm."""
    world = paid()
    people_in_wise(world, "bounce")
    passes(world, _HOUR)
    people_in_wise(world, "give_back", kept="20.00")
    passes(world, _HOUR)
    payment = only_payment(world)
    attempt = world.deps.ledger.attempt(payment.id, 1)
    assert attempt is not None
    assert str(attempt.shortfall) == "20.00 EUR"
    assert payment.status is Status.RETURNED
    assert in_epicor(world) == [(True, True)]
    assert is_open(world)
    assert committed(world) == 0
    assert "refund differs from what had left" in alarms(world)
    assert story(world, payment)[-1]["data"]["shortfall"] == "20.00 EUR"


def test_after_a_void_the_next_attempt_has_a_group_of_its_own() -> None:
    """A person's retry of what was voided is reserved in another group and paid under another key (H18)."""
    world = paid()
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, _HOUR)
    operate(world.deps, {"action": "retry", "payment": only_payment(world).id}, "anna")
    passes(world, 2 * _HOUR)
    assert only_payment(world).status is Status.POSTED
    groups = [p["group_id"] for p in world.epicor.state()["payments"]]
    assert len(set(groups)) == len(groups) == 2
    assert sorted(in_epicor(world)) == [(True, False), (True, True)]


@pytest.mark.parametrize("source", ["transfers#refund", "balances#update"])
def test_one_of_the_two_events_is_enough_to_know_the_refund(source: str) -> None:
    """Whichever of refund event and balance credit gets through, the amount is known and the payment voided."""
    world = paid()
    kept_out = {"transfers#refund", "balances#update"} - {source}
    books = world.wise._world.books
    for subscription in [s for s in books.subscriptions.values() if s.event in kept_out]:
        del books.subscriptions[subscription.id]
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back", kept="1.00")
    passes(world, _HOUR)
    attempt = world.deps.ledger.attempt(only_payment(world).id, 1)
    assert attempt is not None
    assert attempt.refund is not None
    assert attempt.refund.source == source
    assert in_epicor(world) == [(True, True)]


def test_without_any_event_the_statement_tells_the_refund() -> None:
    """Webhooks are off: the poll sees the refund, the balance statement its amount."""
    world = paid(webhooks=False)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back", kept="3.50")
    passes(world, 2 * _HOUR)
    payment = only_payment(world)
    attempt = world.deps.ledger.attempt(payment.id, 1)
    assert attempt is not None
    assert attempt.refund is not None
    assert (attempt.refund.source, str(attempt.shortfall)) == ("balance statement", "3.50 EUR")
    assert (payment.status, in_epicor(world)) == (Status.RETURNED, [(True, True)])


def without_statements(world: World) -> None:
    """Strong customer authentication, or rights, keep the statements closed."""
    match = {"path": "balance-statements"}
    world.wise.faults.replace([{"match": match, "fault": "status", "status": 403, "times": -1}])


def test_a_refund_that_nobody_tells_waits_for_a_person() -> None:
    """No event, no statement: `refund_unknown`, nothing voided; a person's amount is checked, and goes on with it."""
    world = paid(webhooks=False)
    without_statements(world)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back", kept="20.00")
    passes(world, _DAY)
    payment = only_payment(world)
    assert (payment.status, in_epicor(world)) == (Status.REFUND_UNKNOWN, [(True, False)])
    asked = [text for text, values in world.log_lines if values.get("alarm") and "refund's amount" in text]
    assert len(asked) == 1, "a closed statement is asked for once"
    order = {"action": "refund_amount", "payment": payment.id, "currency": "EUR"}
    for wrong in ({"amount": "99999999.00"}, {"amount": "0.00"}, {"amount": "10.00", "currency": "GBP"}):
        with pytest.raises(BadOrder):
            operate(world.deps, {**order, **wrong}, "anna")
    operate(world.deps, {**order, "amount": str(transfer_of(world).refunded)}, "anna")
    passes(world, 2 * _HOUR)
    attempt = world.deps.ledger.attempt(payment.id, 1)
    assert attempt is not None
    assert attempt.refund is not None
    assert attempt.refund.source == "told by anna"
    assert (only_payment(world).status, in_epicor(world)) == (Status.RETURNED, [(True, True)])


def test_a_second_amount_for_a_refund_changes_nothing_and_is_told() -> None:
    """Voided by one amount, told another later: books and ledger stay, a person hears of it, once."""
    world = paid()
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, _HOUR)
    told = {"refund_amount": "1.00", "refund_currency": "EUR", "first_seen": world.time.isoformat()}
    world.events_queue.send([{"transfer_id": transfer_of(world).id, **told}] * 3)
    passes(world, _HOUR)
    attempt = world.deps.ledger.attempt(only_payment(world).id, 1)
    assert attempt is not None
    assert str(attempt.shortfall) == "0.00 EUR"
    assert alarms(world).count("a refund was told in another amount") == 1


def test_a_cleared_payment_is_not_voided_but_held() -> None:
    """The bank reconciliation has the payment: Epicor refuses the void, and a person undoes it first (H22)."""
    world = paid()
    head_num = world.epicor.state()["payments"][0]["head_num"]
    people_in_epicor(world, "clear_payment", world.day.invoices[0], head_num=head_num)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, _HOUR)
    payment = only_payment(world)
    assert payment.hold is not None
    assert (payment.hold.reason, in_epicor(world)) == ("void_refused", [(True, False)])


@pytest.mark.parametrize("fault", ["before", "lost", "twice", "late", "truncated", "status"])
@pytest.mark.parametrize("step", ["GetByID", "SetVoidDate", "CheckBeforeVoid", "VoidSelectedChecks"])
def test_a_void_survives_a_fault_in_any_call(step: str, fault: str) -> None:
    """Whichever call of the void goes wrong however, the payment is voided once and the payment returned."""
    world = paid(Settings())
    match = {"path": f"VoidPaymentSvc/{step}"}
    world.epicor.faults.replace([{"match": match, "fault": fault, "status": 502, "times": 1}])
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, 2 * _HOUR)
    assert (only_payment(world).status, in_epicor(world)) == (Status.RETURNED, [(True, True)])
    assert is_open(world)


def test_a_charge_back_says_nothing_and_is_held() -> None:
    """`charged_back` does not tell whether the vendor was paid: held, nothing voided (money-cases.md H10)."""
    world = paid()
    moved_to(world, "charged_back")
    passes(world, _HOUR)
    payment = only_payment(world)
    assert payment.hold is not None
    assert (payment.hold.reason, in_epicor(world)) == ("charged_back", [(True, False)])


# --- statuses ---------------------------------------------------------------------------------------------------------


def test_a_status_never_seen_before_is_told_and_changes_nothing() -> None:
    """Wise invents a status: neither success nor failure, an alarm; the next known one is followed as ever."""
    world = World(small_day(), _QUIET)
    world.poll()
    step_until(world, lambda: bool(world.payments()) and only_payment(world).status is Status.PROCESSING)
    moved_to(world, "compliance_review")
    passes(world, _HOUR)
    assert only_payment(world).status is Status.PROCESSING
    assert "status never seen before" in alarms(world)
    moved_to(world, "funds_converted")
    passes(world, _HOUR)
    assert only_payment(world).status is Status.POSTED


def test_a_transfer_that_steps_back_after_sent_waits_before_it_is_posted() -> None:
    """Sent, back to processing before Epicor could post, sent again: posted once (wise-api.md 6.4)."""
    world = sent_while_epicor_is_away()
    moved_to(world, "processing")
    world.epicor.faults.replace([])
    passes(world, _HOUR)
    assert (only_payment(world).status, in_epicor(world)) == (Status.POSTED, [(True, False)])


def test_after_sixty_quiet_days_a_payment_is_closed_and_later_news_still_counts() -> None:
    """The watch ends after 60 days; a refund that comes even later is voided all the same."""
    world = paid()
    passes(world, 61 * _DAY)
    assert only_payment(world).status is Status.CLOSED
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, _HOUR)
    assert (only_payment(world).status, in_epicor(world)) == (Status.RETURNED, [(True, True)])


# --- Epicor is away, or its period closed -----------------------------------------------------------------------------


def test_epicor_down_for_two_days_loses_nothing() -> None:
    """Sent while Epicor is in maintenance: two days later it is posted, once, without anybody's help."""
    world = sent_while_epicor_is_away()
    passes(world, 2 * _DAY)
    assert only_payment(world).status in (Status.SENT, Status.UNKNOWN)
    world.epicor.faults.replace([])
    passes(world, 2 * _HOUR)
    assert (only_payment(world).status, in_epicor(world)) == (Status.POSTED, [(True, False)])


def test_a_refund_while_epicor_is_down_ends_without_a_posting() -> None:
    """Sent and refunded before Epicor is back: the draft is deleted, nothing is posted, the payment returned."""
    world = sent_while_epicor_is_away()
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, _DAY)
    world.epicor.faults.replace([])
    passes(world, 2 * _HOUR)
    assert (only_payment(world).status, in_epicor(world)) == (Status.RETURNED, [])
    assert is_open(world)


def closed_through(world: World, day: date | None) -> None:
    """The books are closed up to a day."""
    people_in_epicor(world, "close_period", world.day.invoices[0], through=day.isoformat() if day else None)


def test_what_is_sent_after_its_period_closed_is_posted_in_the_next_open_one() -> None:
    """Reserved in a month that closed before the money was sent: posted on the first open day, with an alarm."""
    world = sent_while_epicor_is_away()
    reserved = world.time.date()
    passes(world, 2 * _DAY)
    closed_through(world, reserved)
    world.epicor.faults.replace([])
    passes(world, 2 * _HOUR)
    head = next(iter(world.epicor.site.companies["EPIC01"]["CheckHed"].rows()))
    assert (only_payment(world).status, in_epicor(world)) == (Status.POSTED, [(True, False)])
    assert head["CheckDate"][:10] > reserved.isoformat()
    assert "dated into the next open period" in alarms(world)


def test_with_the_policy_hold_a_closed_period_is_a_persons_matter() -> None:
    """The same, where the controller wants to be asked: held with the reason, nothing dated anew."""
    world = sent_while_epicor_is_away(_QUIET.model_copy(update={"closed_period": "hold"}))
    reserved = world.time.date()
    passes(world, 2 * _DAY)
    closed_through(world, reserved)
    world.epicor.faults.replace([])
    passes(world, 2 * _HOUR)
    payment = only_payment(world)
    head = next(iter(world.epicor.site.companies["EPIC01"]["CheckHed"].rows()))
    assert payment.hold is not None
    assert (payment.hold.reason, in_epicor(world)) == ("period_closed", [(False, False)])
    assert head["CheckDate"][:10] == reserved.isoformat()


@pytest.mark.parametrize(("policy", "ends"), [("next_open", Status.RETURNED), ("hold", Status.HELD)])
def test_a_void_in_a_closed_period_follows_the_policy(policy: str, ends: Status) -> None:
    """Today is closed when the money comes back: voided on the first open day, or held."""
    world = paid(_QUIET.model_copy(update={"closed_period": policy}))
    closed_through(world, world.time.date() + timedelta(days=3))
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    passes(world, _HOUR)
    head = next(iter(world.epicor.site.companies["EPIC01"]["CheckHed"].rows()))
    assert only_payment(world).status is ends
    if policy == "next_open":
        assert head["VoidDate"][:10] == (world.time.date() + timedelta(days=4)).isoformat()


# --- drafts -----------------------------------------------------------------------------------------------------------


def a_clerk_deletes_the_draft(world: World) -> None:
    """The strange draft goes, while Epicor is away for us only."""
    head_num = world.epicor.state()["payments"][0]["head_num"]
    people_in_epicor(world, "delete_draft", world.day.invoices[0], head_num=head_num)


def test_a_draft_that_is_missing_at_settlement_is_made_again_and_posted() -> None:
    """Deleted by a clerk after the money had left: reserved anew in another group, and posted (H22)."""
    world = sent_while_epicor_is_away()
    first = world.epicor.state()["payments"][0]["group_id"]
    a_clerk_deletes_the_draft(world)
    world.epicor.faults.replace([])
    passes(world, 2 * _HOUR)
    (payment,) = world.epicor.state()["payments"]
    assert only_payment(world).status is Status.POSTED
    assert (payment["posted"], payment["group_id"] != first) == (True, True)
    assert invoice_row(world)["doc_invoice_bal"] == "0.00"


@pytest.mark.parametrize("fault", ["before", "lost", "late", "status"])
@pytest.mark.parametrize("step", ["APChkGrpSvc/Update", "CreateNewCheckHed", "PaymentEntrySvc/Update"])
def test_making_the_draft_again_survives_a_fault(step: str, fault: str) -> None:
    """Whichever write of it goes wrong however: one posted payment with one line."""
    world = sent_while_epicor_is_away(Settings(sweep_after=600.0))
    a_clerk_deletes_the_draft(world)
    world.epicor.faults.replace([{"match": {"path": step}, "fault": fault, "status": 502, "times": 1}])
    passes(world, 2 * _HOUR)
    assert (only_payment(world).status, in_epicor(world)) == (Status.POSTED, [(True, False)])
    assert invoice_row(world)["doc_invoice_bal"] == "0.00"


def test_a_draft_replaced_by_a_hand_payment_is_held_as_paid_outside_as_well() -> None:
    """The clerk deleted our draft and paid by hand while Wise was sending: held, nothing posted on top."""
    world = sent_while_epicor_is_away()
    invoice = world.day.invoices[0]
    a_clerk_deletes_the_draft(world)
    people_in_epicor(world, "pay_by_hand", invoice, invoice_num=invoice.invoice_num)
    world.epicor.faults.replace([])
    passes(world, 2 * _HOUR)
    payment = only_payment(world)
    assert payment.hold is not None
    assert (payment.hold.reason, in_epicor(world)) == ("paid_outside_as_well", [])


def test_a_site_may_keep_failed_payments_in_its_register() -> None:
    """With `post_and_void` a refunded transfer leaves a posted and voided payment and an open invoice."""
    world = sent_while_epicor_is_away(_QUIET.model_copy(update={"failed_payments": "post_and_void"}))
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    world.epicor.faults.replace([])
    passes(world, 2 * _HOUR)
    assert (only_payment(world).status, in_epicor(world)) == (Status.RETURNED, [(True, True)])
    assert is_open(world)
    assert committed(world) == 0


@pytest.mark.parametrize("fault", ["lost", "late", "status"])
@pytest.mark.parametrize("step", ["RunDirect", "VoidSelectedChecks"])
def test_the_register_survives_a_fault(step: str, fault: str) -> None:
    """Posting or voiding for the register goes wrong however: the invoice ends open, nothing live stands in Epicor."""
    settings = Settings(failed_payments="post_and_void")
    world = sent_while_epicor_is_away(settings)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    world.epicor.faults.replace([{"match": {"path": step}, "fault": fault, "status": 502, "times": 1}])
    passes(world, 2 * _HOUR)
    assert only_payment(world).status is Status.RETURNED
    assert in_epicor(world) in ([(True, True)], [])
    assert is_open(world)


def test_what_may_still_be_posted_for_the_register_is_not_deleted_at_once() -> None:
    """Epicor takes the posting and shows no effect and no error: two looks come before the draft is deleted."""
    world = sent_while_epicor_is_away(Settings(failed_payments="post_and_void"))
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back")
    world.epicor.faults.replace([{"match": {"path": "RunDirect"}, "fault": "status", "status": 200, "times": 1}])
    passes(world, 2 * _HOUR)
    told = [entry["kind"] for entry in story(world, only_payment(world))]
    since_posting = told[told.index("intent.delete_draft") - 4 : told.index("intent.delete_draft")]
    assert since_posting == ["unclear", "looked", "looked", "seen_before_taking_back"]
    assert (only_payment(world).status, in_epicor(world), is_open(world)) == (Status.RETURNED, [], True)


# --- notes --------------------------------------------------------------------------------


def test_notes_are_left_once_whatever_goes_wrong_and_never_in_the_way() -> None:
    """Audit row, memo and receipt survive lost answers, are there once, and the payment was posted without them."""
    settings = Settings(audit_table="UD05", invoice_memos=True, receipts=True, bank_fee_id="WISEFEE")
    world = World(small_day(), settings)
    lost = [{"match": {"path": path}, "fault": "lost", "times": 1} for path in ("UD05Svc/Update", "MemoSvc/Update")]
    world.epicor.faults.replace([*lost, {"match": {"path": "CheckHedAttch"}, "fault": "status", "status": 502}])
    world.poll()
    passes(world, _HOUR)
    books = world.epicor.site.companies["EPIC01"]
    payment = only_payment(world)
    assert payment.status is Status.POSTED
    assert [note.done for note in payment.notes] == [True, True]
    assert world.deps.state.due_rows.count() == 0
    assert sorted(row["ShortChar01"] for row in books["UD05"].rows()) == ["balance_debit", "posted"]
    assert [row["MemoDesc"] for row in books["Memo"].rows()] == [f"Wise transfer {transfer_of(world).id}: posted"]
    assert [row["DrawDesc"] for row in books["CheckHedAttch"].rows()] == [f"Wise receipt {transfer_of(world).id}"]
