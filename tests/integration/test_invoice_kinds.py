"""Instalments, discounts, vendors with OneCheck, the company's day: what each kind of invoice comes to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.poll import poll_invoices
from kinetic_wise.ledger.items import from_item
from kinetic_wise.payments.identity import invoice_lock, payment_id
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.settings import Settings
from simulators.common.http import Request, dump_json
from simulators.sample_day import Day, Instalment, Invoice, make_day
from tests.support.acts import told
from tests.support.dynamodb import PAYMENTS
from tests.support.world import World

_HOUR = 3600.0
_MODES = pytest.mark.parametrize("library", ["", "KineticWise"], ids=["services", "functions"])


def _invoice(**changes: Any) -> Invoice:
    """An ordinary invoice of 1,000 EUR."""
    found = next(i for i in make_day().invoices if i.invoice_num == "4500017" and i.company == "EPIC01")
    return replace(found, amount=Decimal("1000.00"), **changes)


def _day(*invoices: Invoice) -> Day:
    return replace(make_day(), invoices=invoices, duplicate_messages=())


def _world(*invoices: Invoice, settings: Settings | None = None) -> World:
    world = World(_day(*invoices), settings)
    world.poll()
    return world


def _part(world: World, pay_seq: int) -> Payment:
    """The payment of one instalment of the day's first invoice."""
    found = world.deps.ledger.get(payment_id(*world.day.invoices[0].key, pay_seq))
    assert found is not None
    return found


def _row(world: World) -> dict[str, Any]:
    invoice = world.day.invoices[0]
    row = world.epicor.site.companies[invoice.company]["APInvHed"].get(invoice.vendor_num, invoice.invoice_num)
    assert row is not None
    return row


def _change(world: World, table: str, row: dict[str, Any], **columns: Any) -> None:
    """Somebody in Epicor changes columns of a row."""
    world.epicor.site.companies[world.day.invoices[0].company][table].change(row, **columns)


def _committed(world: World) -> Decimal:
    key = invoice_lock(_row(world)["SysRowID"])
    (lock,) = [from_item(item) for item in world.database.rows(PAYMENTS) if item["pk"]["S"] == key]
    return Decimal(lock["committed"])


def _until(world: World, there: Callable[[], bool]) -> None:
    end = world.time + timedelta(days=1)
    while not there():
        assert world._step(end), "the world came to rest before"


def _to_the_next_day(world: World) -> None:
    """Nothing happens in the evening; then the first hour of the next day."""
    world.time = world.time.replace(hour=23, minute=45)
    world.run(1.5 * _HOUR)


def _sent(world: World) -> list[str]:
    return sorted(t["target_amount"] for t in world.wise.state()["transfers"] if t["funded_count"])


_TWO = (Instalment(Decimal("400.00"), -2), Instalment(Decimal("600.00"), 1))


@_MODES
def test_two_instalments_in_different_states(library: str) -> None:
    """The one that is due is paid, the other rests until its day; together they commit the invoice's total."""
    world = _world(_invoice(instalments=_TWO), settings=Settings(function_library=library))
    world.run(_HOUR)
    first, second = _part(world, 1), _part(world, 2)
    assert (first.status, second.status) == (Status.POSTED, Status.QUEUED)
    assert second.not_before == datetime(2026, 11, 24, tzinfo=UTC)
    assert _committed(world) == Decimal("1000.00")
    assert (_row(world)["DocInvoiceBal"], _row(world)["DueDate"][:10]) == (Decimal("600.00"), "2026-11-24")

    _to_the_next_day(world)
    assert _part(world, 2).status is Status.POSTED
    assert _sent(world) == ["400.00", "600.00"]
    assert not _row(world)["OpenPayable"]


def test_only_what_was_paid_and_is_open_again_is_told() -> None:
    """One instalment posted, the larger one still owed: no alarm. Epicor set back to before the posting: one (H6)."""
    world = _world(_invoice(instalments=_TWO))
    world.run(_HOUR)
    poll_invoices(world.deps, everything=True)
    assert not told(world, "Epicor behind ledger")
    _change(world, "APInvHed", _row(world), DocInvoiceBal=Decimal(1000), DocUnpostedBal=Decimal(1000))
    poll_invoices(world.deps, everything=True)
    assert told(world, "Epicor behind ledger")


def test_both_instalments_at_once_keep_apart() -> None:
    """Two due instalments have a draft, a group and a transfer each, and neither sees a stranger in the other."""
    world = _world(_invoice(instalments=(replace(_TWO[0]), replace(_TWO[1], due_in_days=0))))
    world.run(_HOUR)
    assert [_part(world, seq).status for seq in (1, 2)] == [Status.POSTED] * 2
    assert len({_part(world, seq).group_id for seq in (1, 2)}) == 2
    assert _sent(world) == ["400.00", "600.00"]


def test_a_changed_schedule_holds_the_rest() -> None:
    """An instalment whose amount no longer agrees is held, whatever its number says (money-cases.md H23)."""
    world = _world(_invoice(instalments=_TWO))
    world.run(_HOUR)
    schedule = world.epicor.site.companies["EPIC01"]["APInvSched"]
    for pay_seq, amount in ((1, "300.00"), (2, "700.00")):
        row = schedule.get(101, "4500017", pay_seq)
        assert row is not None
        _change(world, "APInvSched", row, DocPayAmount=Decimal(amount))
    _to_the_next_day(world)
    held = _part(world, 2)
    assert held.hold is not None
    assert held.hold.reason == "instalment_changed"
    assert _sent(world) == ["400.00"]


