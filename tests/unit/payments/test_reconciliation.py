"""The books compared, whatever they say: every row in exactly one class, and the figures add up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinetic_wise.payments.books import (
    BadPeriod,
    BookedPayment,
    CashLine,
    LedgerAttempt,
    LedgerPayment,
    Period,
    Subject,
)
from kinetic_wise.payments.footing import RunningBalance, Tally
from kinetic_wise.payments.pairing import Scope
from kinetic_wise.payments.reconciliation import Row, RowClass, rows_of, standing
from kinetic_wise.payments.systems import Transfer

ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
PERIOD = Period.of(date(2026, 11, 1), date(2026, 11, 30), ZONE, NOW)
SCOPE = Scope(PERIOD, NOW.date(), datetime(2026, 8, 1, tzinfo=UTC), frozenset({"EUR"}))
THEN = datetime(2026, 11, 12, 10, 0, tzinfo=UTC)
HUNDRED, FEE = Decimal("100.00"), Decimal("1.50")
STATUSES = (
    "incoming_payment_waiting",
    "processing",
    "funds_converted",
    "outgoing_payment_sent",
    "bounced_back",
    "funds_refunded",
    "cancelled",
    "charged_back",
    "a_new_one",
)


def booked(head_num: int = 7, *, posted: bool = True, voided: bool = False, amount: Decimal = HUNDRED) -> BookedPayment:
    """A payment in Epicor."""
    return BookedPayment(
        company="EPIC01",
        head_num=head_num,
        group_id="W1",
        reference="LEDGER-1",
        vendor_num=214,
        posted=posted,
        voided=voided,
        day=THEN.date(),
        currency="EUR",
        amount=amount,
        invoices=("4711",),
    )


def transfer(transfer_id: int = 1, status: str = "outgoing_payment_sent", amount: Decimal = HUNDRED) -> Transfer:
    """A transfer in euros, from euros."""
    return Transfer(
        id=transfer_id,
        key=f"key-{transfer_id}",
        profile=1,
        recipient_id=2,
        quote_id="q",
        status=status,
        source_currency="EUR",
        source_amount=amount,
        target_currency="EUR",
        target_amount=amount,
        rate=Decimal(1),
        created=THEN,
    )


def line(transfer_id: int | None, amount: Decimal, fee: Decimal = Decimal(0), at: datetime = THEN) -> CashLine:
    """A line of the statement; its balance is not looked at here."""
    reference = f"TRANSFER-{transfer_id}" if transfer_id else "BALANCE-1"
    return CashLine(
        currency="EUR",
        at=at,
        amount=amount,
        fee=fee,
        reference=reference,
        running_balance=Decimal(0),
        transfer_id=transfer_id,
    )


def ledger(*transfers: Transfer) -> LedgerPayment:
    """A payment of ours whose attempts made these transfers."""
    attempts = tuple(
        LedgerAttempt(
            number=number, amount=HUNDRED, currency="EUR", started_at=THEN, transfer=one, took_money=True, fee=FEE
        )
        for number, one in enumerate(transfers, start=1)
    )
    return LedgerPayment(
        id="EPIC01:214:4711:1",
        company="EPIC01",
        vendor_num=214,
        vendor_name="Vendor",
        invoice_num="4711",
        status="posted",
        attempts=attempts,
    )


LEFT = line(1, -HUNDRED - FEE, FEE)
OURS = ledger(transfer())
SENT, BOUNCED, REFUNDED = transfer(), transfer(status="bounced_back"), transfer(status="funds_refunded")
IN_ENTRY, VOIDED = booked(posted=False), booked(voided=True)


@pytest.mark.parametrize(("subject", "expected"), [
    (Subject("s", OURS, [booked()], [SENT], [LEFT]), [RowClass.MATCHED, RowClass.FEE]),
    (Subject("s", OURS, [booked(amount=Decimal("99.00"))], [SENT], [LEFT]), [RowClass.AMOUNT_DIFFERS, RowClass.FEE]),
    (Subject("s", OURS, [booked()], [SENT], []), [RowClass.AMOUNT_DIFFERS]),
    (Subject("s", OURS, [booked()], [SENT], [line(1, Decimal(-90))]), [RowClass.AMOUNT_DIFFERS]),
    (Subject("s", OURS, [IN_ENTRY], [SENT], [LEFT]), [RowClass.PAID_NOT_POSTED, RowClass.FEE]),
    (Subject("s", OURS, [booked(voided=True)], [SENT], [LEFT]), [RowClass.PAID_NOT_POSTED, RowClass.FEE]),
    (Subject("s", OURS, [], [SENT], [LEFT]), [RowClass.PAID_NOT_POSTED, RowClass.FEE]),
    (Subject("s", OURS, [booked()], [BOUNCED], [LEFT]), [RowClass.POSTED_BUT_RETURNED, RowClass.FEE]),
    (Subject("s", OURS, [booked()], [REFUNDED], [LEFT, line(1, HUNDRED + FEE)]), [RowClass.POSTED_BUT_RETURNED]),
    (Subject("s", OURS, [VOIDED], [REFUNDED], [LEFT, line(1, HUNDRED + FEE)]), [RowClass.RETURNED]),
    (Subject("s", OURS, [VOIDED], [REFUNDED], [LEFT, line(1, HUNDRED)]), [RowClass.RETURNED, RowClass.FEE]),
    (Subject("s", OURS, [VOIDED], [REFUNDED], [LEFT, line(1, Decimal(80))]), [RowClass.AMOUNT_DIFFERS]),
    (Subject("s", OURS, [IN_ENTRY], [transfer(status="processing")], [LEFT]), [RowClass.IN_TRANSIT, RowClass.FEE]),
    (Subject("s", OURS, [IN_ENTRY], [transfer(status="incoming_payment_waiting")], []), [RowClass.RESERVED]),
    (Subject("s", OURS, [booked()], [], []), [RowClass.ONLY_IN_EPICOR]),
    (Subject("s", None, [booked()], [], []), [RowClass.ONLY_IN_EPICOR]),
    (Subject("s", None, [], [SENT], [LEFT]), [RowClass.ONLY_IN_WISE, RowClass.FEE]),
    (Subject("s", None, [], [], [LEFT]), [RowClass.ONLY_IN_WISE, RowClass.FEE]),
    (Subject("s", None, [], [], [line(None, HUNDRED)]), [RowClass.OTHER_MOVEMENT]),
    (Subject("s", None, [], [transfer(status="cancelled")], []), []),
    (Subject("s", OURS, [], [], []), []),
])  # fmt: skip
def test_each_combination_has_its_class(subject: Subject, expected: list[RowClass]) -> None:
    """What the books say together decides the class: one row a payment or transfer, and one for its fee."""
    assert [row.kind for row in rows_of(subject, SCOPE)] == expected


def test_what_stands_is_paired_with_what_stands_and_what_was_voided_with_what_came_back() -> None:
    """Returned, voided and paid again: one returned row and one matched row, not two differences."""
    first, second = transfer(1, "funds_refunded"), transfer(2)
    lines = [LEFT, line(1, HUNDRED + FEE), line(2, -HUNDRED - FEE, FEE)]
    both = Subject("s", ledger(first, second), [booked(7, voided=True), booked(8)], [first, second], lines)
    rows = list(rows_of(both, SCOPE))
    assert [(row.kind, row.head_num, row.transfer_id) for row in rows] == [
        (RowClass.MATCHED, 8, 2),
        (RowClass.FEE, 8, 2),
        (RowClass.RETURNED, 7, 1),
    ]
    assert standing(rows) is RowClass.MATCHED


def test_what_ended_before_the_period_is_not_told_again_and_what_is_open_is() -> None:
    """A payment matched in November is no row of December; one in transit since November is, with its age."""
    december = Period.of(date(2026, 12, 1), date(2026, 12, 2), ZONE, NOW)
    scope = Scope(december, NOW.date(), SCOPE.listed_from, frozenset())
    assert not list(rows_of(Subject("s", OURS, [booked()], [SENT], []), scope))
    (row,) = rows_of(Subject("s", OURS, [IN_ENTRY], [transfer(status="processing")], []), scope)
    assert (row.kind, row.age_days) == (RowClass.IN_TRANSIT, 20)


def test_without_a_statement_the_fee_is_the_ledgers_and_no_cash_is_claimed() -> None:
    """Where Wise gives no statement, payments are matched by their transfers, and cash stays unknown."""
    scope = Scope(PERIOD, NOW.date(), SCOPE.listed_from, frozenset())
    rows = list(rows_of(Subject("s", OURS, [booked()], [SENT], []), scope))
    assert [(row.kind, row.cash) for row in rows] == [(RowClass.MATCHED, None), (RowClass.FEE, None)]
    assert rows[1].wise_amount == FEE


MONEY = st.decimals(min_value="0.01", max_value="9999.99", places=2)
TIMES = st.integers(min_value=-40, max_value=20).map(
    lambda days: datetime(2026, 11, 10, 8, tzinfo=UTC) + timedelta(days)
)


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    """Anything that the books may say of one subject."""
    count = draw(st.integers(0, 3))
    transfers = [transfer(number, draw(st.sampled_from(STATUSES)), draw(MONEY)) for number in range(1, count + 1)]
    transfers = [one.model_copy(update={"created": draw(TIMES)}) for one in transfers]
    payments = [
        booked(number, posted=draw(st.booleans()), voided=draw(st.booleans()), amount=draw(MONEY)).model_copy(
            update={"day": draw(TIMES).date()}
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    lines = [
        line(draw(st.sampled_from([None, 1, 2, 3, 9])), sign * amount, fee, draw(TIMES))
        for sign, amount, fee in draw(
            st.lists(st.tuples(st.sampled_from([1, -1]), MONEY, st.sampled_from([Decimal(0), FEE])), max_size=5)
        )
    ]
    known = ledger(*transfers) if draw(st.booleans()) else None
    return Subject("s", known, payments, transfers, lines)


@settings(max_examples=150, deadline=None)
@given(st.lists(subjects(), max_size=3))
def test_every_row_is_in_one_class_and_the_sums_foot(found: list[Subject]) -> None:
    """Each payment, transfer and movement of the period is in one row, and opening + rows = closing."""
    tally, total = Tally(), Decimal(0)
    for subject in found:
        rows = [row for row in rows_of(subject, SCOPE) if row.kind is not RowClass.FEE]
        _assert_each_once(subject, rows)
        for row in rows_of(subject, SCOPE):
            tally.add(row)
        total += sum((one.amount for one in subject.lines if one.at in PERIOD), Decimal(0))
    balance = RunningBalance("EUR", PERIOD, opening=Decimal(500), closing=500 + total)
    summary = tally.summary(PERIOD, [balance], [])
    assert summary.foots, summary.balances
    assert summary.rows == sum(tally.rows.values())


def _assert_each_once(subject: Subject, rows: list[Row]) -> None:
    heads = Counter(row.head_num for row in rows if row.head_num is not None)
    transfers = Counter(row.transfer_id for row in rows if row.transfer_id is not None)
    assert all(count == 1 for count in (*heads.values(), *transfers.values()))
    within = {one.head_num for one in subject.booked if one.day and PERIOD.first <= one.day <= PERIOD.last}
    assert within <= set(heads) <= {one.head_num for one in subject.booked}
    moved = {one.transfer_id for one in subject.lines if one.transfer_id and one.at in PERIOD}
    assert moved <= set(transfers)
    loose = [one for one in subject.lines if one.transfer_id is None and one.at in PERIOD]
    assert sum(row.kind is RowClass.OTHER_MOVEMENT for row in rows) == len(loose)


def test_a_statement_with_a_line_missing_does_not_foot() -> None:
    """A gap between two running balances is told with the line after it; so is a closing balance that does not fit."""
    balance = RunningBalance("EUR", PERIOD)
    for amount, after in ((Decimal(10), Decimal(110)), (Decimal(5), Decimal(120))):
        balance.add(line(None, amount).model_copy(update={"running_balance": after}))
    balance.reached(Decimal(120))
    balance.end()
    (figures,) = Tally().summary(PERIOD, [balance], []).balances
    assert not figures.foots
    assert "before BALANCE-1 the balance was 115" in figures.problem
    other = RunningBalance("EUR", PERIOD)
    other.add(line(None, Decimal(10)).model_copy(update={"running_balance": Decimal(110)}))
    other.reached(Decimal(99))
    assert "the statement says 99" in other.problem


def test_days_begin_and_end_in_the_companies_time_zone() -> None:
    """The last evening of a month in New York belongs to the month, though it is the next one in UTC."""
    november = Period.of(date(2026, 11, 1), date(2026, 11, 30), ZoneInfo("America/New_York"), NOW)
    assert datetime(2026, 12, 1, 4, 59, tzinfo=UTC) in november
    assert datetime(2026, 12, 1, 5, 0, tzinfo=UTC) not in november


@pytest.mark.parametrize(("first", "last", "words"), [
    (date(2026, 11, 30), date(2026, 11, 1), "before it begins"),
    (date(2026, 11, 1), date(2026, 12, 3), "yet to come"),
])  # fmt: skip
def test_a_wrong_period_is_said_in_one_sentence(first: date, last: date, words: str) -> None:
    """Days in the wrong order, or to come, are refused with the reason."""
    with pytest.raises(BadPeriod, match=words):
        Period.of(first, last, ZONE, NOW)