def test_what_a_person_paid_is_not_paid_again() -> None:
    """An instalment that is paid by hand before the other's day: no more than the invoice's total ever goes out."""
    world = _world(_invoice(instalments=_TWO))
    world.run(_HOUR)
    body = {"act": "pay_by_hand", "company": "EPIC01", "vendor_num": 101, "invoice_num": "4500017"}
    world.epicor.handle(Request("POST", "/_sim/people", body=dump_json(body).encode()))
    _to_the_next_day(world)
    assert _part(world, 2).status is Status.CLOSED
    assert _sent(world) == ["400.00"]


@_MODES
def test_a_discount_is_taken_on_its_last_day(library: str) -> None:
    """The vendor gets the amount less the discount, Epicor posts the whole of it with the discount in the line."""
    world = _world(_invoice(discount=Decimal("30.00"), discount_days=0), settings=Settings(function_library=library))
    world.run(_HOUR)
    assert [payment.status for payment in world.payments().values()] == [Status.POSTED]
    assert _sent(world) == ["970.00"]
    (line,) = world.epicor.site.companies["EPIC01"]["APTran"].rows()
    assert (line["DocTranAmt"], line["DocDiscAmt"]) == (Decimal("1000.00"), Decimal("30.00"))
    assert _row(world)["DocInvoiceBal"] == 0


def test_no_discount_where_the_site_takes_none() -> None:
    """With `take_discounts` off everything is paid in full, and Epicor's proposal is set to nothing."""
    world = _world(_invoice(discount=Decimal("30.00"), discount_days=9), settings=Settings(take_discounts=False))
    world.run(_HOUR)
    assert _sent(world) == ["1000.00"]
    (line,) = world.epicor.site.companies["EPIC01"]["APTran"].rows()
    assert line.get("DocDiscAmt", Decimal(0)) == 0


def test_a_discount_that_ended_before_the_money_moved_stops_it() -> None:
    """At the gate the amount is computed again: after DiscountDate no short payment goes out (money-cases.md H4)."""
    world = _world(_invoice(discount=Decimal("30.00"), discount_days=3))
    _until(world, lambda: any(p.status is Status.CREATED for p in world.payments().values()))
    _change(world, "APInvHed", _row(world), DiscountDate="2026-11-20T00:00:00")
    world.run(_HOUR)
    held = _part(world, 1)
    assert held.hold is not None
    assert held.hold.reason == "discount_changed"
    assert _sent(world) == []
    assert held.draft is not None


def test_a_discount_on_a_part_is_for_a_person() -> None:
    """Part of the invoice is paid already: how much of the discount is left nobody can read from the columns."""
    world = World(_day(_invoice(discount=Decimal("30.00"), discount_days=3)))
    _change(world, "APInvHed", _row(world), DocInvoiceBal=Decimal(400), DocUnpostedBal=Decimal(400))
    world.poll()
    world.run(_HOUR)
    held = _part(world, 1)
    assert held.hold is not None
    assert held.hold.reason == "discount_unclear"


def test_a_vendor_with_one_check_gets_a_payment_an_invoice() -> None:
    """OneCheck: two invoices of the vendor are two payments in Epicor, and two transfers."""
    day = make_day()
    invoices = [i for i in day.invoices if i.vendor_num == 105 and i.expect_outcome == "paid"]
    assert next(v for v in day.vendors if v.vendor_num == 105).one_check
    world = _world(*invoices)
    world.run(_HOUR)
    lines = [payment["lines"] for payment in world.epicor.state()["payments"]]
    assert [len(found) for found in lines] == [1] * len(invoices) == [1, 1]
    assert len(_sent(world)) == len(invoices)


@_MODES
@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-12-31"), ("Europe/Berlin", "2027-01-01")])
def test_the_payment_is_dated_by_the_companys_day(library: str, zone: str, day: str) -> None:
    """Half an hour before midnight UTC it is January in Berlin: CheckDate and fiscal period follow that day."""
    world = World(_day(_invoice()), Settings(function_library=library, time_zone=zone))
    world.time = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    world.poll()
    _until(world, lambda: any(p.draft is not None for p in world.payments().values()))
    (head,) = world.epicor.site.companies["EPIC01"]["CheckHed"].rows()
    assert head["CheckDate"][:10] == day
    assert (head["FiscalYear"], head["FiscalPeriod"]) == (int(day[:4]), int(day[5:7]))


def test_the_discounts_last_day_is_the_companys() -> None:
    """Half an hour before midnight UTC the discount's last day is over in Berlin already: paid in full."""
    last_day = Settings(time_zone="Europe/Berlin")
    world = World(_day(_invoice(discount=Decimal("30.00"), discount_days=0)), last_day)
    world.time = world.time.replace(hour=23, minute=30)
    world.poll()
    world.run(_HOUR)
    assert _sent(world) == ["1000.00"]


def _person(world: World, **body: Any) -> None:
    answer = world.epicor.handle(
        Request("POST", "/_sim/people", body=dump_json({"company": "EPIC01", **body}).encode())
    )
    assert answer.response is not None
    assert answer.response.status == 200, answer.response.body


def test_a_persons_draft_beside_ours_is_told() -> None:
    """Somebody's draft takes part of the invoice: ours is not its only live line, so nothing goes out (rule 8)."""
    world = World(_day(_invoice()))
    _person(world, act="pay_by_hand", vendor_num=101, invoice_num="4500017", post=False)
    (draft,) = world.epicor.site.companies["EPIC01"]["CheckHed"].rows()
    _person(world, act="change_draft", head_num=draft["HeadNum"], amount="400.00")
    world.poll()
    world.run(_HOUR)
    held = _part(world, 1)
    assert held.hold is not None
    assert held.hold.reason == "reservation_disagrees"
    assert "jsmith" in held.hold.detail
    assert _sent(world) == []
